"""Sizes, boxes and fits: where every pixel of an output comes from, in exact numbers.

Five files: shapes (the nouns), placement (a source and a wish become a crop and a canvas),
orientation (upright against stored samples), sampling (fractional edges for scalers that know only
whole px) and film (even sides, px that are not square). Law: it knows numbers; it knows no pixel, no file and no library.
"""

from __future__ import annotations

from mediaflow.geometry.film import even_placement, even_side, snapped_box, square_size
from mediaflow.geometry.orientation import (
    QUARTER_TURNS,
    Turn,
    composed,
    matrix_orientation,
    stored_box,
    stored_size,
    upright_size,
)
from mediaflow.geometry.placement import Placement, place
from mediaflow.geometry.sampling import SampleGrid, sample_grid, scaled_decode_size
from mediaflow.geometry.shapes import (
    Box,
    Fit,
    FocalPoint,
    Gravity,
    GravityName,
    Orientation,
    Point,
    Size,
)

__all__ = [
    "QUARTER_TURNS",
    "Box",
    "Fit",
    "FocalPoint",
    "Gravity",
    "GravityName",
    "Orientation",
    "Placement",
    "Point",
    "SampleGrid",
    "Size",
    "Turn",
    "composed",
    "even_placement",
    "even_side",
    "matrix_orientation",
    "place",
    "sample_grid",
    "scaled_decode_size",
    "snapped_box",
    "square_size",
    "stored_box",
    "stored_size",
    "upright_size",
]

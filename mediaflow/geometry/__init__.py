"""Sizes, boxes and fits: where every pixel of an output comes from, in exact numbers.

Four files: shapes (the nouns), placement (a source and a wish become a crop and a canvas),
orientation (upright against stored samples) and sampling (fractional edges for scalers that know
only whole px). Law: it knows numbers; it knows no pixel, no file and no library.
"""

from __future__ import annotations

from mediaflow.geometry.orientation import Turn, stored_box, stored_size, upright_size
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
    "place",
    "sample_grid",
    "scaled_decode_size",
    "stored_box",
    "stored_size",
    "upright_size",
]

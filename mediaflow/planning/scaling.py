"""Chooses who scales a picture and how. Pure.

libswscale is several times as fast as Pillow at the same quality, but wants px whose rows lie
behind each other, no alpha, and edges that whole numbers can express.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from mediaflow.geometry import Box, SampleGrid, Size, sample_grid

__all__ = ["Grids", "Reduction", "Scaler", "Scaling", "choose_scaling", "reduce_region"]

Scaler: TypeAlias = Literal["linear", "none", "pillow", "swscale", "vips"]

BYTES_PER_PIXEL: Final = 4  # Pillow stores RGB in four bytes
CONTIGUOUS_BYTES: Final = 16 * 1024 * 1024  # Pillow keeps the rows of larger pictures in blocks
FAST_SCALER_PIXELS: Final = 250_000  # below it Pillow is as fast, and PyAV need not be loaded
EXACT_PIXELS: Final = 500_000  # up to here Pillow's plain Lanczos takes a few milliseconds
REDUCING_GAP: Final = 3  # a box reduction that leaves three times the final size: 55.2 dB
BAND_BYTES: Final = 4 * 1024 * 1024  # of the origin that is copied at a time when it is scattered
GROWING_BANDS: Final = (0, 50, 85, 100)  # %; scaling is two to four times as fast as decoding
MAX_RATIO: Final = 12  # beyond it libswscale rounds gray visibly: 50 dB at 20, 40 dB at 40
MAX_SHIFT: Final = 0.05  # output px; a shift of 0.5 px costs 13 dB, one of 0.05 stays above 50 dB


@dataclass(frozen=True, slots=True, kw_only=True)
class Grids:
    """Where libswscale samples."""

    across: SampleGrid
    """Columns."""

    down: tuple[SampleGrid, ...]
    """Rows, a grid for each band from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """How one picture is scaled."""

    scaler: Scaler
    reduce: int = 1
    """Whole-number box reduction before the scaler; 1 for none."""

    grids: Grids | None = None
    """Columns and rows to sample, for libswscale only."""

    gap: float | None = None
    """Pillow averages blocks until this many times the final size are left; None for never."""


def choose_scaling(
    crop: Box,
    content: Size,
    origin: Size,
    *,
    fast: bool,
    growing: bool = False,
    backend: str = "pillow",
    linear: bool = False,
) -> Scaling:
    """Return how a part of a picture becomes ``content`` px.

    Args:
        crop: The part, in fractional px of the origin.
        content: Size wanted.
        origin: Size of the whole picture.
        fast: Whether libswscale is installed and can take this picture.
        growing: Whether the origin may still be decoded from the top while it is scaled.
        backend: Name of the back end that scales.
        linear: Whether light is scaled in place of numbers.
    """
    if crop == Box.whole(origin) and content == origin:
        return Scaling(scaler="none")
    if backend == "vips":
        return _by_vips(crop, content, origin)
    slow = Scaling(scaler="pillow", gap=REDUCING_GAP if origin.pixels > EXACT_PIXELS else None)
    ratio = min(crop.width / content.width, crop.height / content.height)
    if linear:
        return Scaling(scaler="linear", reduce=max(1, int(ratio / REDUCING_GAP)))
    if not fast or ratio <= 1 or origin.pixels < FAST_SCALER_PIXELS:
        return slow
    reduce = 1
    if origin.pixels * BYTES_PER_PIXEL > CONTIGUOUS_BYTES:
        reduce = max(1, int(ratio / REDUCING_GAP))
    elif ratio > MAX_RATIO:
        reduce = int(ratio / (MAX_RATIO / 2))
    if reduce > 1:
        reduction = reduce_region(crop, reduce, origin)
        crop, origin = reduction.crop, reduction.size
    grids = _grids(crop, content, origin, growing=growing and reduce == 1)
    if max(grid.error for grid in (grids.across, *grids.down)) > MAX_SHIFT:
        return slow
    return Scaling(scaler="swscale", reduce=reduce, grids=grids)


def _by_vips(crop: Box, content: Size, origin: Size) -> Scaling:
    """Return how libvips scales: from whole px to whole px where they can express the edges."""
    grids = Grids(
        across=sample_grid(crop.left, crop.right, content.width, origin.width),
        down=(sample_grid(crop.top, crop.bottom, content.height, origin.height),),
    )
    exact = max(grids.across.error, grids.down[0].error) <= MAX_SHIFT
    return Scaling(scaler="vips", grids=grids if exact else None)


def _grids(crop: Box, content: Size, origin: Size, *, growing: bool) -> Grids:
    """Return the grids of a picture, in bands where its rows are scattered or still come."""
    size = origin.pixels * BYTES_PER_PIXEL
    height = content.height
    if size > CONTIGUOUS_BYTES:
        bands = min(math.ceil(size / BAND_BYTES), height)
        edges = [height * number // bands for number in range(bands + 1)]
    elif growing:
        edges = sorted({height * share // 100 for share in GROWING_BANDS})
    else:
        edges = [0, height]
    step = crop.height / content.height
    return Grids(
        across=sample_grid(crop.left, crop.right, content.width, origin.width),
        down=tuple(
            sample_grid(
                crop.top + top * step, crop.top + bottom * step, bottom - top, origin.height
            )
            for top, bottom in pairwise(edges)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """A box reduction of the px around a crop."""

    region: tuple[int, int, int, int]
    """Left, top, right and bottom of the px that are averaged, in whole px of the origin."""

    size: Size
    """Size after the reduction; a last block that is cut off counts."""

    crop: Box
    """The crop in px of the reduced picture."""


def reduce_region(crop: Box, factor: int, origin: Size) -> Reduction:
    """Return what a reduction by a whole factor averages and what remains to be scaled."""
    left, top = math.floor(crop.left), math.floor(crop.top)
    right = min(math.ceil(crop.right), origin.width)
    bottom = min(math.ceil(crop.bottom), origin.height)
    moved = Box(crop.left - left, crop.top - top, crop.right - left, crop.bottom - top)
    return Reduction(
        region=(left, top, right, bottom),
        size=Size(-(-(right - left) // factor), -(-(bottom - top) // factor)),
        crop=moved.scaled(Fraction(1, factor), Fraction(1, factor)),
    )

"""Finds how alike two pictures are, and where they differ.

Both are decoded and turned upright by the steps of plans, so they pass the one gate and come out in
sRGB as any output would. Law: transparent pictures are compared as they look on white and by their
alpha as well, so that neither a hidden colour nor a lost alpha channel counts for what it is not.
Planes are worked through strip by strip: what is held beside the two pictures stays small.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from mediaflow.geometry import Box, Size
from mediaflow.image.multiscale import Blocks, strips
from mediaflow.image.pillow import BACKEND
from mediaflow.image.pillow.encode import OPAQUE, flatten
from mediaflow.image.ssim import reach, ssim_sum
from mediaflow.image.translate import translated
from mediaflow.models.comparison import Comparison
from mediaflow.models.result import Notice
from mediaflow.planning.steps import PicturePlan

if TYPE_CHECKING:
    from mediaflow.security.limits import Limits

__all__ = ["Planned", "compare_pictures", "difference_png"]

WHITE: Final = (255, 255, 255)
PEAK: Final = 255
BLOCK: Final = 16  # px a side of the places that errors are reported for
LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601, as JPEG and most published figures have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A file and the plan by which it becomes an upright picture."""

    data: bytes
    plan: PicturePlan
    """Its first picture is the one that is compared."""

    is_resized: bool = False
    """Whether the plan scales it to the size of the other one."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A picture as it is compared."""

    color: Image.Image
    """Mode RGB, on white."""

    alpha: Image.Image | None
    """Mode L, or None when all of it is opaque."""

    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How alike one kind of plane is in two pictures."""

    errors: npt.NDArray[np.int64]
    """Sum of squared differences of every block, row by row."""

    samples: int
    ssim: float
    score: float


def compare_pictures(one: Planned, other: Planned, limits: Limits) -> Comparison:
    """Return how alike two pictures of one size are.

    Args:
        one: The first picture.
        other: The second; its plan makes a picture of the same size.
        limits: Limits in force.

    Raises:
        SourceError: One of them cannot be decoded.
    """
    first, second = _see(one, "first", limits), _see(other, "second", limits)
    size = Size(*first.color.size)
    with translated(stage="transform"):
        found = [_likeness(*pair) for pair in _pairs(first, second)]
    errors = np.sum([likeness.errors for likeness in found], axis=0)
    return Comparison(
        size=size,
        mean_squared_error=int(errors.sum()) / sum(likeness.samples for likeness in found),
        ssim=min(likeness.ssim for likeness in found),
        score=min(likeness.score for likeness in found),
        worst=_worst(errors, size),
        has_alpha=len(found) > 1,
        is_resized=other.is_resized,
        notices=first.notices + second.notices,
    )


def difference_png(one: Planned, other: Planned, limits: Limits) -> bytes:
    """Return a gray PNG: black where two pictures are alike, white where they differ most.

    Args:
        one: The first picture.
        other: The second; its plan makes a picture of the same size.
        limits: Limits in force.

    Raises:
        SourceError: One of them cannot be decoded.
    """
    first, second = _see(one, "first", limits), _see(other, "second", limits)
    with translated(stage="transform"):
        largest = Image.new("L", first.color.size)
        for pair in _pairs(first, second):
            for band in ImageChops.difference(*pair).split():
                largest = ImageChops.lighter(largest, band)
        peak = max(index for index, count in enumerate(largest.histogram()) if count) or 1
        shown = largest.point([min(level * PEAK // peak, PEAK) for level in range(PEAK + 1)])
    with translated(stage="encode"):
        buffer = io.BytesIO()
        shown.save(buffer, "PNG")
    return buffer.getvalue()


def _see(planned: Planned, which: str, limits: Limits) -> _Seen:
    plan = planned.plan
    base = BACKEND.decode(planned.data, plan.decode, plan.source, limits)
    raster = BACKEND.transform(base, plan.pictures[0], threads=1)
    notices = tuple(
        _named(notice, which, is_assumed=raster.is_color_assumed)
        for notice in plan.encodes[0].notices
    )
    with translated(stage="transform"):
        image = raster.picture
        if image.mode not in ("LA", "RGBA"):
            return _Seen(image.convert("RGB"), None, notices)
        alpha = image.getchannel("A")
        if alpha.getextrema() == OPAQUE:
            return _Seen(image.convert("RGB"), None, notices)
        return _Seen(flatten(image, WHITE), alpha, notices)


def _named(notice: Notice, which: str, *, is_assumed: bool) -> Notice:
    """Return a notice that says which picture it is about."""
    code, message = notice.code, notice.message
    if is_assumed and code == "color_converted":
        code, message = "color_assumed", "the embedded profile is unusable; taken as sRGB"
    return Notice(code=code, message=f"{which} picture: {message}")


def _pairs(first: _Seen, second: _Seen) -> list[tuple[Image.Image, Image.Image]]:
    """Return what is compared with what: colours on white, and alpha where there is any."""
    pairs = [(first.color, second.color)]
    if first.alpha is not None or second.alpha is not None:
        opaque = Image.new("L", first.color.size, PEAK)
        pairs.append((first.alpha or opaque, second.alpha or opaque))
    return pairs


def _likeness(one: Image.Image, other: Image.Image) -> _Likeness:
    width, height = one.size
    across, down = reach(width), reach(height)
    blocks, errors = Blocks(), []
    total, places = 0.0, 0
    for top, bottom in strips(one.size):
        # the window of SSIM needs the next rows as well; what follows does not
        strip = (0, top, width, min(bottom + down, height))
        first, second = one.crop(strip), other.crop(strip)
        if first.height > down:
            part, count = ssim_sum(_luma(first), _luma(second), across, down)
            total, places = total + part, places + count
        own = (0, 0, width, bottom - top)
        first, second = first.crop(own), second.crop(own)
        blocks.add(first, second)
        errors.append(_block_errors(first, second))
    samples = width * height * len(one.getbands())
    return _Likeness(np.concatenate(errors), samples, total / places, blocks.score())


def _luma(picture: Image.Image) -> npt.NDArray[np.float64]:
    samples = np.asarray(picture).astype(np.float64)
    return samples if samples.ndim == 2 else samples @ np.array(LUMA)


def _block_errors(one: Image.Image, other: Image.Image) -> npt.NDArray[np.int64]:
    """Return the sum of squared differences of each block, those at the edges cut off."""
    difference = np.asarray(one).astype(np.int32) - np.asarray(other)
    squares = (difference * difference).reshape(one.height, one.width, -1).sum(axis=2)
    rows = np.add.reduceat(squares, np.arange(0, one.height, BLOCK), axis=0, dtype=np.int64)
    return np.add.reduceat(rows, np.arange(0, one.width, BLOCK), axis=1)


def _worst(errors: npt.NDArray[np.int64], size: Size) -> Box | None:
    row, column = np.unravel_index(int(errors.argmax()), errors.shape)
    if not errors[row, column]:
        return None
    left, top = int(column) * BLOCK, int(row) * BLOCK
    right, bottom = min(left + BLOCK, size.width), min(top + BLOCK, size.height)
    return Box(*(Fraction(edge) for edge in (left, top, right, bottom)))

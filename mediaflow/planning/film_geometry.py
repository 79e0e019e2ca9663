"""Where every px of a film's output comes from. Pure.

Everything is planned upright in square px, as a viewer sees it: crop, turn, fit; then it is mapped
to the stored frame, which is cut and scaled first and turned last, when it is small.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.geometry import (
    Box,
    Fit,
    Gravity,
    Orientation,
    Point,
    Size,
    composed,
    even_placement,
    place,
    snapped_box,
    stored_box,
    stored_size,
    upright_size,
)
from mediaflow.planning.narrow import length_px

if TYPE_CHECKING:
    from mediaflow.geometry import Placement
    from mediaflow.models.streams import VideoStream

__all__ = ["FrameWish", "Framed", "chroma_step", "frame_of", "is_above", "stored_part"]

_CHROMA: Final = (
    ("420", (2, 2)),
    ("nv12", (2, 2)),
    ("nv21", (2, 2)),
    ("p010", (2, 2)),
    ("p012", (2, 2)),
    ("p016", (2, 2)),
    ("422", (2, 1)),
    ("yuyv", (2, 1)),
    ("uyvy", (2, 1)),
    ("440", (1, 2)),
    ("411", (4, 1)),
    ("410", (4, 4)),
    ("444", (1, 1)),
    ("rgb", (1, 1)),
    ("bgr", (1, 1)),
    ("gbr", (1, 1)),
    ("gray", (1, 1)),
)
"""Px that share one chroma sample, across and down, by a part of FFmpeg's name of the layout."""

UNKNOWN_CHROMA: Final = (2, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameWish:
    """What an output asks of a frame's geometry."""

    width: int | str | None
    height: int | str | None
    fit: Fit
    gravity: Gravity
    upscale: bool
    crop: Box | None = None
    turn: Orientation = 1
    """How the upright frame is turned after the crop."""

    even: bool
    """Whether both sides must be even."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """Where the px of an output come from."""

    shown: Box | None
    """Part of the upright source in square px, or None for all of it."""

    crop: Box | None
    """Part of the stored frame, in whole px of it, or None for all of it."""

    content: Size
    """Size after scaling and before turning, in px."""

    orientation: Orientation
    canvas: Size
    offset: Point
    exact_canvas: Size
    """The canvas before its sides were made even."""

    @property
    def turned(self) -> Size:
        """Size of the content after turning, in px."""
        return upright_size(self.content, self.orientation)


def frame_of(wish: FrameWish, stream: VideoStream) -> Framed:
    """Return where the px of an output come from.

    Args:
        wish: What the output asks.
        stream: The moving picture.

    Raises:
        SpecError: The crop reaches beyond the upright source.
    """
    upright = stream.display_size
    outer = _outer(wish, upright)
    cropped = Size(int(outer.width), int(outer.height))
    source = upright_size(cropped, wish.turn)
    placed, exact = _placed(wish, source)
    inner = stored_box(placed.crop, source, wish.turn).moved(outer.left, outer.top)
    orientation = composed(stream.orientation, wish.turn)
    return Framed(
        shown=None if inner == Box.whole(upright) else inner,
        crop=stored_part(inner, stream),
        content=stored_size(placed.content, orientation),
        orientation=orientation,
        canvas=placed.canvas,
        offset=placed.offset,
        exact_canvas=exact.canvas,
    )


def stored_part(box: Box, stream: VideoStream) -> Box | None:
    """Return where a part of the upright source lies in the stored frame, in whole px of it.

    Args:
        box: The part, in px of the upright source.
        stream: The moving picture.

    Returns:
        The nearest box on edges that its chroma can follow, or None for the whole frame.
    """
    upright = stream.display_size
    square = stored_size(upright, stream.orientation)
    stored = stored_box(box, upright, stream.orientation).scaled(
        Fraction(stream.coded_size.width, square.width),
        Fraction(stream.coded_size.height, square.height),
    )
    return snapped_box(stored, stream.coded_size, chroma_step(stream.pixel_format))


def is_above(wish: FrameWish, stream: VideoStream) -> bool:
    """Return whether a source is smaller than what is asked, in each direction that is asked."""
    outer = _outer(wish, stream.display_size)
    source = upright_size(Size(int(outer.width), int(outer.height)), wish.turn)
    sides = ((wish.width, source.width), (wish.height, source.height))
    asked = [(length, side) for length, side in sides if isinstance(length, int)]
    return bool(asked) and all(length > side for length, side in asked)


def chroma_step(pixel_format: str | None) -> tuple[int, int]:
    """Return how many px share one chroma sample, across and down."""
    name = pixel_format or ""
    return next((step for part, step in _CHROMA if part in name), UNKNOWN_CHROMA)


def _outer(wish: FrameWish, upright: Size) -> Box:
    """Return the part of the upright source that an output starts from."""
    crop = wish.crop
    if crop is None:
        return Box.whole(upright)
    if crop.right > upright.width or crop.bottom > upright.height:
        raise SpecError(
            f"crop reaches to ({crop.right}, {crop.bottom}); the upright source has "
            f"{upright.width}×{upright.height} px",
            field="crop",
        )
    return crop


def _placed(wish: FrameWish, source: Size) -> tuple[Placement, Placement]:
    """Return the placement on even sides, if they must be, and the exact one."""
    width, height = length_px(wish.width, source.width), length_px(wish.height, source.height)
    exact = place(
        source,
        width=width,
        height=height,
        fit=wish.fit,
        gravity=wish.gravity,
        upscale=wish.upscale,
    )
    if not wish.even:
        return exact, exact
    even = even_placement(
        exact,
        width=width,
        height=height,
        fit=wish.fit,
        limit=None if wish.upscale else source,
    )
    return even, exact

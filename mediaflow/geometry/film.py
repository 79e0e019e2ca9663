"""Sizes of film: even sides, px that are not square, and cuts that chroma can follow.

Law: exact numbers only. Source: ITU-T H.264 6.2 (4:2:0 has one chroma sample for 2×2 px, so its
sides are even) and E.2.1 (the sample aspect ratio is the width of a px divided by its height).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from mediaflow.geometry.orientation import upright_size
from mediaflow.geometry.placement import Placement
from mediaflow.geometry.shapes import Box, Fit, Orientation, Point, Size

__all__ = ["even_placement", "even_side", "snapped_box", "square_size"]

EVEN: Final = 2
HALF: Final = Fraction(1, 2)


def even_side(side: Fraction | int, most: int | None = None) -> int:
    """Return the nearest even number of px, at least 2; half way goes up.

    Args:
        side: Exact length in px.
        most: Length that must not be passed, if it is at least 2.

    Example:
        >>> even_side(Fraction(1601, 3)), even_side(35), even_side(35, 35), even_side(1)
        (534, 36, 34, 2)
    """
    near = max(EVEN * int(Fraction(side) / EVEN + HALF), EVEN)
    if most is not None and near > most:
        near = max(most // EVEN * EVEN, EVEN)
    return near


def square_size(stored: Size, sample_aspect_ratio: Fraction, orientation: Orientation) -> Size:
    """Return the size of a frame in square px, upright: the height stays, the width is corrected.

    Args:
        stored: Size of the stored frame in px.
        sample_aspect_ratio: Width of a px divided by its height.
        orientation: 1 to 8, how the frame is stored.

    Example:
        >>> square_size(Size(1440, 1080), Fraction(4, 3), 1)
        Size(width=1920, height=1080)
    """
    width = max(int(stored.width * sample_aspect_ratio + HALF), 1)
    return upright_size(Size(width, stored.height), orientation)


def even_placement(
    placement: Placement,
    *,
    width: int | None,
    height: int | None,
    fit: Fit,
    limit: Size | None,
) -> Placement:
    """Return a placement whose sides and offsets are even, as near as possible to the exact one.

    Args:
        placement: Where every px comes from.
        width: Width that was asked for, or None.
        height: Height that was asked for, or None.
        fit: How the frame meets them; what is ``inside`` stays so.
        limit: Size that must not be passed, since nothing is enlarged; None for no limit.
    """
    bounds = (width, height) if fit == "inside" else (None, None)
    most = (
        _least(bounds[0], None if limit is None else limit.width),
        _least(bounds[1], None if limit is None else limit.height),
    )
    both = width is not None and height is not None
    content = (
        Size(
            even_side(placement.content.width, most[0]),
            even_side(placement.content.height, most[1]),
        )
        if both and fit in ("cover", "fill")
        else _followed(placement, height, most)
    )
    if placement.content == placement.canvas:
        return Placement(crop=placement.crop, content=content, canvas=content, offset=Point(0, 0))
    canvas = Size(even_side(placement.canvas.width), even_side(placement.canvas.height))
    content = Size(min(content.width, canvas.width), min(content.height, canvas.height))
    return Placement(
        crop=placement.crop,
        content=content,
        canvas=canvas,
        offset=Point(
            min(placement.offset.x // EVEN * EVEN, canvas.width - content.width),
            min(placement.offset.y // EVEN * EVEN, canvas.height - content.height),
        ),
    )


def _followed(
    placement: Placement, height: int | None, most: tuple[int | None, int | None]
) -> Size:
    """Return the even size of the content, of which one side follows the other's even value."""
    crop, content = placement.crop, placement.content
    across = content.width / crop.width
    by_width = abs(crop.height * across - content.height) <= HALF
    if content.height == height or not by_width:
        high = even_side(content.height, most[1])
        return Size(even_side(crop.width * high / crop.height, most[0]), high)
    wide = even_side(content.width, most[0])
    return Size(wide, even_side(crop.height * wide / crop.width, most[1]))


def _least(one: int | None, other: int | None) -> int | None:
    known = [each for each in (one, other) if each is not None]
    return min(known, default=None)


def snapped_box(box: Box, size: Size, step: tuple[int, int]) -> Box | None:
    """Return the nearest box on a grid inside a frame; None when it is the whole frame.

    The last px of a frame is a grid line too, whatever its number.

    Args:
        box: A part of the frame, in px that may be fractional.
        size: Size of the frame in px.
        step: Distance of the grid's columns and rows in px.
    """
    left, right = _snapped(box.left, box.right, size.width, step[0])
    top, bottom = _snapped(box.top, box.bottom, size.height, step[1])
    snapped = Box(*map(Fraction, (left, top, right, bottom)))
    return None if snapped == Box.whole(size) else snapped


def _snapped(low: Fraction, high: Fraction, side: int, step: int) -> tuple[int, int]:
    if side <= step:
        return 0, side
    first = step * int(low / step + HALF)
    last = side if high >= side else step * int(high / step + HALF)
    first = max(min(first, (side - 1) // step * step), 0)
    last = min(last, side)
    if last > first:
        return first, last
    first = min(step * int(low / step), (side - 1) // step * step)  # thinner than the grid
    return first, min(first + step, side)

"""What part of the source is used, how large it becomes, and where it lies on the canvas.

Everything is planned in upright source px with exact fractions. One rule rounds: half a px goes up,
and no side is ever below 1. Law: it decides where pixels come from, never how they are computed.
Source of the words: sharp's ``resize`` (fit, position, withoutEnlargement) and CSS ``object-fit``
and ``object-position``. The differences are said in :func:`place`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, assert_never

from mediaflow.geometry.shapes import Box, Fit, FocalPoint, Gravity, GravityName, Point, Size

__all__ = ["Placement", "place"]

_LOW: Final = Fraction(0)
_MIDDLE: Final = Fraction(1, 2)
_HIGH: Final = Fraction(1)

_GRAVITIES: Final[dict[GravityName, tuple[Fraction, Fraction]]] = {
    "center": (_MIDDLE, _MIDDLE),
    "north": (_MIDDLE, _LOW),
    "northeast": (_HIGH, _LOW),
    "east": (_HIGH, _MIDDLE),
    "southeast": (_HIGH, _HIGH),
    "south": (_MIDDLE, _HIGH),
    "southwest": (_LOW, _HIGH),
    "west": (_LOW, _MIDDLE),
    "northwest": (_LOW, _LOW),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Tell which part of a source is drawn, at what size, and where on the canvas."""

    crop: Box
    """The part of the upright source that is used, in px that may be fractional."""

    content: Size
    """What the crop is resampled to."""

    canvas: Size
    """The finished picture; larger than ``content`` only where ``contain`` pads."""

    offset: Point
    """Upper left corner of the content on the canvas."""


def place(
    source: Size,
    *,
    width: int | None,
    height: int | None,
    fit: Fit = "inside",
    gravity: Gravity = "center",
    upscale: bool = False,
) -> Placement:
    """Decide the crop, the size and the place of a picture.

    ``inside`` keeps everything within width x height; ``outside`` keeps everything and is at least
    width x height. ``cover`` has exactly width x height and cuts what is too much. ``contain`` has
    exactly width x height and pads. ``fill`` has exactly width x height and stretches.

    With one side given the other follows the source's aspect and nothing is cut or stretched. With
    none the size stays.

    Without ``upscale``, no axis of the source is ever enlarged, and the fit's promise bends so:

    - ``inside`` and ``outside``: at most the source's size.
    - ``cover``: when the source is too small, the canvas is the largest one of the asked aspect
      that the source can give (px are then copied, not resampled). sharp returns another aspect.
    - ``contain``: the canvas stays as asked, with more padding.
    - ``fill``: each side is at most the source's side.

    Args:
        source: Upright size of the source in px.
        width: Wanted width in px, or None.
        height: Wanted height in px, or None.
        fit: One of the five words.
        gravity: For ``cover`` the part that is kept, for ``contain`` the place on the canvas. A
            focal point centres the crop on itself as far as the edges allow, and keeps its own
            relative place on a padded canvas.
        upscale: Whether the source may be enlarged.

    Returns:
        The placement. A crop that is used at its own size starts at a whole px.

    Raises:
        SpecError: A side is below 1 or not a whole number.

    Example:
        >>> place(Size(2725, 2225), width=720, height=588).canvas
        Size(width=720, height=588)
        >>> place(Size(10_000, 1), width=100, height=100).canvas
        Size(width=100, height=1)
    """
    if width is None and height is None:
        return _keep_all(source, source)
    scales = _asked_scales(source, width, height)
    target = Size(
        _rounded(source.width * scales[0]) if width is None else width,
        _rounded(source.height * scales[0]) if height is None else height,
    )
    match fit:
        case "inside":
            return _keep_all(source, _resized(source, min(scales), upscale=upscale))
        case "outside":
            return _keep_all(source, _resized(source, max(scales), upscale=upscale))
        case "cover" if width is None or height is None:
            # Cutting down to a rounded side could leave a sliver: 10,000 x 1 at width 100.
            return _keep_all(source, _resized(source, min(scales), upscale=upscale))
        case "cover":
            return _cover(source, target, max(scales), gravity, upscale=upscale)
        case "contain":
            content = _resized(source, min(scales), upscale=upscale)
            return _contain(source, content, target, gravity)
        case "fill":
            return _keep_all(source, target if upscale else _capped(target, source))
        case _:
            assert_never(fit)


def _asked_scales(source: Size, width: int | None, height: int | None) -> list[Fraction]:
    checked = Size(1 if width is None else width, 1 if height is None else height)
    scales = []
    if width is not None:
        scales.append(Fraction(checked.width, source.width))
    if height is not None:
        scales.append(Fraction(checked.height, source.height))
    return scales


def _resized(source: Size, scale: Fraction, *, upscale: bool) -> Size:
    factor = scale if upscale else min(scale, _HIGH)
    return Size(_rounded(source.width * factor), _rounded(source.height * factor))


def _capped(target: Size, source: Size) -> Size:
    return Size(min(target.width, source.width), min(target.height, source.height))


def _keep_all(source: Size, canvas: Size) -> Placement:
    return Placement(crop=Box.whole(source), content=canvas, canvas=canvas, offset=Point(0, 0))


def _cover(
    source: Size, target: Size, scale: Fraction, gravity: Gravity, *, upscale: bool
) -> Placement:
    is_copied = scale == 1 or (scale > 1 and not upscale)
    wide, high = target.width / scale, target.height / scale
    canvas = Size(_rounded(wide), _rounded(high)) if is_copied else target
    if is_copied:
        wide, high = Fraction(canvas.width), Fraction(canvas.height)
    left, top = _crop_origin(source, wide, high, gravity)
    if is_copied:  # half a px of shift would blur what can be copied
        left, top = Fraction(_half_up(left)), Fraction(_half_up(top))
    crop = Box(left, top, left + wide, top + high)
    return Placement(crop=crop, content=canvas, canvas=canvas, offset=Point(0, 0))


def _crop_origin(
    source: Size, wide: Fraction, high: Fraction, gravity: Gravity
) -> tuple[Fraction, Fraction]:
    free_x, free_y = source.width - wide, source.height - high
    share_x, share_y = _shares(gravity)
    if not isinstance(gravity, FocalPoint):
        return free_x * share_x, free_y * share_y
    left = source.width * share_x - wide / 2
    top = source.height * share_y - high / 2
    return min(max(left, _LOW), free_x), min(max(top, _LOW), free_y)


def _contain(source: Size, content: Size, canvas: Size, gravity: Gravity) -> Placement:
    share_x, share_y = _shares(gravity)
    offset = Point(
        _half_up((canvas.width - content.width) * share_x),
        _half_up((canvas.height - content.height) * share_y),
    )
    return Placement(crop=Box.whole(source), content=content, canvas=canvas, offset=offset)


def _shares(gravity: Gravity) -> tuple[Fraction, Fraction]:
    if isinstance(gravity, FocalPoint):
        return _decimal(gravity.x), _decimal(gravity.y)
    return _GRAVITIES[gravity]


def _decimal(share: float) -> Fraction:
    # The digits that were written, so that 0.3 is 3/10 and plans stay readable and exact.
    return Fraction(repr(float(share)))


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _rounded(side: Fraction) -> int:
    return max(_half_up(side), 1)

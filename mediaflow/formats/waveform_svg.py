"""Waveforms as SVG drawings: one path, as short as its precision allows.

Law: text only; what is drawn where was decided before.
Source: W3C SVG 2 9.3 (path data), 13.5 (strokes).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mediaflow.geometry import Size
    from mediaflow.models.color import Rgb

__all__ = ["bars_path", "outline_path", "waveform_svg"]

TENTHS: Final = 10  # of a px: finer than a screen shows


def waveform_svg(
    path: str, size: Size, *, color: Rgb, background: Rgb | None, bar_width: int | None = None
) -> str:
    """Return a drawing.

    It fills what a page gives it; its own size is the one that was asked for.

    Args:
        path: Path data: an outline, or the middle lines of bars.
        size: Its size in px.
        color: Of the sound.
        background: Of what is behind; None is transparent.
        bar_width: Width of a bar in px; None for an outline.
    """
    paint = f'fill="{_hex(color)}"'
    if bar_width is not None:
        paint = (
            f'fill="none" stroke="{_hex(color)}" stroke-width="{bar_width}" stroke-linecap="round"'
        )
    behind = ""
    if background is not None:
        behind = f'<rect width="100%" height="100%" fill="{_hex(background)}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}" height="{size.height}" '
        f'viewBox="0 0 {size.width} {size.height}" preserveAspectRatio="none">'
        f'{behind}<path {paint} d="{path}"/></svg>\n'
    )


def outline_path(tops: Sequence[float], bottoms: Sequence[float]) -> str:
    """Return the path of an outline that goes along above and comes back below.

    Args:
        tops: Of each column of 1 px, how many px below the top of the drawing its sound begins.
        bottoms: Where it ends.

    Example:
        >>> outline_path([2, 1], [3, 4])
        'M0 2h.5l1-1h.5v3h-.5l-1-1h-.5z'
    """
    above = [_tenths(y) for y in tops]
    below = [_tenths(y) for y in reversed(bottoms)]
    half = TENTHS // 2
    out = [f"M0 {_text(above[0])}", f"h{_text(half)}", *_along(above, TENTHS), f"h{_text(half)}"]
    down = f"v{_text(below[0] - above[-1])}"
    back = [f"h{_text(-half)}", *_along(below, -TENTHS), f"h{_text(-half)}", "z"]
    return "".join((*out, down, *back))


def bars_path(middles: Iterable[float], tops: Iterable[float], bottoms: Iterable[float]) -> str:
    """Return the path of the middle lines of bars with round ends.

    Args:
        middles: Of each bar, px from the left edge of the drawing to its middle.
        tops: Px from the top of the drawing to where its line begins.
        bottoms: Px to where it ends.

    Example:
        >>> bars_path([1.5, 5.5], [2, 3], [8, 3])
        'M1.5 2v6M5.5 3v0'
    """
    parts = []
    for x, top, bottom in zip(middles, tops, bottoms, strict=True):
        start, end = _tenths(top), _tenths(bottom)
        parts.append(f"M{_text(_tenths(x))} {_text(start)}v{_text(end - start)}")
    return "".join(parts)


def _along(heights: Sequence[int], step: int) -> Iterator[str]:
    """Yield lines from one height to the next; what goes on in one line is one."""
    width, fall = 0, 0
    for before, after in pairwise(heights):
        change = after - before
        if width and change * width != fall * step:
            yield _line(width, fall)
            width, fall = 0, 0
        width += step
        fall += change
    if width:
        yield _line(width, fall)


def _line(width: int, fall: int) -> str:
    if not fall:
        return f"h{_text(width)}"
    right, down = _text(width), _text(fall)
    return f"l{right}{down}" if down.startswith("-") else f"l{right} {down}"


def _tenths(px: float) -> int:
    return round(px * TENTHS)


def _text(tenths: int) -> str:
    """Return a number of px, without a zero that nobody needs."""
    whole, rest = divmod(abs(tenths), TENTHS)
    sign = "-" if tenths < 0 else ""
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{rest}"


def _hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)

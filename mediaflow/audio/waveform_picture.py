"""Paints waveforms: how much of each px is covered decides its colour.

Law: arithmetic on arrays; edges are smooth, and a straight edge on a border of px is sharp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mediaflow.audio.waveform_shape import Bars, Outline
    from mediaflow.geometry import Size
    from mediaflow.models.color import Rgb

    Coverage = npt.NDArray[np.uint8]
    Pixels = npt.NDArray[np.uint8]

__all__ = ["bars_coverage", "outline_coverage", "painted"]

LINES: Final = 8  # across a px, along which its coverage is measured exactly
COLUMNS: Final = 512  # painted at once: memory is that of the picture
OPAQUE: Final = 255


def outline_coverage(outline: Outline, size: Size) -> Coverage:
    """Return how much of each px is within an outline.

    Args:
        outline: Where it is.
        size: Size of the picture in px.

    Returns:
        (height, width), uint8: 0 for nothing, 255 for all.
    """
    made = np.zeros((size.height, size.width), np.uint8)
    places = np.arange(size.width) + 0.5
    rows = np.arange(size.height, dtype=np.float32)[:, np.newaxis]
    for start in range(0, size.width, COLUMNS):
        lefts = np.arange(start, min(start + COLUMNS, size.width))
        covered = np.zeros((size.height, len(lefts)), np.float32)
        for line in range(LINES):
            across = lefts + (line + 0.5) / LINES
            for tops, bottoms in zip(outline.tops, outline.bottoms, strict=True):
                top = np.interp(across, places, tops).astype(np.float32)
                bottom = np.interp(across, places, bottoms).astype(np.float32)
                part = np.minimum(bottom, rows + 1) - np.maximum(top, rows)
                covered += np.clip(part, 0, 1, out=part)
        made[:, lefts] = _levels(covered / LINES)
    return made


def bars_coverage(bars: Bars, size: Size) -> Coverage:
    """Return how much of each px is within a bar.

    Args:
        bars: Where they are.
        size: Size of the picture in px.

    Returns:
        (height, width), uint8: 0 for nothing, 255 for all.
    """
    made = np.zeros((size.height, size.width), np.uint8)
    radius = bars.width / 2
    across = (np.arange(bars.width) + 0.5 - radius).astype(np.float32)
    rows = np.arange(size.height, dtype=np.float32)[:, np.newaxis] + 0.5
    for tops, bottoms in zip(bars.tops, bars.bottoms, strict=True):
        for left, top, bottom in zip(bars.lefts, tops, bottoms, strict=True):
            middle, straight = (top + bottom) / 2, max((bottom - top) / 2 - radius, 0.0)
            beyond = np.maximum(np.abs(rows - middle) - straight, 0)
            distance = np.hypot(across, beyond) - min(radius, (bottom - top) / 2)
            part = made[:, left : left + bars.width]
            np.maximum(part, _levels(0.5 - distance), out=part)
    return made


def painted(coverage: Coverage, *, color: Rgb, background: Rgb | None) -> Pixels:
    """Return a picture.

    Args:
        coverage: (height, width), uint8.
        color: Of the sound.
        background: Of what is behind it; None is transparent.

    Returns:
        (height, width, 3), uint8: sRGB; or (height, width, 4) with straight alpha where the
        background is transparent.
    """
    levels = np.arange(OPAQUE + 1)[:, np.newaxis]
    if background is None:
        table = np.concatenate([np.tile(color, (OPAQUE + 1, 1)), levels], axis=1)
        table[0] = 0  # what is not seen has no colour
    else:
        mixed = np.asarray(color) * levels + np.asarray(background) * (OPAQUE - levels)
        table = (mixed + OPAQUE // 2) // OPAQUE
    return table.astype(np.uint8)[coverage]


def _levels(share: npt.NDArray[Any]) -> Coverage:
    levels: Coverage = np.clip(share * OPAQUE + 0.5, 0, OPAQUE).astype(np.uint8)
    return levels

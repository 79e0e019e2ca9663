"""Says where a waveform is drawn: an outline, or bars with round ends, in px of the picture.

Law: arithmetic on points; nothing is painted. Each px of the width shows its share of the sound,
and where nothing is heard a line is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mediaflow.audio.points import Peaks
    from mediaflow.geometry import Size

    Numbers = npt.NDArray[np.float64]

__all__ = ["Bars", "Outline", "bars_of", "outline_of"]

FULL_SCALE: Final = 1 << 15
LINE: Final = 1.0  # px, of silence
LANE_GAP: Final = 2.0  # px between the channels at full scale, where there is room
ROOMY: Final = 16  # px of a channel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outline:
    """The sound of each px of the width."""

    tops: Numbers
    """(channels, width): px from the top of the picture to where it begins."""

    bottoms: Numbers
    """(channels, width): px to where it ends."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """The bars of each channel."""

    width: int
    """Of a bar, in px."""

    lefts: npt.NDArray[np.int64]
    """(bars,): px from the left of the picture to each."""

    tops: Numbers
    """(channels, bars): px from the top of the picture to where the bar begins, its round end
    included."""

    bottoms: Numbers
    """(channels, bars): px to where it ends."""


def outline_of(peaks: Peaks, size: Size, *, normalize: bool) -> Outline:
    """Return the outline of a waveform that fills a picture.

    Args:
        peaks: The points.
        size: Size of the picture in px.
        normalize: Whether the loudest point fills the height; else full scale does.
    """
    low, high = _columns(peaks, size.width, normalize=normalize)
    middles, reach = _lanes(len(low), size.height)
    if reach > LINE:  # the line of silence covers one row, and not two by half
        rows = np.floor(middles) + LINE / 2
        middles, reach = rows, reach - float(np.abs(rows - middles).max())
    tops = middles - reach * high
    bottoms = middles - reach * low
    thin = np.maximum(LINE - (bottoms - tops), 0) / 2
    return Outline(tops=tops - thin, bottoms=bottoms + thin)


def bars_of(peaks: Peaks, size: Size, *, width: int, gap: int, normalize: bool) -> Bars:
    """Return bars that fill a picture; each reaches as far up as down.

    Args:
        peaks: The points.
        size: Size of the picture in px.
        width: Width of a bar in px.
        gap: Px between two.
        normalize: Whether the loudest point fills the height; else full scale does.
    """
    width = min(width, size.width)
    count = (size.width + gap) // (width + gap)
    left = (size.width - count * (width + gap) + gap) // 2
    low, high = _columns(peaks, count, normalize=normalize)
    middles, reach = _lanes(len(low), size.height)
    shortest = min(width / 2, reach)
    half = np.maximum(reach * np.maximum(np.abs(low), np.abs(high)), shortest)
    return Bars(
        width=width,
        lefts=left + (width + gap) * np.arange(count),
        tops=middles - half,
        bottoms=middles + half,
    )


def _columns(peaks: Peaks, count: int, *, normalize: bool) -> tuple[Numbers, Numbers]:
    """Return the least and the greatest of equal parts of the sound, (channels, count), -1 to 1."""
    values = peaks.values.astype(np.float64) / FULL_SCALE
    loudest = np.abs(values).max(initial=0)
    if normalize and loudest > 0:
        values /= loudest
    if not len(values):
        return np.zeros((1, count)), np.zeros((1, count))
    if len(values) >= count:
        starts = np.arange(count) * len(values) // count
        low = np.minimum.reduceat(values[..., 0], starts, axis=0)
        high = np.maximum.reduceat(values[..., 1], starts, axis=0)
        return low.T, high.T
    at = (np.arange(count) + 0.5) * len(values) / count - 0.5  # middles of columns, in points
    places = np.arange(len(values))
    low, high = (
        np.stack([np.interp(at, places, row) for row in part.T])
        for part in (values[..., 0], values[..., 1])
    )
    return low, high


def _lanes(channels: int, height: int) -> tuple[Numbers, float]:
    """Return the middle of each channel, (channels, 1), and how far full scale reaches, in px."""
    lane = height / channels
    gap = LANE_GAP if channels > 1 and lane >= ROOMY else 0.0
    middles = (np.arange(channels, dtype=np.float64) + 0.5)[:, np.newaxis] * lane
    return middles, (lane - gap) / 2

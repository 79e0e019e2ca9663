"""How good a frame is as a still, and how far two frames are apart. Pure.

What is seen of a frame is its luma in full range and its chroma at up to 160 px; none of it is
compared with anything but frames of the same film.

Law: arrays in, numbers out; the same frames give the same numbers on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    Plane = npt.NDArray[np.uint8]

__all__ = ["Seen", "best_of", "distance", "score", "seen"]

DARK: Final = 24
"""Levels of luma below which nothing is recognised."""

BRIGHT: Final = 240
"""Levels of luma from which on nothing is recognised."""

BINS: Final = 32
TONES: Final = 256  # levels of 8 bits
HALF_SHARP: Final = 12.0
"""Mean of the Laplacian at which sharpness counts a half; sharp photos have 15 to 40 at 160 px."""

HALF_VARIED: Final = 24.0
"""Standard deviation of luma at which variety counts a half; photos have 40 to 70."""

EDGE: Final = 6
"""Laplacian from which on a px is no part of a flat field."""

FULL_DETAIL: Final = 0.25
"""Share of px in detail that is enough; titles on a plain field have less."""


GRID: Final = (9, 16)
FAR_BINS: Final = (8.0, 4.0, 4.0)
"""Bins of luma and of chroma by which levels of px are as far apart as can be."""

FAR_LEVELS: Final = 64.0
"""The same in levels, of a field of the grid."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What is kept of a frame."""

    sharpness: float
    """Mean size of the Laplacian of luma, in levels."""

    detail: float
    """Share of px that are no part of a flat field, 0 to 1."""

    mean: float
    """Mean level of luma, 0 to 255; as all that counts levels, of every other row."""

    deviation: float
    """Standard deviation of luma, in levels."""

    lost: float
    """Share of px that are black or white, 0 to 1."""

    levels: npt.NDArray[np.float64]
    """Shares of px by level of luma, then of both chroma planes: (3, 32)."""

    grid: npt.NDArray[np.float32]
    """Levels of luma on a coarse grid: (9, 16)."""


def _table() -> npt.NDArray[np.float64]:
    """Return what shares of levels are multiplied by: bins, mean, mean of squares, black or white.

    One product in place of many small sums: these cost more than what they add up.
    """
    levels = np.arange(TONES)
    bins = levels[:, None] * BINS // TONES == np.arange(BINS)
    lost = (levels < DARK) | (levels >= BRIGHT)
    return np.column_stack([bins, levels, levels * levels, lost]).astype(np.float64)


TABLE: Final = _table()


def seen(luma: Plane, blue: Plane, red: Plane) -> Seen:
    """Return what is kept of a frame.

    Args:
        luma: (height, width), uint8, full range, at least 3 px a side.
        blue: Chroma of blue, of any size, 128 for none.
        red: Chroma of red.
    """
    wide = luma.astype(np.int16)
    inner = wide[1:-1, 1:-1]
    edges = np.abs(4 * inner - wide[:-2, 1:-1] - wide[2:, 1:-1] - wide[1:-1, :-2] - wide[1:-1, 2:])
    shares = np.empty((3, TONES))
    for row, plane in enumerate((luma[::2], blue, red)):
        shares[row] = np.bincount(plane.ravel(), minlength=TONES)
        shares[row] /= plane.size
    told = shares @ TABLE
    mean, square, lost = (float(figure) for figure in told[0, BINS:])
    return Seen(
        sharpness=float(edges.mean()) if edges.size else 0.0,
        detail=float(np.count_nonzero(edges >= EDGE)) / max(edges.size, 1),
        mean=mean,
        deviation=max(square - mean * mean, 0.0) ** 0.5,
        lost=lost,
        levels=told[:, :BINS],
        grid=_grid(luma),
    )


def _grid(luma: Plane) -> npt.NDArray[np.float32]:
    """Return the mean of four samples in each field of a grid, whatever the size of the frame."""
    (down, across), samples = GRID, luma[_places(luma.shape)]
    sums = samples.reshape(down, 2, across, 2).sum(axis=(1, 3), dtype=np.float32)
    means: npt.NDArray[np.float32] = sums / 4
    return means


@lru_cache(maxsize=8)
def _places(shape: tuple[int, int]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the rows and columns of samples, two in each field of the grid along each axis."""
    rows, columns = (
        (2 * np.arange(2 * fields) + 1) * side // (4 * fields)
        for fields, side in zip(GRID, shape, strict=True)
    )
    return rows[:, None], columns[None, :]


def distance(one: Seen, other: Seen) -> float:
    """Return how far two frames are apart, 0 (the same) to 1 (nothing in common).

    Six tenths are how far the levels of px must move to become those of the other frame: a half by
    luma, a quarter by each chroma plane. Motion changes that little. Four tenths are how far luma
    differs on a coarse grid, which tells apart scenes of the same colours.
    """
    apart = np.abs(np.cumsum(one.levels - other.levels, axis=1)).sum(axis=1)
    moved = np.minimum(apart / FAR_BINS, 1.0) @ (0.5, 0.25, 0.25)
    differing = min(float(np.abs(one.grid - other.grid).mean()) / FAR_LEVELS, 1.0)
    return float(0.6 * moved + 0.4 * differing)


def score(one: Seen, apart: float) -> float:
    """Return how good a frame is as a still, 0 to 1; the higher, the better.

    It is the product of sharpness, variety, detail, light, and of how much it is like the nearer of
    its neighbours: a frame of a transition is like neither.

    Args:
        one: The frame.
        apart: Its distance to the nearer of its neighbours among those looked at; 0 for none.
    """
    sharp = one.sharpness / (one.sharpness + HALF_SHARP)
    varied = one.deviation / (one.deviation + HALF_VARIED)
    detail = min(one.detail / FULL_DETAIL, 1.0)
    middle = 1.0 - abs(one.mean - 118.0) / 137.0  # the middle between black and white as seen
    calm = 1.0 - 0.7 * apart
    return sharp * varied * detail * max(middle, 0.0) * (1.0 - one.lost) * calm


def best_of(frames: Sequence[Seen], distances: Sequence[float]) -> int:
    """Return the index of the best still; of equals the first.

    Args:
        frames: In the order of their times, at least one.
        distances: How far each frame but the first is from the one before it.
    """
    sides = distances or (0.0,)
    near = zip([sides[0], *distances], [*distances, sides[-1]], strict=True)
    scores = [round(score(one, min(pair)), 9) for one, pair in zip(frames, near, strict=True)]
    return max(range(len(scores)), key=lambda index: (scores[index], -index))

"""Finds the scenes of a film by how far its keyframes are apart. Pure.

Encoders put a keyframe at a cut, beside those that they put at even distances. So a keyframe that
comes before its time is a cut where the picture changes, and one that comes in time is a cut where
the picture changes far more than it usually does.

Law: times and distances in, times out. Nothing is guessed between two keyframes.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from mediaflow.models.scenes import Scene, ScenesData

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

__all__ = ["scene_starts", "scenes_of"]

EARLY: Final = 0.8
"""Share of the usual distance of keyframes below which one comes before its time."""

SPARSE_SECONDS: Final = 0.5
"""Distance of keyframes below which none is early: they are every frame, or nearly so."""

CUT_WHEN_EARLY: Final = 0.12
CUT_IN_TIME: Final = 0.22
"""Distance, of 1, from which on two keyframes show two scenes."""

ABOVE_USUAL: Final = 2.0
"""How much more than the median of its neighbours the distance of a keyframe must be that comes in
time, unless it is sure."""

SURE: Final = 0.4
"""Distance of a cut, however busy the film is."""

NEIGHBOURS: Final = 8
ENOUGH: Final = 6  # neighbours that tell what is usual
LEAST_SECONDS: Final = 0.6  # shorter is a flash, or a part of a dissolve


def scene_starts(times: Sequence[Fraction], distances: Sequence[float]) -> list[Fraction]:
    """Return when scenes start.

    Args:
        times: When each keyframe is shown, in seconds, in order; at least one.
        distances: How far each keyframe but the first is from the one before it, 0 to 1.
    """
    gaps = [float(later - time) for time, later in pairwise(times)]
    usual = max(gaps, default=0.0)
    starts = [times[0]]
    for index, (gap, apart) in enumerate(zip(gaps, distances, strict=True)):
        is_early = usual >= SPARSE_SECONDS and gap < EARLY * usual
        least = CUT_WHEN_EARLY if is_early else _least_in_time(distances, index)
        time = times[index + 1]
        if apart >= least and time - starts[-1] >= LEAST_SECONDS:
            starts.append(time)
    return starts


def _least_in_time(distances: Sequence[float], index: int) -> float:
    """Return the distance from which on a keyframe that comes in time shows another scene."""
    around = (*distances[max(index - NEIGHBOURS, 0) : index], *distances[index + 1 :][:NEIGHBOURS])
    if len(around) < ENOUGH:
        return CUT_IN_TIME
    return max(CUT_IN_TIME, min(ABOVE_USUAL * median(around), SURE))


def scenes_of(times: Sequence[Fraction], distances: Sequence[float], end: Fraction) -> ScenesData:
    """Return the scenes of a film.

    Args:
        times: When each keyframe is shown, in seconds, in order; at least one.
        distances: How far each keyframe but the first is from the one before it, 0 to 1.
        end: When the film ends, after the last keyframe.
    """
    starts = scene_starts(times, distances)
    ends = [*starts[1:], end]
    return ScenesData(
        scenes=tuple(
            Scene(start_seconds=round(float(start), 6), end_seconds=round(float(stop), 6))
            for start, stop in zip(starts, ends, strict=True)
        )
    )

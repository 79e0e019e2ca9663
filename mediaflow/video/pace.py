"""Decides which frames of a film an output shows, when, and for how long. Pure arithmetic.

A frame is displayed until the next one is, so each is known only when its follower comes. Times are
exact seconds from the start of the output, those of the film divided by its speed. A constant rate shows at each of its ticks the frame that
the film displays then.

Law: times never run backwards and no number of frames is unbounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from mediaflow.errors import LimitExceededError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.planning import RenditionStep
    from mediaflow.security.limits import Limits

__all__ = ["Pace", "Shot"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of the output."""

    time: Fraction
    """When it is shown, in seconds from the start of the output."""

    seconds: Fraction
    """How long."""


class Pace:
    """The times of one output.

    Args:
        step: Its window and rate.
        limits: Limits in force.
    """

    def __init__(self, step: RenditionStep, limits: Limits) -> None:
        self._start, self._end = step.start, step.end
        self._fps, self._speed = step.video.fps, step.video.speed
        self._limits = limits
        self._made = 0

    def shots(self, time: Fraction, until: Fraction) -> Iterator[Shot]:
        """Yield the shots of a frame that the film displays for a while.

        Args:
            time: When it is displayed, in seconds of the film.
            until: When its follower is.

        Raises:
            LimitExceededError: The while is longer, or the frames are more, than allowed.
        """
        begin = max(time - self._start, Fraction(0)) / self._speed
        last = until if self._end is None else min(until, self._end)
        end = (last - self._start) / self._speed
        if end <= begin:
            return
        self._limits.check("max_gap_seconds", int(end - begin), who="a frame")
        if self._fps is None:
            yield self._counted(Shot(begin, end - begin))
            return
        for tick in range(ceil(begin * self._fps), ceil(end * self._fps)):
            yield self._counted(Shot(tick / self._fps, 1 / self._fps))

    def _counted(self, shot: Shot) -> Shot:
        self._made += 1
        if self._made > self._limits.max_film_frames:
            raise LimitExceededError(
                f"an output would have more than {self._limits.max_film_frames:,} frames",
                hint="raise limits.max_film_frames if that is meant",
                limit="max_film_frames",
            )
        return shot

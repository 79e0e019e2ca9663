"""Which frames of an animation stay and how long each is shown: exact arithmetic. Pure.

Law: time is in Fraction seconds; what is left out is added to what stays, so that the length of a
play never changes but where it is cut on purpose. A frame without a stated duration is shown for
100 ms, as every browser does with 0; any other stored value is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Cut", "Kept", "choose_frames", "frame_at", "shown_seconds"]

UNSTATED_SECONDS: Final = Fraction(1, 10)
HALF: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What part of an animation is wanted, and the grid that its times must fit."""

    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source."""

    longest: Fraction | None = None
    """Longest play in seconds, or None."""

    most_frames: int | None = None
    period: Fraction = Fraction(0)
    """Least time between two frames, in seconds."""

    tick: Fraction = Fraction(1, 1000)
    """Grid of durations, in seconds."""

    most: Fraction | None = None
    """Longest frame that can be stored, in seconds, or None."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame that stays."""

    index: int
    """Its position in the source, from 0."""

    ticks: int
    """How long it is shown, in ticks of the grid."""


def shown_seconds(stored: Iterable[Fraction]) -> tuple[Fraction, ...]:
    """Return how long frames are shown: as stored, or 100 ms where nothing is."""
    return tuple(seconds if seconds > 0 else UNSTATED_SECONDS for seconds in stored)


def frame_at(seconds: Sequence[Fraction], moment: float | str | None) -> int:
    """Return the frame that is shown at a moment; the last one at the end and after it.

    Args:
        seconds: How long each frame is shown.
        moment: Seconds, a share such as ``"25%"`` of the whole, or None for the first frame.

    Example:
        >>> frame_at([Fraction(1), Fraction(2), Fraction(1)], "50%")
        1
    """
    if moment is None:
        return 0
    if isinstance(moment, str):
        due = Fraction(moment.removesuffix("%")) / 100 * sum(seconds)
    else:
        due = Fraction(moment)
    end = Fraction(0)
    for index, length in enumerate(seconds):
        end += length
        if due < end:
            return index
    return max(len(seconds) - 1, 0)


def choose_frames(seconds: Sequence[Fraction], cut: Cut) -> tuple[Kept, ...]:
    """Return the frames that stay, each with its duration on the grid.

    A frame stays when it is still to be seen one period after the last one that stayed began; it
    then begins where it did, or at that moment if that is later. Rounding is done on the moments
    and not on the lengths, so that it never adds up.

    Args:
        seconds: How long each frame is shown, in seconds above 0.
        cut: What is wanted.

    Returns:
        At least one frame, whatever is asked; empty only for an empty source.
    """
    period = max(cut.period, cut.tick)
    begun: list[tuple[int, Fraction]] = []
    total = sum(seconds, Fraction(0))
    start = min(cut.start, max(total - cut.tick, Fraction(0)))
    end = total - start
    if cut.longest is not None:
        end = min(end, max(cut.longest, cut.tick))
    stop = -start
    for index, length in enumerate(seconds):
        stop, begin = stop + length, stop
        due = begun[-1][1] + period if begun else Fraction(0)
        if stop <= due or max(begin, due) >= end:
            continue
        if len(begun) == cut.most_frames:
            end = max(begin, due)
            break
        begun.append((index, max(begin, due)))
    if len(begun) > 1 and end - begun[-1][1] < period * HALF:
        begun.pop()  # a last blink belongs to what was seen before it
    return _on_grid(begun, end, cut)


def _on_grid(begun: Sequence[tuple[int, Fraction]], end: Fraction, cut: Cut) -> tuple[Kept, ...]:
    moments = [_round(begin / cut.tick) for _, begin in begun]
    moments.append(max(_round(end / cut.tick), moments[-1] + 1 if moments else 0))
    most = None if cut.most is None else int(cut.most / cut.tick)
    kept: list[Kept] = []
    for (index, _), begin, stop in zip(begun, moments[:-1], moments[1:], strict=True):
        length = stop - begin
        kept.append(Kept(index, length if most is None else min(length, most)))
    return tuple(kept)


def _round(value: Fraction) -> int:
    return int(value + HALF)

"""Chooses which keyframes are decoded, by their times and sizes alone. Pure.

Within a scene keyframes at even distances have nearly the same size, and the picture of a new one
rarely has the size of the old. So of three such keyframes the middle one is passed over; where the
outer two turn out to be far apart, it is decoded after all. A storyboard takes what it wants beside
that, so that it changes nothing in what is found.

Law: it never passes over two in a row, the first, the last, or one that comes before its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Candidate", "Picked", "Picker"]

PacketT = TypeVar("PacketT")

SAME_SIZE: Final = 0.1
"""Share by which sizes of keyframes of one scene differ."""

EVEN: Final = 0.2
"""Share by which even distances differ."""


@dataclass(frozen=True, slots=True)
class Candidate(Generic[PacketT]):
    """A keyframe that may be decoded."""

    packet: PacketT
    stamp: int
    """When it is displayed, in ticks."""

    size: int
    """Length of its packet in bytes."""


@dataclass(frozen=True, slots=True)
class Picked(Generic[PacketT]):
    """A keyframe that is decoded."""

    candidate: Candidate[PacketT]
    is_watched: bool
    """Whether scenes and the best still are judged by it."""


class Picker(Generic[PacketT]):
    """Decides on one keyframe when its follower is known.

    Args:
        watches: Whether scenes or the best still are looked for.
        may_pass: Whether any may be passed over for them.
        is_wanted: Tells whether a storyboard wants a keyframe, by the stamps of the one before it,
            its own and of the one after it.
    """

    def __init__(
        self, *, watches: bool, may_pass: bool, is_wanted: Callable[[int, int, int], bool]
    ) -> None:
        self._watches, self._may_pass, self._is_wanted = watches, may_pass, is_wanted
        self._before: Candidate[PacketT] | None = None
        self._held: Candidate[PacketT] | None = None
        self._has_passed = False
        self._passed: dict[int, Candidate[PacketT]] = {}

    def take(self, candidate: Candidate[PacketT]) -> Picked[PacketT] | None:
        """Take the next keyframe; return the one before it where that is decoded."""
        held, self._held = self._held, candidate
        if held is None:
            return None
        before, self._before = self._before, held
        if before is None:
            return Picked(held, self._watches)
        passes = not self._has_passed and self._may_pass and _is_one_run(before, held, candidate)
        self._has_passed = passes
        if passes:
            self._passed[candidate.stamp] = held
        is_watched = self._watches and not passes
        if is_watched or self._is_wanted(before.stamp, held.stamp, candidate.stamp):
            return Picked(held, is_watched)
        return None

    def last(self) -> Picked[PacketT] | None:
        """Return the keyframe that has no follower."""
        held, self._held = self._held, None
        return None if held is None else Picked(held, self._watches)

    def passed_before(self, stamp: int) -> Candidate[PacketT] | None:
        """Return the keyframe that was passed over right before another one, and forget it."""
        return self._passed.pop(stamp, None)


def _is_one_run(*three: Candidate[PacketT]) -> bool:
    """Tell whether three keyframes in a row have nearly the same size and even distances."""
    sizes = [one.size for one in three]
    gaps = [three[1].stamp - three[0].stamp, three[2].stamp - three[1].stamp]
    is_even = min(gaps) >= (1 - EVEN) * max(gaps)
    return is_even and min(sizes) >= (1 - SAME_SIZE) * max(sizes)

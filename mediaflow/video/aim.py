"""Which bit rate fills a limit of bytes, by what was tried before. Pure arithmetic.

A rate is tried, and the next one follows from what it gave. An encoder that will not keep to any rate
is given a constant quality instead: the worst one, then a better one if there is room.

Law: it decides what is tried next and when it is enough, and knows nothing of encoders. Between two
tries, and beyond them, bytes are taken as a power of the rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, log2
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.planning import BudgetStep

__all__ = ["Aim", "Try", "next_rate"]

LEAST_BIT_RATE: Final = 1_000
MOST_BIT_RATE: Final = 1_000_000_000
FULL: Final = 0.97
"""Share of the bytes that are left for the picture at which a smaller file is aimed."""

LARGER: Final = 0.9
"""The same for a larger file, in place of one that fits."""

FLATTEST: Final = 0.1
"""Least power that is believed where a file must be smaller, and"""

FLATTEST_LARGER: Final = 0.4
"""where it may be larger."""

STEEPEST: Final = 1.0  # beyond what was tried
STEEPEST_BETWEEN: Final = 4.0
LOWER: Final = 0.97
"""Share of a rate that was too much, above which nothing is tried again, and"""

LOWER_AGAIN: Final = 0.7
"""the same where it was not the first: the encoder does not follow."""

RATES: Final = 4
"""Rates that are tried before a constant quality."""

FURTHER: Final = 2
"""Tries after one that fits, and is far below the limit."""

GAIN: Final = 1.05
"""How much larger such a try must be than the one before, or the encoder has all it can use."""

HALVING: Final = 3.5
"""Steps of a constant rate factor by which bytes are halved at most."""


@dataclass(frozen=True, slots=True)
class Try:
    """What a bit rate gave."""

    bit_rate: float
    picture_bytes: int


def next_rate(tries: Sequence[Try], wanted_bytes: int) -> float:
    """Return the bit rate to try next.

    Args:
        tries: What was tried, at least one.
        wanted_bytes: How many bytes the picture should take.

    Returns:
        Bits a second, within what encoders take; below each rate that gave too much.

    Example:
        >>> next_rate([Try(80_000, 20_000)], 10_000)
        40000.0
    """
    wanted = max(wanted_bytes, 1)
    over = [one for one in tries if one.picture_bytes > wanted]
    under = [one for one in tries if one.picture_bytes <= wanted]
    near, other, steepest = _pair(over, under)
    flattest = FLATTEST if over else FLATTEST_LARGER
    power = STEEPEST if other is None else max(_power(near, other, steepest), flattest)
    rate = near.bit_rate * float((wanted / max(near.picture_bytes, 1)) ** (1 / power))
    if over:
        lower = LOWER_AGAIN if len(over) > 1 and not under else LOWER
        rate = min(rate, min(one.bit_rate for one in over) * lower)
    return max(min(rate, MOST_BIT_RATE), LEAST_BIT_RATE)


def _pair(over: Sequence[Try], under: Sequence[Try]) -> tuple[Try, Try | None, float]:
    """Return the two tries that tell most of what is wanted, and the greatest power to believe."""
    above = sorted(over, key=lambda one: one.picture_bytes)
    below = sorted(under, key=lambda one: -one.picture_bytes)
    if above and below:
        return below[0], above[0], STEEPEST_BETWEEN
    side = above or below
    return side[0], side[1] if len(side) > 1 else None, STEEPEST


def _power(one: Try, other: Try, steepest: float) -> float:
    """Return by which power of the rate the bytes grow, as far as two tries tell."""
    if one.bit_rate == other.bit_rate:
        return steepest
    sizes = max(one.picture_bytes, 1) / max(other.picture_bytes, 1)
    return min(log(sizes) / log(one.bit_rate / other.bit_rate), steepest)


class Aim:
    """What is tried to keep one file within its limit.

    Args:
        budget: The limit.
        bit_rate: What is tried first, in bits a second.
    """

    def __init__(self, budget: BudgetStep, bit_rate: int) -> None:
        self.bit_rate: int | None = bit_rate
        """What is tried next, in bits a second; None for a constant quality."""

        self.crf: int = budget.worst_crf
        """The constant rate factor of that quality."""

        self.is_over: bool = False
        """Whether nothing more is tried."""

        self.count: int = 0
        """How often it was tried."""

        self.best_bytes: int = 0
        """Size of the largest file that fits; 0 before there was one."""

        self.least_bytes: int | None = None
        """Size of the smallest file."""

        self._budget = budget
        self._tries: list[Try] = []
        self._further = 0

    def refused(self) -> None:
        """Go on after the encoder refused a rate: x264 does if it knows that it cannot keep it."""
        self.count += 1
        self.is_over = bool(self.best_bytes) or self.bit_rate is None
        self._to_quality()

    def measured(self, file_bytes: int, picture_bytes: int) -> bool:
        """Take the size of a file that was made, and decide what comes next.

        Args:
            file_bytes: All of it.
            picture_bytes: Its coded frames.

        Returns:
            Whether it fits and is the largest so far that does.
        """
        self.count += 1
        self.least_bytes = min(file_bytes, self.least_bytes or file_bytes)
        fits, before = file_bytes <= self._budget.max_bytes, self.best_bytes
        is_best = fits and file_bytes > before
        if is_best:
            self.best_bytes = file_bytes
        self._further += self.best_bytes > 0
        room = self._budget.max_bytes - file_bytes + picture_bytes
        wanted = int(room * (LARGER if self.best_bytes else FULL))
        self.is_over = self._is_enough(wanted, has_grown=not fits or file_bytes >= before * GAIN)
        if not self.is_over:
            self._next(picture_bytes, wanted)
        return is_best

    def _is_enough(self, wanted: int, *, has_grown: bool) -> bool:
        if self.count >= self._budget.tries or wanted <= 0:
            return True
        if not self.best_bytes:
            return self.bit_rate is None  # nothing is worse than the worst quality
        is_full = self.best_bytes >= self._budget.least_bytes
        return is_full or self._further > FURTHER or not has_grown

    def _next(self, picture_bytes: int, wanted: int) -> None:
        before = self.bit_rate
        if before is None:
            self._next_quality(picture_bytes, wanted)
            return
        self._tries.append(Try(before, picture_bytes))
        rate = int(next_rate(self._tries, wanted))
        is_stuck = rate == before or self.count >= RATES
        if is_stuck and not self.best_bytes:
            self._to_quality()
            return
        self.bit_rate = rate
        self.is_over = rate == before

    def _to_quality(self) -> None:
        self.bit_rate = None
        self._tries.clear()

    def _next_quality(self, picture_bytes: int, wanted: int) -> None:
        """Find a factor as a rate is found that doubles with so many steps."""
        before, worst = self.crf, self._budget.worst_crf
        self._tries.append(Try(LEAST_BIT_RATE * 2 ** ((worst - before) / HALVING), picture_bytes))
        rate = next_rate(self._tries, wanted)
        self.crf = min(max(ceil(worst - HALVING * log2(rate / LEAST_BIT_RATE)), 0), worst)
        self.is_over = self.crf == before

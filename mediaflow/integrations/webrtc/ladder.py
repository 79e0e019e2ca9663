"""Decides how much of an effect is shown when frames take too long.

Three levels: ``full``, then ``half`` (the effect is computed at half the width and height), then
``through`` (frames are left as they are). Down: when half of the last eight frames took longer than
the budget. Up, one level: after a while of calm, in which no frame took more than half the budget.
A level that had to be left again at once is tried half as often, down to once a minute.

Law: numbers in, a word out; it knows no clock, no frame and no loop.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal, TypeAlias

from mediaflow.errors import SpecError

__all__ = ["LEVELS", "Ladder", "Level"]

Level: TypeAlias = Literal["full", "half", "through"]

LEVELS: Final[tuple[Level, ...]] = ("full", "half", "through")
WINDOW: Final = 8
"""How many frames are looked back at: a quarter of a second at 30 a second."""
SLOW: Final = 4
"""How many slow ones among them are too many; a single stall is none of our business."""
CALM: Final = 0.5
"""Share of the budget below which a frame is quick."""
PATIENCE_SECONDS: Final = 5.0
MAX_PATIENCE_SECONDS: Final = 60.0


class Ladder:
    """The level of one track.

    Args:
        budget_seconds: What a frame may take.
        simplifies: False holds the level at ``full`` whatever happens.

    Raises:
        SpecError: The budget is no positive number.
    """

    def __init__(self, budget_seconds: float, *, simplifies: bool = True) -> None:
        if not 0 < budget_seconds < float("inf"):
            raise SpecError(
                f"a frame may take more than 0 seconds, got {budget_seconds!r:.40}",
                field="max_latency_seconds",
            )
        self._budget = budget_seconds
        self._simplifies = simplifies
        self._at = 0
        self._slow: deque[bool] = deque(maxlen=WINDOW)
        self._calm_since: float | None = None
        self._climbed_at: float | None = None
        self._patience = PATIENCE_SECONDS

    @property
    def level(self) -> Level:
        """What the next frame gets."""
        return LEVELS[self._at]

    def took(self, seconds: float, now: float) -> Level:
        """Note what a frame took; return the level of the next one.

        Args:
            seconds: Time of work on it.
            now: Of a clock that never goes back.
        """
        if not self._simplifies:
            return self.level
        self._slow.append(seconds > self._budget)
        if seconds > self._budget * CALM or self._calm_since is None:
            self._calm_since = now
        if sum(self._slow) >= SLOW and self._at < len(LEVELS) - 1:
            self._step_down(now)
        elif self._at and now - self._calm_since >= self._patience:
            self._at -= 1
            self._climbed_at = now
            self._begin(now)
        return self.level

    def _step_down(self, now: float) -> None:
        again = self._climbed_at is not None and now - self._climbed_at < self._patience
        factor = 2 if again else 1
        start = self._patience if again else PATIENCE_SECONDS
        self._patience = min(start * factor, MAX_PATIENCE_SECONDS)
        self._at += 1
        self._begin(now)

    def _begin(self, now: float) -> None:
        self._slow.clear()
        self._calm_since = now

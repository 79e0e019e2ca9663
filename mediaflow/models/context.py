"""What every room is handed while a job runs.

Law: a room asks the context and nothing else: it never looks for a queue, a loop or a clock.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mediaflow.errors import JobCancelledError, JobTimeoutError
from mediaflow.models.events import Event, Progress, Stage
from mediaflow.models.spent import Tally

__all__ = ["Budget", "Context"]

WINDOW_SECONDS: Final = 30.0  # speed is that of the last while: encoders slow down at busy scenes
LEAST_SECONDS: Final = 1.0  # what was done in less says nothing about the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one job may use at once."""

    threads: int = 1
    """Codec and worker threads."""

    bytes: int = 1024**3
    """Working memory; encoders of a plan that needs more take turns."""


def _nothing(_: Event) -> None:
    return None


def _never() -> bool:
    return False


def _always() -> bool:
    return True


@dataclass(slots=True, kw_only=True)
class Context:
    """The rim of a running job: events out, cancellation and budget in."""

    job_id: str
    emit: Callable[[Event], None] = _nothing
    """Takes each event, in order."""

    cancelled: Callable[[], bool] = _never
    """Whether the caller has given up."""

    may_publish: Callable[[], bool] = _always
    """Asked right before an output becomes visible; a lost lease says no."""

    budget: Budget = field(default_factory=Budget)
    scratch: str | None = None
    """Folder for temporary files, or None for the system's own."""

    clock: Callable[[], float] = time.monotonic
    """Seconds that never run backwards; only differences count."""

    deadline: float | None = None
    """When the job has taken too long, by the clock; None for never."""

    tally: Tally = field(default_factory=Tally)
    """What was taken so far, for the report."""

    _sequence: int = 0
    _fraction: float = 0.0
    _marks: deque[tuple[float, float]] = field(default_factory=deque)
    """When which fraction was reached, over the last while."""

    def check(self) -> None:
        """Stop here if the job was cancelled, or takes too long.

        Raises:
            JobCancelledError: The caller has given up.
            JobTimeoutError: The job took longer than its limits allow.
        """
        if self.cancelled():
            raise JobCancelledError(f"job {self.job_id} was cancelled")
        if self.deadline is not None and self.clock() >= self.deadline:
            raise JobTimeoutError(
                f"job {self.job_id} took longer than it may",
                hint="raise limits.max_job_seconds and limits.max_media_factor if that is meant",
                retryable=False,
            )

    def next_sequence(self) -> int:
        """Return the position of the next event."""
        sequence = self._sequence
        self._sequence += 1
        return sequence

    def progress(self, fraction: float, stage: Stage, output: str | None = None) -> None:
        """Report how far the job has come; a lower fraction than before is lifted to it."""
        self._fraction = max(self._fraction, min(fraction, 1.0))
        remaining = self._remaining()
        self.emit(
            Progress(
                job_id=self.job_id,
                sequence=self.next_sequence(),
                fraction=self._fraction,
                stage=stage,
                output=output,
                remaining_seconds=remaining,
            )
        )

    def _remaining(self) -> float | None:
        """Return the time to the end at the speed of the last while, or None."""
        now, marks = self.clock(), self._marks
        marks.append((now, self._fraction))
        while now - marks[0][0] > WINDOW_SECONDS and len(marks) > 2:
            marks.popleft()
        before, fraction = marks[0]
        made = self._fraction - fraction
        if now - before < LEAST_SECONDS or made <= 0:
            return None
        return (1.0 - self._fraction) * (now - before) / made

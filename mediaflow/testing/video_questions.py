"""Counts how often a back end asks whether to go on, for suites that cancel at exact places."""

from __future__ import annotations

import threading
from typing import Final

from mediaflow.models.context import Context

__all__ = ["CANCELLED_AT", "Questions"]

CANCELLED_AT: Final = (0.0, 0.02, 0.2, 0.5, 0.8, 0.98, 1.0)
"""Shares of all questions whether to go on, at which a job is cancelled."""


class Questions:
    """Counts the questions, and says no from a place on.

    Args:
        stop_at: How many are answered with yes; None for all.
    """

    def __init__(self, stop_at: int | None = None) -> None:
        self._stop_at, self._lock = stop_at, threading.Lock()
        self.asked: int = 0
        """How often it was asked."""

    def context(self, scratch: str | None = None) -> Context:
        """Return a context that asks here.

        Args:
            scratch: Folder for temporary files, or None for the system's own.
        """
        return Context(job_id="suite", cancelled=self._cancelled, scratch=scratch)

    def _cancelled(self) -> bool:
        with self._lock:
            self.asked += 1
            return self._stop_at is not None and self.asked > self._stop_at

"""Runs jobs in a bounded pool of threads; codecs release the GIL."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from mediaflow.errors import SpecError

__all__ = ["THREADS_VARIABLE", "available_threads", "make"]

THREADS_VARIABLE: Final = "MEDIAFLOW_THREADS"


def available_threads() -> int:
    """Return how many threads may compute at once in this process.

    ``MEDIAFLOW_THREADS`` wins; otherwise it is the number of processors the process may use.

    Raises:
        SpecError: ``MEDIAFLOW_THREADS`` is no whole number of at least 1.
    """
    wish = os.environ.get(THREADS_VARIABLE)
    if wish is not None:
        if not wish.isdecimal() or int(wish) < 1:
            raise SpecError(f"{THREADS_VARIABLE} must be a whole number from 1, got {wish!r}")
        return int(wish)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make(workers: int) -> ThreadPoolExecutor:
    """Return a pool of threads."""
    return ThreadPoolExecutor(workers, thread_name_prefix="mediaflow")

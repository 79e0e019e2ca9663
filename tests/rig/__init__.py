"""Breaks jobs, children and whole programs on purpose, and counts what is left.

Tests and benchmarks use it: small by default, in full where ``MEDIAFLOW_FAULTS`` is ``full``. Small
runs share their machine with other tests, so that their times are allowed more.
"""

from __future__ import annotations

import os
from typing import Final, TypeVar

__all__ = ["IS_FULL", "size"]

IS_FULL: Final = os.environ.get("MEDIAFLOW_FAULTS") == "full"

_T = TypeVar("_T", int, float)


def size(small: _T, full: _T) -> _T:
    """Return a number for the run that was asked for."""
    return full if IS_FULL else small

"""Where a job's source is taken apart."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["Isolation"]

Isolation: TypeAlias = Literal["none", "worker", "job"]
"""In this process, in a child that serves one job after the other, in a new child for each."""

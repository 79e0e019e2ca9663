"""A plan of any medium."""

from __future__ import annotations

from typing import TypeAlias

from mediaflow.planning.film_steps import FilmPlan
from mediaflow.planning.steps import PicturePlan

__all__ = ["Plan"]

Plan: TypeAlias = PicturePlan | FilmPlan
"""What will be done to one source, and why; ``print(plan)`` shows it in words."""

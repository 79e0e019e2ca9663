"""Time inside is exact: ticks, time bases, frame grids. Pure.

Law: Fractions and whole numbers only; float seconds stay at the border.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["seconds_of"]


def seconds_of(ticks: int, time_base: Fraction) -> Fraction:
    """Return the exact time of a time stamp.

    Args:
        ticks: The time stamp.
        time_base: Seconds a tick.

    Example:
        >>> str(seconds_of(3003, Fraction(1, 90_000)))
        '1001/30000'
    """
    return ticks * time_base

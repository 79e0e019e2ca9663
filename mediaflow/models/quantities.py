"""Numbers as people say them."""

from __future__ import annotations

from typing import Final

__all__ = ["file_size"]

THOUSAND: Final = 1000
ROUNDS_UP: Final = 999.5  # would be shown as 1000
TWO_DIGITS: Final = 99.95  # below, one decimal is shown
UNITS: Final = ("kB", "MB", "GB", "TB")


def file_size(count: int) -> str:
    """Return a number of bytes as people say it.

    Example:
        >>> [file_size(count) for count in (999, 1_000, 312_400, 3_120_000)]
        ['999 B', '1.0 kB', '312 kB', '3.1 MB']
    """
    if count < THOUSAND:
        return f"{count} B"
    value, unit = count / THOUSAND, 0
    while value >= ROUNDS_UP and unit < len(UNITS) - 1:
        value, unit = value / THOUSAND, unit + 1
    return f"{value:.1f} {UNITS[unit]}" if value < TWO_DIGITS else f"{value:.0f} {UNITS[unit]}"

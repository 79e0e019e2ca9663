"""What differs between the generations of PyAV, said once.

Law: PyAV 18 returns fractions and None, 19 returns rationals that may be 0/1 or 0/0; nobody else
asks which it is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Protocol

import av

__all__ = ["GENERATION", "TAG_ERRORS", "Ratio", "rational"]

GENERATION: Final = int(av.__version__.split(".", maxsplit=1)[0])
NEWER: Final = 19

TAG_ERRORS: Final[dict[str, str]] = (
    {"metadata_errors": "surrogateescape"} if GENERATION < NEWER else {}
)
"""Arguments of ``av.open`` that let tags with broken text through, as 19 always does."""


class Ratio(Protocol):
    """A rational of either generation."""

    @property
    def numerator(self) -> int:
        """Number above the line."""
        ...

    @property
    def denominator(self) -> int:
        """Number below the line."""
        ...


def rational(value: Ratio | None) -> Fraction | None:
    """Return a rational of either generation, or None for none, 0/1 and 0/0.

    Example:
        >>> str(rational(Fraction(30_000, 1_001)))
        '30000/1001'
    """
    if value is None or not value.denominator or not value.numerator:
        return None
    return Fraction(value.numerator, value.denominator)

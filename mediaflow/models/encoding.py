"""How much an encoder may spend: quality on a common scale, or an encoder's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from mediaflow.errors import SpecError

__all__ = ["Lossless", "Quality", "RateControl", "check_quality"]


def check_quality(value: object) -> None:
    """Refuse a quality outside 1 to 100.

    Raises:
        SpecError: The value is no whole number from 1 to 100.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise SpecError(
            f"quality must be a whole number 1 to 100, got {value!r}",
            hint="100 is the best a lossy encoder can do; rate=Lossless() is exact",
            field="quality",
            value=value,
        )


@dataclass(frozen=True, slots=True)
class Quality:
    """The encoder's own quality number, 1 to 100, higher is better."""

    value: int
    kind: Literal["quality"] = "quality"

    def __post_init__(self) -> None:
        check_quality(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lossless:
    """Exact pixels, where the format can do it."""

    kind: Literal["lossless"] = "lossless"


RateControl: TypeAlias = Quality | Lossless

"""How much an encoder may spend: quality on a common scale, or an encoder's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mediaflow.errors import SpecError

__all__ = [
    "Bitrate",
    "Crf",
    "FilmRate",
    "Lossless",
    "MaxBytes",
    "Quality",
    "RateControl",
    "check_quality",
]

MAX_CRF: Final = 63  # of VP9 and AV1; each codec's own range is checked where it is known
MAX_BIT_RATE: Final = 1_000_000_000
LEAST_BYTES: Final = 1_000
MOST_BYTES: Final = 1 << 50


def check_quality(value: object) -> None:
    """Refuse a quality outside 1 to 100.

    Raises:
        SpecError: The value is no whole number from 1 to 100.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise SpecError(
            f"quality must be a whole number 1 to 100, got {value!r}",
            hint="100 is the best that a lossy encoder can do; pictures take rate=Lossless() too",
            field="quality",
            value=value,
        )


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality, 1 to 100, higher is better.

    For pictures it is the encoder's own number, for film it is mapped by a documented table.
    """

    value: int
    kind: Literal["quality"] = "quality"

    def __post_init__(self) -> None:
        check_quality(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lossless:
    """Exact pixels, where the format can do it.

    Of a film every sample is kept once it has the size and the layout that are written: 8 bits and
    4:2:0, so of a source that has more a notice tells.
    """

    kind: Literal["lossless"] = "lossless"


@dataclass(frozen=True, slots=True)
class Crf:
    """Constant rate factor on the codec's own scale; lower is better.

    H.264 and HEVC take 0 to 51, VP9 and AV1 0 to 63; a fraction is for H.264 and HEVC only.
    """

    value: float
    kind: Literal["crf"] = "crf"

    def __post_init__(self) -> None:
        number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not number or not 0 <= self.value <= MAX_CRF:
            raise SpecError(
                f"crf must be a number 0 to {MAX_CRF}, got {self.value!r:.80}",
                field="rate",
                value=self.value,
            )


@dataclass(frozen=True, slots=True)
class Bitrate:
    """Mean bits a second."""

    value: int
    kind: Literal["bitrate"] = "bitrate"

    def __post_init__(self) -> None:
        whole = isinstance(self.value, int) and not isinstance(self.value, bool)
        if not whole or not 1_000 <= self.value <= MAX_BIT_RATE:
            raise SpecError(
                f"bit rate must be a whole number 1,000 to {MAX_BIT_RATE:,} bit/s, "
                f"got {self.value!r:.80}",
                hint="bits a second: Bitrate(128_000) is 128 kbit/s",
                field="rate",
                value=self.value,
            )


@dataclass(frozen=True, slots=True)
class MaxBytes:
    """A film's file is never larger than this many bytes, with its sound and its index.

    The picture gets what sound and container leave. The size in px stays as it is asked.
    """

    value: int
    kind: Literal["max_bytes"] = "max_bytes"

    def __post_init__(self) -> None:
        whole = isinstance(self.value, int) and not isinstance(self.value, bool)
        if not whole or not LEAST_BYTES <= self.value <= MOST_BYTES:
            raise SpecError(
                f"a file may have {LEAST_BYTES:,} to {MOST_BYTES:,} bytes, got {self.value!r:.80}",
                hint="bytes, in whole numbers: MaxBytes(8_000_000) is 8 MB",
                field="rate",
                value=self.value,
            )


RateControl: TypeAlias = Quality | Lossless
"""How much a picture's encoder may spend."""

FilmRate: TypeAlias = Quality | Crf | Bitrate | Lossless | MaxBytes
"""How much a film's encoder may spend."""

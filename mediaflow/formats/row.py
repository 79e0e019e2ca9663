"""The shape of one row of the format table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.models.plugins import EncoderOptions

__all__ = [
    "Argument",
    "Arguments",
    "BitDepth",
    "ImageFormat",
    "check_bit_depth",
    "chroma_for",
]

Argument: TypeAlias = tuple[str, int | bool | str]
Arguments: TypeAlias = tuple[Argument, ...]

BitDepth: TypeAlias = Literal["auto", 8, 16]
"""Bits a channel: as many as the source has and a back end can keep, or a number."""

FULL_CHROMA_QUALITY = 90  # at and above, 4:2:0 costs more than 4:4:4 for the same look


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFormat:
    """What one image format can do, and how its options become encoder arguments."""

    name: str
    """Name in specs and results."""

    mime_type: str
    extension: str
    """File name extension, without the dot."""

    has_alpha: bool
    """Whether pixels can be transparent."""

    holds_profile: bool = True
    """Whether a file can say in which colours it is, by an ICC profile."""

    max_side: int
    """Longest edge that the encoder takes, in px."""

    has_soft_alpha: bool = True
    """Whether pixels can be partly transparent, where they can be transparent at all."""

    max_colors: int | None = None
    """Colours that one picture can have; None for no limit that matters."""

    can_animate: bool = False
    """Whether an animation can be written."""

    tick_ms: int = 1
    """Grid of frame durations, in ms."""

    least_frame_ms: int = 1
    """Shortest frame that players show as it is stored, in ms."""

    most_frame_ms: int = 65_535_000
    """Longest frame that the format can hold, in ms."""

    max_plays: int = 2**31 - 1
    """Most plays that the format can hold; more is said as forever."""

    default_quality: int | None = None
    """Quality when none is asked, so that formats look alike; None for exact formats."""

    can_be_lossless: bool = False
    """Whether exact pixels can be asked for."""

    arguments: Callable[[int, bool, EncoderOptions], Arguments] | None = None
    """Encoder arguments from quality (1 to 100), exactness, and options."""

    encode_seconds_per_megapixel: float = 0.0
    """Typical encoder time on one core, for estimates."""

    extra: str | None = None
    """The extra of the distribution that reading needs, or None."""

    default_options: EncoderOptions | None = None
    """Options when the caller gives none; None for a format that is read only."""

    @property
    def options(self) -> type[EncoderOptions] | None:
        """The typed options, or None for a format that is read only."""
        return None if self.default_options is None else type(self.default_options)


def chroma_for(asked: str, quality: int) -> str:
    """Return the chroma subsampling for ``"auto"`` or the one that was asked."""
    if asked != "auto":
        return asked
    return "4:4:4" if quality >= FULL_CHROMA_QUALITY else "4:2:0"


def check_bit_depth(options: EncoderOptions, value: object) -> None:
    """Refuse a depth that is neither ``"auto"`` nor 8 nor 16.

    Raises:
        SpecError: It is something else.
    """
    if isinstance(value, bool) or value not in get_args(BitDepth):
        raise SpecError(
            f"{options.kind} option 'bit_depth' must be 'auto', 8 or 16, got {value!r}",
            field="bit_depth",
            value=value,
        )

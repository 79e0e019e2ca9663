"""How much an input may cost, as two named sets: "own" and "strangers".

Law: numbers and the one check only; who counts and when is the business of the rooms that do it.
Figures of "strangers" follow the public defaults of imgproxy (50 MP), libvips and Mastodon.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias

from mediaflow.errors import LimitExceededError, SpecError

__all__ = ["Limits", "Trust", "limits_for"]

Trust: TypeAlias = Literal["own", "strangers"]
"""Whose files are processed: a person's own, or uploads."""

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds for one input and its outputs; none is switched off by a flag.

    A job's own limits win over its processor's, so never build a job from a stranger's JSON.
    """

    max_input_bytes: int = 2048 * MEBIBYTE
    """Size of the input file in bytes."""

    max_pixels: int = 89_478_485
    """Stored width x height. Pillow warns above this figure and refuses above twice as much."""

    max_side: int = 65_535
    """Longest stored edge in px."""

    max_frames: int = 10_000
    """Frames of an animation."""

    max_total_pixels: int = 4_000_000_000
    """Frames x pixels of an animation."""

    max_jpeg_scans: int = 500
    """Scans of a JPEG; each one costs a pass over the whole picture."""

    max_png_chunks: int = 100_000
    """Chunks of a PNG; each one costs a call of the decoder."""

    max_output_pixels: int = 400_000_000
    """Pixels of one output."""

    max_memory_bytes: int = 4096 * MEBIBYTE
    """Peak working memory that a plan may need, in bytes."""

    max_streams: int = 64
    """Streams of a film or sound file."""

    max_duration_seconds: int = 1_000_000
    """Length of a film or sound."""

    max_film_frames: int = 10_000_000
    """Frames of a film that are decoded, and those that are written to one output."""

    max_gap_seconds: int = 3_600
    """Longest time without a frame or a sample within a film."""

    max_job_seconds: int = 86_400
    """Time for one job, of a source without a length."""

    max_media_factor: int = 1_000
    """Further seconds for each second of film or sound."""

    allowed_formats: tuple[str, ...] | None = None
    """Names of the input formats that may be decoded; None allows all that are installed."""

    def __post_init__(self) -> None:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name == "allowed_formats":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                message = f"limits.{name} must be a whole number of at least 1, got {value!r}"
                raise SpecError(message, field=name, value=value)
        names = self.allowed_formats
        if names is not None and not (
            isinstance(names, tuple) and all(isinstance(name, str) for name in names)
        ):
            raise SpecError(
                f"limits.allowed_formats must be a tuple of format names, got {names!r}",
                field="allowed_formats",
            )

    def seconds_for(self, duration_seconds: float | None) -> float:
        """Return how long a job may take, in seconds.

        Args:
            duration_seconds: Length of its source; None for pictures, and where it is not known.

        Example:
            >>> Limits(max_job_seconds=60, max_media_factor=10).seconds_for(2.5)
            85.0
        """
        claimed = duration_seconds or 0.0
        length = min(claimed, self.max_duration_seconds) if claimed > 0 else 0.0  # NaN is not
        return self.max_job_seconds + length * self.max_media_factor

    def check(self, name: str, seen: int, *, where: str | None = None, who: str = "input") -> None:
        """Refuse a count above its limit.

        Args:
            name: The field of this class, such as ``"max_pixels"``.
            seen: What the input has or asks for.
            where: Location of the input, for the error.
            who: What has that count, for the message.

        Raises:
            LimitExceededError: ``seen`` is above the limit.
        """
        limit: int = getattr(self, name)
        if seen > limit:
            raise LimitExceededError(
                f"{who} has {seen:,} {name.removeprefix('max_').replace('_', ' ')}; "
                f"the limit is {limit:,}",
                hint=f"raise limits.{name} if that is meant",
                limit=name,
                allowed=limit,
                seen=seen,
                where=where,
            )


_OWN: Final = Limits()
_STRANGERS: Final = Limits(
    max_input_bytes=50 * MEBIBYTE,
    max_pixels=50_000_000,
    max_side=16_384,
    max_frames=1_000,
    max_total_pixels=256_000_000,
    max_jpeg_scans=100,
    max_png_chunks=20_000,
    max_output_pixels=50_000_000,
    max_memory_bytes=1024 * MEBIBYTE,
    max_streams=16,
    max_duration_seconds=3 * 3600,
    max_film_frames=700_000,
    max_gap_seconds=60,
    max_job_seconds=60,
    max_media_factor=60,
    allowed_formats=(
        *("aac", "avif", "flac", "gif", "jpeg", "m4a", "matroska", "mov", "mp3", "mp4", "ogg"),
        *("png", "tiff", "wav", "webp"),
    ),
)


def limits_for(trust: Trust) -> Limits:
    """Return the set of limits for a level of trust.

    Raises:
        SpecError: No such level.
    """
    if trust not in ("own", "strangers"):
        raise SpecError(f"trust must be 'own' or 'strangers', got {trust!r}", field="trust")
    return _OWN if trust == "own" else _STRANGERS

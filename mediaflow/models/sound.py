"""What is wanted of a sound: an audio file.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.models.checking import (
    check_choice,
    check_count,
    check_flag,
    check_format,
    check_name,
    check_suffix,
    check_type,
)
from mediaflow.models.encoding import Bitrate, Quality, check_quality
from mediaflow.models.film import check_window
from mediaflow.models.footage import check_course
from mediaflow.models.metadata import MetadataPolicy

__all__ = ["AudioOutput", "SoundDepth", "SoundRate"]

SoundRate: TypeAlias = Bitrate | Quality
"""How much an encoder of sound may spend."""

SoundDepth: TypeAlias = Literal[16, 24, 32]
"""Bits a sample."""

MAX_CHANNELS: Final = 8
MAX_INDEX: Final = 1_000
MAX_GAIN_DB: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOutput:
    """One file of sound: of a recording, or of a film's soundtrack.

    Example:
        >>> AudioOutput("mp3", rate=Bitrate(128_000)).channels is None
        True
    """

    kind: Literal["audio"] = "audio"

    format: str = field(default="mp3", kw_only=False)
    """``"aac"``, ``"flac"``, ``"m4a"``, ``"mp3"``, ``"ogg"``, ``"opus"`` or ``"wav"``."""

    codec: str | None = None
    """Name of the codec; None takes the format's own: Opus in ``"ogg"``, AAC in ``"m4a"``. M4A also
    holds ``"alac"``, Ogg ``"flac"`` and ``"vorbis"``, which is experimental and stereo only."""

    rate: SoundRate | None = None
    """:class:`Bitrate` or :class:`Quality`; None takes the codec's default."""

    quality: int | None = None
    """1 to 100 by the table of the codec, higher is better; in place of ``rate``. MP3 then has a
    variable bit rate."""

    sample_rate: int | None = None
    """Hz; None keeps the source's where the codec can."""

    channels: int | None = None
    """Number of channels; None keeps up to two, and mixes more down to two."""

    bit_depth: SoundDepth | None = None
    """Bits a sample of FLAC (16, 24), ALAC and WAV; None keeps the source's, and takes 16 for sound
    that was lossy."""

    gain_db: float = 0.0
    """By how many dB it is made louder."""

    fade_in: float = 0.0
    """Seconds in which it comes up from silence, at the start."""

    fade_out: float = 0.0
    """Seconds in which it goes down to silence, at the end."""

    speed: float = 1.0
    """How much faster it plays at its own pitch, 0.25 to 4."""

    start: float = 0.0
    """Where it starts, in seconds of the source; exact to the sample."""

    end: float | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    track: int | None = None
    """Index of the track among all streams, as the probe tells it; None takes the one of the
    language, else the default track, else the first."""

    language: str | None = None
    """ISO 639 code of the track to take, as the source spells it."""

    metadata: MetadataPolicy = "safe"
    """``"strip"`` writes neither tags nor chapters nor a cover; ``"safe"`` title, people, album,
    rights, chapters and cover, but never place, date or device; ``"keep"`` all that the format can
    say."""

    faststart: bool = True
    """Whether the index of m4a stands before the media, so that playing starts at once."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    def __post_init__(self) -> None:
        check_format(self.format)
        for name in ("codec", "language"):
            value: object = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value):
                raise SpecError(f"{name} must be text, got {value!r:.80}", field=name)
        check_type("rate", self.rate, get_args(SoundRate), "Bitrate(192_000) or Quality(75)")
        if self.quality is not None:
            check_quality(self.quality)
            if self.rate is not None:
                raise SpecError("quality and rate exclude each other", field="rate")
        check_count("sample_rate", self.sample_rate, 8_000, 192_000)
        check_count("channels", self.channels, 1, MAX_CHANNELS)
        self._check_depth()
        self._check_gain()
        check_window(self.start, self.end)
        check_course(self)
        check_count("track", self.track, 0, MAX_INDEX)
        if self.track is not None and self.language is not None:
            raise SpecError("track and language exclude each other", field="language")
        check_choice("metadata", self.metadata, get_args(MetadataPolicy))
        check_flag("faststart", self.faststart)
        check_name(self.name)
        check_suffix("suffix", self.suffix)

    def _check_depth(self) -> None:
        depth: object = self.bit_depth
        if isinstance(depth, bool) or depth not in (None, *get_args(SoundDepth)):
            raise SpecError(
                f"bit_depth must be 16, 24 or 32, got {depth!r:.80}", field="bit_depth", value=depth
            )

    def _check_gain(self) -> None:
        gain: object = self.gain_db
        is_number = isinstance(gain, int | float) and not isinstance(gain, bool)
        if not is_number or not abs(self.gain_db) <= MAX_GAIN_DB:
            raise SpecError(
                f"gain_db must be a number from -{MAX_GAIN_DB} to {MAX_GAIN_DB}, got {gain!r:.80}",
                field="gain_db",
                value=gain,
            )

"""What is wanted of a sound: an audio file.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from mediaflow.models.source import Source, as_source
from mediaflow.models.streams import Tag

__all__ = ["AudioOutput", "SoundDepth", "SoundRate"]

SoundRate: TypeAlias = Bitrate | Quality
"""How much an encoder of sound may spend."""

SoundDepth: TypeAlias = Literal[16, 24, 32]
"""Bits a sample."""

MAX_CHANNELS: Final = 8
MAX_INDEX: Final = 1_000
MAX_GAIN_DB: Final = 60
MIN_LUFS: Final = -70  # below, R 128 hears nothing
MAX_LUFS: Final = -5
MIN_PEAK: Final = -20
MIN_SILENCE: Final = -120
MAX_TAGS: Final = 200
MAX_TEXT: Final = 10_000


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

    loudness_lufs: float | None = None
    """Loudness that the whole is brought to by one gain, in LUFS (EBU R 128); None leaves it. The
    result's data says what was measured, and whether peaks had to be held down."""

    true_peak_dbtp: float = -1.0
    """What no peak may pass where a loudness is asked, in dB of full scale."""

    trim_silence_dbfs: float | None = None
    """Level up to which what stands before the first and behind the last sound is left out, such as
    -50; None keeps it. It excludes fades, whose place is known before anything is heard."""

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

    tags: tuple[Tag, ...] = ()
    """What the file says of itself over what the source says, also given as a mapping such as
    ``{"title": "Talk", "track": "3/12"}``; a name with empty text leaves it out, and of one that is
    said twice the last counts."""

    cover: Source | None = None
    """A JPEG or PNG that becomes the cover, in place of the source's; a path, a URL or bytes."""

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
        _check_level("gain_db", self.gain_db, -MAX_GAIN_DB, MAX_GAIN_DB)
        _check_level("loudness_lufs", self.loudness_lufs, MIN_LUFS, MAX_LUFS)
        _check_level("true_peak_dbtp", self.true_peak_dbtp, MIN_PEAK, 0)
        _check_level("trim_silence_dbfs", self.trim_silence_dbfs, MIN_SILENCE, 0)
        if self.loudness_lufs is not None and self.gain_db:
            raise SpecError(
                "gain_db and loudness_lufs exclude each other",
                hint="the gain follows from the loudness",
                field="gain_db",
            )
        check_window(self.start, self.end)
        check_course(self)
        self._check_trim()
        check_count("track", self.track, 0, MAX_INDEX)
        if self.track is not None and self.language is not None:
            raise SpecError("track and language exclude each other", field="language")
        check_choice("metadata", self.metadata, get_args(MetadataPolicy))
        object.__setattr__(self, "tags", _as_tags(self.tags))
        if self.cover is not None:
            object.__setattr__(self, "cover", as_source(self.cover))
        check_flag("faststart", self.faststart)
        check_name(self.name)
        check_suffix("suffix", self.suffix)

    def _check_trim(self) -> None:
        if self.trim_silence_dbfs is not None and (self.fade_in or self.fade_out):
            raise SpecError(
                "trim_silence_dbfs and fades exclude each other: what is left is known too late",
                hint="cut the silence off first, then fade what came out",
                field="trim_silence_dbfs",
            )

    def _check_depth(self) -> None:
        depth: object = self.bit_depth
        if isinstance(depth, bool) or depth not in (None, *get_args(SoundDepth)):
            raise SpecError(
                f"bit_depth must be 16, 24 or 32, got {depth!r:.80}", field="bit_depth", value=depth
            )


def _as_tags(value: object) -> tuple[Tag, ...]:
    """Return tags in one form; of those of one name the last counts.

    Raises:
        SpecError: They are no mapping of text to text, or a file cannot say one.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise _no_tags(value)
    found = {tag.name: tag for tag in (_as_tag(each, value) for each in pairs)}
    for tag in found.values():
        _check_tag(tag)
    if len(found) > MAX_TAGS:
        raise SpecError(f"a file takes {MAX_TAGS} tags here, got {len(found)}", field="tags")
    return tuple(found.values())


def _as_tag(pair: object, value: object) -> Tag:
    given = (pair.name, pair.value) if isinstance(pair, Tag) else pair
    if not (isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str)):
        raise _no_tags(value)
    name, text = given
    if isinstance(text, int | float):
        raise SpecError(
            f"the tag {name!r:.80} must be text, got {text!r:.80}",
            hint=f'write "{text!s:.80}"',
            field="tags",
        )
    if not isinstance(text, str):
        raise _no_tags(value)
    return Tag(name.strip().lower(), text)


def _check_tag(tag: Tag) -> None:
    """Refuse what no file can say; FFmpeg ends text at a NUL without a word."""
    if len(tag.value) > MAX_TEXT or not tag.name.isprintable() or not tag.name:
        raise SpecError(
            f"the tag {tag.name!r:.80} has no usable name, or more than {MAX_TEXT:,} characters",
            field="tags",
        )
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in tag.value):
        raise SpecError(
            f"the tag {tag.name!r:.80} holds a NUL or half a character, which no file can say",
            hint="take it out of the text",
            field="tags",
        )


def _no_tags(value: object) -> SpecError:
    return SpecError(
        f"tags must be a mapping of text to text, got {value!r:.80}",
        hint='for example {"title": "Talk", "artist": "Ada"}',
        field="tags",
    )


def _check_level(name: str, value: object, least: float, most: float) -> None:
    """Refuse what is neither None nor a number of decibels between two bounds."""
    if value is None:
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= float(str(value)) <= most:
        raise SpecError(
            f"{name} must be a number from {least:g} to {most:g}, got {value!r:.80}",
            field=name,
            value=value,
        )

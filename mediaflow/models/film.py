"""What is wanted of a film: renditions, stills and previews.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.geometry import Box, Fit, FocalPoint, Gravity, GravityName
from mediaflow.models.animation import check_moment
from mediaflow.models.checking import (
    check_choice,
    check_flag,
    check_format,
    check_length,
    check_pixels,
    check_suffix,
    check_type,
)
from mediaflow.models.color import parse_color
from mediaflow.models.encoding import FilmRate, check_quality
from mediaflow.models.filtering import as_filters
from mediaflow.models.framing import whole_box
from mediaflow.models.plugins import EncoderOptions, Filter

__all__ = [
    "AudioTrack",
    "PreviewOutput",
    "Rotation",
    "StillOutput",
    "VideoOutput",
    "check_window",
]

Rotation: TypeAlias = Literal[0, 90, 180, 270]
"""Degrees clockwise."""

MAX_SECONDS: Final = 1_000_000
MAX_FPS: Final = 240
MAX_EFFORT: Final = 9
MAX_CHANNELS: Final = 8
MAX_LOOPS: Final = 65_535


def _check_number(name: str, value: object, most: float, *, zero: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    usable = number and math.isfinite(float(str(value))) and 0 <= float(str(value)) <= most
    if not usable or (value == 0 and not zero):
        least = "from 0" if zero else "above 0"
        raise SpecError(
            f"{name} must be a number {least} to {most:,}, got {value!r:.80}",
            field=name,
            value=value,
        )


def _check_count(
    name: str, value: object, least: int, most: int, *, hint: str | None = None
) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SpecError(
            f"{name} must be a whole number {least:,} to {most:,}, got {value!r:.80}",
            hint=hint,
            field=name,
            value=value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrack:
    """How the sound of a film is encoded.

    Example:
        >>> AudioTrack("opus", bit_rate=96_000).channels is None
        True
    """

    codec: str | None = field(default=None, kw_only=False)
    """Name of the codec: ``"aac"``, ``"flac"``, ``"mp3"`` or ``"opus"``; None takes the format's
    own."""

    bit_rate: int | None = None
    """Bits a second; None takes the codec's default for the number of channels."""

    sample_rate: int | None = None
    """Hz; None keeps the source's where the codec can."""

    channels: int | None = None
    """Number of channels; None keeps up to two, and mixes more down to two."""

    language: str | None = None
    """ISO 639 code of the track to take; None takes the default track."""

    def __post_init__(self) -> None:
        for name in ("codec", "language"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value):
                raise SpecError(f"{name} must be text, got {value!r:.80}", field=name)
        hint = "bits a second: bit_rate=96_000 is 96 kbit/s"
        _check_count("bit_rate", self.bit_rate, 6_000, 10_000_000, hint=hint)
        _check_count("sample_rate", self.sample_rate, 8_000, 192_000)
        _check_count("channels", self.channels, 1, MAX_CHANNELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOutput:
    """One film: its container and codecs, its geometry, its part of the source.

    Example:
        >>> VideoOutput("mp4", height=720).faststart
        True
    """

    kind: Literal["video"] = "video"

    format: str = field(default="mp4", kw_only=False)
    """Name of the container: ``"mkv"``, ``"mov"``, ``"mp4"`` or ``"webm"``."""

    width: int | str | None = None
    """Width in px or as a share (``"50%"``) of the upright source with square px."""

    height: int | str | None = None
    """Height in px or as a share of the upright source; codecs want both sides even, so an odd side
    is rounded."""

    fit: Fit = "inside"
    """How the frame meets width and height; the words of :class:`ImageOutput`."""

    gravity: Gravity = "center"
    """What ``cover`` keeps and where ``contain`` places."""

    upscale: bool = False
    """Whether a smaller source may be enlarged."""

    background: str = "black"
    """Colour of padding."""

    crop: Box | None = None
    """Part of the upright source that is used, in whole px; None for all of it."""

    rotate: Rotation = 0
    """Degrees clockwise by which the upright frame is turned, after the crop."""

    codec: str | None = None
    """Name of the codec: ``"av1"``, ``"h264"``, ``"hevc"`` or ``"vp9"``; None takes the format's
    own."""

    rate: FilmRate | None = None
    """:class:`Crf`, :class:`Bitrate` or :class:`Quality`; None takes the codec's default."""

    quality: int | None = None
    """1 to 100 by the table of the codec, higher is better; in place of ``rate``."""

    effort: int | None = None
    """0 (fastest) to 9 (smallest); None takes the codec's default."""

    fps: float | None = None
    """Frames a second, made constant; None keeps every frame at its own time."""

    keyframe_seconds: float = 2.0
    """Distance of keyframes; all renditions of a job share one grid."""

    start: float = 0.0
    """Where it starts, in seconds of the source; exact to the frame and to the sample."""

    end: float | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    faststart: bool = True
    """Whether the index of mp4 and mov stands before the media, so that playing starts at once."""

    filters: tuple[Filter, ...] = ()
    """What changes the look, in order; applied to the scaled frame, before padding."""

    audio: AudioTrack | None = AudioTrack()
    """How sound is encoded; None leaves it out."""

    options: EncoderOptions | None = None
    """Typed options of the codec, such as ``formats.H264Options(tune="film")``."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    skip_larger: bool = False
    """Whether it is left out, with a notice, when the source is smaller than what is asked: rungs
    of a ladder above the source would only repeat it."""

    def __post_init__(self) -> None:
        check_format(self.format)
        check_length("width", self.width)
        check_length("height", self.height)
        check_choice("fit", self.fit, get_args(Fit))
        if not isinstance(self.gravity, FocalPoint):
            check_choice("gravity", self.gravity, get_args(GravityName))
        for name in ("upscale", "faststart", "skip_larger"):
            check_flag(name, getattr(self, name))
        parse_color(self.background)
        object.__setattr__(self, "crop", whole_box(self.crop))
        if self.rotate not in get_args(Rotation) or isinstance(self.rotate, bool):
            raise SpecError(
                f"rotate must be 0, 90, 180 or 270 degrees, got {self.rotate!r:.80}",
                field="rotate",
                value=self.rotate,
            )
        check_type("rate", self.rate, get_args(FilmRate), "Crf(23)")
        if self.quality is not None:
            check_quality(self.quality)
            if self.rate is not None:
                raise SpecError("quality and rate exclude each other", field="rate")
        _check_count("effort", self.effort, 0, MAX_EFFORT)
        if self.fps is not None:
            _check_number("fps", self.fps, MAX_FPS)
        _check_number("keyframe_seconds", self.keyframe_seconds, 60)
        check_window(self.start, self.end)
        object.__setattr__(self, "filters", as_filters(self.filters))
        check_type("audio", self.audio, (AudioTrack,), "AudioTrack(bit_rate=96_000)")
        check_type("options", self.options, (EncoderOptions,), "formats.H264Options()")
        _check_name(self.name)
        check_suffix("suffix", self.suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOutput:
    """One frame of a film as a picture: a poster, a thumbnail.

    Example:
        >>> StillOutput(at="25%", width=640).format
        'jpeg'
    """

    kind: Literal["still"] = "still"

    at: float | str = field(default=0.0, kw_only=False)
    """Seconds from the start, or a share of the length (``"25%"``): the frame that is displayed
    then. Beyond the end it is the last frame."""

    format: str = "jpeg"
    """Name of the image format."""

    width: int | str | None = None
    """Width in px or as a share of the upright source with square px."""

    height: int | str | None = None
    """Height in px or as a share of the upright source."""

    fit: Fit = "inside"
    """How the frame meets width and height."""

    gravity: Gravity = "center"
    """What ``cover`` keeps and where ``contain`` places."""

    upscale: bool = False
    """Whether a smaller source may be enlarged."""

    background: str = "white"
    """Colour of padding."""

    quality: int | None = None
    """1 to 100 on the image encoder's own scale; None takes the format's default."""

    filters: tuple[Filter, ...] = ()
    """What changes the look, in order."""

    options: EncoderOptions | None = None
    """Typed options of the image format, such as ``formats.JpegOptions()``."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    def __post_init__(self) -> None:
        check_moment("at", self.at)
        if self.at is None:
            raise SpecError("at must be seconds or a share such as '25%'", field="at")
        check_format(self.format)
        check_length("width", self.width)
        check_length("height", self.height)
        check_choice("fit", self.fit, get_args(Fit))
        if not isinstance(self.gravity, FocalPoint):
            check_choice("gravity", self.gravity, get_args(GravityName))
        check_flag("upscale", self.upscale)
        parse_color(self.background)
        if self.quality is not None:
            check_quality(self.quality)
        object.__setattr__(self, "filters", as_filters(self.filters))
        check_type("options", self.options, (EncoderOptions,), "formats.JpegOptions()")
        _check_name(self.name)
        check_suffix("suffix", self.suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOutput:
    """A short silent clip that plays by itself: an animated GIF or WebP, or an mp4.

    Example:
        >>> PreviewOutput("gif", start=2, duration=3).fps
        10
    """

    kind: Literal["preview"] = "preview"

    format: str = field(default="gif", kw_only=False)
    """``"gif"`` (one palette for the clip), ``"mp4"`` or ``"webp"``."""

    start: float = 0.0
    """Where it starts, in seconds of the source."""

    duration: float = 3.0
    """Length in seconds; a source that ends before makes it shorter."""

    fps: float = 10
    """Most frames a second; a source with fewer keeps its own."""

    width: int | None = 480
    """Width in px; a smaller source is not enlarged."""

    height: int | None = None
    """Height in px; None follows the width."""

    loop: int = 0
    """How often it is played in all, 0 for ever; of gif and webp."""

    quality: int | None = None
    """1 to 100 of webp and mp4; None takes the format's default."""

    filters: tuple[Filter, ...] = ()
    """What changes the look, in order."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    def __post_init__(self) -> None:
        check_format(self.format)
        _check_number("start", self.start, MAX_SECONDS, zero=True)
        _check_number("duration", self.duration, MAX_SECONDS)
        _check_number("fps", self.fps, MAX_FPS)
        check_pixels("width", self.width)
        check_pixels("height", self.height)
        _check_count("loop", self.loop, 0, MAX_LOOPS)
        if self.quality is not None:
            check_quality(self.quality)
        object.__setattr__(self, "filters", as_filters(self.filters))
        _check_name(self.name)
        check_suffix("suffix", self.suffix)


def check_window(start: object, end: object) -> None:
    """Refuse a start or an end that is no time, or an end that is not after the start.

    Raises:
        SpecError: It is so.
    """
    _check_number("start", start, MAX_SECONDS, zero=True)
    if end is None:
        return
    _check_number("end", end, MAX_SECONDS)
    if float(str(end)) <= float(str(start)):
        raise SpecError(f"end {end} s must be after start {start} s", field="end", value=end)


def _check_name(name: object) -> None:
    if name is not None and not (isinstance(name, str) and name):
        raise SpecError(f"name must be text, got {name!r}", field="name")

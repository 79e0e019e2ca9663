"""What is wanted of a film that stays one: its renditions.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.geometry import Box, Fit, FocalPoint, Gravity, GravityName
from mediaflow.models.checking import (
    check_choice,
    check_count,
    check_flag,
    check_format,
    check_length,
    check_name,
    check_number,
    check_suffix,
    check_type,
)
from mediaflow.models.color import parse_color
from mediaflow.models.encoding import FilmRate, check_quality
from mediaflow.models.filtering import as_filters
from mediaflow.models.footage import BitDepth, Deinterlace, DynamicRange, ToneMap, check_footage
from mediaflow.models.framing import whole_box
from mediaflow.models.metadata import MetadataPolicy
from mediaflow.models.plugins import EncoderOptions, Filter

__all__ = [
    "AudioTrack",
    "Rotation",
    "TrimMode",
    "VideoOutput",
    "check_window",
]

Rotation: TypeAlias = Literal[0, 90, 180, 270]
"""Degrees clockwise."""

TrimMode: TypeAlias = Literal["reencode", "keyframe"]
"""How exactly a part of a film is taken."""

MAX_SECONDS: Final = 1_000_000
MAX_FPS: Final = 240
MAX_EFFORT: Final = 9
MAX_CHANNELS: Final = 8


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
        check_count("bit_rate", self.bit_rate, 6_000, 10_000_000, hint=hint)
        check_count("sample_rate", self.sample_rate, 8_000, 192_000)
        check_count("channels", self.channels, 1, MAX_CHANNELS)


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
    own. A picture that has the codec and needs no change is copied; ``"copy"`` insists on it."""

    rate: FilmRate | None = None
    """:class:`Crf`, :class:`Bitrate`, :class:`MaxBytes`, :class:`Quality` or :class:`Lossless`;
    None takes the codec's default."""

    quality: int | None = None
    """1 to 100 by the table of the codec, higher is better; in place of ``rate``."""

    effort: int | None = None
    """0 (fastest) to 9 (smallest); None takes the codec's default."""

    fps: float | None = None
    """Frames a second, made constant; None keeps every frame at its own time."""

    keyframe_seconds: float | None = None
    """Distance of keyframes, which all renditions of a job share; None is 2 seconds where the
    picture is encoded."""

    start: float = 0.0
    """Where it starts, in seconds of the source; exact to the frame and to the sample."""

    end: float | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    trim: TrimMode = "reencode"
    """``"reencode"`` starts and ends exactly; ``"keyframe"`` starts at the keyframe at or before
    ``start``, and ends no later than ``end``, where that lets the picture be copied."""

    faststart: bool = True
    """Whether the index of mp4 and mov stands before the media, so that playing starts at once."""

    filters: tuple[Filter, ...] = ()
    """What changes the look, in order; applied to the scaled frame, before padding."""

    dynamic_range: DynamicRange = "auto"
    """Whether HDR becomes SDR: ``"auto"`` keeps it for codecs that are written with 10 bits, which
    are HEVC and AV1, where there are no filters, which are made for SDR; ``"keep"`` refuses other
    codecs."""

    tone_map: ToneMap = ToneMap()
    """How HDR becomes SDR, where it does."""

    bit_depth: BitDepth | None = None
    """Bits a sample; None takes 10 for HEVC and AV1 where the source has more than 8 and there are
    no filters, which work with 8; else 8."""

    deinterlace: Deinterlace = "auto"
    """Whether frames made of two fields become whole ones: where the source says that it has such,
    always, or never. The number of frames stays."""

    max_fps: float | None = None
    """Most frames a second: a source with more is brought to it, another one is left alone."""

    speed: float = 1.0
    """How much faster it plays, 0.25 to 4; sound keeps its pitch."""

    fade_in: float = 0.0
    """Seconds in which picture and sound come up from black and silence, at the start."""

    fade_out: float = 0.0
    """Seconds in which they go down again, at the end."""

    audio: AudioTrack | Literal["copy"] | None = AudioTrack()
    """How sound is encoded, where it does not fit as it is; ``"copy"`` keeps every track that the
    container holds, None leaves sound out."""

    subtitles: Literal["keep", "drop"] = "keep"
    """Whether tracks of text go along, in the words of the container."""

    metadata: MetadataPolicy = "safe"
    """``"strip"`` writes neither tags nor chapters nor a cover, nor what encoders say of
    themselves; ``"safe"`` title, people, album, rights, chapters and cover, but never place, date or
    device; ``"keep"`` all that the container can say."""

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
        check_count("effort", self.effort, 0, MAX_EFFORT)
        if self.fps is not None:
            check_number("fps", self.fps, MAX_FPS)
        if self.keyframe_seconds is not None:
            check_number("keyframe_seconds", self.keyframe_seconds, 60)
        check_window(self.start, self.end)
        check_footage(self)
        object.__setattr__(self, "filters", as_filters(self.filters))
        if self.audio != "copy":
            check_type("audio", self.audio, (AudioTrack,), "AudioTrack(bit_rate=96_000) or 'copy'")
        check_choice("trim", self.trim, get_args(TrimMode))
        check_choice("subtitles", self.subtitles, ("keep", "drop"))
        check_choice("metadata", self.metadata, get_args(MetadataPolicy))
        check_type("options", self.options, (EncoderOptions,), "formats.H264Options()")
        check_name(self.name)
        check_suffix("suffix", self.suffix)


def check_window(start: object, end: object) -> None:
    """Refuse a start or an end that is no time, or an end that is not after the start.

    Raises:
        SpecError: It is so.
    """
    check_number("start", start, MAX_SECONDS, zero=True)
    if end is None:
        return
    check_number("end", end, MAX_SECONDS)
    if float(str(end)) <= float(str(start)):
        raise SpecError(f"end {end} s must be after start {start} s", field="end", value=end)

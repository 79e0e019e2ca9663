"""Turns an open input of FFmpeg into facts of the container and its streams.

Law: nothing is decoded here; what FFmpeg does not know, and what cannot be true, is None. Codecs
bear their own names, not those of the library that decodes them.

Source: ITU-T H.273 for colour codes; AVFieldOrder, AVColorRange of FFmpeg; the sample size of
FLAC's STREAMINFO (RFC 9639 8.2) and of ALAC's magic cookie.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import av
from av.audio.stream import AudioStream as SoundStream
from av.video.stream import VideoStream as FilmStream

from mediaflow.formats.demuxers import AUDIO_DECODERS, VIDEO_DECODERS
from mediaflow.formats.languages import iso_language
from mediaflow.formats.loudness_tags import loudness_tags_of
from mediaflow.geometry import Orientation, Size, matrix_orientation, square_size
from mediaflow.libav.compat import rational
from mediaflow.libav.mastering import mastering_of
from mediaflow.libav.pictures import PICTURE_KINDS
from mediaflow.libav.tags import clean_text, merged_tags, stream_tags
from mediaflow.libav.timing import Timing, hidden_seconds, index_timing
from mediaflow.libav.track_length import track_seconds
from mediaflow.models.colorinfo import ColorInfo
from mediaflow.models.streams import (
    AttachedPicture,
    AudioStream,
    Chapter,
    ContainerInfo,
    FieldOrder,
    OtherStream,
    VideoStream,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.container import InputContainer
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext

__all__ = ["Facts", "read_facts"]

AnyStream: TypeAlias = VideoStream | AudioStream | OtherStream
OtherKind: TypeAlias = Literal["subtitle", "attached_picture", "attachment", "data", "unknown"]

UNSPECIFIED: Final = 2  # H.273 tables 2 to 4
RESERVED: Final = frozenset({0, 3})
RGB_MATRIX: Final = 0
FULL: Final = 2  # AVCOL_RANGE_JPEG
LIMITED: Final = 1  # AVCOL_RANGE_MPEG
UNKNOWN_LEVEL: Final = 0  # levels below are FFmpeg's "unknown"
MAX_SECONDS: Final = 10**8  # three years; what claims to be longer is damaged
MAX_CHAPTERS: Final = 1_000
MAX_ASPECT: Final = 20  # ratios beyond are damage; the widest of broadcasting is 64:33
ESTIMATED: Final = frozenset({"mpeg", "mpegts"})
"""Demuxers of formats without a length in the header; FFmpeg works it out."""

PICTURES: Final = frozenset({"bmp", "gif", "mjpeg", "png", "webp"})
FIELD_ORDERS: Final[dict[int, FieldOrder]] = {
    1: "progressive",
    2: "top_first",
    3: "bottom_first",
    4: "bottom_first",
    5: "top_first",
}
"""By AVFieldOrder: the field that is shown first, whichever is stored first."""

OTHER_KINDS: Final[dict[str, OtherKind]] = {
    "attachment": "attachment",
    "data": "data",
    "subtitle": "subtitle",
}
HANDLERS: Final = frozenset(
    {
        "Core Media Audio",
        "Core Media Video",
        "DataHandler",
        "SoundHandler",
        "SubtitleHandler",
        "VideoHandler",
    }
)
"""What programs write where mp4 has room for the name of a track."""

MAX_TITLE: Final = 200
HDR: Final[dict[int | None, Literal["pq", "hlg"]]] = {16: "pq", 18: "hlg"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What an open input says."""

    container: ContainerInfo
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    others: tuple[OtherStream, ...]
    longest_frame_seconds: float | None = None
    """Longest time from one frame of any picture to the next, where an index tells."""


def read_facts(
    container: InputContainer,
    *,
    orientations: Mapping[int, Orientation] | None = None,
    has_whole_index: bool = True,
    is_estimated: bool = False,
) -> Facts:
    """Return what an open input says of itself and its streams.

    Args:
        container: The input, from the gate.
        orientations: How frames must be turned, by the id that the container gives the stream;
            None asks FFmpeg, which tells from PyAV 19 on.
        has_whole_index: Whether an index of frames is complete; it is not in a fragmented file.
        is_estimated: Whether the length is worked out of the bit rate.
    """
    has_sound = any(stream.type == "audio" for stream in container.streams)
    indexed = container.format.name if has_whole_index else ""
    read: list[AnyStream] = []
    longest: list[float] = []
    for stream in container.streams:
        if isinstance(stream, FilmStream) and not _is_cover(stream, has_sound):
            orientation = (orientations or {}).get(stream.id) or _side_orientation(stream)
            timing = index_timing(stream, indexed)
            longest.append(timing.longest_seconds or 0.0)
            read.append(_video(stream, timing, orientation))
        elif isinstance(stream, SoundStream):
            read.append(_audio(stream, hidden_seconds(stream, indexed)))
        else:
            read.append(_other(stream))
    return Facts(
        _container(container, is_estimated),
        tuple(one for one in read if isinstance(one, VideoStream)),
        tuple(one for one in read if isinstance(one, AudioStream)),
        tuple(one for one in read if isinstance(one, OtherStream)),
        longest_frame_seconds=max(longest, default=None),
    )


def _container(container: InputContainer, is_estimated: bool) -> ContainerInfo:
    demuxer = container.format.name
    length = _seconds(container.duration, Fraction(1, av.time_base), least=1)
    is_estimated = is_estimated or demuxer in ESTIMATED
    parts = (each for each in container.streams if "attached_pic" not in _disposition(each))
    said = (stream_tags(each.metadata, demuxer) for each in parts)
    tags = merged_tags((container.metadata, *said))
    return ContainerInfo(
        demuxer=demuxer,
        duration_seconds_from_header=None if is_estimated else length,
        duration_seconds_estimated=length if is_estimated else None,
        start_seconds=_seconds(container.start_time, Fraction(1, av.time_base)),
        bit_rate=_positive(container.bit_rate),
        tags=tags,
        chapters=tuple(_chapters(container)),
        loudness_tags=loudness_tags_of(tags),
    )


def _chapters(container: InputContainer) -> list[Chapter]:
    found: list[Chapter] = []
    for chapter in islice(container.chapters(), MAX_CHAPTERS):
        time_base = rational(chapter["time_base"])
        start = _seconds(chapter["start"], time_base)
        end = _seconds(chapter["end"], time_base)
        if start is not None and end is not None and end >= start:
            title = clean_text(chapter["metadata"].get("title", ""))
            found.append(Chapter(start_seconds=start, end_seconds=end, title=title or None))
    return found


def _video(stream: FilmStream, timing: Timing, orientation: Orientation) -> AnyStream:
    context = stream.codec_context
    if context is None or context.width < 1 or context.height < 1:
        return _other(stream)
    size = Size(context.width, context.height)
    aspect = _aspect(rational(stream.sample_aspect_ratio) or rational(context.sample_aspect_ratio))
    color = _color(context)
    time_base = rational(stream.time_base) or Fraction(1, 90_000)
    shape = context.format
    return VideoStream(
        index=stream.index,
        codec=context.codec.canonical_name,
        is_decodable=context.name in VIDEO_DECODERS,
        profile=context.profile,
        level=context.level if context.level > UNKNOWN_LEVEL else None,
        pixel_format=context.pix_fmt,
        bit_depth=max((part.bits for part in shape.components), default=None) if shape else None,
        has_alpha=_has_alpha(stream, context),
        coded_size=size,
        sample_aspect_ratio=aspect,
        orientation=orientation,
        display_size=square_size(size, aspect, orientation),
        frame_rate_average=_rate(rational(stream.average_rate)),
        frame_rate_base=_rate(rational(stream.base_rate)),
        is_variable_rate=timing.is_variable,
        field_order=FIELD_ORDERS.get(int(context.field_order)),
        color=color,
        hdr=HDR.get(color.transfer),
        mastering=mastering_of(_sides(stream)),
        time_base=time_base,
        start_seconds=_seconds(stream.start_time, time_base),
        duration_seconds_from_header=_length(stream, time_base),
        frames_from_header=_positive(stream.frames),
        keyframe_seconds=timing.keyframe_seconds,
        hidden_seconds=timing.hidden_seconds,
        bit_rate=_positive(context.bit_rate),
        language=_language(stream),
        title=_title(stream),
        disposition=_disposition(stream),
    )


def _audio(stream: SoundStream, hidden: float | None) -> AnyStream:
    context = stream.codec_context
    if context is None:
        return _other(stream)
    time_base = rational(stream.time_base) or Fraction(1, 48_000)
    channels = _positive(context.channels)
    return AudioStream(
        index=stream.index,
        codec=context.codec.canonical_name,
        is_decodable=context.name in AUDIO_DECODERS,
        profile=context.profile,
        sample_rate=_positive(context.sample_rate),
        channels=channels,
        channel_layout=context.layout.name if channels else None,
        bit_depth=_sample_bits(context.codec.canonical_name, context.extradata or b""),
        time_base=time_base,
        start_seconds=_seconds(stream.start_time, time_base),
        hidden_seconds=hidden,
        duration_seconds_from_header=_length(stream, time_base),
        bit_rate=_positive(context.bit_rate),
        language=_language(stream),
        title=_title(stream),
        disposition=_disposition(stream),
    )


def _other(stream: Stream) -> OtherStream:
    context = stream.codec_context
    kind = OTHER_KINDS.get(stream.type, "unknown")
    codec = "unknown" if context is None else context.codec.canonical_name
    if stream.type == "video" and codec in PICTURES:
        kind = "attached_picture"
    length: float | None = None
    if kind == "subtitle":
        length = _seconds(stream.duration, rational(stream.time_base) or Fraction(0), least=1)
    return OtherStream(
        index=stream.index,
        kind=kind,
        codec=codec,
        duration_seconds_from_header=length,
        language=_language(stream),
        title=_title(stream),
        disposition=_disposition(stream),
        picture=_picture(stream) if kind == "attached_picture" else None,
    )


def _picture(stream: Stream) -> AttachedPicture:
    said = {name.lower(): value for name, value in stream.metadata.items()}
    return AttachedPicture(
        kind=PICTURE_KINDS.get(said.get("comment", "")),
        description=clean_text(said.get("title", ""), MAX_TITLE) or None,
    )


def _is_cover(stream: FilmStream, has_sound: bool) -> bool:
    """Tell whether a stream of pictures is a cover: said to be, or one picture beside sound."""
    if "attached_pic" in _disposition(stream):
        return True
    context = stream.codec_context
    is_picture = context is not None and context.codec.canonical_name in PICTURES
    return (
        is_picture and has_sound and (stream.frames == 1 or rational(stream.average_rate) is None)
    )


def _color(context: VideoCodecContext) -> ColorInfo:
    shape = context.format
    name = shape.name if shape else ""
    is_rgb = bool(shape and shape.is_rgb)
    matrix = _code(context.colorspace)
    ranges = {FULL: True, LIMITED: False}
    full = True if name.startswith("yuvj") else ranges.get(int(context.color_range))
    return ColorInfo(
        model="palette" if name == "pal8" else "rgb" if is_rgb else "unknown",
        primaries=_specified(_code(context.color_primaries)),
        transfer=_specified(_code(context.color_trc)),
        matrix=matrix if matrix == RGB_MATRIX and is_rgb else _specified(matrix),
        full_range=full,
    )


def _code(value: object) -> int:
    return int(value) if isinstance(value, int) else UNSPECIFIED


def _specified(code: int) -> int | None:
    return None if code == UNSPECIFIED or code in RESERVED else code


def _has_alpha(stream: Stream, context: VideoCodecContext) -> bool:
    """Tell whether px can be transparent; VP8 and VP9 say so by a tag of Matroska alone."""
    shape = context.format
    if shape is not None and any(part.is_alpha for part in shape.components):
        return True
    tags = {name.lower(): value for name, value in stream.metadata.items()}
    return tags.get("alpha_mode") == "1"


def _sample_bits(codec: str, extradata: bytes) -> int | None:
    """Return bits a sample of exact codecs, which PyAV 18 does not tell."""
    if codec.startswith("pcm_"):
        digits = "".join(filter(str.isdigit, codec.split("_")[1]))
        return int(digits) if digits else None
    if codec == "flac" and len(extradata) >= 14:
        return ((extradata[12] & 1) << 4 | extradata[13] >> 4) + 1
    if codec == "alac" and len(extradata) >= 18:
        return extradata[17]
    return None


def _sides(stream: Stream) -> Mapping[str, bytes]:
    """Return side data of the container; PyAV 18 tells of none."""
    return getattr(stream.codec_context, "coded_side_data", None) or {}


def _side_orientation(stream: Stream) -> Orientation:
    """Return what FFmpeg knows of the display matrix; 1 where PyAV does not tell."""
    data = bytes(_sides(stream).get("display_matrix", b""))
    if len(data) < 36:
        return 1
    a, b, _, c, d = (
        int.from_bytes(data[at : at + 4], "little", signed=True) for at in range(0, 20, 4)
    )
    return matrix_orientation(a, b, c, d)


def _aspect(ratio: Fraction | None) -> Fraction:
    sane = ratio is not None and Fraction(1, MAX_ASPECT) <= ratio <= MAX_ASPECT
    return ratio if sane and ratio is not None else Fraction(1)


def _rate(rate: Fraction | None) -> Fraction | None:
    return rate if rate is not None and rate > 0 else None


def _seconds(ticks: int | None, unit: Fraction | None, least: int | None = None) -> float | None:
    """Return ticks in seconds; None for none, fewer than the least, and what cannot be true."""
    if ticks is None or unit is None or (least is not None and ticks < least):
        return None
    seconds = ticks * unit
    return float(seconds) if abs(seconds) <= MAX_SECONDS else None


def _length(stream: Stream, time_base: Fraction) -> float | None:
    """Return how long a stream lasts by the index, or by its own tag."""
    return _seconds(stream.duration, time_base, least=1) or track_seconds(stream)


def _positive(value: int | None) -> int | None:
    return value if value and value > 0 else None


def _language(stream: Stream) -> str | None:
    text = clean_text(stream.language or "", 20).lower()
    return None if text in ("", "und") else iso_language(text)


def _title(stream: Stream) -> str | None:
    said = {name.lower(): value for name, value in stream.metadata.items()}
    name = "" if said.get("handler_name") in HANDLERS else said.get("handler_name", "")
    return clean_text(said.get("title") or name, MAX_TITLE) or None


def _disposition(stream: Stream) -> tuple[str, ...]:
    flags = stream.disposition
    return tuple(sorted(flag.name for flag in type(flags) if flag.name and flag & flags))

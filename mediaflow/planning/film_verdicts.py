"""Whether a stream of a film is copied or encoded, and why. Pure.

A stream is encoded only when something about it must change; the first reason that holds is the one
that is told. What is asked of an encoder by name (a rate, an effort, options) asks for an encode.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.formats.demuxers import NUMBERED_AS_STORED
from mediaflow.planning.film_times import rate_of
from mediaflow.planning.footage_verdicts import check_copied_footage, footage_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.formats.codec import Container
    from mediaflow.models.film import AudioTrack, VideoOutput
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import AudioStream, VideoStream
    from mediaflow.planning.film_geometry import Framed
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.film_times import Window

__all__ = ["COPY", "HIDES", "check_copy", "hides_sound", "why_encoded", "why_sound_encoded"]

COPY: Final = "copy"
"""What is written in place of a codec to insist on a copy."""

HIDES: Final = "the source hides a part of it"

FRAME_FIELDS: Final = ("width", "height", "crop", "rotate")
SETTINGS: Final = ("rate", "quality", "effort", "options", "keyframe_seconds", "fps", "filters")
"""Fields of an output that are asked of an encoder or of decoded frames."""

PLAIN: Final = ("yuv420p", "yuvj420p")
LAYOUTS: Final[dict[str, tuple[str, ...]]] = {
    "av1": ("yuv420p", "yuvj420p", "yuv420p10le"),
    "h264": PLAIN,
    "hevc": ("yuv420p", "yuvj420p", "yuv420p10le"),
    "vp9": PLAIN,
}
"""Sample layouts that players show, by codec; others are made again."""

MOST_BITS_A_PIXEL: Final = Fraction(1, 5)
"""Of a film whose size was asked for: 12 Mbit/s at 1080p30. What spends more was not made to be
sent (Mux takes 8 Mbit/s for the like, AWS's templates 8.5)."""

STEREO: Final = 2
PRIMING_SAMPLES: Final = 4_224
"""Most that is stored before a sound to prime its decoder: Apple's 2,112, at half the rate (HE-AAC)."""


def check_copy(output: VideoOutput) -> None:
    """Refuse a copy of which something is asked that a copy cannot do.

    Raises:
        SpecError: It is so.
    """
    for name in (*SETTINGS, *FRAME_FIELDS):
        value = getattr(output, name)
        if value not in (None, ()) and (name, value) != ("rotate", 0):
            raise SpecError(
                f"codec='copy' takes no {name}, got {value!r:.80}",
                hint="leave the codec out, and the picture is encoded where it must be",
                field=name,
                value=value,
            )
    check_copied_footage(output)
    if output.trim == "reencode" and (output.start or output.end is not None):
        raise SpecError(
            "codec='copy' takes a part from keyframe to keyframe only",
            hint="write trim='keyframe', or leave the codec out",
            field="trim",
        )


def why_encoded(
    output: VideoOutput, film: FilmSource, framed: Framed, codec: str, container: Container
) -> str | None:
    """Return why the picture must be encoded, or None when it can be copied.

    Args:
        output: What is wanted.
        film: The source.
        framed: Where the px of the output come from.
        codec: The codec that is wanted.
        container: The container.
    """
    reasons = _picture_reasons(output, film, framed, codec, container)
    return next(reasons, None)


def _picture_reasons(
    output: VideoOutput, film: FilmSource, framed: Framed, codec: str, container: Container
) -> Iterator[str]:
    stream = film.stream
    if stream.codec != codec:
        yield f"the source is {stream.codec}, {codec} is wanted"
    asked = [name for name in SETTINGS if getattr(output, name) not in (None, ())]
    if asked:
        yield f"{asked[0]} is asked"
    if output.trim == "reencode" and (output.start or output.end is not None):
        yield "a part is wanted, exact to the frame"
    if _changes_frame(output, framed, stream):
        size, wanted = stream.display_size, framed.canvas
        yield f"{size.width}×{size.height} px become {wanted.width}×{wanted.height}"
    yield from _unfit(stream, container)
    yield from footage_reasons(output, stream, codec)
    layouts = LAYOUTS.get(stream.codec)
    if layouts is not None and stream.pixel_format not in layouts:
        yield f"few players show {stream.pixel_format}"
    if film.info.format == "avi" and stream.codec in NUMBERED_AS_STORED:
        yield "avi does not say when frames are shown"
    if film.is_salvaged:
        yield "the source is cut off"
    if _names_size(output) and _is_wasteful(film.info, stream):
        yield "it spends more bits than a film of this size needs"


def _changes_frame(output: VideoOutput, framed: Framed, stream: VideoStream) -> bool:
    if output.crop is not None or output.rotate:
        return True
    return _names_size(output) and (
        framed.shown is not None or framed.canvas != stream.display_size
    )


def _names_size(output: VideoOutput) -> bool:
    return output.width is not None or output.height is not None


def _unfit(stream: VideoStream, container: Container) -> Iterator[str]:
    """Yield what keeps a stream from being shown everywhere, whatever was asked."""
    if stream.hidden_seconds:
        yield HIDES
    if stream.sample_aspect_ratio != 1:
        yield "its px are not square"
    if stream.orientation != 1 and not container.turns:
        yield f"it is turned, and {container.name} does not say so"


def _is_wasteful(info: MediaInfo, stream: VideoStream) -> bool:
    rate = stream.bit_rate or _mean_rate(info)
    most = stream.coded_size.pixels * rate_of(stream) * MOST_BITS_A_PIXEL
    return rate is not None and rate > most


def _mean_rate(info: MediaInfo) -> float | None:
    """Return the bits a second of everything together, where the picture's are not told."""
    seconds = info.duration_seconds
    return None if not seconds or info.bytes is None else info.bytes * 8 / seconds


def hides_sound(stream: AudioStream) -> bool:
    """Tell whether more of a track is stored and never heard than primes a decoder."""
    return (stream.hidden_seconds or 0) * (stream.sample_rate or 0) > PRIMING_SAMPLES


def why_sound_encoded(
    track: AudioTrack, stream: AudioStream, codec: str, window: Window, *, may_be_late: bool
) -> str | None:
    """Return why a sound track must be encoded, or None when it can be copied.

    Args:
        track: What is asked of the sound.
        stream: The track.
        codec: The codec that is wanted.
        window: The part that is wanted.
        may_be_late: Whether a part may begin at a packet, not at a sample.
    """
    reasons = _sound_reasons(track, stream, codec, window, may_be_late=may_be_late)
    return next(reasons, None)


def _sound_reasons(
    track: AudioTrack, stream: AudioStream, codec: str, window: Window, *, may_be_late: bool
) -> Iterator[str]:
    if stream.codec != codec:
        yield f"the source is {stream.codec}, {codec} is wanted"
    if track.bit_rate is not None:
        yield "bit_rate is asked"
    if hides_sound(stream):
        yield HIDES
    channels = stream.channels or STEREO
    wanted = track.channels or min(channels, STEREO)
    if wanted != channels:
        yield f"{channels} channels become {wanted}"
    if track.sample_rate not in (None, stream.sample_rate):
        yield f"{stream.sample_rate:,} Hz become {track.sample_rate:,}"
    if not may_be_late and (window.start or window.end is not None):
        yield "a part is wanted, exact to the sample"

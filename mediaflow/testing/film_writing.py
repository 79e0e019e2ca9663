"""Writes films frame by frame, the plain way of PyAV, so that a suite knows all that is in them.

Law: no part of the library's own film rooms is used: what a suite expects does not hang on them.
Source: ISO/IEC 14496-12 8.3.2 (display matrix), ITU-T H.273 (colour).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict, Union, cast

import av
import numpy as np

from mediaflow.testing.pngs import Pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Unpack

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.plane import VideoPlane
    from av.video.stream import VideoStream

__all__ = [
    "BEEP_HZ",
    "BEEP_SECONDS",
    "CONTAINERS",
    "MATRICES",
    "FilmOptions",
    "Painted",
    "Seconds",
    "write_film",
]

Seconds: TypeAlias = Fraction | float | int
Painted: TypeAlias = Union[Pixels, "av.VideoFrame"]
"""A frame: (height, width) of luma 0 to 255, (height, width, 3) of RGB, or one of FFmpeg."""

CONTAINERS: Final = {
    "asf": ("asf", "wmv2", "mp2"),
    "avi": ("avi", "mpeg4", "pcm_s16le"),
    "flv": ("flv", "libx264", "aac"),
    "mkv": ("matroska", "libx264", "aac"),
    "mov": ("mov", "libx264", "aac"),
    "mp4": ("mp4", "libx264", "aac"),
    "mpg": ("mpeg", "mpeg2video", "mp2"),
    "mxf": ("mxf", "mpeg2video", "pcm_s16le"),
    "ts": ("mpegts", "libx264", "aac"),
    "webm": ("webm", "libvpx", "libopus"),
}
"""By extension: FFmpeg's muxer, and the codecs that films are painted with."""

MATRICES: Final = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
"""a, b, c, d of ISO/IEC 14496-12 8.3.2 by EXIF orientation: x' = a x + c y, y' = b x + d y."""

BEEP_SECONDS: Final = 0.05
BEEP_HZ: Final = 1000

CODEC_OPTIONS: Final[dict[str, dict[str, str]]] = {
    "libx264": {"preset": "ultrafast", "crf": "20", "sc_threshold": "0"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "b": "800k", "auto-alt-ref": "0"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "0"},
}
OTHER_OPTIONS: Final = {"b": "1M", "sc_threshold": "1000000000"}
"""FFmpeg's own encoders close a GOP only where they may not look for cuts."""


class FilmOptions(TypedDict, total=False):
    """What a film may have beside its frames and times."""

    sound: Literal["beeps", "silence"] | None
    """What is heard; None writes no sound track."""

    sound_codec: str | None
    """FFmpeg's name of the encoder."""

    sample_rate: int
    """Hz."""

    layout: str
    """FFmpeg's name of the channel layout."""

    sound_delay: Seconds
    """By how many seconds the beeps come late, for tests of what measures that."""

    sound_tail: Seconds
    """By how many seconds sound goes on after the last frame."""

    languages: Sequence[str | None]
    """A sound track for each, all alike; None has no language."""

    start_offset: Seconds
    """Added to all time stamps; may be below 0 where the container allows it."""

    sar: Fraction | None
    """Sample aspect ratio."""

    color: tuple[int, int, int] | None
    """Code points of primaries, transfer and matrix (ITU-T H.273); None leaves untagged."""

    full_range: bool
    """Whether luma runs from 0 to 255, and is tagged so."""

    pixel_format: str
    """FFmpeg's name of the sample layout."""

    metadata: dict[str, str]
    """Tags of the container."""

    container_options: dict[str, str]
    """Options of the muxer."""


def write_film(
    path: Path,
    paint: Callable[[int], Painted],
    times: Sequence[Fraction],
    marks: Sequence[Fraction],
    *,
    codec: str | None,
    container: str | None,
    rate: Fraction | None,
    codec_options: dict[str, str],
    matrix: int,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film.

    Args:
        path: File to write.
        paint: Returns a frame by its place.
        times: When each frame is shown, in seconds.
        marks: When beeps start, in seconds.
        codec: FFmpeg's name of the encoder; None takes the container's of :data:`CONTAINERS`.
        container: An extension of :data:`CONTAINERS`, or FFmpeg's name of a muxer; None takes the
            extension of the path.
        rate: Constant rate, or None for a fine clock.
        codec_options: Options of the encoder.
        matrix: EXIF orientation that the display matrix says.
        **options: See :class:`FilmOptions`.
    """
    extension = container or path.suffix[1:]
    muxer, usual, usual_sound = CONTAINERS.get(extension, (extension, "libx264", "aac"))
    offset = Fraction(options.get("start_offset", 0)).limit_denominator(1_000_000)
    sound, full_range = options.get("sound", "beeps"), options.get("full_range", False)
    pixel_format = options.get("pixel_format", "yuv420p")
    with av.open(
        str(path), "w", format=muxer, options=options.get("container_options", {})
    ) as film:
        film.metadata.update(options.get("metadata", {}))
        first = paint(0)
        chosen = {**CODEC_OPTIONS.get(codec or usual, OTHER_OPTIONS), **codec_options}
        video = _picture_track(film, codec or usual, _size(first), rate, chosen, options)
        if matrix != 1:
            a, b, c, d = (value << 16 for value in MATRICES[matrix])
            video.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        tracks = [] if sound is None else _sound_tracks(film, usual_sound, options)
        blocks = _sound(marks if sound == "beeps" else (), _length(times, options), offset, options)
        tick = video.codec_context.time_base
        block = next(blocks, None)
        for index, time in enumerate(times):
            while tracks and block is not None and block[0] <= time:
                _send(film, tracks, block[1])
                block = next(blocks, None)
            frame = _frame(first if index == 0 else paint(index), full_range, pixel_format)
            frame.pts = round((time + offset) / Fraction(tick.numerator, tick.denominator))
            frame.time_base = tick
            film.mux(video.encode(frame))
        while tracks and block is not None:
            _send(film, tracks, block[1])
            block = next(blocks, None)
        film.mux(video.encode(None))
        for track in tracks:
            film.mux(track.encode(None))
    return path


def _size(painted: Painted) -> tuple[int, int]:
    if isinstance(painted, av.VideoFrame):
        return painted.width, painted.height
    return painted.shape[1], painted.shape[0]


def _length(times: Sequence[Fraction], options: FilmOptions) -> Fraction:
    """Return how long sound lasts, in seconds."""
    last = times[-1] - times[-2] if len(times) > 1 else Fraction(1, 25)
    return times[-1] + last + Fraction(options.get("sound_tail", 0))


def _picture_track(
    film: OutputContainer,
    codec: str,
    size: tuple[int, int],
    rate: Fraction | None,
    chosen: dict[str, str],
    options: FilmOptions,
) -> VideoStream:
    video = cast("VideoStream", film.add_stream(codec, rate=rate or Fraction(30)))
    context = video.codec_context
    context.width, context.height = size
    context.pix_fmt = options.get("pixel_format", "yuv420p")
    context.time_base = 1 / rate if rate is not None else Fraction(1, 90_000)
    context.options, context.thread_count = chosen, 1
    sar, color = options.get("sar"), options.get("color")
    full_range = options.get("full_range", False)
    if sar is not None:
        context.sample_aspect_ratio = sar
    if color is not None:
        context.color_primaries, context.color_trc, context.colorspace = color
    if full_range or color is not None:
        context.color_range = 2 if full_range else 1
    return video


def _sound_tracks(film: OutputContainer, usual: str, options: FilmOptions) -> list[AudioStream]:
    tracks: list[AudioStream] = []
    for language in options.get("languages", (None,)):
        track = cast(
            "AudioStream",
            film.add_stream(
                options.get("sound_codec") or usual, rate=options.get("sample_rate", 48_000)
            ),
        )
        track.codec_context.layout = options.get("layout", "stereo")
        if language is not None:
            track.metadata["language"] = language
        tracks.append(track)
    return tracks


def _frame(painted: Painted, full_range: bool, pixel_format: str) -> av.VideoFrame:
    """Return what was painted as a frame of its own."""
    if isinstance(painted, av.VideoFrame):
        return av.VideoFrame.from_ndarray(painted.to_ndarray(), format=painted.format.name)
    height, width = painted.shape[:2]
    color_range = 2 if full_range else 1
    if painted.ndim == 3:
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(painted), format="rgb24")
        return rgb.reformat(
            format=pixel_format, dst_colorspace=5, src_color_range=2, dst_color_range=color_range
        )
    if pixel_format not in ("yuv420p", "yuvj420p"):
        gray = av.VideoFrame.from_ndarray(np.repeat(painted[..., None], 3, axis=2), format="rgb24")
        return gray.reformat(format=pixel_format, dst_color_range=color_range)
    luma = painted if full_range else (16 + painted.astype(np.uint16) * 219 // 255).astype(np.uint8)
    frame = av.VideoFrame(width, height, pixel_format)
    _fill(frame.planes[0], luma)
    for plane in frame.planes[1:]:
        _fill(plane, np.full(((height + 1) // 2, (width + 1) // 2), 128, np.uint8))
    return frame


def _fill(plane: VideoPlane, values: Pixels) -> None:
    rows = np.zeros((plane.height, plane.line_size), np.uint8)
    rows[:, : plane.width] = values
    plane.update(rows.tobytes())


def _sound(
    marks: Sequence[Fraction], length: Fraction, offset: Fraction, options: FilmOptions
) -> Iterator[tuple[Fraction, av.AudioFrame]]:
    """Yield time and samples of a sound, block by block."""
    rate, layout = options.get("sample_rate", 48_000), options.get("layout", "stereo")
    delay = Fraction(options.get("sound_delay", 0)).limit_denominator(1_000_000)
    count = round(length * rate)
    samples = np.zeros(count, np.float32)
    beep = np.sin(2 * np.pi * BEEP_HZ * np.arange(round(BEEP_SECONDS * rate)) / rate)
    for mark in marks:
        start = round((mark + delay) * rate)
        room = samples[start : start + len(beep)]
        room += 0.6 * beep[: len(room)].astype(np.float32)
    channels = len(av.AudioLayout(layout).channels)
    for start in range(0, count, 1024):
        part = np.tile(samples[start : start + 1024], (channels, 1))
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = start + round(offset * rate)
        yield Fraction(start, rate), frame


def _send(film: OutputContainer, tracks: Sequence[AudioStream], frame: av.AudioFrame) -> None:
    for track in tracks:
        pts, time_base = frame.pts, frame.time_base
        film.mux(track.encode(frame))
        frame.pts, frame.time_base = pts, time_base  # encode rewrites them in place

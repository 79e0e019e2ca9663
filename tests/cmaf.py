"""Tracks in segments, made of painted frames and of sounds with a beep each second."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np

from mediaflow.audio.sound import Coded
from mediaflow.testing.film_writing import BEEP_HZ, BEEP_SECONDS
from mediaflow.testing.films import numbered, read_number
from mediaflow.video.cmaf import SegmentSink, SegmentTable, open_muxer

__all__ = [
    "X264",
    "Encoded",
    "Files",
    "beeps",
    "encoded",
    "even",
    "made",
    "numbers_in",
    "packets_in",
    "picture",
    "samples_in",
]

SIZE: Final = (160, 96)
FLASH_SECONDS: Final = Fraction(1, 10)
X264: Final = {
    "forced-idr": "1",
    "preset": "ultrafast",
    "x264-params": "scenecut=0:open-gop=0:keyint=infinite:bframes=3:b-adapt=0",
}
"""Three B-frames in a row, keyframes only where they are asked for."""


class Files(dict[str, bytes]):
    """What was put, by name and in order."""

    def put(self, name: str, data: bytes) -> None:
        """Take a file; none comes twice."""
        assert name not in self
        self[name] = data

    def whole(self) -> io.BytesIO:
        """Return all files, one behind the other."""
        return io.BytesIO(b"".join(self.values()))

    def alone(self, number: int) -> io.BytesIO:
        """Return one segment behind ``init.mp4``."""
        return io.BytesIO(self["init.mp4"] + self[f"seg_{number:05}.m4s"])


def even(fps: Fraction | int, count: int) -> list[Fraction]:
    """Return the times of frames at a constant rate."""
    return [number / Fraction(fps) for number in range(count)]


def picture(
    sink: SegmentSink,
    times: Sequence[Fraction],
    keys: Sequence[int],
    *,
    time_base: Fraction,
    last: Fraction,
    encoder: str = "libx264",
    options: dict[str, str] = X264,
    tag: str | None = None,
) -> None:
    """Encode numbered frames into a sink; those that begin a second carry a flash.

    Args:
        sink: Where they go.
        times: When each is shown, in seconds.
        keys: Which of them are keyframes.
        time_base: Seconds a tick.
        last: How long the last one is shown.
        encoder: FFmpeg's name of the encoder.
        options: Its options.
        tag: The codec's tag.
    """
    container = open_muxer(sink)
    stream: Any = container.add_stream(encoder, rate=30)
    context = stream.codec_context
    context.width, context.height = SIZE
    context.pix_fmt, context.time_base, context.options = "yuv420p", time_base, options
    context.thread_type, context.thread_count = "FRAME", 1
    if tag is not None:
        context.codec_tag = tag
    ends = [*times[1:], times[-1] + last]
    lengths: dict[int, int] = {}
    try:
        for number, (time, end) in enumerate(zip(times, ends, strict=True)):
            is_lit = time - math.floor(time) < FLASH_SECONDS
            gray = numbered(number, SIZE, lit=is_lit)
            rgb = av.VideoFrame.from_ndarray(np.repeat(gray[..., None], 3, axis=2), "rgb24")
            frame = rgb.reformat(format="yuv420p")
            frame.pts, frame.time_base = round(time / time_base), time_base
            frame.duration = lengths[frame.pts] = round((end - time) / time_base)
            frame.pict_type = 1 if number in keys else 0  # type: ignore[assignment]  # I or none
            for packet in stream.encode(frame):
                packet.duration = packet.duration or lengths[packet.pts]
                container.mux(packet)
        for packet in stream.encode(None):
            packet.duration = packet.duration or lengths[packet.pts]
            container.mux(packet)
    finally:
        container.close()


def made(
    times: Sequence[Fraction], keys: Sequence[int], *, until: Fraction | None = None, **more: Any
) -> tuple[Files, SegmentTable]:
    """Return the files and the table of painted frames."""
    files = Files()
    sink = SegmentSink(files.put)
    picture(sink, times, keys, **more)
    return files, sink.finish(until)


def numbers_in(data: io.BytesIO) -> list[tuple[Fraction, int]]:
    """Return time and number of each frame, as FFmpeg reads them."""
    with av.open(data) as film:
        return [(_time(frame), read_number(frame)) for frame in film.decode(video=0)]


def packets_in(data: io.BytesIO) -> list[bytes]:
    """Return the packets of the only track, as FFmpeg reads them."""
    with av.open(data) as film:
        return [bytes(packet) for packet in film.demux() if packet.size]


def samples_in(data: io.BytesIO) -> tuple[Fraction, np.ndarray]:
    """Return when the first sample is heard, and those of the first channel."""
    with av.open(data) as film:
        frames = list(film.decode(audio=0))
    rows = []
    for frame in frames:
        array = frame.to_ndarray().astype(np.float64)
        rows.append(array[0] if frame.format.is_planar else array.reshape(-1, 1)[:, 0])
    return _time(frames[0]), np.concatenate(rows)


@dataclass
class Encoded:
    """A sound in packets, and how to add its track."""

    encoder: str
    rate: int
    format: str = ""
    packets: list[Coded] = field(default_factory=list)

    def add(self, container: Any) -> Any:
        """Add the track to a container."""
        stream = container.add_stream(self.encoder, rate=self.rate)
        _set_up(stream.codec_context, self)
        return stream


def beeps(seconds: Fraction | float, rate: int) -> np.ndarray:
    """Return the samples of a sound whose seconds begin with a beep each, but for the first."""
    count = round(seconds * rate)
    samples = np.zeros(count, np.float32)
    beep = 0.6 * np.sin(2 * np.pi * BEEP_HZ * np.arange(round(BEEP_SECONDS * rate)) / rate)
    for start in range(rate, count, rate):
        room = samples[start : start + len(beep)]
        room += beep[: len(room)].astype(np.float32)
    return samples


def encoded(encoder: str, rate: int, samples: np.ndarray) -> Encoded:
    """Encode samples of one channel."""
    sound = Encoded(encoder, rate)
    context: Any = av.CodecContext.create(encoder, "w")
    formats = [one.name for one in context.codec.audio_formats]
    sound.format = next(one for one in ("fltp", "flt", "s16p", "s16") if one in formats)
    _set_up(context, sound)
    context.open()
    wide = sound.format.startswith("flt")
    values = samples if wide else np.round(samples * 32767).astype(np.int16)
    packets: list[Any] = []
    for start in range(0, len(values), 1024):
        part = np.ascontiguousarray(values[start : start + 1024][None])
        frame = av.AudioFrame.from_ndarray(part, format=sound.format, layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), start
        packets += context.encode(frame)
    packets += context.encode(None)
    sound.packets = [
        Coded(
            data=bytes(one),
            pts=one.pts,
            dts=one.dts,
            duration=one.duration,
            time_base=Fraction(1, rate),
        )
        for one in packets
    ]
    return sound


def _set_up(context: Any, sound: Encoded) -> None:
    context.sample_rate, context.layout, context.format = sound.rate, "mono", sound.format
    context.time_base = Fraction(1, sound.rate)
    context.flags |= 1 << 22  # AV_CODEC_FLAG_GLOBAL_HEADER


def _time(frame: Any) -> Fraction:
    base = frame.time_base
    return frame.pts * Fraction(base.numerator, base.denominator)

"""Locks itself, then encodes and decodes all that the wheels can, and says what came of it.

Run as ``python -m tests.sandbox_codecs LOCK FOLDER``; a line of JSON: what failed by name, and the
level. The folder becomes writable.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401  # looked up by name when a path is handed to FFmpeg
import json
import os
import sys
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import av
import av.subtitles.codeccontext
import av.subtitles.stream
import av.subtitles.subtitle  # imported late by PyAV itself
import numpy as np
from PIL import Image, ImageCms

from mediaflow.security.sandbox import ResourceCaps, lock_down
from tests.sandbox_child import LOCKS

__all__ = ["FILMS", "PICTURES", "SOUNDS", "warm_up"]

PICTURES: Final = ("AVIF", "GIF", "JPEG", "PNG", "TIFF", "WEBP")

# codec, container, pixel format
FILMS: Final = (
    ("ffv1", "matroska", "yuv420p"),
    ("libsvtav1", "mp4", "yuv420p"),
    ("libvpx-vp9", "webm", "yuv420p"),
    ("libx264", "mp4", "yuv420p"),
    ("libx265", "mp4", "yuv420p"),
    ("mpeg4", "avi", "yuv420p"),
    ("prores_ks", "mov", "yuv422p10le"),
)

# codec, container, sample format
SOUNDS: Final = (
    ("aac", "mp4", "fltp"),
    ("flac", "flac", "s16"),
    ("libmp3lame", "mp3", "fltp"),
    ("libopus", "ogg", "fltp"),
    ("pcm_s16le", "wav", "s16"),
)

FRAMES: Final = 12
WIDTH: Final = 192
HEIGHT: Final = 128
RATE: Final = 48_000


def warm_up() -> None:
    """Load what is loaded once: picture plug-ins, a colour profile, what PyAV imports late."""
    Image.init()
    ImageCms.createProfile("sRGB")
    av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24").to_ndarray()


def painted(number: int) -> np.ndarray[Any, Any]:
    """Return a slope of light that moves."""
    slope = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH)) + 8 * number
    return np.stack([slope % 256, 255 - slope % 256, slope // 2 % 256], axis=-1).astype(np.uint8)


def picture(kind: str) -> None:
    """Encode and decode a picture with a colour profile."""
    image = Image.fromarray(painted(0)).resize((96, 64), Image.Resampling.LANCZOS)
    file = BytesIO()
    image.save(
        file, kind, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    with Image.open(BytesIO(file.getvalue())) as again:
        again.load()
        assert again.size == (96, 64)


def film(codec: str, container: str, pixel_format: str, folder: Path) -> None:
    """Encode a film to a path with four threads, its index moved to the front, and decode it."""
    path = folder / f"{codec}.{container}"
    with av.open(
        str(path),
        "w",
        format=container,
        options={"movflags": "faststart"} if container == "mp4" else {},
    ) as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        stream.codec_context.thread_count = 4
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(painted(number), format="rgb24")
            frame = frame.reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert decoded(path, container, "video") == FRAMES
    moved = path.with_suffix(".done")
    path.rename(moved)
    moved.unlink()


def sound(codec: str, container: str, sample_format: str, folder: Path) -> None:
    path = folder / f"{codec}.{container}"
    tone = np.sin(np.arange(RATE) * 0.1) * 0.5
    samples = (tone * 32767).astype(np.int16) if sample_format == "s16" else tone.astype(np.float32)
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format=sample_format, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        resampler = av.AudioResampler(
            stream.codec_context.format, "mono", RATE, stream.codec_context.frame_size or None
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    assert decoded(path, container, "audio") > 0


def decoded(path: Path, container: str, kind: str) -> int:
    """Return how many frames come of a file that PyAV is handed as bytes."""
    with open(path, "rb") as file, av.open(BytesIO(file.read()), format=container) as source:
        stream = getattr(source.streams, kind)[0]
        stream.codec_context.thread_count = 4
        stream.thread_type = "AUTO"
        return sum(1 for _ in source.decode(stream))


def graph() -> None:
    """Put a frame through libavfilter with threads."""
    chain = av.filter.Graph()
    chain.threads = 4
    source = chain.add_buffer(width=WIDTH, height=HEIGHT, format="rgb24", time_base=Fraction(1, 25))
    scaled, sink = chain.add("scale", "96:64"), chain.add("buffersink")
    source.link_to(scaled)
    scaled.link_to(sink)
    chain.configure()
    frame = av.VideoFrame.from_ndarray(painted(0), format="rgb24")
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    source.push(frame)
    assert sink.pull().width == 96


def tasks(folder: Path) -> dict[str, Callable[[], None]]:
    """Return all that is tried, by name."""
    found: dict[str, Callable[[], None]] = {"graph": graph}
    found |= {kind: lambda kind=kind: picture(kind) for kind in PICTURES}
    found |= {row[0]: lambda row=row: film(*row, folder) for row in FILMS}
    found |= {row[0]: lambda row=row: sound(*row, folder) for row in SOUNDS}
    return found


def main(lock: str, folder: Path) -> None:
    warm_up()
    report = lock_down(
        writable=[os.fspath(folder)],
        caps=ResourceCaps(memory_bytes=8 << 30),
        kernel=LOCKS[lock],
    )
    failed = {}
    for name, task in tasks(folder).items():
        try:
            task()
        except Exception as exc:  # noqa: BLE001  # whatever it is, the test is to see it
            failed[name] = type(exc).__name__
            print(name, repr(exc), file=sys.stderr)
    print(json.dumps({"failed": failed, "level": report.level}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

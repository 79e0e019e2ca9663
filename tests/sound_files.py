"""Sound files of a known number of samples, written by PyAV used plainly."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CODECS", "picture", "tone"]

CODECS: Final = {
    "aac": ("adts", "aac"),
    "flac": ("flac", "flac"),
    "m4a": ("ipod", "aac"),
    "mp3": ("mp3", "libmp3lame"),
    "ogg": ("ogg", "libopus"),
    "opus": ("opus", "libopus"),
    "wav": ("wav", "pcm_s16le"),
}
"""FFmpeg's muxer and encoder by suffix."""


def tone(path: Path, *, samples: int = 12_345, rate: int = 48_000) -> Path:
    """Write a stereo tone of 997 Hz; the format is that of the suffix."""
    muxer, codec = CODECS[path.suffix[1:]]
    wave = np.sin(np.arange(samples) * 2 * np.pi * 997 / rate) * 8_000
    with av.open(str(path), "w", format=muxer) as file:
        stream = file.add_stream(codec, rate=rate, layout="stereo")
        if codec == "libopus":
            stream.bit_rate = 96_000
        frame = av.AudioFrame.from_ndarray(
            np.repeat(wave.astype(np.int16), 2)[None], format="s16", layout="stereo"
        )
        frame.sample_rate, frame.pts = rate, 0
        for sound in (frame, None):
            file.mux(stream.encode(sound))
    return path


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    """Return a small picture in one colour."""
    made = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(made, kind)
    return made.getvalue()

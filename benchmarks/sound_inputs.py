"""Paints the sounds of the benchmark: chords that swell under noise, the same on every machine."""

from __future__ import annotations

import sys
import wave
from pathlib import Path

import av
import numpy as np

RATE = 44_100
SECOND = RATE  # samples that are painted at a time


def samples(seconds: int, rate: int = RATE):
    """Yield a second of stereo after the other, (samples, channels), 16 bits."""
    rng = np.random.default_rng(21)
    for second in range(seconds):
        time = second + np.arange(rate) / rate
        swell = 0.55 + 0.45 * np.sin(2 * np.pi * time / 7)
        root = 110 * 2 ** (((second // 2) % 12) / 12)
        chord = sum(np.sin(2 * np.pi * root * ratio * time) for ratio in (1, 1.5, 2.52, 4.01))
        hiss = rng.normal(0, 0.05, (rate, 2))
        left = 0.12 * swell * chord
        both = np.stack([left, 0.8 * np.roll(left, 40)], axis=1) + hiss * swell[:, None]
        yield (np.clip(both, -1, 1) * 32_767).astype("<i2")


def paint_wav(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for part in samples(seconds):
            file.writeframes(part.tobytes())


def paint_mp3(path: Path, seconds: int, rate: int = RATE, bit_rate: int = 192_000) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=rate)
        stream.codec_context.layout, stream.codec_context.bit_rate = "stereo", bit_rate
        for number, part in enumerate(samples(seconds, rate)):
            frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = rate, number * rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


INPUTS = {
    "3min.wav": lambda path: paint_wav(path, 180),
    "10min.mp3": lambda path: paint_mp3(path, 600),
    "60min.mp3": lambda path: paint_mp3(path, 3_600),
    "60min.wav": lambda path: paint_wav(path, 3_600),
    "growth-3min.mp3": lambda path: paint_mp3(path, 180, 16_000, 32_000),
    "growth-3h.mp3": lambda path: paint_mp3(path, 10_800, 16_000, 32_000),
}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, paint in INPUTS.items():
        if not (folder / name).exists():
            paint(folder / name)


if __name__ == "__main__":
    main()

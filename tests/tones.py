"""Sound painted for tests of loudness: tones of known level, as frames."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

RATE = 48_000


def tone(parts, *, hertz=1_000, rate=RATE, channels=2, phase=0.0):
    """Paint a sine whose peak is at levels in dBFS for so many seconds each."""
    levels = [np.full(round(seconds * rate), 10 ** (level / 20)) for level, seconds in parts]
    heights = np.concatenate(levels)
    turns = hertz * np.arange(len(heights)) / rate
    wave = heights * np.sin(2 * np.pi * turns + np.radians(phase))
    return np.tile(wave, (channels, 1)).astype(np.float32)


def frames(samples, *, rate=RATE, layout="stereo", size=4096, start=0):
    """Cut samples, (channels, samples), into frames of packed floats."""
    made = []
    for first in range(0, samples.shape[1], size):
        part = samples[:, first : first + size].T.reshape(1, -1)  # PyAV fills no 24 planes
        packed = np.ascontiguousarray(part, np.float32)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = start + first
        made.append(frame)
    return made


def samples_of(sound):
    """Return frames of floats in planes as one array, (channels, samples)."""
    return np.concatenate([frame.to_ndarray() for frame in sound], axis=1)


def tapered(samples, *, seconds=0.1, rate=RATE):
    """Fade samples in and out, so that their ends do not ring between samples."""
    count = round(seconds * rate)
    rise = np.hanning(2 * count)[:count]
    made = samples.copy()
    made[:, :count] *= rise
    made[:, -count:] *= rise[::-1]
    return made

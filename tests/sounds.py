"""Sounds painted by code: WAV files by Python's own writer, so that every sample is known."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RATE", "Samples", "noise", "painted_wav", "tone", "write_wav"]

Samples = npt.NDArray[Any]

RATE: Final = 48_000  # Hz


def noise(samples: int, channels: int = 2) -> Samples:
    """Return noise that goes up and down, (samples, channels), 16 bits."""
    random = np.random.default_rng(7)
    swell = 8_000 * (1 + np.sin(np.arange(samples) / 2_000))
    found: Samples = (random.uniform(-1, 1, (samples, channels)) * swell[:, None]).astype("<i2")
    return found


def tone(seconds: float, hz: float, level: float, channels: int = 2, rate: int = RATE) -> Samples:
    """Return a sine, (samples, channels), 16 bits.

    Args:
        seconds: How long it lasts.
        hz: Its frequency.
        level: Its peak, where 1 is full scale.
        channels: How many channels have it.
        rate: Samples a second.
    """
    wave_of = np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    found: Samples = np.repeat(np.round(wave_of * level * 32_767)[:, None], channels, axis=1)
    return found.astype("<i2")


def write_wav(path: Path, data: Samples, rate: int = RATE) -> Path:
    """Write samples of 16 bits, (samples, channels)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(data.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data.astype("<i2").tobytes())
    return path


def painted_wav(path: Path, *, seconds: float) -> Path:
    """Write noise that goes up and down, in stereo."""
    return write_wav(path, noise(round(seconds * RATE)))

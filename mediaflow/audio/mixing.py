"""Mixes channels to stereo and mono, by one rule whatever the encoder takes.

Law: stereo is front left and right, and 0.707 (-3 dB) of the center and of each side or back; bass
effects are left out. Mono is half of each side of that. Mono becomes stereo as it is, on both sides.
Levels stay: nothing is made quieter so that sums cannot pass full scale, and what passes it is cut.

Source: ITU-R BS.775-4 annex 4 (0.7071). FFmpeg's own mixer takes other factors for whole numbers
than for floats, so that one sound had two levels; its encoder of AAC makes all of a sound that passes
full scale quieter by decibels.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

import av
import numpy as np
import numpy.typing as npt

from mediaflow.errors import UnsupportedError
from mediaflow.libav.compat import rational

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Mixing", "mix_of"]

Matrix = npt.NDArray[np.float32]

MONO: Final = 1
STEREO: Final = 2
HALF: Final = 0.5
SOME: Final = sqrt(HALF)

FRONTS: Final = {"DL": (1.0, 0.0), "DR": (0.0, 1.0), "FL": (1.0, 0.0), "FR": (0.0, 1.0)}
MIDDLES: Final = {"FC": (SOME, SOME), "LFE": (0.0, 0.0), "LFE2": (0.0, 0.0)}
LEFT, RIGHT, BOTH = (SOME, 0.0), (0.0, SOME), (HALF, HALF)
"""What beside, behind and above gives to both sides, by the end of its name."""

SIDES: Final = {"L": LEFT, "R": RIGHT, "C": BOTH}


def mix_of(channels: Sequence[str], wanted: int) -> Matrix | None:
    """Return how much of each channel goes into each that is wanted, (wanted, channels).

    Args:
        channels: FFmpeg's names of the channels.
        wanted: How many there will be.

    Returns:
        The factors; None where nothing is to be mixed, or for more than two.
    """
    if wanted > STEREO or len(channels) == wanted:
        return None
    if len(channels) == MONO:
        return np.ones((STEREO, MONO), np.float32)
    pairs = np.array([_sides(name) for name in channels], np.float32).T
    return pairs if wanted == STEREO else pairs.mean(axis=0, keepdims=True)


def _sides(name: str) -> tuple[float, float]:
    return {**FRONTS, **MIDDLES}.get(name) or SIDES.get(name[-1:], BOTH)


class Mixing:
    """Mixes frames of one layout.

    Args:
        frame: The first of them.
        layout: FFmpeg's name of the layout that is wanted.
    """

    def __init__(self, frame: av.AudioFrame, layout: str) -> None:
        self._layout = layout
        self._floats: av.AudioResampler | None = None
        wanted = av.AudioLayout(layout).nb_channels
        self._matrix = mix_of(_channels(frame.layout), wanted)
        if self._matrix is not None:
            self._floats = av.AudioResampler(
                format="flt", layout=frame.layout.name, rate=frame.sample_rate
            )

    def mixed(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Return a frame with the channels that are wanted; it stays as it is."""
        matrix, floats = self._matrix, self._floats
        if matrix is None or floats is None:
            return [frame]
        return [self._made(one, matrix) for one in floats.resample(frame)]

    def _made(self, frame: av.AudioFrame, matrix: Matrix) -> av.AudioFrame:
        rows = frame.to_ndarray().reshape(-1, matrix.shape[1]).T
        array = np.ascontiguousarray(np.clip(matrix @ rows, -1, 1))
        made = av.AudioFrame.from_ndarray(array, format="fltp", layout=self._layout)
        made.sample_rate, made.pts = frame.sample_rate, frame.pts
        base = rational(frame.time_base)
        if base is not None:
            made.time_base = base
        return made


def _channels(layout: av.AudioLayout) -> list[str]:
    """Return the names of channels; where a file has none, those that are usual for as many.

    Raises:
        UnsupportedError: There are none.
    """
    names = [channel.name for channel in layout.channels]
    if len(names) <= STEREO or "NONE" not in names:
        return names
    try:
        usual = av.AudioLayout(f"{len(names)}c")
    except ValueError as exc:
        raise UnsupportedError(
            f"the sound has {len(names)} channels, and nothing says where each is heard",
            hint="write its layout into the file, or take a file of up to 8 channels",
            stage="decode",
        ) from exc
    return [channel.name for channel in usual.channels]

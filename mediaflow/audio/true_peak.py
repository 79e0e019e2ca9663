"""Finds how high sound rises between its samples.

Sound of 44.1 or 48 kHz is looked at four times as often, of 96 kHz twice, from 192 kHz as it is.
Most of it is not looked at: between samples, no sound rises above its nearby samples by more than
the sum of the filter's coefficients, so that what is far below the highest peak cannot pass it.

Law: arithmetic on arrays; the result is the same as if all of it had been looked at.
Source: ITU-R BS.1770-5 annex 2. Its example of a filter has 12 coefficients a phase; this one has
24, and reads closer to the half of the rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mediaflow.audio.products import product

if TYPE_CHECKING:
    from mediaflow.audio.floats import Floats

__all__ = ["REACH", "Between", "TruePeak"]

REACH: Final = 12  # samples to each side of a moment between two
BLOCK: Final = 32  # samples; at least twice the reach
WINDOW: Final = BLOCK + 2 * REACH - 1
BEND: Final = 5.0  # of Kaiser's window: flat within 0.02 dB up to 0.42 of the rate
CHUNK: Final = 256  # blocks

OFTEN: Final = 4
TWICE_FROM: Final = 96_000  # Hz
ONCE_FROM: Final = 192_000  # Hz


class Between:
    """What a sound of one rate is between its samples.

    Args:
        rate: Samples a second.
    """

    def __init__(self, rate: int) -> None:
        self._phases = _times(rate) - 1
        moments = np.arange(1, self._phases + 1) / (self._phases + 1)
        distance = np.arange(1 - REACH, REACH + 1)[:, None] - moments
        window = np.i0(BEND * np.sqrt(1 - (distance / REACH) ** 2)) / np.i0(BEND)
        taps = np.sinc(distance) * window
        taps /= taps.sum(axis=0, keepdims=True)  # what does not change is what it was
        self._most = float(np.abs(taps).sum(axis=0).max(initial=1.0)) * (1 + 1e-6)
        table = np.zeros((WINDOW, self._phases, BLOCK), np.float32)
        for place in range(BLOCK):
            table[place : place + 2 * REACH, :, place] = taps
        self._table = table.reshape(WINDOW, -1)

    def peaks(self, samples: Floats, least: float) -> Floats:
        """Return how high each sample is and what lies between it and the next.

        Args:
            samples: (channels, samples), with ``REACH`` − 1 more in front and ``REACH`` behind.
            least: What is not above it need not be exact, but is not above it then.

        Returns:
            The highest of all channels, (samples without those in front and behind,).
        """
        count = samples.shape[1] - 2 * REACH + 1
        highest = np.abs(samples[:, REACH - 1 : REACH - 1 + count]).max(axis=0)
        blocks = -(-count // BLOCK)
        found = np.zeros((blocks, BLOCK), np.float32)
        for channel in samples:
            windows, bounds = self._windows(channel, blocks)
            hot = np.flatnonzero(bounds > least)
            for start in range(0, len(hot), CHUNK):
                some = hot[start : start + CHUNK]
                found[some] = np.maximum(found[some], self._between(windows[some]).max(axis=1))
        peaks: Floats = np.maximum(highest, found.reshape(-1)[:count])
        return peaks

    def highest(self, samples: Floats, least: float) -> float:
        """Return the highest peak where it is above ``least``, else ``least``; see :meth:`peaks`."""
        count = samples.shape[1] - 2 * REACH + 1
        best = max(least, float(np.abs(samples[:, REACH - 1 : -REACH]).max(initial=0)))
        for channel in samples:
            windows, bounds = self._windows(channel, -(-count // BLOCK))
            if not len(bounds):
                continue
            # the likely highest first: what cannot rise above it is not looked at
            best = max(best, self._top(windows, np.array([bounds.argmax()]), count))
            hot = np.flatnonzero(bounds > best)
            for start in range(0, len(hot), CHUNK):
                best = max(best, self._top(windows, hot[start : start + CHUNK], count))
        return best

    def _top(self, windows: Floats, some: npt.NDArray[np.intp], count: int) -> float:
        """Return the highest level in some blocks, of the moments that are asked for."""
        levels = self._between(windows[some])
        if some[-1] == len(windows) - 1:  # silence stands where samples are not known yet
            levels[-1, :, count - int(some[-1]) * BLOCK :] = 0
        return float(levels.max())

    def _windows(self, channel: Floats, blocks: int) -> tuple[Floats, Floats]:
        """Return what each block of a channel rests on, and how high it can rise at most."""
        if not self._phases:
            return channel[:0], np.zeros(0, np.float32)
        padded = np.zeros((blocks + 1) * BLOCK, np.float32)
        padded[: len(channel)] = channel
        windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::BLOCK][:blocks]
        tops = np.abs(padded).reshape(-1, BLOCK).max(axis=1)
        bounds: Floats = np.maximum(tops[:-1], tops[1:]) * np.float32(self._most)
        return windows, bounds

    def _between(self, windows: Floats) -> Floats:
        """Return levels between samples, (blocks, phases, BLOCK)."""
        levels: Floats = np.abs(product(windows, self._table))
        return levels.reshape(len(windows), self._phases, BLOCK)


class TruePeak:
    """The highest peak of one sound.

    Args:
        rate: Samples a second and channel.
        channels: Number of channels.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._between = Between(rate)
        self._last: Floats = np.zeros((channels, 2 * REACH - 1), np.float32)
        self.value: float = 0.0
        """Highest level so far, 1 being full scale."""

    def push(self, samples: Floats) -> None:
        """Look at samples, (channels, samples)."""
        reached = np.concatenate([self._last, samples], axis=1)
        self._last = reached[:, reached.shape[1] - 2 * REACH + 1 :]
        self.value = self._between.highest(reached, self.value)

    def end(self) -> float:
        """Look at the last samples, silence being behind them; return the highest level."""
        self.push(np.zeros((len(self._last), REACH), np.float32))
        return self.value


def _times(rate: int) -> int:
    """Return how many times as often a sound is looked at."""
    if rate >= ONCE_FROM:
        return 1
    return 2 if rate >= TWICE_FROM else OFTEN

"""Plays sound faster or slower at its own pitch, without drifting from its picture.

The output is laid together of short windows, each taken from where its middle belongs, or from a
few milliseconds beside it, where it goes on best from the window before (WSOLA). Where a sound sets
in, nothing is moved: what sets in does so on time. FFmpeg's ``atempo`` moves each window by up to
20 ms, and a beep that is slowed down comes out twice.

Law: arithmetic on arrays; as many samples come out as the speed says, to the sample.
Source: Verhelst and Roelands, "An overlap-add technique based on waveform similarity", ICASSP 1993.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

__all__ = ["Tempo"]

Samples: TypeAlias = npt.NDArray[np.float32]

HOP_SECONDS: Final = 0.0125  # half of a window; two periods of a deep voice in a window
REACH_SECONDS: Final = 0.008  # by which a window may be moved; a period of 125 Hz
ONSET_SECONDS: Final = 0.005
ONSET_RATIO: Final = 16  # of power, 12 dB
SILENCE: Final = 1e-9  # of power, full scale being 1
NEARNESS: Final = 1e-3  # by which the far end of the reach must be better than its middle


class Tempo:
    """One sound on its way to another speed.

    Args:
        speed: How much faster it plays.
        rate: Samples a second and channel.
        channels: Number of channels.
    """

    def __init__(self, speed: Fraction, rate: int, channels: int) -> None:
        self._speed = speed
        self._hop = round(rate * HOP_SECONDS)
        self._reach = round(rate * REACH_SECONDS)
        self._onset = round(rate * ONSET_SECONDS)
        rise = np.arange(self._hop, dtype=np.float32) / self._hop
        up = 0.5 - 0.5 * np.cos(np.pi * rise)
        self._window = np.concatenate([up, 1 - up]).astype(np.float32)
        lead = self._hop + self._reach + self._onset  # what windows of the start reach before it
        self._waiting: Samples = np.zeros((channels, lead), np.float32)
        self._first = -lead  # place of the first sample that waits
        self._heard = 0
        self._made = 0
        self._place = 0  # of the last window
        self._number = 0
        self._tail: Samples = np.zeros((channels, self._hop), np.float32)

    def push(self, samples: Samples) -> Iterator[Samples]:
        """Put samples in, (channels, samples); yield what is finished, of the same form."""
        self._waiting = np.concatenate([self._waiting, samples], axis=1)
        self._heard += samples.shape[1]
        while self._reaches() <= self._heard:
            yield from self._step()

    def end(self) -> Iterator[Samples]:
        """Yield what is left when the last sample is in."""
        total = round(self._heard / self._speed)
        while self._made < total:
            short = self._reaches() - self._first - self._waiting.shape[1]
            if short > 0:
                silence = np.zeros((len(self._waiting), short), np.float32)
                self._waiting = np.concatenate([self._waiting, silence], axis=1)
            for made in self._step():
                over = max(self._made - total, 0)
                yield made[:, : made.shape[1] - over]

    def _middle(self) -> int:
        """Return the place where the middle of the next window belongs."""
        return round(self._number * self._hop * self._speed)

    def _reaches(self) -> int:
        """Return up to where samples are looked at for the next window."""
        following = self._place + 3 * self._hop
        return max(self._middle() + self._hop + self._reach + self._onset, following)

    def _step(self) -> Iterator[Samples]:
        start = self._middle() - self._hop
        self._place = start + (self._shift(start) if self._number else 0)
        window = self._part(self._place, 2 * self._hop) * self._window
        ready = self._tail + window[:, : self._hop]
        self._tail = window[:, self._hop :]
        self._number += 1
        if self._number > 1:  # the first half of the first window lies before the start
            self._made += self._hop
            yield ready
        self._forget()

    def _shift(self, start: int) -> int:
        """Return by how many samples the next window is moved so that it goes on from the last."""
        length, reach = self._hop, self._reach  # where both are heard at once
        reached = self._part(start - reach, length + 2 * reach).mean(axis=0)
        natural = self._part(self._place + self._hop, length).mean(axis=0)
        if self._sets_in(start):
            return 0
        power = np.concatenate([[0], np.cumsum(reached.astype(np.float64) ** 2)])
        powers = power[length:] - power[:-length]
        distance = np.abs(np.arange(-reach, reach + 1)) / reach
        unlike = powers - 2 * np.correlate(reached, natural, "valid")  # and the natural one's own
        slack = NEARNESS * (float((natural.astype(np.float64) ** 2).sum()) + length * SILENCE)
        return int(np.argmin(unlike + slack * distance)) - reach

    def _sets_in(self, start: int) -> bool:
        """Tell whether a sound sets in behind the middle of the next window, within its reach."""
        low = start + self._hop - self._onset
        high = start + 2 * self._hop + self._reach + self._onset
        squares = self._part(low, high - low).astype(np.float64).mean(axis=0) ** 2
        power = np.concatenate([[0], np.cumsum(squares)]) / self._onset
        blocks = power[self._onset :] - power[: -self._onset]
        before, after = blocks[: -self._onset], blocks[self._onset :]
        return bool((after > ONSET_RATIO * (before + SILENCE)).any())

    def _part(self, start: int, length: int) -> Samples:
        at = start - self._first
        return self._waiting[:, at : at + length]

    def _forget(self) -> None:
        """Let go of what no further window looks at."""
        needed = min(self._middle() - self._hop - self._reach, self._place + self._hop)
        passed = needed - self._onset - self._first
        if passed > 0:
            self._waiting = self._waiting[:, passed:]
            self._first += passed

"""Holds peaks down before they come, between samples as well.

What each sample must be lowered by is known some milliseconds ahead: the lowest of them is held,
goes back at so many dB a second, and is smoothed over the time that is looked ahead. So the gain is
low enough at each peak, has no edges, and is the same for all channels.

Law: sample n that leaves is sample n that came, lowered or as it was. Arithmetic on arrays: release
in dB is a straight line, so that a running minimum does what a recursion does elsewhere.
Source: ITU-R BS.1770-5 annex 2 for what a peak is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from mediaflow.audio.true_peak import REACH, Between

if TYPE_CHECKING:
    from mediaflow.audio.floats import Floats

__all__ = ["Limiter"]

Gains: TypeAlias = npt.NDArray[np.float64]

AHEAD_SECONDS: Final = 0.005  # a period of 200 Hz; shorter is heard as distortion
RELEASE_DB: Final = 60.0  # a second; faster is heard as distortion of deep tones
MARGIN_DB: Final = 0.05  # readers' filters differ by less


class Limiter:
    """One sound whose peaks are held down.

    Args:
        rate: Samples a second and channel.
        channels: Number of channels.
        limit_dbtp: What no peak may pass.
    """

    def __init__(self, rate: int, channels: int, limit_dbtp: float) -> None:
        self._between = Between(rate)
        self._limit = 10 ** ((limit_dbtp - MARGIN_DB) / 20)
        self._half = max(round(rate * AHEAD_SECONDS / 2), 1)  # of the smoothing, twice in a row
        self._ahead = 2 * self._half - 1
        self._rise = RELEASE_DB / rate
        self._waiting: Floats = np.zeros((channels, REACH), np.float32)
        self._first = -REACH  # place of the first sample that waits
        self._heard = 0
        self._seen = 0  # samples whose needs are known
        self._done = 0
        self._needs: Gains = np.zeros(0)  # of samples that were seen and are not done, in dB
        self._held: Gains | None = None  # what the smoothing still reaches back to

    def push(self, samples: Floats) -> Floats:
        """Put samples in, (channels, samples); return those that are finished."""
        self._waiting = np.concatenate([self._waiting, samples], axis=1)
        self._heard += samples.shape[1]
        self._look(self._heard - REACH)
        return self._lowered()

    def end(self) -> Floats:
        """Return the rest when the last sample is in."""
        silence = np.zeros((len(self._waiting), REACH), np.float32)
        self._waiting = np.concatenate([self._waiting, silence], axis=1)
        self._look(self._heard)
        self._needs = np.concatenate([self._needs, np.zeros(self._ahead - 1)])
        return self._lowered()

    def _look(self, until: int) -> None:
        """Find what samples up to a place must be lowered by."""
        if until <= self._seen:
            return
        start = self._seen - REACH + 1 - self._first
        reached = self._waiting[:, start : until + REACH - self._first]
        highest = self._between.peaks(reached, self._limit).astype(np.float64)
        self._seen = until
        needs = 20 * np.log10(self._limit / np.maximum(highest, self._limit))
        self._needs = np.concatenate([self._needs, needs])

    def _lowered(self) -> Floats:
        """Return the samples whose gain is known."""
        count = len(self._needs) - self._ahead + 1
        if count <= 0:
            return self._waiting[:, :0]
        gains = self._smooth(self._released(_lowest(self._needs, self._ahead)))
        at = self._done - self._first
        made = self._waiting[:, at : at + count]
        if gains.min() < 0:
            made = made * (10 ** (gains / 20)).astype(np.float32)
        self._needs = self._needs[count:]
        self._done += count
        passed = min(self._done, self._seen - REACH + 1) - self._first
        if passed > 0:
            self._waiting = self._waiting[:, passed:]
            self._first += passed
        return made

    def _released(self, lowest: Gains) -> Gains:
        """Return gains that go down at once and come back slowly, behind those of before."""
        if self._held is None:  # the start is as low as its first peak needs
            self._held = np.full(self._ahead, lowest[0])
        risen = self._rise * np.arange(len(lowest) + 1)
        bound = np.concatenate([self._held[-1:], lowest]) - risen
        return np.concatenate([self._held, np.minimum.accumulate(bound)[1:] + risen[1:]])

    def _smooth(self, held: Gains) -> Gains:
        """Return means of gains over the time that is looked ahead, weighed by a triangle."""
        self._held = held[len(held) - self._ahead :]
        if not held.any():
            return held[self._ahead :]
        return _mean(_mean(held[1:], self._half), self._half)


def _lowest(values: Gains, window: int) -> Gains:
    """Return the lowest of each window of values."""
    span = 1
    while 2 * span <= window:
        values = np.minimum(values[:-span], values[span:])
        span *= 2
    rest = window - span
    return np.minimum(values[:-rest], values[rest:]) if rest else values


def _mean(values: Gains, window: int) -> Gains:
    """Return the mean of each window of values."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: Gains = (sums[window:] - sums[:-window]) / window
    return means

"""Measures how loud a sound is: integrated, range, momentary, short-term and peaks.

A gate needs the whole, so the power of each tenth of a second is kept: 8 bytes, 300 kB an hour.
What does not fill a tenth at the end is in no window of the source; peaks count every sample.

Law: frames come as one stream without gaps. A sound shorter than 400 ms, of which the source knows
no loudness, is as loud as its only, shorter window.
Source: ITU-R BS.1770-5 annex 1 (gates), EBU Tech 3341 (windows), EBU Tech 3342 (range).
"""

from __future__ import annotations

from array import array
from fractions import Fraction
from math import ceil, log10
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from mediaflow.audio.floats import Batches, floats_of
from mediaflow.audio.true_peak import TruePeak
from mediaflow.audio.weighting import BLOCK, Weighting, channel_weights
from mediaflow.libav.translate import translated
from mediaflow.models.loudness import LoudnessData

if TYPE_CHECKING:
    import av

    from mediaflow.audio.floats import Floats

__all__ = ["LoudnessMeter"]

Powers: TypeAlias = npt.NDArray[np.float64]

STEP: Final = Fraction(1, 10)  # seconds
MOMENTARY: Final = 4  # steps
SHORT_TERM: Final = 30  # steps

OFFSET: Final = -0.691  # dB; BS.1770-5: a tone of 997 Hz at full scale is then −3.01 LUFS
ABSOLUTE_GATE: Final = -70.0  # LUFS
RELATIVE_GATE: Final = -10.0  # LU below what passes the absolute one
RANGE_GATE: Final = -20.0  # LU, Tech 3342
LOW_SHARE: Final = 0.10
HIGH_SHARE: Final = 0.95
UNHEARD: Final = -120.0  # LUFS; what rounding leaves of silence is far below


class LoudnessMeter:
    """Listens to one sound.

    Args:
        true_peak: Whether to look between samples as well.
    """

    def __init__(self, *, true_peak: bool = True) -> None:
        self._wants_true_peak = true_peak
        self._shape: tuple[int, str] | None = None
        self._part: _Part | None = None
        self._steps = _Steps()
        self._seconds = Fraction(0)
        self._peak = self._true_peak = 0.0

    def push(self, frame: av.AudioFrame) -> None:
        """Listen to a frame of any format; layout and rate may change from one to the next."""
        if not frame.samples:
            return
        with translated(stage="decode"):
            rate = max(frame.sample_rate, 1)
            shape = (rate, frame.layout.name)
            if shape != self._shape:
                self._leave()
                self._shape = shape
                names = [channel.name for channel in frame.layout.channels]
                self._part = _Part(rate, names, self._steps, true_peak=self._wants_true_peak)
            assert self._part is not None  # noqa: S101  # made above
            self._part.push(floats_of(frame))
        self._seconds += Fraction(frame.samples, rate)

    def end(self) -> LoudnessData:
        """Return what was measured when the last frame is in."""
        with translated(stage="decode"):
            self._leave()
            powers = self._steps.end()
        momentary, short_term = _means(powers, MOMENTARY), _means(powers, SHORT_TERM)
        whole = momentary if len(momentary) else powers.mean(keepdims=True)
        return LoudnessData(
            integrated_lufs=_rounded(_integrated(whole), 3),
            range_lu=_range(short_term),
            true_peak_dbtp=_level(self._true_peak) if self._wants_true_peak else None,
            sample_peak_dbfs=_level(self._peak),
            duration_seconds=float(self._seconds),
            step_seconds=float(STEP),
            momentary_lufs=_series(momentary),
            short_term_lufs=_series(short_term),
        )

    def _leave(self) -> None:
        """Hear what is left of a part of one shape."""
        if self._part is None:
            return
        self._part.end()
        self._peak = max(self._peak, self._part.peak)
        self._true_peak = max(self._true_peak, self._part.true_peak)
        self._part = self._shape = None


class _Part:
    """A stretch of one layout and rate."""

    def __init__(self, rate: int, names: list[str], steps: _Steps, *, true_peak: bool) -> None:
        channels = len(names)
        self._rate = rate
        self._steps = steps
        self._batches = Batches(channels, BLOCK)
        self._weighting = Weighting(rate, channels)
        self._weights = channel_weights(names).astype(np.float32)
        self._highest = TruePeak(rate, channels) if true_peak else None
        self.peak = self.true_peak = 0.0

    def push(self, samples: Floats) -> None:
        for batch in self._batches.push(samples):
            self._hear(batch)

    def end(self) -> None:
        self._hear(self._batches.end())
        if self._highest is not None:
            self.true_peak = self._highest.end()

    def _hear(self, batch: Floats) -> None:
        if not batch.shape[1]:
            return
        self.peak = max(self.peak, float(batch.max()), -float(batch.min()))
        if self._highest is not None:
            self._highest.push(batch)
        weighed = self._weighting.weigh(batch)
        self._steps.push(np.einsum("c,cn->n", self._weights, weighed * weighed), self._rate)


class _Steps:
    """The mean power of each tenth of a second."""

    def __init__(self) -> None:
        self._means = array("d")
        self._time = Fraction(0)  # how far the open step is
        self._energy = self._seconds = 0.0  # what its samples have and how long they last

    def push(self, powers: npt.NDArray[np.float32], rate: int) -> None:
        """Add the powers of samples in a row."""
        done = 0
        while (count := ceil((STEP - self._time) * rate)) <= len(powers) - done:
            self._add(powers[done : done + max(count, 0)], rate)
            done += max(count, 0)
            self._time -= STEP
            self._close()
        self._add(powers[done:], rate)

    def end(self) -> Powers:
        """Return the mean powers; one of what there is where no step is full."""
        if not self._means:
            self._close()
        return np.frombuffer(self._means, np.float64)

    def _add(self, powers: npt.NDArray[np.float32], rate: int) -> None:
        self._energy += float(powers.sum(dtype=np.float64)) / rate
        self._seconds += len(powers) / rate
        self._time += Fraction(len(powers), rate)

    def _close(self) -> None:
        if self._seconds:
            self._means.append(self._energy / self._seconds)
        else:  # one sample lasts longer than a step, below 10 Hz
            self._means.append(self._means[-1] if self._means else 0.0)
        self._energy = self._seconds = 0.0


def _means(powers: Powers, steps: int) -> Powers:
    """Return the mean powers of windows of some steps, one from each step on."""
    if len(powers) < steps:
        return powers[:0]
    means: Powers = np.lib.stride_tricks.sliding_window_view(powers, steps).mean(axis=1)
    return means


def _integrated(powers: Powers) -> float:
    """Return the gated mean of windows of 400 ms, in power."""
    loud = powers[powers > _power(ABSOLUTE_GATE)]
    if not len(loud):
        return 0.0
    return float(loud[loud > loud.mean() * 10 ** (RELATIVE_GATE / 10)].mean())


def _range(powers: Powers) -> float | None:
    """Return the range of windows of 3 s in LU, or None where all are below the gate."""
    loud = powers[powers > _power(ABSOLUTE_GATE)]
    if not len(loud):
        return None
    kept = np.sort(loud[loud > loud.mean() * 10 ** (RANGE_GATE / 10)])
    low, high = (kept[int((len(kept) - 1) * share + 0.5)] for share in (LOW_SHARE, HIGH_SHARE))
    return round(10 * log10(high / low), 3)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


def _rounded(power: float, digits: int) -> float | None:
    return None if power <= _power(UNHEARD) else round(OFFSET + 10 * log10(power), digits)


def _series(powers: Powers) -> tuple[float | None, ...]:
    return tuple(_rounded(power, 2) for power in powers.tolist())


def _level(peak: float) -> float | None:
    return round(20 * log10(peak), 3) if peak else None

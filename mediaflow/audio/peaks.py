"""Measures how far sound swings, point by point: what a waveform is drawn from.

The numbers are those of BBC audiowaveform. Samples are 16-bit integers: more bits are cut off, and
floating point is multiplied by 32,767 and cut off toward 0. A mix is the sum of the channels
divided by their number, cut off toward 0. A point is the least and the greatest of its samples, and
the last one is of those that are left.

Law: samples are read where they lie, since others read them too; what is missing is silence, what overlaps is
dropped; memory does not grow with the length of the sound, but for the points themselves.
Source: audiowaveform 1.x, ``doc/DataFormat.md`` and what its generator does with samples.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
import numpy.typing as npt

from mediaflow.audio.block import Block, blocks_of
from mediaflow.audio.points import Peaks, PointStore
from mediaflow.audio.samples import Batch, integers, kind_of
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from mediaflow.models.waveform import WaveformChannels
    from mediaflow.security.limits import Limits

__all__ = ["PeakMeter"]

SLACK: Final = 20  # a second divided by this; time stamps of real files jitter by less
BATCH_SAMPLES: Final = 1 << 15  # of a channel: a few hundred kB stay in the processor's cache
START: Final = Fraction(0)
HALF: Final = Fraction(1, 2)


class PeakMeter:
    """The points of one track, while its samples come in.

    Args:
        sample_rate: Hz that points are counted in; samples of another rate are converted.
        samples_per_point: Samples that make a point; None takes few, and joins points in pairs
            whenever there are twice as many as ``points``.
        points: Most points, which may not be exceeded where ``samples_per_point`` is given.
        channels: Whether all channels are mixed, or each is measured.
        limits: Limits in force.
        zero: Time stamp, in seconds, where the first point begins.
        seconds: Length of the part that is measured; None is up to the end.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        samples_per_point: int | None,
        points: int,
        channels: WaveformChannels,
        limits: Limits,
        zero: Fraction = START,
        seconds: Fraction | None = None,
    ) -> None:
        self._rate = sample_rate
        self._limits = limits
        self._mixes = channels == "mix"
        self._most = None if seconds is None else round(seconds * sample_rate)
        self._store = PointStore(samples_per_point, points)
        self._zero = zero
        self._done = 0  # samples that were placed
        self._is_exact = True  # jitter is not looked over at the start
        self._shape: tuple[str, str, int] | None = None
        self._layout: str | None = None
        self._resampler: av.AudioResampler | None = None
        self._batch: Batch | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is wanted of the track."""
        return self._most is not None and self._done >= self._most

    def push(self, block: Block) -> None:
        """Put decoded samples in.

        Raises:
            LimitExceededError: Too much is missing before them, all samples last longer than they
                may, or there are too many points.
        """
        shape = (block.format, block.layout, block.sample_rate)
        if shape != self._shape:
            self._change(block)
            self._shape = shape
        if self._resampler is None:
            self._place(block)
            return
        with translated(stage="decode"):
            frames = self._resampler.resample(block.frame())
        for one in blocks_of(frames):
            self._place(one)

    def end(self) -> Peaks:
        """Return the points when the last frame is in."""
        self._finish()
        return self._store.end(sample_rate=self._rate)

    def _change(self, block: Block) -> None:
        """Get ready for samples that differ from those before them."""
        self._finish()
        self._layout = self._layout or block.layout
        is_other = not self._mixes and block.layout != self._layout
        if block.sample_rate != self._rate or is_other:
            layout = block.layout if self._mixes else self._layout
            self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=self._rate)

    def _finish(self) -> None:
        """Measure all that came in."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            with translated(stage="decode"):
                frames = resampler.resample(None)
            for one in blocks_of(frames):
                self._place(one, follows=True)  # it counts from 0 where frames have no time stamps
        if self._batch is not None:
            self._batch.flush()
            self._batch = None  # what comes next may lie in memory otherwise

    def _place(self, block: Block, *, follows: bool = False) -> None:
        """Bring samples to their place among those that were measured."""
        at = self._done if follows or block.time is None else self._at(block.time)
        gap = at - self._done
        if not self._is_exact and abs(gap) * SLACK <= self._rate:
            gap = 0
        first, count = max(-gap, 0), block.samples
        if gap > 0:
            self._limits.check("max_gap_seconds", gap // self._rate, who="the sound")
            self._add_silence(gap, block)
        if self._most is not None:
            count = min(count, first + self._most - self._done)
        if first >= count:
            return
        self._is_exact = False
        self._done += count - first
        seconds = self._done // self._rate
        self._limits.check("max_duration_seconds", seconds, who="the sound")
        self._batch_for(block).add(block, first, count)

    def _at(self, time: Fraction) -> int:
        """Return the place of a sample by its time stamp, in seconds."""
        return floor((time - self._zero) * self._rate + HALF)

    def _add_silence(self, count: int, block: Block) -> None:
        if self._most is not None:
            count = min(count, self._most - self._done)
        self._done += max(count, 0)
        self._batch_for(block).add_silence(count)

    def _batch_for(self, block: Block) -> Batch:
        if self._batch is None:
            self._batch = Batch(kind_of(block), BATCH_SAMPLES, self._measure)
        return self._batch

    def _measure(self, samples: npt.NDArray[Any]) -> None:
        """Take samples into the points, (channels, samples) of any kind."""
        channels, count = samples.shape
        if not self._mixes or channels == 1:  # what keeps the order may wait until there are few
            low, high = self._store.extremes(np.ascontiguousarray(samples))
            self._store.add(integers(low), integers(high), count)
            return
        total = integers(samples[0])
        for row in samples[1:]:
            total += integers(row)
        low, high = self._store.extremes(total[np.newaxis])
        self._store.add(_divided(low, channels), _divided(high, channels), count)


def _divided(sums: npt.NDArray[np.int32], by: int) -> npt.NDArray[np.int32]:
    """Divide whole numbers and cut off toward 0, as C does; NumPy's own division rounds down."""
    cut: npt.NDArray[np.int32] = np.sign(sums) * (np.abs(sums) // by)
    return cut

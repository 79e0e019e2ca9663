"""Measures how far sound swings, point by point: what a waveform is drawn from.

The numbers are those of BBC audiowaveform. Samples are 16-bit integers: more bits are cut off, and
floating point is multiplied by 32,767 and cut off toward 0. A mix is the sum of the channels
divided by their number, cut off toward 0. A point is the least and the greatest of its samples, and
the last one is of those that are left.

Law: a frame stays as it is, since others may read it; what is missing is silence, what overlaps is
dropped; memory does not grow with the length of the sound, but for the points themselves.
Source: audiowaveform 1.x, ``doc/DataFormat.md`` and what its generator does with samples.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
import numpy.typing as npt

from mediaflow.audio.points import Peaks, PointStore
from mediaflow.audio.samples import Batch, integers, kind_of
from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from mediaflow.models.waveform import WaveformChannels
    from mediaflow.security.limits import Limits

__all__ = ["PeakMeter"]

SLACK: Final = 20  # a second divided by this; time stamps of real files jitter by less
BATCH_SAMPLES: Final = 1 << 15  # of a channel: a few hundred kB stay in the processor's cache
START: Final = Fraction(0)


class PeakMeter:
    """The points of one track, while its frames come in.

    Args:
        sample_rate: Hz that points are counted in; frames of another rate are converted.
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
        self._clock: tuple[int, int, int] = (0, 0, 1)
        self._base: object = None
        self._done = 0  # samples that were placed
        self._is_exact = True  # jitter is not looked over at the start
        self._shape: tuple[str, int, int] | None = None
        self._layout: str | None = None
        self._resampler: av.AudioResampler | None = None
        self._batch: Batch | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is wanted of the track."""
        return self._most is not None and self._done >= self._most

    def push(self, frame: av.AudioFrame) -> None:
        """Put a decoded frame in.

        Raises:
            LimitExceededError: Too much is missing before it, all samples last longer than they
                may, or there are too many points.
        """
        shape = (frame.format.name, frame.sample_rate, frame.layout.nb_channels)
        if shape != self._shape:
            self._change(frame)
            self._shape = shape
        if self._resampler is None:
            self._place(frame)
            return
        with translated(stage="decode"):
            frames = self._resampler.resample(frame)
        for one in frames:
            self._place(one)

    def end(self) -> Peaks:
        """Return the points when the last frame is in."""
        self._finish()
        return self._store.end(sample_rate=self._rate)

    def _change(self, frame: av.AudioFrame) -> None:
        """Get ready for frames that differ from those before them."""
        self._finish()
        self._layout = self._layout or frame.layout.name
        is_other = not self._mixes and frame.layout.name != self._layout
        if frame.sample_rate != self._rate or is_other:
            layout = frame.layout.name if self._mixes else self._layout
            self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=self._rate)

    def _finish(self) -> None:
        """Measure all that came in."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            with translated(stage="decode"):
                frames = resampler.resample(None)
            for one in frames:
                self._place(one, follows=True)  # it counts from 0 where frames have no time stamps
        if self._batch is not None:
            self._batch.flush()
            self._batch = None  # what comes next may lie in memory otherwise

    def _place(self, frame: av.AudioFrame, *, follows: bool = False) -> None:
        """Bring a frame to its place among the samples that were measured."""
        at = self._done if follows or frame.pts is None else self._at(frame)
        gap = at - self._done
        if not self._is_exact and abs(gap) * SLACK <= self._rate:
            gap = 0
        first, count = max(-gap, 0), frame.samples
        if gap > 0:
            self._limits.check("max_gap_seconds", gap // self._rate, who="the sound")
            self._add_silence(gap, frame)
        if self._most is not None:
            count = min(count, first + self._most - self._done)
        if first >= count:
            return
        self._is_exact = False
        self._done += count - first
        seconds = self._done // self._rate
        self._limits.check("max_duration_seconds", seconds, who="the sound")
        self._batch_for(frame).add(frame, first, count)

    def _at(self, frame: av.AudioFrame) -> int:
        """Return the place of the first sample of a frame with a time stamp."""
        if frame.time_base != self._base:
            self._base = frame.time_base
            base = rational(frame.time_base) or Fraction(1, self._rate)
            ticks, zero = base * self._rate, self._zero * self._rate
            below = ticks.denominator * zero.denominator
            self._clock = (
                ticks.numerator * zero.denominator,
                zero.numerator * ticks.denominator,
                below,
            )
        ticks_up, zero_up, below = self._clock
        return (2 * ((frame.pts or 0) * ticks_up - zero_up) + below) // (2 * below)  # rounded

    def _add_silence(self, count: int, frame: av.AudioFrame) -> None:
        if self._most is not None:
            count = min(count, self._most - self._done)
        self._done += max(count, 0)
        self._batch_for(frame).add_silence(count)

    def _batch_for(self, frame: av.AudioFrame) -> Batch:
        if self._batch is None:
            self._batch = Batch(kind_of(frame), BATCH_SAMPLES, self._measure)
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

"""Raises or lowers a sound by one gain, its peaks held down where that was decided.

Law: as many samples leave as came, each at its time. A frame that comes in stays as it is. Where
nothing is to be done, the very frames leave that came.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from mediaflow.audio.floats import Batches, floats_of
from mediaflow.audio.limiter import Limiter
from mediaflow.audio.planes import MOST_PLANES
from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.audio.floats import Floats
    from mediaflow.planning.loudness import GainDecision

__all__ = ["Leveller"]


class Leveller:
    """One sound on its way to another level.

    What leaves is 32-bit floats, in planes up to seven channels, of the layout and the rate that came; both may change
    from one frame to the next. Frames come as one stream: where samples are missing between two of
    them is not looked at.

    Args:
        decision: The gain, and whether peaks are held down.
    """

    def __init__(self, decision: GainDecision) -> None:
        self._decision = decision
        self._gain = np.float32(10 ** (decision.gain_db / 20))
        self._shape: tuple[int, str] | None = None
        self._limiter: Limiter | None = None
        self._batches: Batches | None = None
        self._start = Fraction(0)
        self._made = 0

    def push(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Put a frame of any format in; yield what is finished."""
        if self._decision.mode == "linear":
            yield frame if self._gain == 1 else self._louder(frame)
            return
        rate = max(frame.sample_rate, 1)
        shape = (rate, frame.layout.name)
        if shape != self._shape:
            yield from self.end()
            self._begin(frame, shape)
        assert self._batches is not None and self._limiter is not None  # noqa: PT018, S101  # begun
        with translated(stage="transform"):
            samples = floats_of(frame) * self._gain
        for batch in self._batches.push(samples):
            with translated(stage="transform"):
                made = self._limiter.push(batch)
            yield from self._framed(made)

    def end(self) -> Iterator[av.AudioFrame]:
        """Yield what is left when the last frame is in."""
        if self._batches is None or self._limiter is None:
            return
        with translated(stage="transform"):
            made = [self._limiter.push(self._batches.end()), self._limiter.end()]
        for samples in made:
            yield from self._framed(samples)
        self._batches = self._limiter = self._shape = None

    def _begin(self, frame: av.AudioFrame, shape: tuple[int, str]) -> None:
        channels, base = frame.layout.nb_channels, rational(frame.time_base)
        self._shape, self._made = shape, 0
        self._start = Fraction(0) if frame.pts is None or base is None else frame.pts * base
        self._batches = Batches(channels, 1)
        self._limiter = Limiter(shape[0], channels, self._decision.true_peak_dbtp)

    def _louder(self, frame: av.AudioFrame) -> av.AudioFrame:
        with translated(stage="transform"):
            samples = floats_of(frame) * self._gain
            made = _frame(samples, frame.sample_rate, frame.layout.name)
            made.pts = frame.pts
            base = rational(frame.time_base)
            if base is not None:
                made.time_base = base
        return made

    def _framed(self, samples: Floats) -> Iterator[av.AudioFrame]:
        if not samples.shape[1] or self._shape is None:
            return
        rate, layout = self._shape
        with translated(stage="transform"):
            made = _frame(samples, rate, layout)
            made.pts = round(self._start * rate) + self._made
            made.time_base = Fraction(1, rate)
        self._made += samples.shape[1]
        yield made


def _frame(samples: Floats, rate: int, layout: str) -> av.AudioFrame:
    planar = len(samples) <= MOST_PLANES
    array = samples if planar else samples.T.reshape(1, -1)
    made = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(array, np.float32), format="fltp" if planar else "flt", layout=layout
    )
    made.sample_rate = rate
    return made

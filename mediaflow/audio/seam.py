"""Brings parts of one track to one rate and layout, each sample to its place, and joins them.

Law: sample n of a part was heard n samples after its start: what is missing is silence, what overlaps
is dropped, and a gap is never longer than allowed. Parts meet to the sample, and what leaves is in
the order it was heard; no more than two crossfades are held.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
import numpy.typing as npt

from mediaflow.audio.block import Block
from mediaflow.audio.mixing import Mixing
from mediaflow.audio.sound import SILENCE_STEP, SLACK
from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.planning import PartStep
    from mediaflow.security.limits import Limits

__all__ = ["Crossfade", "Seam"]

Samples = npt.NDArray[np.float32]

FORMAT: Final = "flt"  # holds what 24 bits hold; PyAV does not reach more than 8 planes


class Seam:
    """One track of the whole: cuts parts to the sample and lets each fade into the next.

    Args:
        rate: Samples a second of the whole.
        layout: FFmpeg's name of its layout.
        crossfade: For how long two parts are heard together, in seconds.
        limits: Limits in force.
    """

    def __init__(self, rate: int, layout: str, crossfade: Fraction, limits: Limits) -> None:
        self._rate, self._layout, self._limits = rate, layout, limits
        self._channels = av.AudioLayout(layout).nb_channels
        self._crossfade = Crossfade(self._channels, round(crossfade * rate))
        self._made = 0  # samples of the whole that were handed on
        self._heard = Fraction(0)
        self._resampler: av.AudioResampler | None = None
        self._mixing: Mixing | None = None
        self._shape: tuple[str, int, str] | None = None
        self._zero = Fraction(0)
        self._done = 0  # samples of the part's time
        self._next = 0  # where a frame without a time stamp stands in it
        self._length = 0
        self._most: int | None = None
        self._is_exact = True  # jitter is not looked over at the start of a part

    @property
    def time(self) -> Fraction:
        """How much of the whole was handed on, in seconds."""
        return Fraction(self._made, self._rate)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is wanted of the part."""
        return self._most is not None and self._done >= self._most

    def begin(self, part: PartStep, zero: Fraction) -> None:
        """Begin the next part.

        Args:
            part: The part.
            zero: Its time stamp, in seconds, that counts as 0.
        """
        self._zero = zero + part.start
        self._done, self._next = 0, -round(part.start * self._rate)
        self._length = round((part.seconds or 0) * self._rate)
        self._most = None if part.end is None else round((part.end - part.start) * self._rate)
        self._is_exact = True

    def push(self, frame: av.AudioFrame) -> Iterator[Block]:
        """Put samples of the part in; yield what is finished.

        Raises:
            LimitExceededError: Too much is missing before it, or all samples together, wherever
                their time stamps put them, last longer than a film may.
        """
        self._heard += Fraction(frame.samples, max(frame.sample_rate, 1))
        self._limits.check("max_duration_seconds", int(self._heard), who="the sound")
        shape = (frame.format.name, frame.sample_rate, frame.layout.name)
        if shape != self._shape:
            yield from self._drained()
            self._shape = shape
            with translated(stage="decode"):
                self._mixing = Mixing(frame, self._layout)
            self._resampler = av.AudioResampler(format=FORMAT, layout=self._layout, rate=self._rate)
        assert self._resampler is not None  # noqa: S101  # made above
        assert self._mixing is not None  # noqa: S101  # made above
        with translated(stage="decode"):
            parts = self._mixing.mixed(frame)
            mixed = [one for part in parts for one in self._resampler.resample(part)]
        for one in mixed:
            yield from self._placed(one)

    def settle(self) -> Iterator[Block]:
        """End the part; its last samples wait for the next one. One without any sound is silent."""
        yield from self._drained()
        self._shape = None
        if not self._done:
            yield from self._silent(self._length)
        yield from self._handed(self._crossfade.settle())

    def end(self) -> Iterator[Block]:
        """Yield what is left of the last part."""
        yield from self._handed(self._crossfade.end())

    def _drained(self) -> Iterator[Block]:
        if self._resampler is None:
            return
        with translated(stage="decode"):
            left = self._resampler.resample(None)
        self._resampler = None
        for one in left:
            yield from self._placed(one)

    def _placed(self, frame: av.AudioFrame) -> Iterator[Block]:
        """Bring a mixed frame to its place among the samples of the part."""
        rate = self._rate
        base = rational(frame.time_base)
        at = self._next
        if frame.pts is not None and base is not None:
            at = round((frame.pts * base - self._zero) * rate)
        if not self._is_exact and abs(at - self._done) <= SLACK * rate:
            at = self._done
        self._next = at + frame.samples
        gap = at - self._done
        if gap > 0:
            missing = gap if self._most is None else min(gap, self._most - self._done)
            self._limits.check("max_gap_seconds", missing // rate, who="the sound")
            yield from self._silent(missing)
        rows = frame.to_ndarray().reshape(-1, self._channels).T
        yield from self._taken(rows[:, max(-gap, 0) :])

    def _silent(self, count: int) -> Iterator[Block]:
        while count > 0 and not self.is_over:
            some = min(count, SILENCE_STEP)
            yield from self._taken(np.zeros((self._channels, some), np.float32))
            count -= some

    def _taken(self, samples: npt.NDArray[Any]) -> Iterator[Block]:
        """Cut samples to the end of the part, and hand on what is finished."""
        left = samples.shape[1] if self._most is None else max(self._most - self._done, 0)
        kept = samples[:, :left]
        if not kept.shape[1]:
            return
        self._is_exact = False
        self._done += kept.shape[1]
        yield from self._handed(self._crossfade.push(kept))

    def _handed(self, samples: Samples) -> Iterator[Block]:
        count = samples.shape[1]
        if not count:
            return
        yield Block(
            format=FORMAT,
            layout=self._layout,
            sample_rate=self._rate,
            samples=count,
            planes=(np.ascontiguousarray(samples.T, dtype=np.float32).tobytes(),),
            time=self.time,
        )
        self._made += count


class Crossfade:
    """Lets the end of each part be heard with the start of the next, in even steps.

    A part that is shorter than that fades for as long as it lasts.

    Args:
        channels: How many channels there are.
        overlap: For how many samples two parts are heard together.
    """

    def __init__(self, channels: int, overlap: int) -> None:
        self._overlap = overlap
        self._none: Samples = np.zeros((channels, 0), np.float32)
        self._before = self._none  # the end of the part before, until as much of this one is there
        self._tail = self._none

    def push(self, samples: Samples) -> Samples:
        """Put samples of a part in, (channels, samples); return what is finished."""
        held = np.concatenate([self._tail, samples], axis=1)
        if held.shape[1] < self._before.shape[1]:
            self._tail = held
            return self._none
        held = self._mixed(held)
        ready = max(held.shape[1] - self._overlap, 0)
        self._tail = held[:, ready:].copy()
        return held[:, :ready]

    def settle(self) -> Samples:
        """End a part; return what is finished. After one without samples the one before waits on."""
        if not self._tail.shape[1]:
            return self._none
        alone = max(self._before.shape[1] - self._tail.shape[1], 0)
        made, self._before = self._before[:, :alone], self._before[:, alone:]
        self._before, self._tail = self._mixed(self._tail), self._none
        return made

    def end(self) -> Samples:
        """Return what is left of the last part."""
        return self._before

    def _mixed(self, samples: Samples) -> Samples:
        """Return the start of a part with the end of the one before, which goes down."""
        before, self._before = self._before, self._none
        count = before.shape[1]
        if not count:
            return samples
        steps = (np.arange(count) + 1) / (count + 1)
        made = samples.astype(np.float32, copy=True)
        made[:, :count] = before * (1 - steps) + samples[:, :count] * steps
        return made

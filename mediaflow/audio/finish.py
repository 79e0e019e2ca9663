"""The last thing that is done to a sound before it is encoded: cut its silence, bring it to a level.

Law: it takes two hearings of the same samples. The first measures and lets nothing through; the second
cuts and levels by what was measured, and listens to its own result where peaks were held down.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import av

from mediaflow.audio.level import Leveller
from mediaflow.audio.loudness import LoudnessMeter
from mediaflow.audio.silence import SilenceFinder
from mediaflow.audio.sound import samples_of
from mediaflow.libav.translate import translated
from mediaflow.planning.film_carry import chapters_within
from mediaflow.planning.loudness import correct_gain, plan_gain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.audio.silence import Heard
    from mediaflow.models.loudness import LoudnessData
    from mediaflow.planning import SoundFileStep, SoundStep
    from mediaflow.planning.loudness import GainDecision

__all__ = ["Finish", "Finishing", "Hearing", "trimmed"]


class Finish(Protocol):
    """What frames of a sound go through last."""

    def push(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Put a frame in, which stays as it is; yield what is finished."""
        ...

    def end(self) -> Iterator[av.AudioFrame]:
        """Yield what is left when the last frame is in."""
        ...


class Hearing:
    """The first hearing: measures, and lets nothing through.

    Args:
        step: The sound.
    """

    def __init__(self, step: SoundStep) -> None:
        self._step = step
        self._meter = None if step.level is None else LoudnessMeter()
        trim = step.trim_dbfs
        self._finder = None if trim is None else SilenceFinder(threshold_dbfs=trim)
        self.measured: LoudnessData | None = None
        """How loud it is; known at its end, where that is asked."""

        self.is_over: bool = False
        """Whether it was heard to its end."""

    @property
    def heard(self) -> Heard | None:
        """Where it begins and ends to be heard, in seconds; None where that is not asked."""
        return None if self._finder is None else self._finder.heard

    def push(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Listen to a frame; nothing comes out."""
        if self._meter is not None:
            self._meter.push(frame)
        if self._finder is not None:
            self._finder.push(frame)
        yield from ()

    def end(self) -> Iterator[av.AudioFrame]:
        """Know what was measured; nothing comes out."""
        if self._meter is not None:
            self.measured = self._meter.end()
        self.is_over = True
        yield from ()

    def decision(self) -> GainDecision | None:
        """Return the gain that follows; None where none is asked."""
        level = self._step.level
        if level is None or self.measured is None:
            return None
        return plan_gain(self.measured, level.target_lufs, level.true_peak_dbtp)


class Finishing:
    """The second hearing: cuts and levels.

    Args:
        step: The sound.
        heard: What of it is heard; None leaves all.
        decision: Its gain; None leaves it.
    """

    def __init__(self, step: SoundStep, heard: Heard | None, decision: GainDecision | None) -> None:
        self._step = step
        self.decision: GainDecision | None = decision
        """Its gain; None leaves it."""

        self.reached: LoudnessData | None = None
        """How loud it is where peaks were held down; known at its end."""

        rate = step.sample_rate
        self._at = 0
        self._first = 0 if heard is None else round(heard.start * rate)
        self._last = None if heard is None else round(heard.end * rate)
        self._leveller = None if decision is None else Leveller(decision)
        is_limited = decision is not None and decision.mode == "limited"
        self._meter = LoudnessMeter(true_peak=False) if is_limited else None
        self._fitter = av.AudioResampler(
            format=step.sample_format, layout=step.channel_layout, rate=rate
        )

    def push(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Put a frame in, which stays as it is; yield what is finished."""
        start, self._at = self._at, self._at + frame.samples
        first = max(self._first - start, 0)
        last = frame.samples if self._last is None else min(self._last - start, frame.samples)
        if last <= first:
            return
        part = frame if last - first == frame.samples else samples_of(frame, first, last - first)
        if self._leveller is None:
            yield part
            return
        for one in self._leveller.push(part):
            yield from self._fitted(one)

    def end(self) -> Iterator[av.AudioFrame]:
        """Yield what is left when the last frame is in."""
        if self._leveller is not None:
            for one in self._leveller.end():
                yield from self._fitted(one)
        if self._meter is not None:
            self.reached = self._meter.end()

    def corrected(self) -> GainDecision | None:
        """Return another gain where holding peaks down took too much loudness, else None."""
        if self.reached is None or self.decision is None:
            return None
        return correct_gain(self.decision, self.reached)

    def _fitted(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Listen to a levelled frame, and bring it to the encoder's sample layout."""
        if self._meter is not None:
            self._meter.push(frame)
        if frame.format.name == self._step.sample_format:
            yield frame
            return
        with translated(stage="encode"):
            yield from self._fitter.resample(frame)


def trimmed(step: SoundFileStep, heard: Heard | None) -> SoundFileStep:
    """Return a file whose chapters are those of what is heard.

    Args:
        step: The file.
        heard: What of it is left; None for all.
    """
    if heard is None:
        return step
    left = chapters_within(step.carried.chapters, float(heard.start), float(heard.end))
    return replace(step, carried=replace(step.carried, chapters=left))

"""Measures the loudness and the silences of a track, in a thread of its own beside encoders.

Law: a time that is told is one of the source: what is missing between samples is silence, and what
overlaps is heard once. A track is measured as it is, in its own layout and at its own rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

import av

from mediaflow.audio.backend import MadeSound
from mediaflow.audio.loudness import LoudnessMeter
from mediaflow.audio.silence import SilenceFinder
from mediaflow.audio.sound import check_level, samples_of
from mediaflow.audio.taking import Taking
from mediaflow.errors import CorruptMediaError
from mediaflow.libav.translate import translated
from mediaflow.models.loudness import SoundData
from mediaflow.planning import SoundAnalysisStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.audio.block import Block
    from mediaflow.models.context import Context
    from mediaflow.models.loudness import LoudnessData, SilenceData
    from mediaflow.security.limits import Limits

    _Level: TypeAlias = "tuple[float, float]"

__all__ = ["MeasuringLane", "measuring_lanes"]

SLACK: Final = Fraction(1, 20)  # seconds; time stamps of real files jitter by less
SILENCE_STEP: Final = 65_536  # samples


@dataclass(slots=True, kw_only=True, eq=False)
class MeasuringLane(Taking):
    """What is measured of one track, and the samples that wait for it."""

    steps: Sequence[SoundAnalysisStep]

    @property
    def stream(self) -> int:
        """Index of the track among the streams of the source."""
        return self.steps[0].stream

    @property
    def end(self) -> Fraction | None:
        """It is heard to the end of the source."""
        return None

    def make(self, zero: Fraction, context: Context, limits: Limits) -> list[MadeSound]:
        """Measure what the channel brings; one entry a step.

        Args:
            zero: Time stamp, in seconds, that counts as 0.
            context: Cancellation.
            limits: Limits in force.
        """
        ear = _Ear(self.steps, zero, limits)
        with self.turn() as turn:
            for block in self.channel:
                context.check()
                ear.push(block)
            ear.end()
        return [
            MadeSound(
                step=step,
                seconds=turn.seconds,
                duration_seconds=float(ear.seconds) if turn.error is None else None,
                notices=step.notices,
                error=turn.error,
                found=ear.found_for(step) if turn.error is None else None,
            )
            for step in self.steps
        ]


class _Ear:
    """Hears one track for all that want to know of it; equal questions are asked once."""

    def __init__(self, steps: Sequence[SoundAnalysisStep], zero: Fraction, limits: Limits) -> None:
        self._zero, self._limits = zero, limits
        self.seconds = Fraction(0)
        self._is_exact = True  # jitter is not looked over at the start
        self._meter: LoudnessMeter | None = None
        self._loudness: LoudnessData | None = None
        self._finders: dict[_Level, SilenceFinder] = {}
        self._silences: dict[_Level, SilenceData] = {}
        for step in steps:
            if "loudness" in step.output.what:
                self._meter = self._meter or LoudnessMeter()
            level = _level_of(step)
            if "silence" in step.output.what and level not in self._finders:
                self._finders[level] = SilenceFinder(
                    threshold_dbfs=level[0], least_seconds=level[1]
                )

    def push(self, block: Block) -> None:
        """Hear samples at their place.

        Raises:
            CorruptMediaError: There are numbers among them that are no samples.
            LimitExceededError: Too much is missing before them, or all together last longer than
                they may.
        """
        rate, gap = block.sample_rate, self._gap(block)
        if gap > 0:
            self._limits.check("max_gap_seconds", gap // rate, who="the sound")
            self._hear_silence(gap, block)
        first = max(-gap, 0)
        count = block.samples - first
        if count <= 0:
            return
        self._is_exact = False
        frame = block.frame()
        with translated(stage="decode"):
            check_level(frame)
        self._hear(samples_of(frame, first, count) if first else frame)
        self._limits.check("max_duration_seconds", int(self.seconds), who="the sound")

    def end(self) -> None:
        """Know what was measured.

        Raises:
            CorruptMediaError: There was not a sample.
        """
        if not self.seconds:
            raise CorruptMediaError(
                "the sound has no samples",
                hint="mediaflow.probe(..., deep=True) tells what a file holds",
                stage="decode",
            )
        self._loudness = None if self._meter is None else self._meter.end()
        self._silences = {level: finder.end() for level, finder in self._finders.items()}

    def found_for(self, step: SoundAnalysisStep) -> SoundData:
        """Return what a step asked for, once it is known."""
        what = step.output.what
        return SoundData(
            loudness=self._loudness if "loudness" in what else None,
            silence=self._silences[_level_of(step)] if "silence" in what else None,
        )

    def _gap(self, block: Block) -> int:
        """Return how many samples are missing before a block; below 0, how many came before."""
        if block.time is None:
            return 0
        gap = block.time - self._zero - self.seconds
        if not self._is_exact and abs(gap) <= SLACK:
            return 0
        return round(gap * block.sample_rate)

    def _hear_silence(self, count: int, block: Block) -> None:
        while count > 0:
            some = min(count, SILENCE_STEP)
            with translated(stage="decode"):
                frame = av.AudioFrame("flt", block.layout, some)
                frame.sample_rate = block.sample_rate
                frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            self._hear(frame)
            count -= some

    def _hear(self, frame: av.AudioFrame) -> None:
        if self._meter is not None:
            self._meter.push(frame)
        for finder in self._finders.values():
            finder.push(frame)
        self.seconds += Fraction(frame.samples, frame.sample_rate)


def _level_of(step: SoundAnalysisStep) -> _Level:
    return step.output.silence_dbfs, step.output.silence_seconds


def measuring_lanes(steps: Iterable[SoundAnalysisStep]) -> list[MeasuringLane]:
    """Return lanes for what is measured, one a track."""
    alike: dict[int, list[SoundAnalysisStep]] = {}
    for step in steps:
        alike.setdefault(step.stream, []).append(step)
    return [MeasuringLane(steps=group) for group in alike.values()]

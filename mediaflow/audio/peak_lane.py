"""Measures the points of waveforms in a thread of its own, beside encoders of the same sound.

Law: samples are read where they lie; nothing is written on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mediaflow.audio.backend import MadeSound
from mediaflow.audio.peaks import PeakMeter
from mediaflow.audio.taking import Taking
from mediaflow.errors import CorruptMediaError
from mediaflow.planning import WaveformStep

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from mediaflow.audio.points import Peaks
    from mediaflow.models.context import Context
    from mediaflow.security.limits import Limits

    _Measure: TypeAlias = "tuple[int, int, int | None, int, str, Fraction, Fraction | None]"

__all__ = ["PeakLane", "peak_lanes"]


@dataclass(slots=True, kw_only=True, eq=False)
class PeakLane(Taking):
    """Waveforms of the same points, and the samples that wait to be measured."""

    steps: Sequence[WaveformStep]

    @property
    def stream(self) -> int:
        """Index of the track among the streams of the source."""
        return self.steps[0].stream

    @property
    def end(self) -> Fraction | None:
        """Where it ends, in seconds of the source; None is the source's end."""
        return self.steps[0].end

    def make(self, zero: Fraction, context: Context, limits: Limits) -> list[MadeSound]:
        """Measure what the channel brings; one entry a waveform.

        Args:
            zero: Time stamp, in seconds, that counts as 0.
            context: Cancellation.
            limits: Limits in force.
        """
        peaks: Peaks | None = None
        with self.turn() as turn:
            peaks = self._measured(zero, context, limits)
        return [
            MadeSound(
                step=step,
                seconds=turn.seconds,
                duration_seconds=None if peaks is None else peaks.samples / peaks.sample_rate,
                notices=step.notices,
                error=turn.error,
                peaks=peaks,
            )
            for step in self.steps
        ]

    def _measured(self, zero: Fraction, context: Context, limits: Limits) -> Peaks:
        step = self.steps[0]
        meter = PeakMeter(
            sample_rate=step.sample_rate,
            samples_per_point=step.samples_per_point,
            points=step.points,
            channels=step.output.channels,
            limits=limits,
            zero=zero + step.start,
            seconds=None if step.end is None else step.end - step.start,
        )
        for block in self.channel:
            context.check()
            meter.push(block)
            if meter.is_over:
                break
        peaks = meter.end()
        if not peaks.samples:
            raise CorruptMediaError(
                f"the sound ends before {float(step.start):g} s",
                hint="leave start out, or take an earlier one",
                stage="decode",
            )
        return peaks


def peak_lanes(steps: Iterable[WaveformStep]) -> list[PeakLane]:
    """Return lanes for waveforms, one for those of the same points."""
    alike: dict[_Measure, list[WaveformStep]] = {}
    for step in steps:
        measure = (
            step.stream,
            step.sample_rate,
            step.samples_per_point,
            step.points,
            step.output.channels,
            step.start,
            step.end,
        )
        alike.setdefault(measure, []).append(step)
    return [PeakLane(steps=group) for group in alike.values()]

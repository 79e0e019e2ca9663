"""Waveforms in words. Law: it says only what the step says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.planning.words import size_words
from mediaflow.redact import redact

if TYPE_CHECKING:
    from mediaflow.planning.waveform_steps import WaveformStep

__all__ = ["waveform_words"]


def waveform_words(step: WaveformStep, part: str) -> list[str]:
    """Return what a waveform will be.

    Args:
        step: The waveform.
        part: The part of the source that it shows, in words; empty for all of it.
    """
    shape = "" if step.size is None else f" {size_words(step.size)}"
    channels = "each channel" if step.output.channels == "split" else "all channels mixed"
    return [
        (
            f"output {step.name}: waveform of stream {step.stream}{part}, {channels} → "
            f"{step.format.upper()}{shape} → {redact(step.uri)}"
        ),
        f"  points: {_points(step)}",
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def _points(step: WaveformStep) -> str:
    if step.samples_per_point is not None:
        rate = step.sample_rate / step.samples_per_point
        return f"one of {step.samples_per_point:,} samples, {rate:g} a second"
    return f"up to {step.points:,}, joined to {step.most or step.points:,} at most"

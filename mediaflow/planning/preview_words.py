"""Storyboards, scenes and descriptions of a film in words. Law: it says only what the steps say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.planning.words import size_words
from mediaflow.redact import redact

if TYPE_CHECKING:
    from mediaflow.planning.preview_steps import ScenesStep, StoryboardStep
    from mediaflow.planning.steps import AnalysisStep

__all__ = ["described_words", "scenes_words", "storyboard_words"]


def storyboard_words(step: StoryboardStep) -> list[str]:
    """Return what a storyboard will be."""
    settings = ", ".join(f"{name} {value}" for name, value in step.encode.arguments if value)
    number = f"up to {step.most}" if step.tiles is None else f"{step.tiles}"
    sheets = "sheets" if step.sheets is None else f"{step.sheets} {_noun('sheet', step.sheets)}"
    return [
        (
            f"output {step.name}: {number} pictures of {size_words(step.size)}, {_every(step)}, "
            f"from keyframes on {sheets} of {step.encode.format.upper()} ({settings}), "
            f"{step.columns} in a row → {redact(step.uri)}"
        ),
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def scenes_words(step: ScenesStep) -> list[str]:
    """Return what the scenes of a film will be found by."""
    place = f" → {redact(step.uri)}" if step.uri else " as data"
    return [
        f"output {step.name}: the scenes of the film, from its keyframes{place}",
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def described_words(step: AnalysisStep) -> list[str]:
    """Return how the best still of a film will be described."""
    place = f" → {redact(step.uri)}" if step.uri else " as data"
    return [
        f"output {step.name}: the best still, described at {size_words(step.seen)}{place}",
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def _every(step: StoryboardStep) -> str:
    if step.interval is None:
        return "one a second or fewer, as the film is long"
    return f"one every {float(step.interval):g} s"


def _noun(one: str, number: int) -> str:
    return one if number == 1 else f"{one}s"

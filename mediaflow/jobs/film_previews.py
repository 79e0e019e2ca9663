"""Runs what a plan makes of the keyframes of a film: storyboards, scenes, the best still.

Law: one walk for all of it; what comes out goes to the sink, and further files stand on the output.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from mediaflow.jobs.rendered import Part, Rendered, refused_by_strict
from mediaflow.models.serde import to_dict
from mediaflow.planning import AnalysisStep, StillStep
from mediaflow.planning.preview_steps import ScenesStep, StoryboardStep
from mediaflow.video.backend import Survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.frames import ByteReader
    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmOutputStep, FilmPlan
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import MadeAnalysis, MadePreview, VideoBackend

__all__ = ["render_previews"]

NOTHING = Survey(best=None, made=())


def render_previews(
    plan: FilmPlan,
    steps: Sequence[FilmOutputStep],
    backend: VideoBackend,
    reader: ByteReader,
    files: OutputFiles,
    context: Context,
    *,
    limits: Limits,
    strict: bool,
) -> tuple[dict[str, Rendered], list[StillStep]]:
    """Make storyboards and analyses, and choose the moment of the best still.

    Args:
        plan: What to do.
        steps: The outputs that are made, of any kind.
        backend: What makes them.
        reader: The film.
        files: Takes each file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        strict: Whether an output with notices fails.

    Returns:
        One entry an output that was made here, by name, and all stills with their moments.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    surveyed = [step for step in steps if isinstance(step, StoryboardStep | ScenesStep)]
    described = [step for step in steps if isinstance(step, AnalysisStep)]
    stills = [step for step in steps if isinstance(step, StillStep)]
    best = bool(described) or any(step.at is None for step in stills)
    found = NOTHING
    if surveyed or best:
        found = backend.survey(plan, surveyed, reader, context, best=best, limits=limits)
    made = {one.step.name: _kept(one, files, strict=strict) for one in found.made}
    moment = found.best or Fraction(0)
    if described:
        said = backend.describe(plan, described, moment, reader, context, limits=limits)
        made |= {one.step.name: _said(one, files, strict=strict) for one in said}
    return made, [replace(step, at=moment) if step.at is None else step for step in stills]


def _kept(one: MadePreview, files: OutputFiles, *, strict: bool) -> Rendered:
    error = one.error or (refused_by_strict(one.notices) if strict else None)
    parts: tuple[Part, ...] = ()
    if error is None and one.step.uri:
        files.put(one.step, one.data)
    if error is None and isinstance(one.step, StoryboardStep):
        parts = tuple(
            Part(
                uri=one.step.sheet_uri(number),
                format=one.step.encode.format,
                size=sheet.size,
                data=sheet.data,
            )
            for number, sheet in enumerate(one.sheets, 1)
        )
    return Rendered(
        step=one.step,
        seconds=one.seconds,
        notices=one.notices,
        data=one.found if error is None else None,
        error=error,
        frames=one.frames,
        duration_seconds=one.duration_seconds,
        parts=parts,
    )


def _said(one: MadeAnalysis, files: OutputFiles, *, strict: bool) -> Rendered:
    error = one.error or (refused_by_strict(one.notices) if strict else None)
    if error is None and one.step.uri and one.found is not None:
        files.put(one.step, json.dumps(to_dict(one.found), indent=2).encode())
    return Rendered(
        step=one.step,
        seconds=one.seconds,
        notices=one.notices,
        data=one.found if error is None else None,
        error=error,
    )

"""Runs the plan of a film: previews and stills first, then one pass for all renditions.

Law: no storage, no network, no credentials: a plan and an open input come in, encoded files go to
the sink, read once more. One output's failure never stops another; a source that cannot be read stops all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.errors import JobCancelledError, MediaflowError
from mediaflow.formats import image_formats
from mediaflow.jobs.assets import JobAssets
from mediaflow.jobs.film_previews import render_previews
from mediaflow.jobs.meter import CountedReader
from mediaflow.jobs.rendered import Rendered, data_uri, is_tiny, refused_by_strict
from mediaflow.jobs.sound import render_sounds
from mediaflow.jobs.stream import render_streams
from mediaflow.jobs.verify import verify
from mediaflow.planning import RemuxStep, RenditionStep, SidecarStep, SoundOutputStep, StreamStep
from mediaflow.video.backend import video_backends

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mediaflow.frames import ByteReader
    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.jobs.render import Inputs
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmOutputStep, FilmPlan
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import MadeRendition, MadeSidecar, MadeStill

__all__ = ["render_film"]


def render_film(
    plan: FilmPlan,
    reader: ByteReader | None,
    inputs: Inputs,
    files: OutputFiles,
    context: Context,
    *,
    limits: Limits,
    strict: bool = False,
    skip: frozenset[str] = frozenset(),
    parts: Sequence[ByteReader] = (),
) -> tuple[tuple[Rendered, ...], str | None]:
    """Run a plan.

    Args:
        plan: What to do.
        reader: The film; None only where nothing is to be made.
        inputs: Second inputs of filters.
        files: Takes each encoded file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        strict: Whether an output with notices fails.
        skip: Names of outputs that need not be made.
        parts: The films that are joined; none for one film.

    Returns:
        One entry an output that was not skipped, in the plan's order, and a tiny picture as a
        data URI (None when no still is small enough).

    Raises:
        SourceError: The input cannot be decoded; no output can be made then.
        JobCancelledError: The caller gave up.
    """
    wanted = [step for step in plan.outputs if step.name not in skip and step.same_as is None]
    refused = {step.name: _refused(step) for step in wanted if strict and step.notices}
    steps = [step for step in wanted if step.name not in refused]
    if not steps or reader is None:
        return tuple(refused.values()), None
    tally = context.tally
    tally.read(sum(map(len, inputs.assets)))
    reader, parts = CountedReader(reader, tally), [CountedReader(part, tally) for part in parts]
    backend = video_backends["libav"]
    assets = JobAssets(plan.assets, inputs.assets, limits)
    sidecars = [step for step in steps if isinstance(step, SidecarStep)]
    renditions = [step for step in steps if isinstance(step, RenditionStep)]
    made, stills = render_previews(
        plan, steps, backend, reader, files, context, limits=limits, strict=strict
    )
    made |= refused
    preview: str | None = None
    if stills:
        pictures = backend.make_stills(
            plan, stills, reader, context, limits=limits, assets=assets, parts=parts
        )
        made |= {still.step.name: _kept(still, files, strict=strict) for still in pictures}
        preview = _preview(pictures)
    if sidecars:
        texts = backend.make_sidecars(plan, sidecars, reader, context, limits=limits)
        made |= {text.step.name: _kept_text(text, files, strict=strict) for text in texts}
    films: list[MadeRendition] = []
    streams = [step for step in steps if isinstance(step, StreamStep)]
    if streams:
        shared = [step for step in renditions if step.budget is None]
        renditions = [step for step in renditions if step.budget is not None]
        told, films = render_streams(
            plan,
            streams,
            shared,
            reader,
            files,
            context,
            limits=limits,
            strict=strict,
            assets=assets,
        )
        made |= told
    if renditions:
        films += backend.make_renditions(
            plan, renditions, reader, files, context, limits=limits, assets=assets, parts=parts
        )
    copied = [step for step in steps if isinstance(step, RemuxStep)]
    films += [backend.remux(plan, step, reader, files, context, limits=limits) for step in copied]
    sounds = [step for step in steps if isinstance(step, SoundOutputStep)]
    made |= render_sounds(
        plan,
        sounds,
        reader,
        files,
        context,
        limits=limits,
        strict=strict,
        assets=assets,
        parts=parts,
    )
    for film in films:
        error = film.error or _fault(film, plan, files, context, limits)
        made[film.step.name] = _of(film, error, strict=strict)
    context.check()
    return tuple(made[step.name] for step in wanted), preview


def _kept(still: MadeStill, files: OutputFiles, *, strict: bool) -> Rendered:
    error = still.error or (refused_by_strict(still.notices) if strict else None)
    if error is None:
        files.put(still.step, still.data)
    return Rendered(step=still.step, seconds=still.seconds, notices=still.notices, error=error)


def _kept_text(text: MadeSidecar, files: OutputFiles, *, strict: bool) -> Rendered:
    error = text.error or (refused_by_strict(text.notices) if strict else None)
    if error is None:
        files.put(text.step, text.data)
    return Rendered(step=text.step, seconds=text.seconds, notices=text.notices, error=error)


def _fault(
    film: MadeRendition, plan: FilmPlan, files: OutputFiles, context: Context, limits: Limits
) -> MediaflowError | None:
    """Return why a film that was made cannot be published, or None."""
    try:
        with files.open(film.step) as reader:
            verify(film, plan, reader, context, limits)
    except JobCancelledError:
        raise
    except MediaflowError as exc:
        return exc
    return None


def _of(film: MadeRendition, error: MediaflowError | None, *, strict: bool) -> Rendered:
    return Rendered(
        step=film.step,
        seconds=film.seconds,
        notices=film.notices,
        error=error or (refused_by_strict(film.notices) if strict else None),
        frames=film.frames,
        duration_seconds=film.duration_seconds,
    )


def _refused(step: FilmOutputStep) -> Rendered:
    return Rendered(step=step, seconds=0.0, error=refused_by_strict(step.notices))


def _preview(stills: Iterable[MadeStill]) -> str | None:
    small = [
        (len(still.data), image_formats[still.step.format].mime_type, still.data)
        for still in stills
        if still.error is None and is_tiny(still.data)
    ]
    if not small:
        return None
    _, mime_type, data = min(small)
    return data_uri(mime_type, data)

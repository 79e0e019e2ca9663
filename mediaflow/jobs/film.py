"""Runs the plan of a film: previews and stills first, then one pass for all renditions.

Law: no storage, no network, no credentials: a plan and an open input come in, encoded files go to
the sink, read once more. One output's failure never stops another; a source that cannot be read stops all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediaflow.errors import JobCancelledError, MediaflowError
from mediaflow.formats import image_formats
from mediaflow.frames import ByteReader
from mediaflow.jobs.assets import JobAssets
from mediaflow.jobs.film_previews import render_previews
from mediaflow.jobs.meter import CountedReader
from mediaflow.jobs.outputs import OutputFiles
from mediaflow.jobs.rendered import Rendered, data_uri, is_tiny, refused_by_strict
from mediaflow.jobs.sound import render_sounds
from mediaflow.jobs.stream import render_streams
from mediaflow.jobs.verify import verify
from mediaflow.models.context import Context
from mediaflow.planning import (
    FilmPlan,
    RemuxStep,
    RenditionStep,
    SidecarStep,
    SoundOutputStep,
    StreamStep,
)
from mediaflow.security.limits import Limits
from mediaflow.video.backend import VideoBackend, video_backends

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.jobs.render import Inputs
    from mediaflow.planning import FilmOutputStep
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
    made = {step.name: _refused(step) for step in wanted if strict and step.notices}
    steps = [step for step in wanted if step.name not in made]
    if not steps or reader is None:
        return tuple(made.values()), None
    tally = context.tally
    tally.read(sum(map(len, inputs.assets)))
    run = _Run(
        plan=plan,
        reader=CountedReader(reader, tally),
        parts=[CountedReader(part, tally) for part in parts],
        files=files,
        context=context,
        limits=limits,
        strict=strict,
        assets=JobAssets(plan.assets, inputs.assets, limits),
        backend=video_backends["libav"],
    )
    pictures, preview = run.previews(steps)
    made |= pictures | run.texts(steps) | run.films(steps) | run.sounds(steps)
    context.check()
    return tuple(made[step.name] for step in wanted), preview


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What all outputs of one film share while they are made."""

    plan: FilmPlan
    reader: ByteReader
    parts: Sequence[ByteReader]
    files: OutputFiles
    context: Context
    limits: Limits
    strict: bool
    assets: JobAssets
    backend: VideoBackend

    def previews(self, steps: Sequence[FilmOutputStep]) -> tuple[dict[str, Rendered], str | None]:
        """Make what pictures show of the film; return a tiny one as a data URI, if there is one."""
        made, stills = render_previews(
            self.plan,
            steps,
            self.backend,
            self.reader,
            self.files,
            self.context,
            limits=self.limits,
            strict=self.strict,
        )
        if not stills:
            return made, None
        pictures = self.backend.make_stills(
            self.plan,
            stills,
            self.reader,
            self.context,
            limits=self.limits,
            assets=self.assets,
            parts=self.parts,
        )
        made |= {
            still.step.name: _kept(still, self.files, strict=self.strict) for still in pictures
        }
        return made, _preview(pictures)

    def texts(self, steps: Sequence[FilmOutputStep]) -> dict[str, Rendered]:
        """Make files of subtitles."""
        sidecars = [step for step in steps if isinstance(step, SidecarStep)]
        if not sidecars:
            return {}
        texts = self.backend.make_sidecars(
            self.plan, sidecars, self.reader, self.context, limits=self.limits
        )
        return {text.step.name: _kept_text(text, self.files, strict=self.strict) for text in texts}

    def films(self, steps: Sequence[FilmOutputStep]) -> dict[str, Rendered]:
        """Make streams and films: those of any size from one decode, the others each from its own."""
        streams = [step for step in steps if isinstance(step, StreamStep)]
        encoded = [step for step in steps if isinstance(step, RenditionStep)]
        made: dict[str, Rendered] = {}
        films: list[MadeRendition] = []
        if streams:
            beside = [step for step in encoded if step.budget is None]
            encoded = [step for step in encoded if step.budget is not None]
            made, films = render_streams(
                self.plan,
                streams,
                beside,
                self.reader,
                self.files,
                self.context,
                limits=self.limits,
                strict=self.strict,
                assets=self.assets,
            )
        if encoded:
            films += self.backend.make_renditions(
                self.plan,
                encoded,
                self.reader,
                self.files,
                self.context,
                limits=self.limits,
                assets=self.assets,
                parts=self.parts,
            )
        films += [
            self.backend.remux(
                self.plan, step, self.reader, self.files, self.context, limits=self.limits
            )
            for step in steps
            if isinstance(step, RemuxStep)
        ]
        for film in films:
            error = film.error or self._fault(film)
            made[film.step.name] = _of(film, error, strict=self.strict)
        return made

    def sounds(self, steps: Sequence[FilmOutputStep]) -> dict[str, Rendered]:
        """Make files of sound and of waveforms, and measure."""
        return render_sounds(
            self.plan,
            [step for step in steps if isinstance(step, SoundOutputStep)],
            self.reader,
            self.files,
            self.context,
            limits=self.limits,
            strict=self.strict,
            assets=self.assets,
            parts=self.parts,
        )

    def _fault(self, film: MadeRendition) -> MediaflowError | None:
        """Return why a film that was made cannot be published, or None."""
        try:
            with self.files.open(film.step) as reader:
                verify(film, self.plan, reader, self.context, self.limits)
        except JobCancelledError:
            raise
        except MediaflowError as exc:
            return exc
        return None


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

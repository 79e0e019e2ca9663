"""Runs what a plan makes of streams: texts and storyboards first, then one pass for all segments.

Law: segments are handed on as they are made; what is small waits for the end. A stream that failed says
why and no more: whoever took its files takes them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.geometry import Size
from mediaflow.jobs.rendered import Part, Rendered, refused_by_strict
from mediaflow.video.backend import video_backends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.errors import MediaflowError
    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.models.context import Context
    from mediaflow.models.result import Notice
    from mediaflow.planning import FilmPlan, RenditionStep, StreamStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import MadeRendition, VideoBackend

__all__ = ["render_streams"]

NO_SIZE = Size(1, 1)
"""Of a file of text, which has none."""


class _Beside:
    """What goes beside the segments of one stream.

    Args:
        step: The stream.
    """

    def __init__(self, step: StreamStep) -> None:
        self.step = step
        self.parts: list[Part] = []
        self.notices: tuple[Notice, ...] = ()
        self.error: MediaflowError | None = None

    def add(self, data: bytes, size: Size = NO_SIZE) -> None:
        """Take the next file."""
        path = self.step.part_path(len(self.parts))
        format = path.rpartition(".")[2]
        self.parts.append(Part(uri=self.step.place(path), format=format, size=size, data=data))


def render_streams(
    plan: FilmPlan,
    steps: Sequence[StreamStep],
    renditions: Sequence[RenditionStep],
    reader: ByteReader,
    files: OutputFiles,
    context: Context,
    *,
    limits: Limits,
    strict: bool,
    assets: Assets,
) -> tuple[dict[str, Rendered], list[MadeRendition]]:
    """Make streams, and the renditions that share their decode.

    Args:
        plan: What to do.
        steps: The streams.
        renditions: Films that are made from the same decode.
        reader: The film.
        files: Takes each file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        strict: Whether an output with notices fails.
        assets: Second inputs of filters.

    Returns:
        One entry a stream, by name, and the renditions.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    backend = video_backends["libav"]
    beside = {step.name: _Beside(step) for step in steps}
    for step in steps:
        _add_texts(plan, beside[step.name], backend, reader, context, limits)
        _add_storyboard(plan, beside[step.name], backend, reader, context, limits)
    wanted = [step for step in steps if beside[step.name].error is None]
    streams, films = backend.make_streams(
        plan, wanted, renditions, reader, files, context, limits=limits, assets=assets
    )
    made = {name: _failed(one) for name, one in beside.items() if one.error is not None}
    for stream in streams:
        one = beside[stream.step.name]
        notices = (*stream.notices, *one.notices)
        error = stream.error or (refused_by_strict(notices) if strict else None)
        made[stream.step.name] = Rendered(
            step=stream.step,
            seconds=stream.seconds,
            notices=notices,
            data=stream.data if error is None else None,
            error=error,
            frames=stream.frames,
            duration_seconds=None if stream.data is None else float(stream.data.duration),
            parts=tuple(one.parts) if error is None else (),
        )
    return made, list(films)


def _failed(one: _Beside) -> Rendered:
    return Rendered(step=one.step, seconds=0.0, notices=one.step.notices, error=one.error)


def _add_texts(
    plan: FilmPlan,
    beside: _Beside,
    backend: VideoBackend,
    reader: ByteReader,
    context: Context,
    limits: Limits,
) -> None:
    sidecars = [text.sidecar for text in beside.step.texts]
    if not sidecars:
        return
    for made in backend.make_sidecars(plan, sidecars, reader, context, limits=limits):
        beside.error = beside.error or made.error
        beside.notices += tuple(each for each in made.notices if each not in made.step.notices)
        beside.add(made.data)


def _add_storyboard(
    plan: FilmPlan,
    beside: _Beside,
    backend: VideoBackend,
    reader: ByteReader,
    context: Context,
    limits: Limits,
) -> None:
    board = beside.step.storyboard
    if board is None:
        return
    (made,) = backend.survey(plan, [board], reader, context, best=False, limits=limits).made
    beside.error = beside.error or made.error
    beside.notices += tuple(each for each in made.notices if each not in board.notices)
    beside.add(made.data)
    for sheet in made.sheets:
        beside.add(sheet.data, sheet.size)

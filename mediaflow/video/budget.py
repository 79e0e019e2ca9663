"""Makes films that may not be larger than a number of bytes: encode, measure, encode again.

Law: what is measured is the finished file. A file that is too large is never handed on, and one that
fits is kept until a better one is there. Outputs without a limit share their pass as ever.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.errors import EncodeError, StorageError, let_go
from mediaflow.libav.passes import Statistics
from mediaflow.models.result import Notice
from mediaflow.planning.film_copies import NOTHING
from mediaflow.security.janitor import PrivateFolder
from mediaflow.video.aim import Aim
from mediaflow.video.backend import MadeRendition
from mediaflow.video.renditions import PASS, Span, make_renditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from mediaflow.filters.base import Assets
    from mediaflow.formats.row import Arguments
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import BudgetStep, FilmPlan, RenditionStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import Files

__all__ = ["make_films"]


class _OnePass(Protocol):
    """Makes renditions in one pass over the film."""

    def __call__(
        self,
        some: Sequence[RenditionStep],
        span: Span,
        statistics: Statistics | None = None,
    ) -> list[MadeRendition]: ...


FIRST_PASS: Final = 0.4  # of an output's progress
FURTHER: Final = 0.6  # of what is left then, for each try
NOWHERE: Final = "null"  # FFmpeg's muxer that keeps nothing


def make_films(
    plan: FilmPlan,
    steps: Sequence[RenditionStep],
    reader: ByteReader,
    files: Files,
    context: Context,
    *,
    limits: Limits,
    assets: Assets,
    parts: Sequence[ByteReader] = (),
) -> list[MadeRendition]:
    """Make films: those of any size in one pass, then each of the others; one entry a step.

    Args:
        plan: What to do.
        steps: The renditions that are made.
        reader: The film.
        files: Gives each output a private file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        assets: Second inputs of filters.
        parts: The films that are joined, in place of ``reader``; none for one film.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """

    def one_pass(
        some: Sequence[RenditionStep], span: Span, statistics: Statistics | None = None
    ) -> list[MadeRendition]:
        return make_renditions(
            plan,
            some,
            reader,
            files,
            context,
            limits=limits,
            assets=assets,
            span=span,
            statistics=statistics,
            parts=parts,
        )

    free = [step for step in steps if step.budget is None]
    bound = [(step, step.budget) for step in steps if step.budget is not None]
    spans = _spans(len(bound) + bool(free))
    made = one_pass(free, spans.pop()) if free else []
    for step, budget in bound:
        made.append(_bound(step, budget, files, context.scratch, spans.pop(), one_pass))
    order = [step.name for step in steps]
    return sorted(made, key=lambda one: order.index(one.step.name))


def _bound(
    step: RenditionStep,
    budget: BudgetStep,
    files: Files,
    scratch: str | None,
    span: Span,
    one_pass: _OnePass,
) -> MadeRendition:
    """Return one output within its limit; where no file can be kept, that output fails alone."""
    try:
        with _Bound(step, budget, files, scratch, span) as run:
            return run.make(one_pass)
    except StorageError as exc:
        let_go(exc)
        error = exc.with_traceback(None)
        return MadeRendition(step=step, seconds=0.0, notices=step.notices, error=error)


@contextmanager
def _kept_on_disk() -> Iterator[None]:
    """Translate what a disk refuses.

    Raises:
        StorageError: It did.
    """
    try:
        yield
    except OSError as exc:
        text = f"a scratch file cannot be kept: {exc.strerror}"
        raise StorageError(text, stage="encode") from exc


def _spans(count: int) -> list[Span]:
    """Return equal parts of a job's progress, the first one last."""
    width = (PASS.end - PASS.begin) / max(count, 1)
    return [Span(PASS.begin + n * width, PASS.begin + (n + 1) * width) for n in range(count)][::-1]


class _Bound:
    """One output while it is brought within its limit; used as a context manager.

    Args:
        step: What is made.
        budget: Its limit.
        files: Gives it a private file.
        scratch: Folder for the statistics of a first pass, or None for the system's own.
        span: Its part of the job's progress.
    """

    def __init__(
        self,
        step: RenditionStep,
        budget: BudgetStep,
        files: Files,
        scratch: str | None,
        span: Span,
    ) -> None:
        self._step, self._budget, self._span = step, budget, span
        self._aim = Aim(budget, step.video.bit_rate or 0)
        self._best: MadeRendition | None = None
        self._seconds = 0.0
        self._statistics: Statistics | None = None
        self._path = files.path(step)
        self._kept = f"{self._path}.kept"
        with _kept_on_disk():
            self._folder = PrivateFolder(scratch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.remove()
        with suppress(OSError):  # it is not there, or its folder is about to go
            os.unlink(self._kept)

    def make(self, one_pass: _OnePass) -> MadeRendition:
        """Return the output, with the file that fits in its place, or with the reason why not.

        Args:
            one_pass: Makes a rendition in one pass.
        """
        if self._budget.passes > 1:
            if self._budget.statistics_option is None:
                self._statistics = Statistics()
            first = self._run(one_pass, self._first(), FIRST_PASS)
            if first.error is not None:
                return self._told(first)
        made = self._try(one_pass)
        while not self._aim.is_over:
            if self._best is made:
                self._move(self._path, self._kept)
            made = self._try(one_pass)
        return self._told(self._chosen(made))

    def _try(self, one_pass: _OnePass) -> MadeRendition:
        rate = self._aim.bit_rate
        step = self._of_quality(self._aim.crf) if rate is None else self._at(rate)
        made = self._run(one_pass, step, FURTHER)
        if made.error is None:
            with _kept_on_disk():
                size = os.path.getsize(self._path)
            if self._aim.measured(size, made.picture_bytes or 0):
                self._best = made
        elif isinstance(made.error, EncodeError):
            self._aim.refused()
        else:
            self._aim.is_over = True
        return made

    def _run(self, one_pass: _OnePass, step: RenditionStep, share: float) -> MadeRendition:
        span = self._span
        middle = span.begin + (span.end - span.begin) * share
        has_rate = step.video.bit_rate is not None
        made = one_pass([step], Span(span.begin, middle), self._statistics if has_rate else None)[0]
        self._span = Span(middle, span.end)
        self._seconds += made.seconds
        return made

    def _chosen(self, made: MadeRendition) -> MadeRendition:
        """Return the best try with its file in its place, or the last one with an error."""
        best = self._best
        if best is None:
            return made if made.error is not None else replace(made, error=self._too_large())
        if best is not made:
            self._move(self._kept, self._path)
        return best

    def _move(self, place: str, to: str) -> None:
        with _kept_on_disk():
            os.replace(place, to)

    def _told(self, made: MadeRendition) -> MadeRendition:
        """Return an output as the plan knows it, with all that was done for it."""
        count = self._aim.count
        notices = made.notices
        if count > 1:
            text = f"encoded {count} times to stay within {self._budget.max_bytes:,} bytes"
            notices = (*notices, Notice(code="encoded_again", message=text))
        return replace(made, step=self._step, seconds=self._seconds, notices=notices)

    def _too_large(self) -> EncodeError:
        least = self._aim.least_bytes or 0
        size = self._step.size
        return EncodeError(
            f"{size.width}×{size.height} px do not fit {self._budget.max_bytes:,} bytes: the smallest "
            f"of {self._aim.count} tries has {least:,}",
            hint="ask for a smaller height, fewer frames a second, less sound or nothing along, or more bytes",
            stage="encode",
        )

    def _at(self, bit_rate: int) -> RenditionStep:
        """Return how it is made at a bit rate: in one pass, or in the second one of two."""
        video = replace(self._step.video, bit_rate=bit_rate)
        if self._budget.passes > 1:
            video = replace(video, arguments=(*video.arguments, *self._of_pass(2)))
        return replace(self._step, video=video)

    def _first(self) -> RenditionStep:
        """Return the first pass, whose packets nobody keeps."""
        video = self._step.video
        arguments = (*video.arguments, *self._of_pass(1))
        return replace(
            self._step,
            video=replace(video, arguments=arguments, codec_tag=None),
            muxer=NOWHERE,
            muxer_options=(),
            sound=None,
            carried=NOTHING,
        )

    def _of_pass(self, number: int) -> Arguments:
        option = self._budget.statistics_option
        place = os.path.join(self._folder.path, "statistics")
        return (("flags", f"+pass{number}"), *([] if option is None else [(option, place)]))

    def _of_quality(self, crf: int) -> RenditionStep:
        """Return how it is made in one pass at a constant quality."""
        given = self._budget.quality_arguments
        arguments = tuple((name, crf if name == "crf" else value) for name, value in given)
        video = replace(self._step.video, bit_rate=None, arguments=arguments)
        return replace(self._step, video=video)

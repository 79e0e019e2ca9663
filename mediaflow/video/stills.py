"""Makes pictures of the frames that are displayed at given moments.

Law: all stills of a film come from one forward pass, each is finished before the next frame is
looked for, and the failure of one stops no other. What is done to a frame stands in its step.
"""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from mediaflow.errors import CorruptMediaError, MediaflowError, TruncatedMediaError
from mediaflow.filters.lut import filters_at
from mediaflow.image.backend import image_backends
from mediaflow.image.pillow.raster import raster_of
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_decoder, open_input
from mediaflow.libav.translate import translated
from mediaflow.models.result import Notice
from mediaflow.video.backend import MadeStill
from mediaflow.video.ending import MICROSECOND, SLACK_SECONDS, claimed_ending
from mediaflow.video.picture import frame_picture
from mediaflow.video.seek import frames_at, moving_picture, zero_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av import VideoFrame
    from av.container import InputContainer

    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader, Raster
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, StillStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.ending import Ending
    from mediaflow.video.seek import Shown

__all__ = ["make_stills"]


def make_stills(
    plan: FilmPlan,
    steps: Sequence[StillStep],
    reader: ByteReader,
    context: Context,
    *,
    limits: Limits,
    assets: Assets,
) -> list[MadeStill]:
    """Make all stills of a film in one forward pass.

    Args:
        plan: What to do.
        steps: The stills that are made.
        reader: The film.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        assets: Second inputs of filters.

    Returns:
        One entry a step, in their order, with the file or with the error.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    made = _Stills(plan, steps, assets, context)
    with open_input(
        reader,
        format=plan.source.format,
        limits=limits,
        where=plan.source.uri,
        check=context.check,
    ) as container:
        stream = moving_picture(container, plan.stream)
        open_decoder(stream, limits, threads=context.budget.threads, where=plan.source.uri)
        end, zero = claimed_ending(container, stream), zero_of(container, stream)
        times = [zero + (step.at or 0) for step in steps]  # the best one, where none was found: 0
        early: list[tuple[Shown, Fraction]] = []
        for shown in frames_at(
            container,
            stream,
            times,
            check=context.check,
            where=plan.source.uri,
            tally=context.tally,
        ):
            lacks = _lacking(shown, times[shown.index], end)
            if lacks is None:
                made.add(shown)
            else:
                early.append((shown, lacks))
        is_cut = bool(early) and _is_cut(container, end)
        for shown, lacks in early:
            made.add(shown, lacks if is_cut else None)
    return made.all()


class _Stills:
    """The stills of one pass."""

    def __init__(
        self, plan: FilmPlan, steps: Sequence[StillStep], assets: Assets, context: Context
    ) -> None:
        self._plan = plan
        self._steps = steps
        self._assets = assets
        self._context = context
        self._began = time.perf_counter()
        self._made: dict[int, MadeStill] = {}

    def add(self, shown: Shown, missing: Fraction | None = None) -> None:
        """Make one still of its frame.

        Args:
            shown: The frame.
            missing: Seconds by which it ends before the moment that was asked for, in a film that
                is cut off.
        """
        step = self._steps[shown.index]
        try:
            notices = _judged(shown, self._plan, missing)
            data, lost = _encoded(shown.frame, step, self._assets)
        except MediaflowError as exc:
            self._made[shown.index] = self._failed(step, exc)
        else:
            self._made[shown.index] = MadeStill(
                step=step, seconds=self._seconds, data=data, notices=(*lost, *notices)
            )
        if not self._plan.renditions:  # else most of the work is still to come
            self._context.progress(len(self._made) / len(self._steps), "encode", step.name)

    def all(self) -> list[MadeStill]:
        """Return one entry a step, in their order."""
        error = CorruptMediaError(
            "no frame of the film can be decoded", where=self._plan.source.uri
        )
        return [
            self._made.get(index) or self._failed(step, error)
            for index, step in enumerate(self._steps)
        ]

    def _failed(self, step: StillStep, error: MediaflowError) -> MadeStill:
        return MadeStill(step=step, seconds=self._seconds, error=error)

    @property
    def _seconds(self) -> float:
        return time.perf_counter() - self._began


def _encoded(
    frame: VideoFrame, step: StillStep, assets: Assets
) -> tuple[bytes, tuple[Notice, ...]]:
    """Return the file of a still, and what was lost."""
    backend = image_backends["pillow"]
    picture = cast("Raster[object]", raster_of(frame_picture(frame, step.frame)))
    if step.picture.filters or step.picture.canvas != step.picture.content:
        size = (step.picture.content.width, step.picture.content.height)
        filters = filters_at(step.picture.filters, size, assets, step.at or Fraction(0))
        picture = backend.filter(picture, replace(step.picture, filters=filters), assets)
    data, notices = backend.encode(picture, step.encode)
    return data, (*notices, *(one for one in step.notices if one not in step.encode.notices))


def _judged(shown: Shown, plan: FilmPlan, missing: Fraction | None) -> tuple[Notice, ...]:
    """Return what a frame lacks of what was asked for.

    Raises:
        CorruptMediaError: The film is damaged here, and that is an error.
        TruncatedMediaError: The film ends before, and that is an error.
    """
    where = plan.source.uri
    if missing is not None:
        text = f"the film is cut off {float(missing):.2f} s before the moment that was asked for"
        if plan.fail_on == "error":
            raise TruncatedMediaError(
                text, hint='fail_on="none" takes the last frame that is left', where=where
            )
        return (Notice(code="source_salvaged", message=f"{text}; its last frame was taken"),)
    if shown.is_damaged or shown.frame.is_corrupt:
        text = "the film is damaged at the moment that was asked for"
        if plan.fail_on == "error":
            raise CorruptMediaError(
                text, hint='fail_on="none" takes what can be decoded', where=where
            )
        return (Notice(code="source_salvaged", message=text),)
    return ()


def _lacking(shown: Shown, asked: Fraction, end: Ending | None) -> Fraction | None:
    """Return by how many seconds a film ends before a moment, if its header says otherwise."""
    base = rational(shown.frame.time_base)
    if not shown.is_last or end is None or base is None:
        return None
    last = ((shown.frame.pts or 0) + shown.frame.duration) * base
    return asked - last if min(asked, end.time) - last > SLACK_SECONDS else None


def _is_cut(container: InputContainer, end: Ending | None) -> bool:
    """Tell whether a film whose picture ends early ends early as a whole.

    Where the header counts the picture alone, it does. Else the sound may be the longer one.
    """
    if end is None or end.is_of_picture:
        return True
    last = Fraction(0)
    with translated(stage="decode"):
        container.seek(int((end.time - 2 * SLACK_SECONDS) / MICROSECOND))
        for packet in container.demux():
            base = rational(packet.time_base)
            if packet.size and packet.pts is not None and base is not None:
                last = max(last, (packet.pts + (packet.duration or 0)) * base)
    return end.time - last > SLACK_SECONDS

"""Makes pictures of the frames that a joined film displays at given moments.

Law: where a part begins is learned from the last frames of those before it; then its stills are made
like those of any film.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.filters.lut import filters_at
from mediaflow.models.result import Notice
from mediaflow.planning.part_errors import named, naming
from mediaflow.video.joined import Joined, part_plan
from mediaflow.video.stills import make_stills

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, StillStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import MadeStill

__all__ = ["make_part_stills"]

JUST_BEFORE: Final = Fraction(1, 1_000_000)  # FFmpeg's own tick: no frame is shorter


def make_part_stills(
    plan: FilmPlan,
    steps: Sequence[StillStep],
    readers: Sequence[ByteReader],
    context: Context,
    *,
    limits: Limits,
    assets: Assets,
) -> list[MadeStill]:
    """Make all stills of a joined film, part after part.

    Args:
        plan: What to do.
        steps: The stills that are made.
        readers: The open files of the parts.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        assets: Second inputs of filters.

    Returns:
        One entry a step, in their order, with the file or with the error.

    Raises:
        SourceError: A part cannot be decoded; the message names it.
        JobCancelledError: The caller gave up.
    """
    made: dict[int, MadeStill] = {}
    with closing(Joined(plan, readers, context, limits)) as film:
        for place, wanted in _by_part(film, plan, steps, assets):
            part = plan.parts[place]
            with naming(part.label):
                stills = make_stills(
                    part_plan(plan, place),
                    [step for _, step in wanted],
                    readers[place],
                    context,
                    limits=limits,
                    assets=assets,
                )
            for (index, _), still in zip(wanted, stills, strict=True):
                made[index] = _of_part(still, steps[index], part.label)
    return [made[index] for index in range(len(steps))]


def _by_part(
    film: Joined, plan: FilmPlan, steps: Sequence[StillStep], assets: Assets
) -> Iterator[tuple[int, list[tuple[int, StillStep]]]]:
    """Yield each part that has stills, with their places and with their steps in its own time."""
    left = dict(enumerate(steps))
    offset = Fraction(0)
    for place, part in enumerate(plan.parts):
        is_last = place == len(plan.parts) - 1
        seconds = None if is_last and part.end is None else film.seconds_of(place)
        ends = None if is_last or seconds is None else offset + seconds
        here = [index for index, step in left.items() if ends is None or _moment(step) < ends]
        if here:
            latest = None if seconds is None else part.start + seconds - JUST_BEFORE
            yield (
                place,
                [
                    (index, _in_part(left.pop(index), plan, place, offset, latest, assets))
                    for index in here
                ],
            )
        if not left or seconds is None:
            return
        offset += seconds


def _in_part(
    step: StillStep,
    plan: FilmPlan,
    place: int,
    offset: Fraction,
    latest: Fraction | None,
    assets: Assets,
) -> StillStep:
    """Return the step of a still as one of the part that displays it.

    Filters are told the time of the joined film here, since the step has the part's from now on.
    """
    at = plan.parts[place].start + _moment(step) - offset
    picture = step.part_pictures[place]
    size = (picture.content.width, picture.content.height)
    return replace(
        step,
        at=at if latest is None else min(at, latest),
        frame=step.part_frames[place],
        picture=replace(picture, filters=filters_at(picture.filters, size, assets, _moment(step))),
    )


def _moment(step: StillStep) -> Fraction:
    """Return when a still is displayed, in seconds of the joined film; plans of such tell it."""
    return Fraction(0) if step.at is None else step.at


def _of_part(still: MadeStill, step: StillStep, label: str) -> MadeStill:
    """Return a still as one of the joined film."""
    notices = tuple(
        notice
        if notice in step.notices
        else Notice(code=notice.code, message=f"{label}: {notice.message}")
        for notice in still.notices
    )
    error = None if still.error is None else named(still.error, label)
    return replace(still, step=step, notices=notices, error=error)

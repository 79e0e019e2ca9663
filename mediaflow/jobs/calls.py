"""What a parent asks a child, and what comes back, as JSON.

Law: both sides build and read the same words here. What a child says is data: names that nobody asked
for, text that is too long and values of a wrong type are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast, get_args

from mediaflow.errors import MediaflowError, OutputsFailedError, WorkerLostError
from mediaflow.geometry import Box, FocalPoint, Size
from mediaflow.jobs.rendered import Part, Rendered
from mediaflow.jobs.wire import error_from_dict, error_to_dict
from mediaflow.models.analysis import AnalysisData
from mediaflow.models.framing import Trim
from mediaflow.models.result import Notice
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.models.spent import Spent, StageTime, TimedStage
from mediaflow.planning import FilmPlan, PicturePlan
from mediaflow.planning.framing import detector_of
from mediaflow.redact import redact

if TYPE_CHECKING:
    from mediaflow.jobs.rendered import AnyOutputStep
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import ImageOutput
    from mediaflow.models.serde import Json
    from mediaflow.models.spent import Tally
    from mediaflow.planning.plan import Plan

__all__ = [
    "error_of",
    "look_from_dict",
    "look_to_dict",
    "plan_from_dict",
    "plan_to_dict",
    "preview_from",
    "rendered_from_dict",
    "rendered_to_dict",
    "spent_from",
    "spent_to_dict",
]

MOST_NOTICES: Final = 1_000
MOST_PREVIEW: Final = 64 * 1024
PREVIEW: Final = re.compile(r"data:image/(avif|gif|jpeg|png|webp);base64,[A-Za-z0-9+/=]*")
SPENT: Final = frozenset({"bytes_in", "cpu_seconds", "frames_decoded", "stages"})
STAGES: Final[frozenset[str]] = frozenset(get_args(TimedStage))
PLANS: Final[dict[str, type[PicturePlan | FilmPlan]]] = {
    "film": FilmPlan,
    "picture": PicturePlan,
}


def plan_to_dict(plan: Plan, *, without_source: bool = False) -> dict[str, Json]:
    """Return a plan as JSON values, without secrets in the places of its outputs.

    Args:
        plan: The plan.
        without_source: Leave out the facts of the source, which the other side knows.
    """
    kind = next(name for name, cls in PLANS.items() if isinstance(plan, cls))
    data = to_dict(plan, omit_defaults=True, swap=_swap_of(plan))
    if without_source:
        del data["source"]
    _hide(data)
    return {"kind": kind, "plan": data}


def plan_from_dict(data: Mapping[str, object], source: MediaInfo | None = None) -> Plan:
    """Return the plan that :func:`plan_to_dict` wrote.

    Args:
        data: What it returned.
        source: The facts of the source, where they were left out.

    Raises:
        SpecError: It is none.
    """
    cls = PLANS[str(data["kind"])]
    plan = cast("Mapping[str, object]", data["plan"])
    if source is not None:
        plan = {"source": source, **plan}
    return from_dict(cls, plan)


def rendered_to_dict(made: Rendered) -> dict[str, Json]:
    """Return what left an encoder as JSON values; files travel beside it."""
    return {
        "name": made.step.name,
        "seconds": made.seconds,
        "notices": [to_dict(notice) for notice in made.notices],
        "data": None if made.data is None else to_dict(made.data),
        "error": None if made.error is None else error_to_dict(made.error),
        "frames": made.frames,
        "duration_seconds": made.duration_seconds,
        "parts": [
            {"format": part.format, "width": part.size.width, "height": part.size.height}
            for part in made.parts
        ],
    }


def rendered_from_dict(data: Mapping[str, object], steps: Mapping[str, AnyOutputStep]) -> Rendered:
    """Return what left an encoder in a child; its further files are sizes without content.

    Args:
        data: What the child says.
        steps: The steps that it was asked for, by name.

    Raises:
        WorkerLostError: It says what it cannot know.
    """
    notices, said, error = _list(data["notices"]), data["data"], data["error"]
    frames, duration = data["frames"], data["duration_seconds"]
    parts = [_mapping(part) for part in _list(data["parts"])]
    return Rendered(
        step=steps[str(data["name"])],
        seconds=_number(data["seconds"]),
        notices=tuple(from_dict(Notice, _mapping(one)) for one in notices[:MOST_NOTICES]),
        data=None if said is None else _data(_mapping(said)),
        error=None if error is None else _error(error),
        frames=None if frames is None else _whole(frames),
        duration_seconds=None if duration is None else _number(duration),
        parts=tuple(
            Part(
                uri="",
                format="",
                size=Size(_whole(part["width"]), _whole(part["height"])),
                data=b"",
            )
            for part in parts
        ),
    )


def look_to_dict(output: ImageOutput) -> dict[str, Json]:
    """Return what a look at the pixels found for an output."""
    point = output.gravity
    return {
        "crop": None if output.crop is None else to_dict(output.crop),
        "point": to_dict(point) if isinstance(point, FocalPoint) else None,
    }


def look_from_dict(data: Mapping[str, object], output: ImageOutput, source: Size) -> ImageOutput:
    """Return an output with what a look in a child found for it.

    Args:
        data: What :func:`look_to_dict` wrote.
        output: The output that asked.
        source: Size of the upright source in px.

    Raises:
        WorkerLostError: It says what nobody asked for.
    """
    crop, point = data["crop"], data["point"]
    if isinstance(output.trim, Trim):
        box = None if crop is None else from_dict(Box, _mapping(crop))
        whole = Box.whole(source)
        if box is not None and (box.right > whole.right or box.bottom > whole.bottom):
            raise _unreadable(crop)
        output = replace(output, crop=box, trim=None)
    if detector_of(output) is not None:
        output = replace(output, gravity=from_dict(FocalPoint, _mapping(point)))
    return output


def preview_from(value: object) -> str | None:
    """Return a tiny picture as a data URI, or None for anything else."""
    is_one = isinstance(value, str) and len(value) <= MOST_PREVIEW and PREVIEW.fullmatch(value)
    return str(value) if is_one else None


def error_of(data: Mapping[str, object]) -> MediaflowError | None:
    """Return the error that an answer is, or None for a good one.

    Raises:
        WorkerLostError: It is none that a child can have.
    """
    return _error(data["error"]) if data["answer"] == "bad" else None


def _error(data: object) -> MediaflowError:
    error = error_from_dict(_mapping(data))
    if isinstance(error, OutputsFailedError):  # that is for the parent to say
        raise _unreadable(data)
    return error


def _data(data: Mapping[str, object]) -> AnalysisData:
    return cast("AnalysisData", from_dict(cast("type[object]", AnalysisData), data))


def _swap_of(plan: Plan) -> Callable[[object], object] | None:
    """Return what puts the number of a second input for one that cannot or must not travel.

    None where there is no such input.
    """
    numbered = [
        (step.source, f"input {number}")
        for number, step in enumerate(plan.assets)
        if not isinstance(step.source, str) or redact(step.source) != step.source
    ]
    if not numbered:
        return None

    def swap(value: object) -> object:
        for source, name in numbered:
            if value is source or (type(value) is type(source) and value == source):
                return name
        return value

    return swap


def _hide(value: object) -> None:
    """Hide what is secret in all places of a plan; a child that opens nothing needs none."""
    match value:
        case dict():
            for name, item in value.items():
                if name == "uri" and isinstance(item, str):
                    value[name] = redact(item)
                elif isinstance(item, dict | list):
                    _hide(item)
        case list():
            for item in value:
                if isinstance(item, dict | list):
                    _hide(item)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _unreadable(value)
    return value


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise _unreadable(value)
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unreadable(value)
    number = float(value)
    if not math.isfinite(number):
        raise _unreadable(value)
    return number


def _positive(value: object) -> float:
    number = _number(value)
    if number < 0:
        raise _unreadable(value)
    return number


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _unreadable(value)
    return value


def _unreadable(value: object) -> MediaflowError:
    return WorkerLostError(f"the process of the job answered with {value!r:.80}")


def spent_to_dict(tally: Tally, cpu_seconds: float) -> dict[str, Json]:
    """Return what the making of outputs took as JSON values."""
    return {
        "stages": {one.stage: one.seconds for one in tally.stages},
        "cpu_seconds": cpu_seconds,
        "frames_decoded": tally.frames_decoded,
        "bytes_in": tally.bytes_in,
    }


def spent_from(value: object) -> Spent:
    """Return what a child says that its work took.

    Raises:
        WorkerLostError: It is no sum of real times.
    """
    data = _mapping(value)
    stages = _mapping(data.get("stages"))
    if not data.keys() <= SPENT or not stages.keys() <= STAGES:
        raise _unreadable(value)
    return Spent(
        stages=tuple(
            StageTime(stage=cast("TimedStage", stage), seconds=_positive(seconds))
            for stage, seconds in stages.items()
        ),
        cpu_seconds=_positive(data.get("cpu_seconds")),
        frames_decoded=_whole(data.get("frames_decoded")),
        bytes_in=_whole(data.get("bytes_in")),
    )

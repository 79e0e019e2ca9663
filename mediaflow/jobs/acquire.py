"""From a request to a plan and the input it needs: open, probe, plan, read.

Law: everything that can be refused is refused here, before a pixel is decoded. A picture is read
whole; a film stays open and is read as it is decoded.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from mediaflow.errors import OutputExistsError, SpecError
from mediaflow.jobs.joining import open_source, parts_of, planner_of
from mediaflow.jobs.place import Work
from mediaflow.jobs.planned import is_walk
from mediaflow.jobs.second import Once, OpenAssets
from mediaflow.models.concat import sources_of
from mediaflow.planning import check_request
from mediaflow.planning.places import heads_of, places_of
from mediaflow.redact import redact

if TYPE_CHECKING:
    from mediaflow.jobs.environment import Environment
    from mediaflow.models.job import Job
    from mediaflow.models.spent import Tally
    from mediaflow.planning.plan import Plan

__all__ = ["acquire", "plan_job"]


def plan_job(job: Job, environment: Environment) -> Plan:
    """Return the plan of a job; reads the header and nothing more unless names need a digest.

    Raises:
        SpecError: The request is wrong.
        SourceError: The input is at fault.
        UnsupportedError: Something that the job needs is not installed.
    """
    outputs = check_request(job, environment.capabilities())
    limits = environment.limits_of(job)
    with (
        open_source(job.source, environment.storage, limits) as source,
        environment.session(lambda: False) as surroundings,
    ):
        assets = OpenAssets(outputs, limits)
        return planner_of(job, outputs, Once(source), assets, surroundings).plan()


def acquire(job: Job, environment: Environment, keep: ExitStack, tally: Tally) -> Work:
    """Return the plan of a job with its input; outputs that are there already are left out.

    Args:
        job: What is wanted.
        environment: Storage and limits.
        keep: Takes what must stay open while the job runs.
        tally: Counts the time of reading.

    Raises:
        SpecError: The request is wrong.
        SourceError: The input is at fault.
        OutputExistsError: An output exists and the job says ``if_exists="error"``.
        StorageError: The input could not be read.
        UnsupportedError: Something that the job needs is not installed.
    """
    outputs = check_request(job, environment.capabilities())
    limits = environment.limits_of(job)
    storage = environment.storage
    with ExitStack() as stack:
        opened = stack.enter_context(open_source(job.source, storage, limits))
        source = Once(opened)
        assets = OpenAssets(outputs, limits)
        planner = planner_of(job, outputs, source, assets, environment)
        plan = planner.plan()
        existing = _check_places(job, plan, environment)
        wanted = [step for step in plan.outputs if step.same_as is None]
        needed = len(existing) < len(wanted)
        with tally.timed("read"):
            second = assets.read_all(storage) if needed else ()
        if needed and is_walk(plan):
            with tally.timed("read"):
                data = source.read_all()
            plan = planner.plan_walk(plan.source, data)
        work = Work(
            plan=plan,
            source=source,
            parts=parts_of(opened),
            assets=second,
            limits=limits,
            strict=job.strict,
            skip=existing,
        )
        keep.enter_context(stack.pop_all())
        return work


def _check_places(job: Job, plan: Plan, environment: Environment) -> frozenset[str]:
    """Refuse places that cannot be used; return the outputs that are there already."""
    storage = environment.storage
    existing: set[str] = set()
    for step in plan.outputs:
        if not step.uri or step.same_as is not None:
            continue
        for uri in places_of(step)[1:]:
            _check_further(job, uri, plan, environment)
        place = storage.at(job.to, step.uri)
        storage.check(place)
        if any(storage.same_place(source, place) for source in sources_of(job.source)):
            raise SpecError(
                f"output {step.name!r} would overwrite its own input {redact(step.uri)!r}",
                hint="give the output a suffix, or another folder with to=...",
                field="to",
            )
        if any(storage.same_place(asset.source, place) for asset in plan.assets):
            raise SpecError(
                f"output {step.name!r} would overwrite a second input of its filters, "
                f"{redact(step.uri)!r}",
                field="to",
            )
        if job.if_exists == "error" and storage.exists(place):
            raise OutputExistsError(f"{redact(step.uri)!r} exists already", where=step.uri)
        heads = heads_of(step)
        if job.if_exists == "skip" and all(
            storage.exists(storage.at(job.to, one)) for one in heads
        ):
            existing.add(step.name)
    return frozenset(existing)


def _check_further(job: Job, uri: str, plan: Plan, environment: Environment) -> None:
    """Refuse a place for a further file of an output that cannot be used."""
    storage = environment.storage
    place = storage.at(job.to, uri)
    storage.check(place)
    inputs = (*sources_of(job.source), *(asset.source for asset in plan.assets))
    if any(storage.same_place(source, place) for source in inputs):
        raise SpecError(f"a sheet would overwrite an input, {redact(uri)!r}", field="to")
    if job.if_exists == "error" and storage.exists(place):
        raise OutputExistsError(f"{redact(uri)!r} exists already", where=uri)

"""Runs one job from request to result: the only engine entry, blocking, in any thread or process.

Law: events go out, nothing flows back. The last event is always Finished, whatever happened.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from mediaflow.errors import JobCancelledError, MediaflowError, OutputsFailedError
from mediaflow.jobs.acquire import acquire
from mediaflow.jobs.meter import Meter
from mediaflow.jobs.outputs import OutputFiles
from mediaflow.jobs.publish import publish, skipped_output
from mediaflow.jobs.rendered import encoded_frames
from mediaflow.jobs.segments import Segments
from mediaflow.models.events import Finished, Started, Status
from mediaflow.models.result import JobReport, JobResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mediaflow.jobs.environment import Environment
    from mediaflow.jobs.rendered import Rendered
    from mediaflow.models.context import Context
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import Job
    from mediaflow.models.result import OutputResult
    from mediaflow.models.spent import Spent
    from mediaflow.planning.plan import Plan

__all__ = ["new_job_id", "run_job"]

PLANNED: Final = 0.05  # share of a typical job that is done when the plan is made


def new_job_id() -> str:
    """Return a name for a job that no other has."""
    return uuid4().hex


def run_job(
    job: Job,
    environment: Environment,
    context: Context,
    *,
    created_at: datetime | None = None,
    on_probed: Callable[[MediaInfo], None] | None = None,
) -> JobResult:
    """Run a job to its end.

    Args:
        job: What is wanted.
        environment: Storage and limits.
        context: Events out, cancellation and budget in.
        created_at: When it was submitted (UTC); now by default.
        on_probed: Called with the facts about the original as soon as they are known.

    Raises:
        SpecError: The request is wrong.
        SourceError: The input is at fault.
        StorageError: The input could not be read.
        OutputsFailedError: Some outputs failed and the job says ``on_failure="raise"``; the good
            ones are published, ``.result`` has them all.
        JobCancelledError: The caller gave up; nothing was published.
        JobTimeoutError: It took longer than its limits allow; nothing was published.
    """
    created = created_at or datetime.now(UTC)
    context.emit(Started(job_id=context.job_id, sequence=context.next_sequence()))
    try:
        result = _run(job, environment, context, created, on_probed)
    except MediaflowError as exc:
        cancelled = isinstance(exc, JobCancelledError)
        _finish(context, "cancelled" if cancelled else "failed", exc.message)
        raise
    _finish(context, result.status, result.error)
    if result.error is not None and job.on_failure == "raise":
        good = sum(output.status == "completed" for output in result.outputs)
        hint = f"the {good} good ones are published; see .result" if good else "see .result"
        raise OutputsFailedError(result.error, hint=hint, result=result)
    return result


def _run(
    job: Job,
    environment: Environment,
    context: Context,
    created: datetime,
    on_probed: Callable[[MediaInfo], None] | None,
) -> JobResult:
    started, began, tally = time.perf_counter(), context.clock(), context.tally
    context.check()
    with Meter() as meter, ExitStack() as keep:
        environment = keep.enter_context(environment.session(context.cancelled))
        with tally.timed("plan"):
            work = acquire(job, environment, keep, tally)
        plan = work.plan
        context.deadline = began + work.limits.seconds_for(plan.source.duration_seconds)
        if on_probed is not None:
            on_probed(plan.source)
        context.progress(PLANNED, "plan")
        segments = keep.enter_context(Segments(job, environment.storage, context))
        files = keep.enter_context(OutputFiles(context.scratch, segments))
        with tally.timed("encode"):
            rendered, preview = (
                environment.place.render(work, files, context) if work.is_needed else ((), None)
            )
        with tally.timed("store"):
            made = publish(job, rendered, files, environment.storage, context)
        spent, sandbox = meter.spent(tally), environment.place.sandbox
    by_name = {output.name: output for output in made}
    outputs = tuple(by_name.get(step.name) or skipped_output(step) for step in plan.outputs)
    return JobResult(
        id=context.job_id,
        status=_status(outputs),
        outputs=outputs,
        source=plan.source,
        report=replace(
            _report(plan, spent, rendered, outputs, time.perf_counter() - started),
            isolation=environment.place.isolation,
            sandbox=sandbox,
        ),
        error=_summary(outputs),
        preview=preview,
        created_at=created,
        completed_at=datetime.now(UTC),
    )


def _report(
    plan: Plan,
    spent: Spent,
    rendered: Sequence[Rendered],
    outputs: Sequence[OutputResult],
    seconds: float,
) -> JobReport:
    made = {output.name for output in outputs if output.status == "completed"}
    return JobReport(
        plan=plan.lines(),
        seconds=seconds,
        peak_bytes_planned=plan.peak_bytes,
        stages=spent.stages,
        cpu_seconds=spent.cpu_seconds,
        peak_rss_bytes=spent.peak_rss_bytes,
        frames_decoded=spent.frames_decoded,
        frames_encoded=sum(encoded_frames(one) for one in rendered if one.step.name in made),
        bytes_in=spent.bytes_in,
        bytes_out=sum(
            output.bytes + sum(file.bytes for file in output.files)
            for output in outputs
            if output.name in made
        ),
    )


def _status(outputs: Sequence[OutputResult]) -> Status:
    failed = sum(output.status == "failed" for output in outputs)
    if not failed:
        return "completed"
    return "failed" if failed == len(outputs) else "partial"


def _summary(outputs: Sequence[OutputResult]) -> str | None:
    failed = [output for output in outputs if output.status == "failed"]
    if not failed:
        return None
    first = failed[0]
    return f"{len(failed)} of {len(outputs)} outputs failed; {first.name}: {first.error}"


def _finish(context: Context, status: Status, error: str | None) -> None:
    context.emit(
        Finished(
            job_id=context.job_id, sequence=context.next_sequence(), status=status, error=error
        )
    )

"""What of a job is made again: what it did not make.

Law: names of the outputs stay, so that a page knows them again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mediaflow.models.job import Job
from mediaflow.planning.narrow import narrow
from mediaflow.planning.output_names import output_names

if TYPE_CHECKING:
    from mediaflow.models.result import JobResult

__all__ = ["unmade"]


def unmade(job: Job, outcome: JobResult | None) -> Job:
    """Return a job that makes the outputs which another one did not.

    Args:
        job: What was wanted.
        outcome: What came of it; None where nothing did.
    """
    if outcome is None:
        return job
    made = {one.name for one in outcome.outputs if one.status in ("completed", "skipped")}
    typed = tuple(narrow(output) for output in job.outputs)
    left = [
        replace(output, name=name)
        for output, name in zip(typed, output_names(typed), strict=True)
        if name not in made
    ]
    return Job(
        job.source,
        left or typed,
        to=job.to,
        if_exists=job.if_exists,
        on_failure=job.on_failure,
        fail_on=job.fail_on,
        strict=job.strict,
        limits=job.limits,
        callback=job.callback,
    )

"""Runs jobs for their handles, and remembers the handles of one processor.

Law: whatever ends a job, its stream of events ends, its future is set, and nothing of its input
stays alive.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError, UnknownNameError, let_go
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Context
from mediaflow.models.events import Finished

if TYPE_CHECKING:
    from mediaflow.jobs.environment import Environment
    from mediaflow.jobs.handle import JobHandle
    from mediaflow.models.context import Budget
    from mediaflow.models.job import Job

__all__ = ["Handles", "run_for"]

HISTORY: Final = 1_000  # ended jobs that are remembered


class Handles:
    """The handles of all running and the last ended jobs; may be used from several threads."""

    def __init__(self) -> None:
        self._jobs: dict[str, JobHandle] = {}
        self._history: deque[str] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def add(self, handle: JobHandle) -> None:
        """Remember a job that will run.

        Raises:
            SpecError: No more jobs are taken.
        """
        with self._lock:
            if self._closed:
                raise SpecError("this processor is closed", hint="make a new Processor")
            self._jobs[handle.id] = handle

    def all(self) -> tuple[JobHandle, ...]:
        """Return all handles, oldest first."""
        with self._lock:
            return tuple(self._jobs.values())

    def find(self, job_id: str) -> JobHandle:
        """Return the handle of a job.

        Raises:
            UnknownNameError: None has that id.
        """
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id]
        raise UnknownNameError(f"no job {job_id!r} in this processor", value=job_id)

    def end(self, handle: JobHandle) -> None:
        """Remember an ended job, and forget the one that ended longest ago."""
        with self._lock:
            self._history.append(handle.id)
            while len(self._history) > HISTORY:
                self._jobs.pop(self._history.popleft(), None)

    def forget(self, handle: JobHandle) -> None:
        """Forget a job that will not run."""
        with self._lock:
            self._jobs.pop(handle.id, None)

    def close(self) -> None:
        """Take no more jobs."""
        with self._lock:
            self._closed = True


def run_for(handle: JobHandle, job: Job, environment: Environment, budget: Budget) -> None:
    """Run a job to its end, whatever that is, and tell its handle.

    Args:
        handle: Takes events and the outcome.
        job: What is wanted.
        environment: Storage and limits.
        budget: Threads and bytes that the job may use.
    """
    context = Context(
        job_id=handle.id,
        emit=handle.take,
        cancelled=handle.cancelled,
        budget=budget,
        scratch=environment.scratch,
    )
    try:
        result = run_job(
            job,
            environment,
            context,
            created_at=handle.created_at,
            on_probed=handle.learn,
        )
    except BaseException as exc:
        # the handle's future carries whatever ended the job, as an executor's would
        _end_events(handle, context)
        let_go(exc)
        handle.future.set_exception(exc)
        if not isinstance(exc, Exception):
            raise
    else:
        handle.future.set_result(result)


def _end_events(handle: JobHandle, context: Context) -> None:
    """Make sure that even a bug of our own ends the stream of events."""
    if handle.completed_at is None:
        handle.take(
            Finished(
                job_id=handle.id,
                sequence=context.next_sequence(),
                status="failed",
                error="internal error",
            )
        )

"""Sends jobs to executors and brings their handles what comes back.

Law: whatever an executor does with a job, its handle ends: with a result, an error of the job, or the
error for a worker that is gone. Finished is told here, once and last, when the answer is in.
"""

from __future__ import annotations

import logging
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from mediaflow.errors import JobCancelledError, MediaflowError, OutputsFailedError, SpecError
from mediaflow.executors.relay import broken
from mediaflow.jobs.envelope import pack
from mediaflow.jobs.remote import result_of, run_envelope
from mediaflow.models.events import Finished, Progress, Started, Written
from mediaflow.models.serde import from_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from mediaflow.executors.texts import TextExecutor
    from mediaflow.jobs.envelope import Envelope
    from mediaflow.jobs.handle import JobHandle
    from mediaflow.jobs.handles import Handles
    from mediaflow.models.events import Event, Status
    from mediaflow.models.job import Job
    from mediaflow.models.result import JobResult

__all__ = ["Courier", "end_handle"]

_log: Final = logging.getLogger(__name__)

_KINDS: Final[dict[object, type[Event]]] = {
    "progress": Progress,
    "started": Started,
    "written": Written,
}


class Courier:
    """Sends the jobs of one processor to other processes.

    Args:
        executor: Runs texts elsewhere.
        handles: The handles of the processor.
        envelope: Makes the envelope of a job, with all that its processor says of every job.
        share: How many jobs share the memory that the limits allow.
    """

    def __init__(
        self,
        executor: TextExecutor,
        handles: Handles,
        envelope: Callable[..., Envelope],
        *,
        share: int,
    ) -> None:
        self._executor = executor
        self._handles = handles
        self._envelope = envelope
        self._share = share

    def prepare(self, job: Job, handle: JobHandle) -> Callable[[], None]:
        """Return what sends a job.

        Raises:
            SpecError: It cannot travel.
        """
        envelope = self._envelope(job_id=handle.id, job=job, created_at=handle.created_at)
        limits = job.limits or envelope.limits
        memory = max(1, limits.max_memory_bytes // self._share)
        return partial(self._send, pack(replace(envelope, memory_bytes=memory)), handle)

    def _send(self, text: str, handle: JobHandle) -> None:
        trip = _Trip(handle, self._handles)
        try:
            ticket = self._executor.submit_text(
                run_envelope, text, name=f"{handle.id}-1", on_event=trip.hear
            )
        except BrokenExecutor as exc:
            end_handle(handle, self._handles, broken(exc))
            return
        ticket.future.add_done_callback(trip.arrive)
        handle.stop_by(ticket.stop)


class _Trip:
    """One job that is away: its events in the words of its handle, and its end."""

    def __init__(self, handle: JobHandle, handles: Handles) -> None:
        self._handle = handle
        self._handles = handles
        self._sequence = 0
        self._fraction = 0.0

    def hear(self, data: Mapping[str, object]) -> None:
        """Take an event of the job; a new try never makes its progress fall."""
        kind = _KINDS.get(data.get("kind"))
        if kind is None:  # Finished waits for the answer
            return
        try:
            event = from_dict(kind, data)
        except SpecError as exc:
            _log.warning("job %s sent an event that is none: %s", self._handle.id, exc)
            return
        if isinstance(event, Progress):
            self._fraction = max(self._fraction, event.fraction)
            event = replace(event, fraction=self._fraction)
        self._tell(event)

    def arrive(self, answer: Future[str]) -> None:
        """Take the answer."""
        outcome = _outcome(answer)
        if self._handle.status == "pending" and not isinstance(outcome, JobCancelledError):
            self._tell(Started(job_id=self._handle.id, sequence=0))
        if not isinstance(outcome, BaseException) and outcome.source is not None:
            self._handle.learn(outcome.source)
        end_handle(self._handle, self._handles, outcome, self._sequence)

    def _tell(self, event: Event) -> None:
        self._handle.take(replace(event, job_id=self._handle.id, sequence=self._sequence))
        self._sequence += 1


def end_handle(
    handle: JobHandle, handles: Handles, outcome: JobResult | BaseException, sequence: int = 0
) -> None:
    """End a job for its handle, and for all who listen to it.

    Args:
        handle: The handle, which has not ended.
        handles: Where it is remembered.
        outcome: What became of the job.
        sequence: Position of the last event.
    """
    status, error = _told(outcome)
    handle.take(Finished(job_id=handle.id, sequence=sequence, status=status, error=error))
    if isinstance(outcome, BaseException):
        handle.future.set_exception(outcome)
    else:
        handle.future.set_result(outcome)
    handles.end(handle)


def _outcome(answer: Future[str]) -> JobResult | BaseException:
    error = answer.exception()
    if error is not None:
        return error
    try:
        return result_of(answer.result())
    except MediaflowError as exc:
        return exc


def _told(outcome: JobResult | BaseException) -> tuple[Status, str | None]:
    """Return how a job ended, in the words of its last event."""
    match outcome:
        case JobCancelledError():
            return "cancelled", outcome.message
        case OutputsFailedError():
            return outcome.result.status, outcome.result.error
        case MediaflowError():
            return "failed", outcome.message
        case BaseException():
            return "failed", "internal error"
        case _:
            return outcome.status, outcome.error

"""Tells receivers the end of jobs, from the process that the jobs were given to.

Law: a job is sent to its worker without its callback, so that the secret stays here. What a
receiver does, or where it is, changes neither a job nor the time of its result.
"""

from __future__ import annotations

import logging
import threading
import weakref
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from mediaflow.errors import MediaflowError, OutputsFailedError, SpecError
from mediaflow.security.addresses import HttpPolicy

if TYPE_CHECKING:
    from concurrent.futures import Future

    from mediaflow.jobs.handle import JobHandle
    from mediaflow.models.callback import Callback, CallbackEvent
    from mediaflow.models.job import Job
    from mediaflow.models.result import JobResult
    from mediaflow.models.serde import Json
    from mediaflow.report.deliveries import Deliveries
    from mediaflow.security.limits import Trust

__all__ = ["Callbacks"]

_logger: Final = logging.getLogger(__name__)


class Callbacks:
    """The callbacks of one processor.

    Args:
        policy: Which receivers may be called; by default public ones, over https.
        trust: Whose files are processed.

    Raises:
        SpecError: Strangers would reach private networks.
    """

    def __init__(self, policy: HttpPolicy | None, trust: Trust) -> None:
        self._policy = policy if policy is not None else HttpPolicy()
        if not isinstance(self._policy, HttpPolicy):
            raise SpecError("callback_policy must be an HttpPolicy", field="callback_policy")
        if trust == "strangers" and self._policy.networks:
            raise SpecError(
                "callbacks of strangers never reach private networks",
                hint="leave HttpPolicy.networks empty, or use trust='own'",
                field="callback_policy",
            )
        self._deliveries: Deliveries | None = None
        self._promised: set[JobHandle] = set()
        self._changed = threading.Condition()

    def admit(self, job: Job) -> Job:
        """Return a job as its worker gets it: without its callback.

        Raises:
            ForbiddenLocationError: The policy does not allow its receiver.
        """
        if job.callback is None:
            return job
        self._policy.check(job.callback.target)
        return replace(job, callback=None)

    def promise(self, job: Job, handle: JobHandle) -> None:
        """Tell the receiver of a job that runs, once it has ended."""
        if job.callback is None:
            return
        with self._changed:
            self._promised.add(handle)
        handle.called_back("pending")
        handle.future.add_done_callback(partial(self._keep, job.callback, handle))

    def close(self, *, wait: bool = True) -> None:
        """Try nothing again; by default wait for first tries, for a bounded time.

        Args:
            wait: Whether to wait; all jobs have ended then.
        """
        with self._changed:
            if not self._promised and self._deliveries is None:
                return  # a program without callbacks loads nothing that sends them
            from mediaflow.report.deliveries import CLOSE_SECONDS

            if wait:  # jobs of an executor that was handed in may have ended this very moment
                self._changed.wait_for(lambda: not self._promised, CLOSE_SECONDS)
            deliveries = self._deliveries
        if deliveries is not None:
            deliveries.close(wait=wait)

    def _keep(self, callback: Callback, handle: JobHandle, future: Future[JobResult]) -> None:
        try:
            self._send(callback, handle, future)
        except Exception:  # the job has ended well or badly; its callback has no say in that
            handle.called_back("failed")
            _logger.exception("the callback of job %s could not be written", handle.id)
        finally:
            with self._changed:
                self._promised.discard(handle)
                self._changed.notify_all()

    def _send(self, callback: Callback, handle: JobHandle, future: Future[JobResult]) -> None:
        from mediaflow.report.webhooks import message_body, told_from

        event, data = _told(handle, future)
        data = told_from(callback.root, data)
        if event not in callback.events:
            handle.called_back("skipped")
            return
        body = message_body(event, data, handle.completed_at or datetime.now(UTC))
        self._sender().send(callback, f"msg_{handle.id}", body, handle.called_back)

    def _sender(self) -> Deliveries:
        """Return what sends; a program without callbacks never loads it."""
        from mediaflow.report.deliveries import Deliveries
        from mediaflow.security.net import HttpClient

        with self._changed:
            if self._deliveries is None:
                self._deliveries = Deliveries(HttpClient(self._policy))
                # a processor that is forgotten, not closed, leaves no thread behind
                weakref.finalize(self, self._deliveries.close, wait=False)
            return self._deliveries


def _told(handle: JobHandle, future: Future[JobResult]) -> tuple[CallbackEvent, dict[str, Json]]:
    """Return how a job ended, and what is said of it."""
    from mediaflow.report.webhooks import failure_data, result_data

    error = future.exception()
    result = error.result if isinstance(error, OutputsFailedError) else None
    if error is None:
        result = future.result()
    if result is not None:
        return _event(result.status), result_data(result)
    known = error if isinstance(error, MediaflowError) else None
    event: CallbackEvent = "cancelled" if handle.status == "cancelled" else "failed"
    return event, failure_data(
        job_id=handle.id,
        status=event,
        error="internal error" if known is None else known.message,
        error_code="internal" if known is None else known.code,
        created_at=handle.created_at,
        completed_at=handle.completed_at or datetime.now(UTC),
    )


def _event(status: str) -> CallbackEvent:
    match status:
        case "completed" | "partial" | "cancelled":
            return status
        case _:
            return "failed"

"""A job that runs somewhere: its state, its events, its result."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures import wait as wait_for
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mediaflow.errors import JobTimeoutError, MediaflowError, OutputsFailedError
from mediaflow.models.events import Finished, Progress, Started
from mediaflow.report import Fanout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediaflow.models.callback import CallbackState
    from mediaflow.models.events import Event, Status
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.result import JobResult

__all__ = ["JobHandle"]


class JobHandle:
    """What ``Processor.submit`` returns.

    Args:
        job_id: Name of the job.
    """

    def __init__(self, job_id: str) -> None:
        self._id = job_id
        self._created_at = datetime.now(UTC)
        self._future: Future[JobResult] = Future()
        self._future.set_running_or_notify_cancel()  # only cancel() of this class may end it early
        self._cancel = threading.Event()
        self._stop: Callable[[], object] | None = None
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._listeners: list[_Listener] = []
        self._status: Status = "pending"
        self._progress = 0.0
        self._error: str | None = None
        self._completed_at: datetime | None = None
        self._metadata: MediaInfo | None = None
        self._callback: CallbackState | None = None

    def __repr__(self) -> str:
        return f"<JobHandle {self._id} {self._status} {self._progress:.0%}>"

    @property
    def id(self) -> str:
        """Name of the job."""
        return self._id

    @property
    def status(self) -> Status:
        """Where the job stands."""
        return self._status

    @property
    def progress(self) -> float:
        """How far the job has come, 0 to 1."""
        return self._progress

    @property
    def error(self) -> str | None:
        """Why the job failed, or None."""
        return self._error

    @property
    def error_code(self) -> str | None:
        """Stable code of the error once the job has ended, or None."""
        if not self._future.done() or (error := self._future.exception()) is None:
            return None
        return error.code if isinstance(error, MediaflowError) else MediaflowError.code

    @property
    def created_at(self) -> datetime:
        """When the job was submitted (UTC)."""
        return self._created_at

    @property
    def completed_at(self) -> datetime | None:
        """When the job ended (UTC), or None while it runs."""
        return self._completed_at

    @property
    def metadata(self) -> MediaInfo | None:
        """Facts about the original, or None before they are known."""
        return self._metadata

    @property
    def callback(self) -> CallbackState | None:
        """What became of the job's callback, or None where it has none."""
        return self._callback

    @property
    def future(self) -> Future[JobResult]:
        """The future behind this handle; it is done after the last event."""
        return self._future

    def result(self, timeout: float | None = None) -> JobResult:
        """Wait for the job and return its result.

        Args:
            timeout: Longest wait in seconds; None waits as long as it takes.

        Raises:
            JobTimeoutError: The job still runs after ``timeout`` seconds.
            JobCancelledError: The job was cancelled.
            MediaflowError: Whatever made the job fail.
        """
        try:
            return self._future.result(timeout)
        except FutureTimeoutError as exc:
            if self._future.done():  # it ended between the two looks, or ended with a timeout
                return self._future.result()
            raise self.timeout_error(timeout) from exc

    @property
    def outcome(self) -> JobResult | None:
        """What came out, failed outputs included; None before the end and where nothing did."""
        if not self._future.done():
            return None
        error = self._future.exception()
        if error is None:
            return self._future.result()
        return error.result if isinstance(error, OutputsFailedError) else None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended, however it did.

        Args:
            timeout: Longest wait in seconds; None waits as long as it takes.

        Returns:
            Whether it has ended.
        """
        return bool(wait_for((self._future,), timeout).done)

    def timeout_error(self, timeout: float | None) -> JobTimeoutError:
        """Return the error for a wait that took longer than ``timeout`` seconds."""
        return JobTimeoutError(
            f"job {self._id} still runs after {timeout} s",
            hint="cancel() stops it; waiting longer is fine",
        )

    def cancel(self) -> None:
        """Ask the job to stop; it does so before its next step, and nothing is published then.

        A job that an executor has not begun ends at once. One that runs in another process hears of
        it on a cluster; a pool of processes has no way to tell it, and it runs to its end.
        """
        self._cancel.set()
        if self._stop is not None:
            self._stop()

    def cancelled(self) -> bool:
        """Return whether somebody asked the job to stop."""
        return self._cancel.is_set()

    def stop_by(self, stop: Callable[[], object]) -> None:
        """Call ``stop`` when somebody gives up; called by whoever sends the job elsewhere.

        Args:
            stop: May be called more than once, and from any thread.
        """
        self._stop = stop
        if self._cancel.is_set():
            stop()

    def events(self) -> Iterator[Event]:
        """Yield all events from the first to the last, waiting for those to come."""
        position = 0
        while True:
            with self._changed:
                while len(self._events) <= position:
                    self._changed.wait()
                event = self._events[position]
            position += 1
            yield event
            if isinstance(event, Finished):
                return

    def listen(self, listener: Callable[[Event], object]) -> Callable[[], None]:
        """Hand all events so far and to come to a callable.

        It is called in order, in this thread for the past and in the job's for the rest. What it
        raises is logged and touches neither the job nor anybody else.

        Returns:
            A function that ends it.
        """
        one = _Listener(listener, self._events)
        with self._changed:
            self._listeners.append(one)
        one.catch_up()

        def end() -> None:
            with self._changed:
                if one in self._listeners:
                    self._listeners.remove(one)

        return end

    def take(self, event: Event) -> None:
        """Keep an event of the job; called by whoever runs it."""
        with self._changed:
            self._events.append(event)
            if isinstance(event, Started):
                self._status = "processing"
            elif isinstance(event, Progress):
                self._progress = event.fraction
            elif isinstance(event, Finished):
                self._status = event.status
                self._error = event.error
                self._completed_at = datetime.now(UTC)
                self._progress = 1.0 if event.status == "completed" else self._progress
            listeners = tuple(self._listeners)
            self._changed.notify_all()
        for listener in listeners:  # a slow one holds up the job, but nobody who asks about it
            listener.catch_up()

    def learn(self, metadata: MediaInfo) -> None:
        """Keep the facts about the original; called by whoever runs the job."""
        self._metadata = metadata

    def called_back(self, state: CallbackState) -> None:
        """Keep what became of the callback; called by whoever sends it."""
        self._callback = state


class _Listener:
    """Brings all events to one callable, once and in order, from whatever thread."""

    def __init__(self, sink: Callable[[Event], object], events: list[Event]) -> None:
        self._sink = Fanout((sink,))
        self._events = events
        self._position = 0
        self._lock = threading.Lock()

    def catch_up(self) -> None:
        with self._lock:
            while self._position < len(self._events):
                event = self._events[self._position]
                self._position += 1
                self._sink(event)

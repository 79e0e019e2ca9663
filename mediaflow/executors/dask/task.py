"""What runs on a worker of a Dask cluster: one call, its events out, the wish to stop in.

The scheduler runs a task again when its worker dies, and tells nobody how often it did. So each try
leaves a mark on the scheduler before it begins: the first mark that is missing is its number.

Law: marks are set before the wish to stop is asked for. Whoever stops a call sets the wish first and
looks for a mark then: one of the two sees the other, whatever happens in between.
Source: distributed.Event, an ``asyncio.Event`` on the scheduler; each look is one round trip.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

from distributed import Event, get_client, get_worker

from mediaflow.errors import JobCancelledError, WorkerLostError
from mediaflow.executors.dask.names import POLL_SECONDS, TOPIC, begun_name, stop_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from distributed import Client, Worker

    from mediaflow.executors.texts import TextCall

__all__ = ["run_on_worker"]


def run_on_worker(call: TextCall, text: str, name: str, max_attempts: int) -> str:
    """Run a call on this worker and return its answer.

    Raises:
        JobCancelledError: Somebody stopped it before it began.
        WorkerLostError: Too many workers died under it already.
    """
    client = get_client()
    attempt = _next_attempt(name, max_attempts, client)
    channel = _Channel(name, attempt, get_worker(), client)
    channel.tell(None)
    if channel.cancelled():
        raise JobCancelledError("the job was cancelled before it began")
    own = json.dumps({**json.loads(text), "attempt": attempt})
    return call(own, channel.tell, channel.cancelled)


def _next_attempt(name: str, max_attempts: int, client: Client) -> int:
    for attempt in range(1, max_attempts + 1):
        mark = Event(begun_name(name, attempt), client=client)
        if not mark.is_set():
            mark.set()
            return attempt
    raise WorkerLostError(
        f"{max_attempts} workers died while they ran this job, so it is not tried again",
        hint="look for what kills them: memory is the usual reason; max_attempts says how often",
        attempts=max_attempts,
    )


class _Channel:
    """What a running call says and hears; may be used from several threads.

    The event is made with a client in the thread of the task: only there can one be found.
    """

    def __init__(self, name: str, attempt: int, worker: Worker, client: Client) -> None:
        self._head = {"name": name, "attempt": attempt}
        self._worker = worker
        self._stop = Event(stop_name(name), client=client)
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._sequence = 0
        self._is_stopped = False
        self._next_look = 0.0

    def tell(self, event: Mapping[str, object] | None) -> None:
        """Send an event to whoever listens; None says that the call begins."""
        with self._lock:
            message = {**self._head, "sequence": self._sequence, "event": event}
            self._sequence += 1
            self._worker.log_event(TOPIC, message)

    def cancelled(self) -> bool:
        """Return whether somebody asked the call to stop, as of the last look.

        Raises:
            WorkerLostError: The scheduler does not answer any more.
        """
        if not self._is_stopped and self._asking.acquire(blocking=False):
            try:
                self._look()
            except OSError as exc:
                raise WorkerLostError(f"the scheduler does not answer: {exc}") from exc
            finally:
                self._asking.release()
        return self._is_stopped

    def _look(self) -> None:
        if time.monotonic() >= self._next_look:
            self._is_stopped = bool(self._stop.is_set())
            self._next_look = time.monotonic() + POLL_SECONDS

"""Talks to a Dask cluster for an executor: submits, asks, stops, tidies up.

The scheduler decides where a call runs and runs it again when a worker dies. What it does not do is
done here: it does not stop what runs (so an event asks the call to stop) and does not say that nobody
can ever run a call (so its workers are asked for).

Law: called in one thread, since each of these may wait for the network.
Source: distributed 2026.8: Client.submit, Event; ``Future.cancel`` leaves a running task running.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from distributed import Client, Event, KilledWorker
from distributed import TimeoutError as GatherTimeoutError

from mediaflow.errors import MediaflowError, UnsupportedError
from mediaflow.executors.dask.names import begun_name, key_of, stop_name
from mediaflow.executors.dask.task import run_on_worker
from mediaflow.executors.dask.topic import topic_of
from mediaflow.executors.relay import lost, not_run, stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mediaflow.executors.dask.ticket import DaskTicket

__all__ = ["Cluster"]

CONNECT_SECONDS: Final = 10.0
GATHER_SECONDS: Final = 10.0  # an answer whose worker died meanwhile is computed again first
RESTART_SECONDS: Final = 30.0  # workers that were there come back: a nanny restarts its own
STALE_SECONDS: Final = 60.0  # a call that was stopped may still be on its way to a worker


class Cluster:
    """A connection to a scheduler.

    Args:
        client: A client, which stays open, or the address of a scheduler.
        max_attempts: How often a call is begun when its workers die.
        resources: What a worker must have for a call.
        priority: Calls of a higher one begin first.
        patience_seconds: How long calls wait for a first worker that can run them.
    """

    def __init__(
        self,
        client: Client | str,
        *,
        max_attempts: int,
        resources: Mapping[str, float],
        priority: int,
        patience_seconds: float,
    ) -> None:
        self._address = client if isinstance(client, str) else None
        self._client: Client | None = None if isinstance(client, str) else client
        self._max_attempts = max_attempts
        self._resources = dict(resources)
        self._priority = priority
        self._patience = patience_seconds
        self._unable_since: float | None = None
        self._was_able = False
        self._refused: tuple[float, OSError] | None = None
        self._stale: deque[tuple[float, DaskTicket]] = deque()

    @property
    def is_closed(self) -> bool:
        """Whether the client was closed, or gave its scheduler up."""
        return self._client is not None and self._client.status == "closed"

    def connect(self) -> Client:
        """Return the client, connected at the first call.

        Raises:
            OSError: Nobody answers there. The next calls are told so at once for a while.
        """
        if self._client is None:
            if self._refused and time.monotonic() - self._refused[0] < CONNECT_SECONDS:
                raise self._refused[1]
            try:
                self._client = Client(self._address, timeout=CONNECT_SECONDS, set_as_default=False)
            except OSError as exc:
                self._refused = time.monotonic(), exc
                raise
        return self._client

    def start(self, ticket: DaskTicket, on_done: Callable[[object], object]) -> None:
        """Submit a call; ``on_done`` is called when its task has come to an end."""
        client = self.connect()
        topic_of(client).add(ticket, client)
        ticket.task = client.submit(
            run_on_worker,
            ticket.call,
            ticket.text,
            ticket.name,
            self._max_attempts,
            key=key_of(ticket.name),
            pure=False,
            retries=0,
            priority=self._priority,
            resources=self._resources or None,
        )
        ticket.task.add_done_callback(on_done)

    def answer(self, ticket: DaskTicket) -> str | BaseException | None:
        """Return what an ended task answered, or None if it turns out to run again."""
        task = ticket.task
        if task is None or task.status == "pending":
            return None
        if task.status == "error":
            return _told(task.exception())
        try:
            return str(task.result(timeout=GATHER_SECONDS))
        except GatherTimeoutError:
            return None

    def stop(self, ticket: DaskTicket) -> BaseException | None:
        """Ask a call to stop; return its end if it has not begun, else None."""
        if ticket.task is None:
            return stopped()
        ticket.is_stopped = True
        Event(stop_name(ticket.name), client=self._client).set()
        if Event(begun_name(ticket.name, 1), client=self._client).is_set():
            return None
        self._stale.append((time.monotonic(), ticket))
        ticket.is_withdrawn = True
        ticket.task.cancel()
        return stopped()

    def forget(self, ticket: DaskTicket, tries: int | None) -> None:
        """Let go of an ended call: its task at once, so that it is never computed again.

        Args:
            ticket: The call.
            tries: How often it was begun, or None if workers may have died before they could tell.
        """
        if self._client is None or self.is_closed:
            return
        topic_of(self._client).drop(ticket.name)
        if ticket.task is not None:
            ticket.task.release()
            ticket.task = None
        if not ticket.is_withdrawn:
            self._clear(ticket, tries or self._max_attempts)

    def check(self) -> MediaflowError | None:
        """Return why no call can run on this cluster, once that has lasted too long."""
        client, now = self.connect(), time.monotonic()
        while self._stale and now - self._stale[0][0] > STALE_SECONDS:
            self._clear(self._stale.popleft()[1], 1)
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        if any(self._suits(worker["resources"]) for worker in workers):
            self._unable_since, self._was_able = None, True
            return None
        if self._unable_since is None:
            self._unable_since = now
        patience = RESTART_SECONDS if self._was_able else self._patience
        if now - self._unable_since < patience:
            return None
        return self._unable(len(workers))

    def close(self) -> None:
        """Tidy up, and close the client if it was made here."""
        if self._client is None or self.is_closed:
            return
        while self._stale:
            self._clear(self._stale.popleft()[1], 1)
        if self._address is not None:
            self._client.close()

    def _clear(self, ticket: DaskTicket, tries: int) -> None:
        """Take the marks of a call off the scheduler, which keeps them otherwise."""
        for attempt in range(1, tries + 1):
            Event(begun_name(ticket.name, attempt), client=self._client).clear()
        if ticket.is_stopped:
            Event(stop_name(ticket.name), client=self._client).clear()

    def _suits(self, offered: Mapping[str, float]) -> bool:
        return all(offered.get(name, 0) >= amount for name, amount in self._resources.items())

    def _unable(self, workers: int) -> MediaflowError:
        if not workers:
            error: MediaflowError = lost("the cluster has no worker")
            error.hint = "start workers; patience_seconds says how long a job waits for the first"
            return error
        wish = ", ".join(f"{name}={amount:g}" for name, amount in self._resources.items())
        return UnsupportedError(
            f"none of the {workers} workers of the cluster offers {wish}",
            hint=f"start workers with --resources {wish!r}, or ask for less",
        )


def _told(error: BaseException | None) -> BaseException:
    """Return the error of this library for what a task ended with."""
    if isinstance(error, MediaflowError):
        return error
    if isinstance(error, KilledWorker):
        return lost(f"every worker that ran the job died: {error}")
    return not_run(error or RuntimeError("no reason was given"))

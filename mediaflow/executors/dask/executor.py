"""An executor on a Dask cluster: events come back, a stop frees its worker, lost workers are replaced.

Law: one thread talks to the cluster, one tells events, one looks whether the cluster is still there;
whoever submits waits for none of them. The cluster's end is the end of every call that it had.
"""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, cast

from mediaflow.errors import MediaflowError, SpecError
from mediaflow.executors.dask.cluster import Cluster
from mediaflow.executors.dask.ticket import DaskTicket
from mediaflow.executors.relay import lost, stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from distributed import Client

    from mediaflow.executors.texts import Tell, TextCall

__all__ = ["DaskExecutor", "make"]

P = ParamSpec("P")
T = TypeVar("T")

CHECK_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 4.0
GONE: Final = frozenset({"cancelled", "lost"})  # states of a task whose scheduler is gone


class DaskExecutor(Executor):
    """Runs calls on the workers of a Dask cluster.

    Args:
        client: A ``distributed.Client``, which stays open, or an address such as
            ``"dask://host:8786"``, to which a client is made that ends with this executor.
        max_attempts: How often a call is begun when its workers die under it.
        threads: How many threads a job may use on its worker.
        resources: What a worker must offer to run a call, such as ``{"gpu": 1}``.
        priority: Calls with a higher one begin first.
        patience_seconds: How long calls wait for the first worker that can run them; raise it for
            clusters that start workers when there is work.

    Raises:
        SpecError: The client belongs to an event loop.
    """

    def __init__(
        self,
        client: Client | str,
        *,
        max_attempts: int = 3,
        threads: int = 1,
        resources: Mapping[str, float] | None = None,
        priority: int = 0,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.threads = threads
        self._cluster = Cluster(
            _checked(client),
            max_attempts=max_attempts,
            resources=resources or {},
            priority=priority,
            patience_seconds=patience_seconds,
        )
        self._calls = ThreadPoolExecutor(1, thread_name_prefix="mediaflow-dask")
        self._events = ThreadPoolExecutor(1, thread_name_prefix="mediaflow-dask-events")
        self._changed = threading.Condition()
        self._open: dict[str, DaskTicket] = {}
        self._others: Executor | None = None
        self._watch: threading.Thread | None = None
        self._is_closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run any call that can be pickled on the cluster, as Dask's own executor does."""
        with self._changed:
            self._check_open()
            if self._others is None:
                self._others = self._cluster.connect().get_executor(pure=False)
            others = self._others
        return others.submit(fn, *args, **kwargs)

    def submit_text(self, call: TextCall, text: str, *, name: str, on_event: Tell) -> DaskTicket:
        """Run a call; see `TextExecutor.submit_text`."""
        ticket = DaskTicket(call, text, name, on_event, self._events.submit, self._stop)
        with self._changed:
            self._check_open()
            self._open[name] = ticket
            if self._watch is None:
                self._watch = threading.Thread(
                    target=self._keep_watch, name="mediaflow-dask-watch", daemon=True
                )
                self._watch.start()
        self._ask(ticket, self._cluster.start, ticket, partial(self._arrive, ticket))
        return ticket

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; by default wait for those that run."""
        with self._changed:
            was_closed, self._is_closed = self._is_closed, True
            tickets, watch = tuple(self._open.values()), self._watch
            self._changed.notify_all()
        for ticket in tickets if cancel_futures else ():
            self._stop(ticket)
        if self._others is not None and wait:
            self._others.shutdown(wait=True)
        if watch is None:
            if not was_closed:
                self._tear_down()
        elif wait:
            wait_for([ticket.future for ticket in tickets])
            watch.join()

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("cannot submit after shutdown")

    def _ask(self, ticket: DaskTicket, call: Callable[..., object], *args: object) -> None:
        """Talk to the cluster in the right thread; an error there is the end of the call."""
        self._calls.submit(call, *args).add_done_callback(partial(self._settle, ticket))

    def _settle(self, ticket: DaskTicket, done: Future[object]) -> None:
        error = done.exception()
        if error is not None:
            self._end(ticket, _unreachable(error))
        elif done.result() is not None:
            self._end(ticket, cast("str | BaseException", done.result()))

    def _arrive(self, ticket: DaskTicket, task: object) -> None:
        """Take the end of a task; called in a thread of Dask."""
        if ticket.is_withdrawn:
            self._end(ticket, stopped())
        elif getattr(task, "status", None) in GONE:
            self._end(ticket, lost("the cluster that ran the job is gone, or gave it up"))
        else:
            with self._changed:
                is_open = ticket.name in self._open
            if is_open:
                self._ask(ticket, self._answer, ticket)

    def _answer(self, ticket: DaskTicket) -> str | BaseException | None:
        answer = self._cluster.answer(ticket)
        if answer is None and ticket.task is not None:
            ticket.task.add_done_callback(partial(self._arrive, ticket))
        return answer

    def _stop(self, ticket: DaskTicket) -> None:
        with self._changed:
            if ticket.name in self._open:
                self._ask(ticket, self._cluster.stop, ticket)

    def _end(self, ticket: DaskTicket, answer: str | BaseException) -> None:
        with self._changed:
            if self._open.pop(ticket.name, None) is None:
                return
            ticket.end(answer)
            tries = ticket.begun if isinstance(answer, str) else None
            self._calls.submit(self._cluster.forget, ticket, tries)
            self._changed.notify_all()

    def _keep_watch(self) -> None:
        """Look after the calls until there are none and none will come."""
        while True:
            with self._changed:
                if self._is_over():
                    break
                tickets = tuple(self._open.values())
            if tickets:
                self._look_after(tickets)
            with self._changed:
                self._changed.wait_for(self._is_over, CHECK_SECONDS)
        self._tear_down()

    def _look_after(self, tickets: tuple[DaskTicket, ...]) -> None:
        problem = self._problem()
        if problem is not None:
            for ticket in tickets:
                self._end(ticket, problem)

    def _is_over(self) -> bool:
        return self._is_closed and not self._open

    def _problem(self) -> BaseException | None:
        """Return why nothing can run any more, or None."""
        if self._cluster.is_closed:
            return lost("the client of the cluster was closed")
        done = self._calls.submit(self._cluster.check)
        error = done.exception()
        return done.result() if error is None else _unreachable(error)

    def _tear_down(self) -> None:
        wait_for([self._calls.submit(self._cluster.close)])
        self._calls.shutdown()
        self._events.shutdown()


def make(wanted: object, max_attempts: int) -> DaskExecutor:
    """Return an executor on the cluster of a client or an address."""
    return DaskExecutor(cast("Client | str", wanted), max_attempts=max_attempts)


def _checked(client: Client | str) -> Client | str:
    if isinstance(client, str):
        return client.replace("dask://", "tcp://", 1)
    if client.asynchronous:
        raise SpecError(
            "a Client that was made with asynchronous=True works on its own loop only",
            hint="pass the address, such as executor='dask://host:8786', or a plain Client",
            field="executor",
        )
    return client


def _unreachable(error: BaseException) -> BaseException:
    if isinstance(error, MediaflowError):
        return error
    made = lost(f"the cluster does not answer: {type(error).__name__}: {error}")
    made.__cause__ = error
    return made

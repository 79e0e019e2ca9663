"""Ways from a processor to where its jobs run: into a thread of this process, or away as text.

Law: what an executor of this process is handed runs or is told as lost; what leaves the process is text.
"""

from __future__ import annotations

import contextvars
from concurrent.futures import BrokenExecutor
from functools import partial
from typing import TYPE_CHECKING, Protocol

from mediaflow.errors import SpecError
from mediaflow.executors.relay import Relay, broken
from mediaflow.executors.texts import PoolTexts, TextExecutor
from mediaflow.jobs.courier import Courier, end_handle
from mediaflow.jobs.envelope import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from mediaflow.executors import Engine
    from mediaflow.jobs.environment import Environment
    from mediaflow.jobs.handle import JobHandle
    from mediaflow.jobs.handles import Handles
    from mediaflow.models.isolation import Isolation
    from mediaflow.models.job import Job
    from mediaflow.security.sandbox import SandboxMode

__all__ = ["Route", "route_for"]


class Route(Protocol):
    """A way for jobs."""

    def prepare(self, job: Job, handle: JobHandle) -> Callable[[], None]:
        """Return what starts a job; raises RuntimeError when the executor takes no more.

        Raises:
            SpecError: The job cannot go this way.
        """
        ...


def route_for(
    engine: Engine,
    environment: Environment,
    handles: Handles,
    run: Callable[[Job, JobHandle], None],
    *,
    threads: int,
    isolation: Isolation | None = None,
    sandbox: SandboxMode = "auto",
) -> Route:
    """Return the way to an executor.

    Args:
        engine: Where jobs run.
        environment: Storage, trust and limits of the processor.
        handles: Its handles.
        run: Runs a job in this process.
        threads: Threads that a job may use on this machine.
        isolation: Where other processes take sources apart; None follows the trust.
        sandbox: How their children are locked.

    Raises:
        SpecError: The processor has a storage of its own, which other processes cannot be sent.
    """
    if engine.shares_memory:
        return _Here(engine.executor, handles, run)
    if environment.has_own_storage:
        raise SpecError(
            "storage= holds credentials and cannot travel to other processes",
            hint="describe storage profiles in the environment of those processes, and name them",
            field="storage",
        )
    executor = engine.executor
    envelope = partial(
        Envelope,
        trust=environment.trust,
        limits=environment.limits,
        threads=int(getattr(executor, "threads", threads)),
        isolation=isolation,
        sandbox=sandbox,
    )
    texts = executor if isinstance(executor, TextExecutor) else PoolTexts(executor)
    return Courier(texts, handles, envelope, share=engine.workers or 1)


class _Here:
    """Runs jobs in this process, with whatever they hold."""

    def __init__(
        self, executor: Executor, handles: Handles, run: Callable[[Job, JobHandle], None]
    ) -> None:
        self._executor = executor
        self._handles = handles
        self._run = run

    def prepare(self, job: Job, handle: JobHandle) -> Callable[[], None]:
        return partial(self._start, job, handle, contextvars.copy_context())

    def _start(self, job: Job, handle: JobHandle, caller: contextvars.Context) -> None:
        try:
            theirs = self._executor.submit(caller.run, self._run, job, handle)
        except BrokenExecutor as exc:
            end_handle(handle, self._handles, broken(exc))
            return
        relay = Relay(theirs)
        relay.future.add_done_callback(partial(self._arrive, handle))
        handle.stop_by(relay.stop)

    def _arrive(self, handle: JobHandle, answer: Future[None]) -> None:
        """End a job that never ran; any other has ended itself."""
        error = answer.exception()
        if error is not None and not handle.future.done():
            end_handle(handle, self._handles, error)

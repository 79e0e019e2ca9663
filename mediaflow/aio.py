"""The asyncio shell: the same names as the blocking one, awaitable.

Law: one hop to a thread per job, never per call, and nothing synchronous on the loop. Cancelling
the awaiting task cancels the job.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Self

from mediaflow import processor as blocking
from mediaflow import verbs
from mediaflow.errors import SpecError
from mediaflow.executors import MAX_ATTEMPTS
from mediaflow.executors.inline import InlineExecutor
from mediaflow.models.events import Finished

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from types import TracebackType

    from mediaflow.executors import AnyExecutor
    from mediaflow.geometry import Fit
    from mediaflow.models.callback import CallbackState
    from mediaflow.models.comparison import Comparison
    from mediaflow.models.concat import JobSource
    from mediaflow.models.events import Event, Status
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.isolation import Isolation
    from mediaflow.models.job import FailOn, IfExists, Job, OnFailure, Place, Source
    from mediaflow.models.result import JobResult
    from mediaflow.planning import Plan
    from mediaflow.security.addresses import HttpPolicy
    from mediaflow.security.limits import Limits, Trust
    from mediaflow.security.sandbox import SandboxMode
    from mediaflow.storage import Storage

__all__ = ["JobHandle", "Processor", "compare", "plan", "probe", "process"]


class JobHandle:
    """What :meth:`Processor.submit` returns; see :class:`mediaflow.processor.JobHandle`."""

    def __init__(self, handle: blocking.JobHandle) -> None:
        self._handle = handle

    def __repr__(self) -> str:
        return repr(self._handle)

    @property
    def id(self) -> str:
        """Name of the job."""
        return self._handle.id

    @property
    def status(self) -> Status:
        """Where the job stands."""
        return self._handle.status

    @property
    def progress(self) -> float:
        """How far the job has come, 0 to 1."""
        return self._handle.progress

    @property
    def error(self) -> str | None:
        """Why the job failed, or None."""
        return self._handle.error

    @property
    def created_at(self) -> datetime:
        """When the job was submitted (UTC)."""
        return self._handle.created_at

    @property
    def completed_at(self) -> datetime | None:
        """When the job ended (UTC), or None while it runs."""
        return self._handle.completed_at

    @property
    def metadata(self) -> MediaInfo | None:
        """Facts about the original, or None before they are known."""
        return self._handle.metadata

    @property
    def callback(self) -> CallbackState | None:
        """What became of the job's callback, or None where it has none."""
        return self._handle.callback

    async def result(self, timeout: float | None = None) -> JobResult:  # noqa: ASYNC109  # parity
        """Await the result; cancelling this call cancels the job."""
        future = asyncio.wrap_future(self._handle.future)
        # nobody may be left to ask for the outcome once this call is cancelled or has timed out
        future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        try:
            return await asyncio.wait_for(asyncio.shield(future), timeout)
        except asyncio.CancelledError:
            self._handle.cancel()
            raise
        except TimeoutError as exc:
            if future.done():
                return future.result()
            raise self._handle.timeout_error(timeout) from exc

    async def events(self) -> AsyncIterator[Event]:
        """Yield all events from the first to the last."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Event] = asyncio.Queue()

        def forward(event: Event) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, event)

        stop = self._handle.listen(forward)
        try:
            while True:
                event = await queue.get()
                yield event
                if isinstance(event, Finished):
                    return
        finally:
            stop()

    def cancel(self) -> None:
        """Ask the job to stop."""
        self._handle.cancel()


class Processor:
    """Runs jobs in threads, or where its executor says; see :class:`mediaflow.Processor`.

    Raises:
        SpecError: The executor would run jobs on the loop.
    """

    def __init__(
        self,
        executor: AnyExecutor = "threads",
        *,
        workers: int | None = None,
        trust: Trust = "own",
        storage: Storage | None = None,
        limits: Limits | None = None,
        isolation: Isolation | None = None,
        sandbox: SandboxMode = "auto",
        scratch: str | os.PathLike[str] | None = None,
        max_attempts: int = MAX_ATTEMPTS,
        callback_policy: HttpPolicy | None = None,
    ) -> None:
        if executor == "inline" or isinstance(executor, InlineExecutor):
            raise SpecError(
                "the inline executor would block the event loop",
                hint="use executor='threads'",
                field="executor",
            )
        self._processor = blocking.Processor(
            executor,
            workers=workers,
            trust=trust,
            storage=storage,
            limits=limits,
            isolation=isolation,
            sandbox=sandbox,
            scratch=scratch,
            max_attempts=max_attempts,
            callback_policy=callback_policy,
        )
        self._leaves = not self._processor._engine.shares_memory

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            for handle in self._processor.jobs():
                handle.cancel()
        await self.close()

    async def process(
        self,
        source: JobSource | Job,
        outputs: object = None,
        *,
        to: Place | None = None,
        width: int | str | None = None,
        height: int | str | None = None,
        fit: Fit | None = None,
        quality: int | None = None,
        if_exists: IfExists = "replace",
        on_failure: OnFailure = "raise",
        fail_on: FailOn = "error",
        strict: bool = False,
        limits: Limits | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> JobResult:
        """Submit a job and await its result; see :func:`mediaflow.process`."""
        handle = await self.submit(
            source,
            outputs,
            to=to,
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
            on_event=on_event,
        )
        return await handle.result()

    async def submit(
        self,
        source: JobSource | Job,
        outputs: object = None,
        *,
        to: Place | None = None,
        width: int | str | None = None,
        height: int | str | None = None,
        fit: Fit | None = None,
        quality: int | None = None,
        if_exists: IfExists = "replace",
        on_failure: OnFailure = "raise",
        fail_on: FailOn = "error",
        strict: bool = False,
        limits: Limits | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> JobHandle:
        """Start a job; see :meth:`mediaflow.Processor.submit`. Events come in a worker thread."""
        start = partial(
            self._processor.submit,
            source,
            outputs,
            to=to,
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
            on_event=on_event,
        )
        # executors of other processes may start one before they take a job
        handle = await asyncio.to_thread(start) if self._leaves else start()
        return JobHandle(handle)

    async def plan(
        self,
        source: JobSource | Job,
        outputs: object = None,
        *,
        to: Place | None = None,
        width: int | str | None = None,
        height: int | str | None = None,
        fit: Fit | None = None,
        quality: int | None = None,
        if_exists: IfExists = "replace",
        on_failure: OnFailure = "raise",
        fail_on: FailOn = "error",
        strict: bool = False,
        limits: Limits | None = None,
    ) -> Plan:
        """Return what :meth:`process` would do and why, without doing it."""
        return await asyncio.to_thread(
            self._processor.plan,
            source,
            outputs,
            to=to,
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
        )

    async def probe(
        self, source: JobSource, *, deep: bool = False, limits: Limits | None = None
    ) -> MediaInfo:
        """Return what a file holds, read from its header alone."""
        return await asyncio.to_thread(self._processor.probe, source, deep=deep, limits=limits)

    async def compare(
        self, a: Source, b: Source, *, resize: bool = False, limits: Limits | None = None
    ) -> Comparison:
        """Return how alike two pictures are; see :func:`mediaflow.compare`."""
        return await asyncio.to_thread(self._processor.compare, a, b, resize=resize, limits=limits)

    def jobs(self) -> tuple[JobHandle, ...]:
        """Return the handles of all running and the last ended jobs, oldest first."""
        return tuple(JobHandle(handle) for handle in self._processor.jobs())

    def job(self, job_id: str) -> JobHandle:
        """Return the handle of a job; see :meth:`mediaflow.Processor.job`."""
        return JobHandle(self._processor.job(job_id))

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop; see :meth:`mediaflow.Processor.cancel`."""
        self._processor.cancel(job_id)

    async def close(self, *, wait: bool = True) -> None:
        """Refuse new jobs and, by default, wait for those that run."""
        await asyncio.to_thread(self._processor.close, wait=wait)


async def process(
    source: JobSource | Job,
    outputs: object = None,
    *,
    to: Place | None = None,
    width: int | str | None = None,
    height: int | str | None = None,
    fit: Fit | None = None,
    quality: int | None = None,
    if_exists: IfExists = "replace",
    on_failure: OnFailure = "raise",
    fail_on: FailOn = "error",
    strict: bool = False,
    limits: Limits | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> JobResult:
    """Make every output of one source in a thread; see :func:`mediaflow.process`."""
    async with Processor(workers=1) as processor:
        return await processor.process(
            source,
            outputs,
            to=to,
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
            on_event=on_event,
        )


async def plan(
    source: JobSource | Job,
    outputs: object = None,
    *,
    to: Place | None = None,
    width: int | str | None = None,
    height: int | str | None = None,
    fit: Fit | None = None,
    quality: int | None = None,
    if_exists: IfExists = "replace",
    on_failure: OnFailure = "raise",
    fail_on: FailOn = "error",
    strict: bool = False,
    limits: Limits | None = None,
) -> Plan:
    """Return what :func:`process` would do and why; see :func:`mediaflow.plan`."""
    return await asyncio.to_thread(
        verbs.plan,
        source,
        outputs,
        to=to,
        width=width,
        height=height,
        fit=fit,
        quality=quality,
        if_exists=if_exists,
        on_failure=on_failure,
        fail_on=fail_on,
        strict=strict,
        limits=limits,
    )


async def probe(
    source: JobSource, *, deep: bool = False, limits: Limits | None = None
) -> MediaInfo:
    """Return what a file holds, read from its header alone; see :func:`mediaflow.probe`."""
    return await asyncio.to_thread(verbs.probe, source, deep=deep, limits=limits)


async def compare(
    a: Source, b: Source, *, resize: bool = False, limits: Limits | None = None
) -> Comparison:
    """Return how alike two pictures are; see :func:`mediaflow.compare`."""
    return await asyncio.to_thread(verbs.compare, a, b, resize=resize, limits=limits)

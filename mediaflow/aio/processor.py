"""A processor whose methods are awaited; jobs run in its threads, never on the loop."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Self

from mediaflow import processor as blocking
from mediaflow.aio.handle import JobHandle
from mediaflow.errors import SpecError
from mediaflow.executors import MAX_ATTEMPTS
from mediaflow.executors.inline import InlineExecutor

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from types import TracebackType

    from mediaflow.executors import AnyExecutor
    from mediaflow.geometry import Fit
    from mediaflow.models.comparison import Comparison
    from mediaflow.models.concat import JobSource
    from mediaflow.models.events import Event
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.isolation import Isolation
    from mediaflow.models.job import FailOn, IfExists, Job, OnFailure, Place, Source
    from mediaflow.models.result import JobResult
    from mediaflow.planning import Plan
    from mediaflow.security.addresses import HttpPolicy
    from mediaflow.security.limits import Limits, Trust
    from mediaflow.security.sandbox import SandboxMode
    from mediaflow.storage import Storage

__all__ = ["Processor"]


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

    @property
    def trust(self) -> Trust:
        """Whose files it processes."""
        return self._processor.trust

    @property
    def isolation(self) -> Isolation:
        """Where sources are taken apart."""
        return self._processor.isolation

    @property
    def storage(self) -> Storage:
        """Where bytes come from and go to; see :class:`mediaflow.Processor`."""
        return self._processor.storage

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

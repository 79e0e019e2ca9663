"""The blocking shell: a Processor that runs jobs in threads, in children, or wherever it is told.

Law: it decides where a job runs and how to wait for it; what a job does is the hallway's business.
"""

from __future__ import annotations

import os
import weakref
from concurrent.futures import wait as wait_for
from typing import TYPE_CHECKING, Self

from mediaflow.errors import SpecError
from mediaflow.executors import MAX_ATTEMPTS, engine_of
from mediaflow.executors.threads import available_threads
from mediaflow.jobs.acquire import plan_job
from mediaflow.jobs.callbacks import Callbacks
from mediaflow.jobs.compare import compare_sources
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.handle import JobHandle
from mediaflow.jobs.handles import Handles, run_for
from mediaflow.jobs.isolation import children_for, isolation_for
from mediaflow.jobs.joining import probe_source
from mediaflow.jobs.request import Shape, build_job
from mediaflow.jobs.routes import route_for
from mediaflow.jobs.run import new_job_id
from mediaflow.models.concat import as_job_source
from mediaflow.models.context import Budget

if TYPE_CHECKING:
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

__all__ = ["JobHandle", "Processor"]


class Processor:
    """Runs jobs; use it as a context manager, or ``close`` it.

    Args:
        executor: ``"threads"`` (submit never blocks) or ``"inline"`` (submit runs the job); any
            ``concurrent.futures.Executor``, which stays open; a Dask ``Client`` or an address such
            as ``"dask://host:8786"``.
        workers: How many jobs run at once; by default one a processor. Each job may then use
            processors / workers threads for itself.
        trust: ``"own"`` for a person's own files, ``"strangers"`` for uploads: tight limits, and
            locations that nobody configured are refused.
        storage: Storage in place of the one that the environment variables describe.
        limits: Limits in place of those of ``trust``.
        isolation: Where sources are taken apart: ``"none"`` in this process, ``"worker"`` in a
            child that serves one job after the other, ``"job"`` in a new child for each. By default
            ``"worker"`` for strangers, else ``"none"``.
        sandbox: How children are locked: ``"auto"`` as far as the system can, ``"require"`` refuses
            to work where it cannot do all, ``"off"`` not at all.
        scratch: Folder of this machine for private files while they are made, films above all; None
            is the system's own.
        max_attempts: How often a cluster begins a job whose workers die under it.
        callback_policy: Which receivers the callbacks of jobs may call; by default public ones,
            over https. Strangers never reach private networks.

    Raises:
        SpecError: A value is not what its argument takes, or cannot travel to other processes.
        MissingExtraError: The package of the cluster is not installed.
        UnsupportedError: A full sandbox is required, and this system has none.
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
        self._process = os.getpid()
        self._callbacks = Callbacks(callback_policy, trust)
        self._isolation = isolation_for(isolation, trust)
        self._engine = engine_of(executor, workers, max_attempts=max_attempts)
        self._executor = self._engine.executor
        self._workers = self._engine.workers or available_threads()
        self._threads = max(1, available_threads() // self._workers)
        private = None if scratch is None else os.fspath(scratch)
        pool = children_for(
            self._isolation, trust, sandbox=sandbox, threads=self._threads, scratch=private
        )
        # a processor that is forgotten, not closed, leaves no children
        self._end_children = None if pool is None else weakref.finalize(self, pool.close)
        self._environment = Environment(
            trust=trust, storage=storage, limits=limits, pool=pool, scratch=private
        )
        self._handles = Handles()
        self._route = route_for(
            self._engine,
            self._environment,
            self._handles,
            self._run,
            threads=self._threads,
            isolation=isolation,
            sandbox=sandbox,
        )

    @property
    def trust(self) -> Trust:
        """Whose files it processes."""
        return self._environment.trust

    @property
    def isolation(self) -> Isolation:
        """Where sources are taken apart."""
        return self._isolation

    @property
    def storage(self) -> Storage:
        """Where bytes come from and go to.

        Raises:
            SpecError: A storage profile of the environment is wrong.
        """
        return self._environment.storage

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            for handle in self.jobs():
                handle.cancel()
        self.close()

    def process(
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
        """Submit a job and wait for its result; see :func:`mediaflow.process`."""
        handle = self.submit(
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
        return handle.result()

    def submit(
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
        """Start a job and return its handle; arguments as of :func:`mediaflow.process`.

        Raises:
            SpecError: The request contradicts itself or cannot travel to the processes of the executor, or the
                processor is closed or was made before a fork. Whatever else is wrong is raised by ``handle.result()``.
        """
        if os.getpid() != self._process:  # its threads and children stayed behind
            raise SpecError(
                "this processor was made before the process was forked",
                hint="make a Processor in each process, after the fork",
            )
        job = build_job(
            source,
            outputs,
            Shape(width=width, height=height, fit=fit, quality=quality),
            to=to,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
        )
        handle = JobHandle(new_job_id())
        if on_event is not None:
            handle.listen(on_event)
        start = self._route.prepare(self._callbacks.admit(job), handle)
        self._handles.add(handle)
        try:
            start()
        except RuntimeError as exc:  # closed meanwhile, or the interpreter is ending
            self._handles.forget(handle)
            raise SpecError(
                "this processor or its executor is closed", hint="make a new Processor"
            ) from exc
        self._callbacks.promise(job, handle)
        return handle

    def plan(
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
        job = build_job(
            source,
            outputs,
            Shape(width=width, height=height, fit=fit, quality=quality),
            to=to,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
        )
        return plan_job(job, self._environment)

    def probe(
        self, source: JobSource, *, deep: bool = False, limits: Limits | None = None
    ) -> MediaInfo:
        """Return what a file holds, read from its header alone; see :func:`mediaflow.probe`."""
        limits = limits if limits is not None else self._environment.limits
        return probe_source(as_job_source(source), self._environment, limits=limits, deep=deep)

    def compare(
        self, a: Source, b: Source, *, resize: bool = False, limits: Limits | None = None
    ) -> Comparison:
        """Return how alike two pictures are, in the calling thread; see :func:`mediaflow.compare`."""
        return compare_sources(a, b, self._environment, resize=resize, limits=limits)

    def jobs(self) -> tuple[JobHandle, ...]:
        """Return the handles of all running and the last ended jobs, oldest first."""
        return self._handles.all()

    def job(self, job_id: str) -> JobHandle:
        """Return the handle of a job.

        Raises:
            UnknownNameError: No job of this processor has that id.
        """
        return self._handles.find(job_id)

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop.

        Raises:
            UnknownNameError: No job of this processor has that id.
        """
        self.job(job_id).cancel()

    def close(self, *, wait: bool = True) -> None:
        """Refuse new jobs and, by default, wait for those that run.

        An executor that was handed in stays open. Callbacks that were not tried yet are tried now,
        which takes ten seconds at most.
        """
        self._handles.close()
        if self._engine.is_own:
            self._executor.shutdown(wait=wait)
        elif wait:
            wait_for([handle.future for handle in self.jobs()])
        self._callbacks.close(wait=wait)
        if self._end_children is not None:
            self._end_children()

    def _run(self, job: Job, handle: JobHandle) -> None:
        memory = self._environment.limits_of(job).max_memory_bytes // self._workers
        try:
            run_for(handle, job, self._environment, Budget(threads=self._threads, bytes=memory))
        finally:
            self._handles.end(handle)

"""Children that wait for calls: warm, counted, replaced when they are worn or lost.

Law: a child serves one job at a time, and nobody waits for one that could have been started before.
All children are started by one thread that lives as long as the pool: the system ends a child with
the thread that started it, not with its process. They are ended by another one, beside the jobs.

Source: prctl(2), PR_SET_PDEATHSIG.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from mediaflow.errors import JobCancelledError, MediaflowError, WorkerLostError
from mediaflow.executors.children import Child, not_started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ChildPool"]

RECYCLED_AFTER: Final = 200
"""Jobs after which a child is replaced: leaks of native code end with it."""

POLL_SECONDS: Final = 0.05
"""How often a job that waits for its child looks whether it is cancelled."""


class ChildPool:
    """Children of one kind; may be used from several threads.

    Args:
        start: Starts a child, and need not wait until it is ready.
        is_locked: Whether they can reach nothing once they are ready.
        end: Called when all children are told to end.
        spare: Children that are started ahead of need.
        recycle: Jobs after which a child is replaced.
    """

    def __init__(
        self,
        start: Callable[[], Child],
        *,
        spare: int = 1,
        recycle: int = RECYCLED_AFTER,
        is_locked: bool = False,
        end: Callable[[], None] | None = None,
    ) -> None:
        self._start, self._spare, self._recycle = start, spare, recycle
        self.is_locked: bool = is_locked
        """Whether children can reach nothing once they are ready."""

        self._end = end
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._starting: list[Future[Child]] = []
        self._busy: set[Child] = set()
        self._lent = 0
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="mediaflow-children")
        self._ender = ThreadPoolExecutor(1, thread_name_prefix="mediaflow-children-end")
        self._is_closed = False

    @contextmanager
    def child(self, *, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Child]:
        """Lend a child for one job; one that is lost or worn is replaced.

        Args:
            cancelled: Whether the job has been given up, asked while none is ready.

        Raises:
            JobCancelledError: The job was given up; the child that was to come waits for the next.
            WorkerLostError: None can be started.
        """
        with self._lock:
            self._lent += 1
        try:
            child = self._take(cancelled)
            try:
                yield child
            finally:
                self._give_back(child)
        finally:
            with self._lock:
                self._lent -= 1
                is_last = self._is_closed and not self._lent
            if is_last:
                self._finish()

    @property
    def serves_once(self) -> bool:
        """Whether each job gets a child of its own."""
        return self._recycle == 1

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children that are ready or busy."""
        with self._lock:
            return tuple(child.pid for child in (*self._idle, *self._busy))

    def close(self) -> None:
        """End all children; those that are busy end with their jobs."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()
        self._end_coming()
        with self._lock:
            is_idle = not self._lent
        if is_idle:
            self._finish()

    def _end_coming(self) -> None:
        """End those that were started ahead."""
        with self._lock:
            starting, self._starting = self._starting, []
        for future in starting:
            if not future.cancel():
                with suppress(MediaflowError):
                    future.result().close()

    def _finish(self) -> None:
        """End what all children end with: the thread that started them, and whatever forked them."""
        self._ender.shutdown()
        self._starter.shutdown()
        if self._end is not None:
            self._end()

    def _take(self, cancelled: Callable[[], bool]) -> Child:
        while True:
            found = self._idle_child()
            child = found if isinstance(found, Child) else self._arrived(found, cancelled)
            if child.is_alive():
                try:
                    child.greet(cancelled)
                except JobCancelledError:
                    self._give_back(child)
                    raise
                child.jobs += 1
                with self._lock:
                    self._busy.add(child)
                return child
            child.kill()

    def _arrived(self, coming: Future[Child], cancelled: Callable[[], bool]) -> Child:
        """Wait for a child that is on its way.

        Raises:
            JobCancelledError: The job was given up; the child is kept for another one.
        """
        while not wait((coming,), POLL_SECONDS).done:
            if cancelled():
                with self._lock:
                    self._starting.insert(0, coming)
                    is_closed = self._is_closed
                if is_closed:
                    self._end_coming()
                raise JobCancelledError("the job was cancelled")
        return coming.result()

    def _idle_child(self) -> Child | Future[Child]:
        """Take a child that waits, or one that is on its way."""
        with self._lock:
            if self._is_closed:
                raise WorkerLostError("this processor is closed", retryable=False)
            if self._idle:
                return self._idle.pop()
            coming = self._next_coming() or self._started()
            self._refill()
            return coming

    def _next_coming(self) -> Future[Child] | None:
        """Take the next that was started ahead; why one could not be is no news any more."""
        while self._starting:
            coming = self._starting.pop(0)
            if not (coming.done() and coming.exception()):
                return coming
        return None

    def _give_back(self, child: Child) -> None:
        is_worn = child.jobs >= self._recycle or not child.is_alive()
        with self._lock:
            self._busy.discard(child)
            is_worn = is_worn or self._is_closed
            if not is_worn:
                self._idle.append(child)
            elif not self._is_closed:
                self._refill()
        if is_worn:
            self._let_go(child)

    def _let_go(self, child: Child) -> None:
        """End a child beside the jobs: nobody waits for it, nor for what it may still want to do."""
        end = child.kill if self.serves_once else child.close
        try:
            self._ender.submit(end)
        except RuntimeError:  # the pool is closed, or there may be no more threads
            end()

    def _refill(self) -> None:
        """Start what is missing of the spare children; the caller holds the lock."""
        with suppress(WorkerLostError):  # who needs one tries again
            while len(self._idle) + len(self._starting) < self._spare:
                self._starting.append(self._started())

    def _started(self) -> Future[Child]:
        try:
            self._ender.submit(int)  # its thread is there before it is needed
            return self._starter.submit(self._start)
        except RuntimeError as exc:  # there may be no more threads
            raise not_started(str(exc)) from exc

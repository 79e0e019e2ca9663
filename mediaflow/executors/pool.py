"""Children that wait for calls: warm, counted, replaced when they are worn or lost.

Law: a child serves one job at a time, and nobody waits for one that could have been started before.
All children are started by one thread that lives as long as the pool: the system ends a child with
the thread that started it, not with its process.

Source: prctl(2), PR_SET_PDEATHSIG.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from mediaflow.errors import MediaflowError, WorkerLostError
from mediaflow.executors.children import Child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ChildPool"]

RECYCLED_AFTER: Final = 200
"""Jobs after which a child is replaced: leaks of native code end with it."""


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
        self._is_closed = False

    @contextmanager
    def child(self) -> Iterator[Child]:
        """Lend a child for one job; one that is lost or worn is replaced.

        Raises:
            WorkerLostError: None can be started.
        """
        with self._lock:
            self._lent += 1
        try:
            child = self._take()
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
            starting, self._starting = self._starting, []
        for child in idle:
            child.close()
        for future in starting:
            if not future.cancel():
                with suppress(MediaflowError):
                    future.result().close()
        with self._lock:
            is_idle = not self._lent
        if is_idle:
            self._finish()

    def _finish(self) -> None:
        """End what all children end with: the thread that started them, and whatever forked them."""
        self._starter.shutdown()
        if self._end is not None:
            self._end()

    def _take(self) -> Child:
        while True:
            found = self._idle_child()
            child = found if isinstance(found, Child) else found.result()
            if child.is_alive():
                child.greet()
                child.jobs += 1
                with self._lock:
                    self._busy.add(child)
                return child
            child.kill()

    def _idle_child(self) -> Child | Future[Child]:
        """Take a child that waits, or one that is on its way."""
        with self._lock:
            if self._is_closed:
                raise WorkerLostError("this processor is closed", retryable=False)
            if self._idle:
                return self._idle.pop()
            coming = self._starting.pop(0) if self._starting else self._started()
            self._refill()
            return coming

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
        """End a child beside the jobs: nobody waits for it."""
        try:
            self._starter.submit(child.close)
        except RuntimeError:  # the pool is closed
            child.close()

    def _refill(self) -> None:
        """Start what is missing of the spare children; the caller holds the lock."""
        while len(self._idle) + len(self._starting) < self._spare:
            self._starting.append(self._started())

    def _started(self) -> Future[Child]:
        return self._starter.submit(self._start)

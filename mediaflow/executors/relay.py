"""Follows a future of an executor that somebody else wrote to whatever end it comes to.

Law: an end always comes. A future that its executor gave up, or dropped without an answer, is a lost
worker: whoever could still answer holds the future, so it is held weakly here and its own end is told.
"""

from __future__ import annotations

import weakref
from concurrent.futures import BrokenExecutor, Future
from typing import Generic, TypeVar

from mediaflow.errors import (
    JobCancelledError,
    MediaflowError,
    ProcessingError,
    WorkerLostError,
)

__all__ = ["Relay", "broken", "lost", "not_run", "stopped"]

T = TypeVar("T")

HINT = "submit the job again, to a new executor where this one is broken; its outputs are whole or absent"


class Relay(Generic[T]):
    """A call that an executor has taken.

    Args:
        theirs: The future that the executor returned.
    """

    def __init__(self, theirs: Future[T]) -> None:
        self._future: Future[T] = Future()
        self._asked = False
        self._theirs = weakref.ref(theirs)
        self._dropped = weakref.finalize(theirs, self._drop)
        self._dropped.atexit = False
        theirs.add_done_callback(self._copy)

    @property
    def future(self) -> Future[T]:
        """The answer, or an error of this library."""
        return self._future

    def stop(self) -> None:
        """Cancel the call if it has not begun."""
        self._asked = True
        theirs = self._theirs()
        if theirs is not None:
            theirs.cancel()

    def _copy(self, theirs: Future[T]) -> None:
        self._dropped.detach()
        if theirs.cancelled():
            self._end_cancelled()
            return
        error = theirs.exception()
        if error is None:
            self._future.set_result(theirs.result())
        else:
            self._future.set_exception(_told(error))

    def _end_cancelled(self) -> None:
        if self._asked:
            self._future.set_exception(stopped())
        else:
            self._future.set_exception(lost("the executor gave the job up before it began"))

    def _drop(self) -> None:
        if not self._future.done():
            self._future.set_exception(lost("the executor dropped the job without an answer"))


def lost(message: str) -> WorkerLostError:
    """Return the error for a job whose worker is gone."""
    return WorkerLostError(message, hint=HINT)


def broken(error: BrokenExecutor) -> WorkerLostError:
    """Return the error for an executor whose workers died."""
    made = lost(f"the worker that ran the job died: {error}")
    made.__cause__ = error
    return made


def stopped() -> JobCancelledError:
    """Return the error for a job that was stopped before it began."""
    return JobCancelledError("the job was cancelled before it began")


def not_run(error: BaseException) -> ProcessingError:
    """Return the error for a worker that could not even begin, or met a bug."""
    message = f"the worker could not run the job: {type(error).__name__}: {error}"
    made = ProcessingError(message, hint="workers need the same versions as this process")
    made.__cause__ = error
    return made


def _told(error: BaseException) -> BaseException:
    """Return the error of this library for what an executor answered."""
    if isinstance(error, BrokenExecutor):
        return broken(error)
    is_strange = isinstance(error, Exception) and not isinstance(error, MediaflowError)
    return not_run(error) if is_strange else error

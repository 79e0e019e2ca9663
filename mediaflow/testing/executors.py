"""What every executor must do for jobs to run on it.

Inherit `ExecutorContract`, give ``make``, and run it with pytest::

    class TestMyExecutor(ExecutorContract):
        def make(self, workers): ...

Law: an executor is a ``concurrent.futures.Executor`` and knows nothing of media. Every call here
can be pickled, so that executors of other processes and machines can inherit the suite.
"""

from __future__ import annotations

import operator
import time
from concurrent.futures import Executor, Future, wait
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ExecutorContract"]

WAIT_SECONDS: Final = 60.0
WORKERS: Final = 2
CALLS: Final = 40


class ExecutorContract:
    """Calls run once each, results and errors come back whole, and the end is an end."""

    def make(self, workers: int) -> Executor:
        """Return a new executor that runs at most ``workers`` calls at once."""
        raise NotImplementedError

    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        """Return an executor that is shut down after the test."""
        made = self.make(WORKERS)
        yield made
        made.shutdown(wait=True)

    def test_it_is_an_executor_of_the_standard_library(self, executor: Executor) -> None:
        assert isinstance(executor, Executor)

    def test_result_comes_back(self, executor: Executor) -> None:
        future = executor.submit(divmod, 17, 5)

        assert isinstance(future, Future)
        assert future.result(WAIT_SECONDS) == (3, 2)

    def test_arguments_by_name_reach_the_call(self, executor: Executor) -> None:
        future = executor.submit(sorted, [3, 1, 2], reverse=True)

        assert future.result(WAIT_SECONDS) == [3, 2, 1]

    def test_exception_belongs_to_its_future(self, executor: Executor) -> None:
        failed = executor.submit(operator.truediv, 1, 0)
        fine = executor.submit(operator.truediv, 1, 2)

        assert isinstance(failed.exception(WAIT_SECONDS), ZeroDivisionError)
        assert fine.result(WAIT_SECONDS) == 0.5

    def test_error_of_this_library_comes_back_whole(self, executor: Executor) -> None:
        error = executor.submit(_fail).exception(WAIT_SECONDS)

        assert type(error).__name__ == "TruncatedMediaError"
        assert getattr(error, "hint", None) == "send it again"
        assert getattr(error, "where", None) == "a.jpg"

    def test_every_call_runs_once(self, executor: Executor) -> None:
        futures = [executor.submit(abs, -number) for number in range(CALLS)]

        assert [future.result(WAIT_SECONDS) for future in futures] == list(range(CALLS))

    def test_no_more_calls_run_at_once_than_there_are_workers(self, executor: Executor) -> None:
        futures = [executor.submit(_busy) for _ in range(12)]
        spans = [future.result(WAIT_SECONDS) for future in futures]

        # At any moment at which a call begins, it and the calls that began before and have not
        # ended are running.
        most = max(sum(start <= now < end for start, end in spans) for now, _ in spans)
        assert 1 <= most <= WORKERS

    def test_callback_of_a_future_is_called(self, executor: Executor) -> None:
        seen: list[int] = []
        future = executor.submit(abs, -7)

        future.add_done_callback(lambda ended: seen.append(ended.result()))
        wait([future], WAIT_SECONDS)
        executor.shutdown(wait=True)

        assert seen == [7]

    def test_leaving_the_block_waits_for_all_calls(self) -> None:
        with self.make(WORKERS) as executor:
            futures = [executor.submit(_busy) for _ in range(6)]

        assert all(future.done() for future in futures)

    def test_nothing_is_taken_after_the_end(self) -> None:
        executor = self.make(WORKERS)
        executor.shutdown(wait=True)

        with pytest.raises(RuntimeError):
            executor.submit(abs, -1)

    def test_it_may_be_shut_down_twice(self) -> None:
        executor = self.make(WORKERS)

        executor.shutdown(wait=True)
        executor.shutdown(wait=True)

    def test_one_worker_runs_calls_in_order(self) -> None:
        with self.make(1) as executor:
            spans = [future.result(WAIT_SECONDS) for future in _submit_all(executor)]

        assert spans == sorted(spans)


def _submit_all(executor: Executor) -> list[Future[tuple[float, float]]]:
    return [executor.submit(_busy) for _ in range(6)]


def _busy() -> tuple[float, float]:
    """Compute for about a millisecond; return when it began and ended."""
    start = time.monotonic()
    sum(range(20_000))
    return start, time.monotonic()


def _fail() -> None:
    from mediaflow.errors import TruncatedMediaError

    raise TruncatedMediaError("cut off", hint="send it again", where="a.jpg")

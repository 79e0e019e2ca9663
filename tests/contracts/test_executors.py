"""The built-in executors keep the contract, and so does the one of the standard library."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from mediaflow.executors import executors, get_executor
from mediaflow.testing import ExecutorContract

pytestmark = pytest.mark.contract


class TestThreads(ExecutorContract):
    def make(self, workers: int) -> Executor:
        return get_executor("threads", workers)


class TestInline(ExecutorContract):
    def make(self, workers: int) -> Executor:
        return get_executor("inline", workers)


class TestStandardLibrary(ExecutorContract):
    """The suite asks for nothing that only our own executors do."""

    def make(self, workers: int) -> Executor:
        return ThreadPoolExecutor(workers)


def test_every_executor_is_tested() -> None:
    assert set(executors.builtin_names()) == {"inline", "threads"}

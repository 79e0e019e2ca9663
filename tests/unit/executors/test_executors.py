"""Executors are found by name, bounded, and say what is wrong."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.executors import executors, get_executor
from mediaflow.executors.inline import InlineExecutor
from mediaflow.executors.threads import available_threads


def test_names_lead_to_executors() -> None:
    with get_executor("inline", 1) as inline, get_executor("threads", 3) as threads:
        assert isinstance(inline, InlineExecutor)
        assert isinstance(threads, ThreadPoolExecutor)
        assert threads._max_workers == 3
    assert executors.builtin_names() == ("inline", "threads")


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="'thread'; did you mean 'threads'"):
        get_executor("thread", 1)


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", True, None])
def test_workers_are_a_whole_number_from_one(workers: Any) -> None:
    with pytest.raises(SpecError, match="workers must be"):
        get_executor("threads", workers)


def test_inline_call_is_done_before_submit_returns() -> None:
    assert get_executor("inline", 1).submit(abs, -1).done()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_interrupt_ends_the_inline_caller_too(error: type[BaseException]) -> None:
    def stop() -> None:
        raise error

    with pytest.raises(error):
        get_executor("inline", 1).submit(stop)


def test_threads_carry_the_library_s_name() -> None:
    import threading

    with get_executor("threads", 1) as pool:
        name = pool.submit(lambda: threading.current_thread().name).result(10)

    assert name.startswith("mediaflow")


def test_environment_decides_how_many_threads_compute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAFLOW_THREADS", "7")

    assert available_threads() == 7


def test_process_may_use_the_processors_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDIAFLOW_THREADS", raising=False)

    assert available_threads() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("wish", ["0", "-1", "many", "", "1.5", " 2"])
def test_environment_that_says_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    monkeypatch.setenv("MEDIAFLOW_THREADS", wish)

    with pytest.raises(SpecError, match="MEDIAFLOW_THREADS must be"):
        available_threads()

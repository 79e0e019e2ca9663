"""A pool lends children that live, hears who gives up, and keeps what it started."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from mediaflow.errors import JobCancelledError, WorkerLostError
from mediaflow.executors.children import Child
from mediaflow.executors.pool import ChildPool


class Played(Child):
    """A child without a process."""

    def __init__(self) -> None:
        self.jobs = 0
        self.ends: list[str] = []
        self.ended_by = threading.Event()
        self.lives = True
        self.greeted: list[Callable[[], bool]] = []

    @property
    def pid(self) -> int:
        return 1

    def is_alive(self) -> bool:
        return self.lives and not self.ends

    def greet(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.greeted.append(cancelled)
        if cancelled():
            raise JobCancelledError("the job was cancelled")

    def kill(self) -> None:
        self._end("kill")

    def close(self) -> None:
        self._end("close")

    def _end(self, how: str) -> None:
        self.ends.append(how)
        self.thread = threading.current_thread().name
        self.ended_by.set()


class Started:
    """Starts children, or fails, as often as it is asked; waits for leave where there is a gate."""

    def __init__(self, *failures: Exception | None, gate: threading.Event | None = None) -> None:
        self.failures = iter(failures)
        self.gate = gate
        self.made: list[Played] = []

    def __call__(self) -> Child:
        if self.gate is not None:
            assert self.gate.wait(10)
        failure = next(self.failures, None)
        if failure is not None:
            raise failure
        self.made.append(Played())
        return self.made[-1]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    made = threading.Event()
    yield made
    made.set()


def test_who_gives_up_before_a_child_is_there_is_heard(gate: threading.Event) -> None:
    start = Started(gate=gate)
    pool = ChildPool(start, spare=0)

    with pytest.raises(JobCancelledError), pool.child(cancelled=lambda: True):
        pass
    gate.set()
    with pool.child():
        assert len(start.made) == 1
    pool.close()

    assert start.made[0].ends == ["close"]


def test_who_gives_up_before_a_child_is_ready_leaves_it_to_the_next() -> None:
    start = Started()
    pool = ChildPool(start, spare=0)
    with pool.child():
        pass

    with pytest.raises(JobCancelledError), pool.child(cancelled=lambda: True):
        pass
    with pool.child() as child:
        assert child is start.made[0]
    pool.close()

    assert len(start.made) == 1


def test_a_child_that_comes_after_the_pool_was_closed_is_ended(gate: threading.Event) -> None:
    start = Started(gate=gate)
    pool = ChildPool(start, spare=0)

    def give_up() -> bool:
        pool.close()
        gate.set()
        return True

    with pytest.raises(JobCancelledError), pool.child(cancelled=give_up):
        pass

    assert start.made == [] or start.made[0].ends == ["close"]


def test_why_a_spare_child_failed_is_not_told_to_a_later_job() -> None:
    start = Started(None, WorkerLostError("too many open files"))
    pool = ChildPool(start)

    with pool.child():
        spare = pool._starting[0]
        assert isinstance(spare.exception(10), WorkerLostError)
        with pool.child() as second:
            assert second in start.made
    pool.close()


def test_why_a_child_failed_now_is_told() -> None:
    pool = ChildPool(Started(WorkerLostError("too many open files")), spare=0)

    with pytest.raises(WorkerLostError, match="too many open files"), pool.child():
        pass
    pool.close()


@pytest.mark.parametrize(("recycle", "how"), [(1, "kill"), (2, "close")])
def test_a_worn_child_is_ended_beside_those_that_start(recycle: int, how: str) -> None:
    start = Started()
    pool = ChildPool(start, spare=0, recycle=recycle)

    for _ in range(recycle):
        with pool.child():
            pass
    worn = start.made[0]
    assert worn.ended_by.wait(10)
    pool.close()

    assert worn.ends == [how]
    assert worn.thread.startswith("mediaflow-children-end")


def test_a_lost_child_goes_and_is_not_busy_any_more() -> None:
    start = Started()
    pool = ChildPool(start, spare=0)

    with pool.child():
        start.made[0].lives = False

    assert pool.pids == ()
    with pool.child() as child:
        assert child is not start.made[0]
    pool.close()


def test_a_child_for_which_there_is_no_thread_cannot_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    pool = ChildPool(Started())
    monkeypatch.setattr(threading.Thread, "start", refuse)

    with pytest.raises(WorkerLostError, match="can't start new thread"), pool.child():
        pass
    monkeypatch.undo()
    pool.close()

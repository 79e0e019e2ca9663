"""A warm process outlives what the system refuses, and answers questions one by one."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediaflow.errors import WorkerLostError
from mediaflow.executors import zygote
from mediaflow.executors.line import Line, Message, line_pair
from mediaflow.executors.starting import StartOptions
from mediaflow.executors.zygote import Zygote, can_fork, serve_forks

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot hold forked children")


def refuse(number: int) -> int:
    del number
    raise OSError(errno.EMFILE, "Too many open files")


def refuse_fork() -> int:
    raise OSError(errno.EAGAIN, "Resource temporarily unavailable")


@pytest.fixture
def asking() -> Iterator[Line]:
    """Lend a line to a server of forks, which runs in a thread of this process."""
    ours, theirs = line_pair(takes_descriptors=True)
    other = Line(theirs)
    thread = threading.Thread(target=serve_forks, args=(other, os._exit), daemon=True)
    thread.start()
    yield ours
    ours.close()
    thread.join(5)
    other.close()
    assert not thread.is_alive()


def asked(line: Line, number: int) -> dict[str, object]:
    with open(os.devnull, "rb") as file:
        line.send({"do": "fork", "folder": "/", "ask": number}, descriptors=[file.fileno()])
    message = line.receive(10)
    assert message is not None
    message.drop()
    return dict(message.data)


def test_a_fork_that_is_refused_costs_one_question(
    asking: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.listdir", lambda _: ["1"])
    monkeypatch.setattr("os.fork", refuse_fork)

    for number in (1, 2):
        answer = asked(asking, number)
        assert answer["answer"] == "failed"
        assert "temporarily unavailable" in str(answer["words"])
        assert answer["ask"] == number


def test_a_child_that_cannot_be_held_is_ended(
    asking: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = os.posix_spawn("/bin/sleep", ["sleep", "600"], {})
    monkeypatch.setattr("os.listdir", lambda _: ["1"])
    monkeypatch.setattr("os.fork", lambda: made)
    monkeypatch.setattr("os.pidfd_open", refuse)

    assert "Too many open files" in str(asked(asking, 1)["words"])

    with pytest.raises(ChildProcessError):
        os.waitpid(made, 0)


def test_more_threads_than_one_are_no_place_for_forks(asking: Line) -> None:
    assert asked(asking, 1) == {"answer": "unsafe", "ask": 1}


def test_how_a_child_ended_is_told_once_it_did(
    asking: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = forked(asking, monkeypatch)

    assert reaped(asking, made) is None
    os.kill(made, signal.SIGTERM)
    gone(made)
    assert reaped(asking, made) == -signal.SIGTERM
    assert reaped(asking, made) is None


def test_a_child_that_ends_is_let_go_though_nobody_asks(
    asking: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = forked(asking, monkeypatch)
    before = len(os.listdir("/proc/self/fd"))

    os.kill(made, signal.SIGKILL)
    gone(made)

    with pytest.raises(ChildProcessError):
        os.waitpid(made, 0)
    assert reaped(asking, made) == -signal.SIGKILL
    assert len(os.listdir("/proc/self/fd")) == before - 1  # what stood for it


def test_a_process_that_nobody_forked_is_unknown(asking: Line) -> None:
    assert reaped(asking, os.getpid()) is None


def forked(line: Line, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the server hold a process, as if it had forked it."""
    made = os.posix_spawn("/bin/sleep", ["sleep", "600"], {})
    with monkeypatch.context() as patched:
        patched.setattr("os.listdir", lambda _: ["1"])
        patched.setattr("os.fork", lambda: made)
        assert asked(line, 1)["pid"] == made
    return made


def gone(pid: int) -> None:
    """Wait until nothing is left of a process: one that nobody waited for keeps its place."""
    until = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}"):
        assert time.monotonic() < until
        time.sleep(0.005)


def reaped(line: Line, pid: int) -> object:
    line.send({"do": "reap", "pid": pid, "ask": 1})
    message = line.receive(10)
    assert message is not None
    return message.data["status"]


class Warm:
    """Stands for a warm process that answers as it is told."""

    def __init__(self, **answer: object) -> None:
        self.answer = answer
        self.asked = 0

    def can_be_asked(self) -> bool:
        return True

    def ask(self, data: object, seconds: float, *, descriptors: object = ()) -> object:
        self.asked += 1
        return Message(data=self.answer)


def test_a_fork_that_failed_costs_one_job(tmp_path: Path) -> None:
    made = Zygote(StartOptions(module="none", scratch=str(tmp_path)))
    made._warm = Warm(answer="failed", words="Too many processes")  # type: ignore[assignment]  # says it all
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        with pytest.raises(WorkerLostError, match="cannot be started: Too many processes"):
            made.child()

    assert made._is_safe
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_who_asks_how_a_child_ended_does_not_wait_for_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zygote, "BUSY_SECONDS", 0.05)
    made = Zygote(StartOptions(module="none"))
    made._warm = Warm(status=3)  # type: ignore[assignment]  # says it all
    assert made.status(7) == 3

    with made._lock:
        assert made.status(7) == -signal.SIGKILL


def test_a_child_has_no_descriptor_of_those_before_it(tmp_path: Path) -> None:
    start = StartOptions(
        module="mediaflow.jobs.child", options={"sandbox": "off"}, scratch=str(tmp_path)
    )
    made = Zygote(start)
    children = [made.child() for _ in range(3)]
    try:
        for child in children:
            child.greet()
        counts = [len(os.listdir(f"/proc/{child.pid}/fd")) for child in children]
    finally:
        for child in children:
            child.kill()
        made.close()

    assert counts == [counts[0]] * 3

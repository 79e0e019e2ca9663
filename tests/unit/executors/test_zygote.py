"""A warm process outlives what the system refuses, and answers questions one by one."""

from __future__ import annotations

import errno
import os
import signal
import threading
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


def test_how_a_child_ended_is_told_once_it_did(asking: Line) -> None:
    made = os.posix_spawn("/bin/sleep", ["sleep", "600"], {})

    assert reaped(asking, made) is None
    os.kill(made, signal.SIGTERM)
    os.waitid(os.P_PID, made, os.WEXITED | os.WNOWAIT)
    assert reaped(asking, made) == -signal.SIGTERM


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

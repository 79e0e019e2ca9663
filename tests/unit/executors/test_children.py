"""Whatever a child says, or does not say, each wait for it ends."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mediaflow.errors import JobCancelledError, JobTimeoutError, WorkerLostError
from mediaflow.executors import children
from mediaflow.executors.children import Child, Watch
from mediaflow.executors.line import Line, Message, line_pair
from mediaflow.security.janitor import PrivateFolder

BEAT = struct.pack("!III", 10, 0, 0) + b'{"beat":1}'
READY = struct.pack("!III", 14, 0, 0) + b'{"ready":true}'


class Held:
    """A process that never was: it ends when it is killed."""

    pid = os.getpid()

    def __init__(self) -> None:
        self.status: int | None = None
        self.kills = 0
        self.words = ""

    def ended(self) -> int | None:
        return self.status

    def wait(self, seconds: float) -> int | None:
        del seconds
        return self.status

    def kill(self) -> None:
        self.kills += 1
        self.status = -9

    def last_words(self) -> str:
        assert self.status is not None, "who lives may speak for good"
        return self.words

    def forget(self) -> None:
        return None

    def close(self) -> None:
        return None


class Peer:
    """A child, and the end of its line where anything may be said."""

    def __init__(self, place: str) -> None:
        line, self.end = line_pair()
        self.hold = Held()
        self.folder = PrivateFolder(place)
        self.child = Child(self.hold, line, self.folder)

    def says(self, *data: bytes) -> None:
        for part in data:
            self.end.sendall(part)

    def keeps_saying(self, data: bytes) -> None:
        threading.Thread(target=self._keep_saying, args=(data,), daemon=True).start()

    def _keep_saying(self, data: bytes) -> None:
        with suppress(OSError):
            while True:
                self.end.sendall(data)

    def fills_its_line(self) -> None:
        """Let the parent's side of the line be full, as when nobody reads."""
        with suppress(BlockingIOError):
            while True:
                self.child._line._socket.send(bytes(65_536))


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(children, "START_SECONDS", 0.2)
    made = Peer(str(tmp_path))
    yield made
    made.child.kill()
    with suppress(OSError):
        made.end.shutdown(socket.SHUT_RDWR)
    made.end.close()


def nothing(message: Message) -> None:
    del message


def after(looks: int) -> Callable[[], bool]:
    """Return what says no so often, and then yes."""
    left = iter([False] * looks)
    return lambda: next(left, True)


def test_who_babbles_ends_at_the_deadline(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "MOST_A_SECOND", 1e9)
    peer.keeps_saying(BEAT * 10)

    with pytest.raises(JobTimeoutError):
        peer.child.call({}, nothing, Watch(deadline=0.0, limit_seconds=1.0))

    assert peer.hold.kills == 1


def test_who_says_more_than_there_is_to_say_is_ended(peer: Peer) -> None:
    peer.says(BEAT * (children.MOST_AT_ONCE + 200))

    with pytest.raises(WorkerLostError, match="more than it has to say"):
        peer.child.call({}, nothing, Watch())

    assert peer.hold.kills == 1


def test_hundreds_of_files_at_once_are_no_babble(peer: Peer) -> None:
    seen: list[Message] = []
    part = b'{"part":"sheet","number":1}'
    answer = b'{"answer":"good"}'
    peer.says((struct.pack("!III", len(part), 0, 0) + part) * 900)
    peer.says(struct.pack("!III", len(answer), 0, 0) + answer)

    message = peer.child.call({}, seen.append, Watch())

    assert message.data == {"answer": "good"}
    assert len(seen) == 900


@pytest.mark.parametrize(("word", "is_fine"), [(b"event", False), (b"answer", True)])
def test_only_an_answer_may_be_long(peer: Peer, word: bytes, is_fine: bool) -> None:
    said = b'{"' + word + b'":"' + b"x" * children.MOST_NEWS + b'"}'
    peer.says(struct.pack("!III", len(said), 0, 0) + said)

    with suppress(WorkerLostError):
        peer.child.call({}, nothing, Watch())

    assert peer.child.can_be_asked() == is_fine


@pytest.mark.parametrize("said", [b"\x00", BEAT[:7], BEAT])
def test_who_says_no_answer_to_a_cancel_is_killed(peer: Peer, said: bytes) -> None:
    peer.says(said)

    with pytest.raises(JobCancelledError):
        peer.child.call({}, nothing, Watch(cancelled=after(2)))

    assert peer.hold.kills == 1
    assert not os.path.exists(peer.folder.path)


def test_who_keeps_talking_after_a_cancel_is_killed(peer: Peer) -> None:
    peer.keeps_saying(BEAT)

    with pytest.raises(JobCancelledError):
        peer.child.call({}, nothing, Watch(cancelled=lambda: True))

    assert peer.hold.kills == 1


def test_who_does_not_read_what_is_asked_is_killed_at_a_cancel(peer: Peer) -> None:
    with pytest.raises(JobCancelledError):
        peer.child.call({}, nothing, Watch(cancelled=lambda: True), payload=bytes(20_000_000))

    assert peer.hold.kills == 1


def test_a_cancel_waits_for_the_end_of_a_message(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "GRACE_SECONDS", 10.0)
    answer = b'{"answer":"bad"}'
    said = struct.pack("!III", len(answer), 0, 0) + answer
    rest, answers = iter([b"", BEAT[7:], said]), iter([False])
    peer.says(BEAT[:7])

    def cancelled() -> bool:
        peer.says(next(rest, b""))
        return next(answers, True)

    with pytest.raises(JobCancelledError):
        peer.child.call({}, nothing, Watch(cancelled=cancelled))

    assert peer.hold.kills == 0
    assert peer.child.is_alive()


def test_who_stops_in_time_lives(peer: Peer) -> None:
    other = Line(peer.end)

    def obey() -> None:
        while (message := other.receive()) and message.data.get("do") != "cancel":
            pass
        other.send({"answer": "bad"})

    thread = threading.Thread(target=obey, daemon=True)
    thread.start()
    with pytest.raises(JobCancelledError):
        peer.child.call({}, nothing, Watch(cancelled=lambda: True))
    thread.join(5)

    assert peer.hold.kills == 0
    assert peer.child.is_alive()


def test_who_does_not_listen_is_killed_when_it_is_told_something(peer: Peer) -> None:
    peer.fills_its_line()

    peer.child.tell({"do": "end"})

    assert peer.hold.kills == 1
    assert not peer.child.is_alive()


@pytest.mark.parametrize("said", [b"\x00", BEAT * 3])
def test_a_question_ends_in_time(peer: Peer, said: bytes) -> None:
    peer.says(said)

    with pytest.raises(WorkerLostError, match=r"within 0\.1 s"):
        peer.child.ask({"do": "it"}, 0.1)


def test_a_late_answer_is_not_the_answer_to_the_next_question(peer: Peer) -> None:
    other = Line(peer.end)
    with pytest.raises(WorkerLostError, match="within"):
        peer.child.ask({"do": "it"}, 0.1)
    other.send({"answer": "first", "ask": 1})
    other.send({"answer": "second", "ask": 2})

    assert peer.child.ask({"do": "it"}, 5).data["answer"] == "second"


@pytest.mark.parametrize("said", [b"", READY[:5], READY[:-1]])
def test_who_never_gets_ready_is_killed_before_its_words_are_read(peer: Peer, said: bytes) -> None:
    peer.says(said)
    peer.hold.words = "no such thing"

    with pytest.raises(WorkerLostError, match="cannot be started: no such thing"):
        peer.child.greet()

    assert peer.hold.status is not None


def test_who_gives_up_waiting_may_greet_again(peer: Peer) -> None:
    with pytest.raises(JobCancelledError):
        peer.child.greet(lambda: True)
    assert peer.child.is_alive()
    peer.says(READY)

    peer.child.greet()

    assert peer.child.about == {"ready": True}


@pytest.mark.parametrize("end", [Child.kill, Child.close])
def test_who_was_ended_is_not_alive_even_when_its_process_does_not_die(
    peer: Peer, end: Callable[[Child], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer.hold, "kill", lambda: None)
    peer.says(READY)
    peer.child.greet()

    end(peer.child)

    assert not peer.child.is_alive()
    peer.child.tell({"do": "end"})
    peer.child.close()

"""A line carries JSON, bytes and descriptors, and believes nothing."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from mediaflow.errors import JobCancelledError, WorkerLostError
from mediaflow.executors.line import MOST_JSON, MOST_PAYLOAD, Line, line_pair


@pytest.fixture
def ends() -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = line_pair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_message_arrives_with_its_bytes_and_its_open_files(
    ends: tuple[Line, socket.socket],
) -> None:
    ours, theirs = ends
    here, there = os.pipe()
    payload = os.urandom(3_000_000)  # far beyond what a socket holds
    sender = threading.Thread(
        target=ours.send, args=({"do": "it", "number": 7}, payload, (there,)), daemon=True
    )
    sender.start()
    message = Line(theirs).receive(10)
    sender.join(10)
    assert message is not None
    assert message.data == {"do": "it", "number": 7}
    assert message.payload == payload
    (given,) = message.descriptors
    assert given not in (here, there)
    os.write(given, b"through")
    assert os.read(here, 10) == b"through"
    for descriptor in (here, there, given):
        os.close(descriptor)


class Counted:
    """A socket whose calls are counted."""

    def __init__(self, end: socket.socket) -> None:
        self.end, self.calls = end, 0

    def sendmsg(self, *given: Any) -> int:
        self.calls += 1
        return self.end.sendmsg(*given)

    def send(self, *given: Any) -> int:
        self.calls += 1
        return self.end.send(*given)

    def close(self) -> None:
        self.end.close()


@pytest.mark.parametrize("length", [0, 1, 30_000])
def test_a_small_message_goes_at_once_with_its_bytes(
    ends: tuple[Line, socket.socket], length: int
) -> None:
    ours, theirs = ends
    counted = Counted(ours._socket)
    ours._socket = counted  # type: ignore[assignment]  # stands for it
    payload = os.urandom(length)

    ours.send({"file": "one"}, payload)

    message = Line(theirs).receive(10)
    assert message is not None
    assert (message.data, message.payload) == ({"file": "one"}, payload)
    assert counted.calls == 1


def test_messages_keep_their_order_and_their_descriptors(
    ends: tuple[Line, socket.socket],
) -> None:
    ours, theirs = ends
    file = os.memfd_create("some")
    for number in range(3):
        ours.send({"number": number}, descriptors=[file] * number)
    other = Line(theirs)
    found = [other.receive(5) for _ in range(3)]
    os.close(file)
    assert [one.data["number"] for one in found if one] == [0, 1, 2]
    assert [len(one.descriptors) for one in found if one] == [0, 1, 2]
    for one in found:
        for descriptor in one.descriptors if one else ():
            os.close(descriptor)


def test_nothing_comes_in_time(ends: tuple[Line, socket.socket]) -> None:
    assert ends[0].receive(0.01) is None
    assert not ends[0].has_message()


@pytest.mark.parametrize(
    "said",
    [
        struct.pack("!III", MOST_JSON + 1, 0, 0),
        struct.pack("!III", 2, MOST_PAYLOAD + 1, 0) + b"{}",
        struct.pack("!III", 2, 0, 201) + b"{}",
        struct.pack("!III", 2, 0, 1) + b"{}",  # a descriptor that does not come
        struct.pack("!III", 4, 0, 0) + b"nope",
        struct.pack("!III", 4, 0, 0) + b"[[1]",
        struct.pack("!III", 3, 0, 0) + b"[1]",
        struct.pack("!III", 100_000, 0, 0) + b"[" * 100_000,
        b"\x00\x00\x00\x02",
        struct.pack("!III", 2, 0, 0) + b"\xff\xff",
    ],
)
def test_what_is_no_message_ends_the_line(ends: tuple[Line, socket.socket], said: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(said)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(WorkerLostError):
        ours.receive(5)


def test_the_end_of_the_other_side_is_told(ends: tuple[Line, socket.socket]) -> None:
    ours, theirs = ends
    theirs.close()
    with pytest.raises(WorkerLostError, match="gone"):
        ours.receive(5)
    with pytest.raises(WorkerLostError, match="gone"):
        ours.send({"do": "it"}, bytes(10_000_000))


def test_whoever_waits_looks_around(ends: tuple[Line, socket.socket]) -> None:
    ours, _ = ends
    looks = iter((None, None, JobCancelledError("enough")))

    def look() -> None:
        error = next(looks)
        if error is not None:
            raise error

    ours.look = look
    with pytest.raises(JobCancelledError, match="enough"):
        ours.receive()
    ours.look = lambda: None
    assert ours.receive(0.12) is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_a_number_that_is_none_is_no_json(ends: tuple[Line, socket.socket], number: str) -> None:
    ours, theirs = ends
    text = f'{{"fraction": {number}}}'.encode()
    theirs.sendall(struct.pack("!III", len(text), 0, 0) + text)
    with pytest.raises(WorkerLostError, match="no JSON"):
        ours.receive(5)
    assert not ours.is_torn


class Deadline:
    """Ends a wait when it was asked about it so often."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise JobCancelledError("enough")


def flooded(theirs: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        while True:
            theirs.sendall(data)


def test_messages_that_never_cease_do_not_hide_a_deadline(
    ends: tuple[Line, socket.socket],
) -> None:
    ours, theirs = ends
    beat = struct.pack("!III", 10, 0, 0) + b'{"beat":1}'
    threading.Thread(target=flooded, args=(theirs, beat * 100), daemon=True).start()
    ours.look = Deadline(3)
    with pytest.raises(JobCancelledError, match="enough"):
        deque(iter(ours.receive, None), maxlen=0)
    theirs.shutdown(socket.SHUT_RDWR)


def test_a_message_that_never_ends_does_not_hide_a_deadline(
    ends: tuple[Line, socket.socket],
) -> None:
    ours, theirs = ends
    theirs.sendall(struct.pack("!III", 2, MOST_PAYLOAD, 0) + b"{}")
    threading.Thread(target=flooded, args=(theirs, b"x"), daemon=True).start()
    ours.look = Deadline(3)
    with pytest.raises(JobCancelledError, match="enough"):
        ours.receive()
    assert ours.is_torn
    theirs.shutdown(socket.SHUT_RDWR)


def test_a_side_that_does_not_read_does_not_hide_a_deadline(
    ends: tuple[Line, socket.socket],
) -> None:
    ours, _ = ends
    ours.look = Deadline(1)
    with pytest.raises(JobCancelledError, match="enough"):
        ours.send({"do": "it"}, bytes(20_000_000))
    assert ours.is_torn


def test_a_side_that_reads_slowly_does_not_hide_a_deadline(
    ends: tuple[Line, socket.socket],
) -> None:
    ours, theirs = ends

    def read() -> None:
        with suppress(OSError):
            while theirs.recv(1):
                pass

    threading.Thread(target=read, daemon=True).start()
    ours.look = Deadline(3)
    with pytest.raises(JobCancelledError, match="enough"):
        ours.send({"do": "it"}, bytes(100_000_000))
    theirs.shutdown(socket.SHUT_RDWR)


def test_descriptors_that_nobody_takes_are_not_kept(ends: tuple[Line, socket.socket]) -> None:
    ours, theirs = ends
    before = len(os.listdir("/proc/self/fd"))
    with open(os.devnull, "rb") as file:
        for _ in range(5):
            Line(theirs).send({"beat": 1}, descriptors=[])
            socket.send_fds(theirs, [struct.pack("!III", 2, 0, 0) + b"{}"], [file.fileno()] * 50)
    found = [ours.receive(5) for _ in range(10)]
    assert all(one is not None and not one.descriptors for one in found)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_message_that_nobody_wants_is_dropped_with_its_open_files() -> None:
    ours, theirs = line_pair(takes_descriptors=True)
    with open(os.devnull, "rb") as file:
        Line(theirs).send({}, descriptors=[file.fileno()])
    message = ours.receive(5)
    assert message is not None
    (given,) = message.descriptors
    message.drop()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(given)
    ours.close()
    theirs.close()


def test_a_closed_line_says_so() -> None:
    ours, theirs = line_pair()
    ours.close()
    theirs.close()
    assert ours.has_message()
    with pytest.raises(WorkerLostError):
        ours.receive(1)
    with pytest.raises(WorkerLostError):
        ours.send({})

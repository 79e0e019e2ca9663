"""A line carries JSON, bytes and descriptors, and believes nothing."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator

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

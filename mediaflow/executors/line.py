"""A line between two processes: JSON both ways, with bytes and descriptors beside it.

Law: whatever the other side sends is data. A message that is too long, or no JSON object, ends the
line; nothing is unpickled, and no length that is only claimed is ever allocated. Whoever waits looks
around, and so does whoever is kept busy. A line that takes no descriptors leaves them to the kernel.

Source: unix(7) for descriptors (SCM_RIGHTS).
"""

from __future__ import annotations

import array
import json
import math
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from mediaflow.errors import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["MOST_JSON", "MOST_PAYLOAD", "Line", "Message", "line_pair"]

HEAD: Final = struct.Struct("!III")
"""Length of the JSON, length of the bytes beside it, number of descriptors."""

MOST_JSON: Final = 16 * 1024 * 1024
"""Bytes of JSON in one message; peaks of an hour of sound have a few."""

MOST_PAYLOAD: Final = 1024 * 1024 * 1024
"""Bytes beside the JSON of one message: one encoded picture."""

MOST_DESCRIPTORS: Final = 200
PART: Final = 256 * 1024
AHEAD: Final = 64 * 1024
"""How much is read at once of what may be several messages."""

POLL_SECONDS: Final = 0.05
"""How often somebody who waits looks around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What came over a line."""

    data: Mapping[str, object]
    payload: bytes = b""
    descriptors: tuple[int, ...] = ()
    """Open files that the receiver owns now."""

    json_bytes: int = 0
    """Length of the JSON as it came."""

    def drop(self) -> None:
        """Close its open files, where nobody wants the message."""
        for descriptor in self.descriptors:
            os.close(descriptor)


class Line:
    """One end of a line; a thread may send while another receives.

    Args:
        end: One end of a pair of stream sockets.
        takes_descriptors: Whether the other side may send open files.
    """

    def __init__(self, end: socket.socket, *, takes_descriptors: bool = True) -> None:
        self._socket, self._takes_descriptors = end, takes_descriptors
        self._socket.setblocking(False)
        self._sending = threading.Lock()
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self.look: Callable[[], None] | None = None
        """Asked about twenty times a second while somebody sends or receives, and ends that by raising."""

        self._looked = -math.inf
        self._is_half_sent = self._is_half_received = False

    def fileno(self) -> int:
        """Return the descriptor of this end."""
        return self._socket.fileno()

    @property
    def is_torn(self) -> bool:
        """Whether a message was left in its middle: nothing that follows can be understood."""
        return self._is_half_sent or self._is_half_received

    def close(self) -> None:
        """Close this end; the other one reads the end of the line."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        self._socket.close()

    def send(
        self,
        data: Mapping[str, object],
        payload: bytes | memoryview = b"",
        descriptors: Sequence[int] = (),
    ) -> None:
        """Send a message.

        Args:
            data: JSON values.
            payload: Bytes beside them.
            descriptors: Open files; the other side gets duplicates.

        Raises:
            WorkerLostError: The other side is gone.
        """
        text = _written(data).encode()
        head = HEAD.pack(len(text), len(payload), len(descriptors))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        first, second = memoryview(head + text), memoryview(payload)
        beside = rights if descriptors else []
        with self._sending:
            # all that is small goes at once: the other side wakes up once
            sent = self._sent(partial(self._socket.sendmsg, [first, second[:PART]], beside))
            self._is_half_sent = True
            for rest in (first[sent:], second[max(sent - len(first), 0) :]):
                self._send_all(rest)
            self._is_half_sent = False

    def _send_all(self, rest: memoryview) -> None:
        while rest:
            self._glance()
            rest = rest[self._sent(partial(self._socket.send, rest[:PART])) :]

    def receive(self, timeout: float | None = None) -> Message | None:
        """Return the next message; None when nothing came for so long.

        Args:
            timeout: Seconds to wait for its first byte; None waits as long as it takes. What follows
                the first byte is bounded by ``look`` alone.

        Raises:
            WorkerLostError: The other side is gone, or sent what is no message.
        """
        self._glance()
        if not self._buffer and not self._wait(select.POLLIN, timeout):
            return None
        self._is_half_received = True
        length, beside, count = HEAD.unpack(self._exactly(HEAD.size))
        most_descriptors = MOST_DESCRIPTORS if self._takes_descriptors else 0
        if length > MOST_JSON or beside > MOST_PAYLOAD or count > most_descriptors:
            raise WorkerLostError("the other process sent more than it may")
        text = self._exactly(length)
        payload = self._exactly(beside) if beside else b""
        self._is_half_received = False
        given, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        try:
            if len(given) != count:
                raise WorkerLostError("the other process sent what is no message")
            data = _parsed(text)
        except WorkerLostError:
            for descriptor in given:
                os.close(descriptor)
            raise
        return Message(data=data, payload=payload, descriptors=tuple(given), json_bytes=length)

    def has_message(self) -> bool:
        """Return whether something waits to be received, or the other side is gone."""
        descriptor = self._socket.fileno()
        return bool(self._buffer or descriptor < 0 or _ready(descriptor, select.POLLIN, 0))

    def _sent(self, send: Callable[[], int]) -> int:
        while True:
            try:
                return send()
            except BlockingIOError:
                self._wait(select.POLLOUT, None)
            except OSError as exc:
                raise WorkerLostError(f"the other process is gone: {exc.strerror}") from exc

    def _exactly(self, length: int) -> bytes:
        """Return so many bytes; the parts grow as they come, whatever was claimed."""
        while len(self._buffer) < length <= AHEAD:  # what is small comes with what follows it
            self._buffer += self._part(AHEAD)
        data = self._buffer[:length]
        del self._buffer[:length]
        if len(data) == length:
            return bytes(data)
        parts, left = [bytes(data)], length - len(data)
        while left:
            parts.append(self._part(min(left, PART)))
            left -= len(parts[-1])
        return b"".join(parts)

    def _part(self, length: int) -> bytes:
        """Return what is there, up to so many bytes; wait where nothing is.

        Raises:
            WorkerLostError: The other side is gone.
        """
        self._glance()
        while (part := self._received(length)) is None:
            self._wait(select.POLLIN, None)
        if not part:
            raise WorkerLostError("the other process is gone")
        return part

    def _received(self, length: int) -> bytes | None:
        size = array.array("i").itemsize * MOST_DESCRIPTORS
        try:
            if not self._takes_descriptors:
                return self._socket.recv(length)
            data, beside, _, _ = self._socket.recvmsg(
                length, socket.CMSG_SPACE(size), socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return None
        except OSError as exc:
            raise WorkerLostError(f"the other process is gone: {exc.strerror}") from exc
        for level, kind, rights in beside:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                found = array.array("i")
                found.frombytes(rights[: len(rights) - len(rights) % found.itemsize])
                self._descriptors += found
        return data

    def _wait(self, event: int, timeout: float | None) -> bool:
        """Wait until bytes can pass; tell whether they can."""
        descriptor = self._socket.fileno()
        if descriptor < 0:
            raise WorkerLostError("the line to the other process is closed")
        if self.look is None:
            return bool(_ready(descriptor, event, timeout))
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = POLL_SECONDS if until is None else min(until - time.monotonic(), POLL_SECONDS)
            is_ready = bool(_ready(descriptor, event, max(left, 0)))
            self._glance()
            if is_ready:
                return True
            if until is not None and time.monotonic() >= until:
                return False

    def _glance(self) -> None:
        """Look around, unless that was done just now."""
        if self.look is not None and time.monotonic() - self._looked >= POLL_SECONDS:
            self.look()
            self._looked = time.monotonic()


def line_pair(*, takes_descriptors: bool = False) -> tuple[Line, socket.socket]:
    """Return one end of a new line, and the other end to be handed to a child.

    Args:
        takes_descriptors: Whether the child may send open files.

    Raises:
        OSError: This process has too many open files.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with suppress(OSError):  # a larger one spares waits, and is not needed
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024 * 1024)
    return Line(ours, takes_descriptors=takes_descriptors), theirs


def _parsed(text: bytes) -> Mapping[str, object]:
    """Return the JSON object that a text is.

    Raises:
        WorkerLostError: It is none, or holds a number that is none.
    """
    try:
        data = _read(text.decode())
    except (ValueError, RecursionError) as exc:
        raise WorkerLostError("the other process sent what is no JSON") from exc
    if not isinstance(data, dict):
        raise WorkerLostError("the other process sent what is no message")
    return data


def _finite(text: str) -> float:
    """Return a number; one that is none, or beyond all numbers, is no JSON."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text:.40} is no number")
    return value


_written: Final = json.JSONEncoder(separators=(",", ":")).encode
_read: Final = json.JSONDecoder(parse_float=_finite, parse_constant=_finite).decode


def _ready(descriptor: int, event: int, timeout: float | None) -> list[tuple[int, int]]:
    poll = select.poll()
    poll.register(descriptor, event)
    return poll.poll(None if timeout is None else timeout * 1_000)

"""A line between two processes: JSON both ways, with bytes and descriptors beside it.

Law: whatever the other side sends is data. A message that is too long, or no JSON object, ends the
line; nothing is unpickled, and no length that is only claimed is ever allocated.

Source: unix(7) for descriptors (SCM_RIGHTS).
"""

from __future__ import annotations

import array
import json
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


class Line:
    """One end of a line; a thread may send while another receives.

    Args:
        end: One end of a pair of stream sockets.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._socket.setblocking(False)
        self._sending = threading.Lock()
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self.look: Callable[[], None] | None = None
        """Asked about twenty times a second while somebody waits; what it raises ends the wait."""

    def fileno(self) -> int:
        """Return the descriptor of this end."""
        return self._socket.fileno()

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
        text = json.dumps(data, separators=(",", ":")).encode()
        head = HEAD.pack(len(text), len(payload), len(descriptors))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        first = memoryview(head + text)
        beside = rights if descriptors else []
        with self._sending:
            sent = self._sent(partial(self._socket.sendmsg, [first], beside))
            for rest in (first[sent:], memoryview(payload)):
                self._send_all(rest)

    def _send_all(self, rest: memoryview) -> None:
        while rest:
            rest = rest[self._sent(partial(self._socket.send, rest[:PART])) :]

    def receive(self, timeout: float | None = None) -> Message | None:
        """Return the next message; None when nothing came for so long.

        Args:
            timeout: Seconds to wait for its first byte; None waits as long as it takes.

        Raises:
            WorkerLostError: The other side is gone, or sent what is no message.
        """
        if not self._buffer and not self._wait(select.POLLIN, timeout):
            return None
        length, beside, count = HEAD.unpack(self._exactly(HEAD.size))
        if length > MOST_JSON or beside > MOST_PAYLOAD or count > MOST_DESCRIPTORS:
            raise WorkerLostError("the other process sent more than it may")
        text = self._exactly(length)
        payload = self._exactly(beside)
        descriptors, self._descriptors = tuple(self._descriptors[:count]), self._descriptors[count:]
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise WorkerLostError("the other process sent what is no JSON") from exc
        if not isinstance(data, dict) or len(descriptors) != count:
            raise WorkerLostError("the other process sent what is no message")
        return Message(data=data, payload=payload, descriptors=descriptors)

    def has_message(self) -> bool:
        """Return whether something waits to be received, or the other side is gone."""
        return bool(self._buffer or _ready(self._socket.fileno(), select.POLLIN, 0))

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
        while (part := self._received(length)) is None:
            self._wait(select.POLLIN, None)
        if not part:
            raise WorkerLostError("the other process is gone")
        return part

    def _received(self, length: int) -> bytes | None:
        size = array.array("i").itemsize * MOST_DESCRIPTORS
        try:
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
        if self.look is None:
            return bool(_ready(descriptor, event, timeout))
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = POLL_SECONDS if until is None else min(until - time.monotonic(), POLL_SECONDS)
            if _ready(descriptor, event, max(left, 0)):
                return True
            self.look()
            if until is not None and time.monotonic() >= until:
                return False


def line_pair() -> tuple[Line, socket.socket]:
    """Return one end of a new line, and the other end to be handed to a child."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with suppress(OSError):  # a larger one spares waits, and is not needed
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024 * 1024)
    return Line(ours), theirs


def _ready(descriptor: int, event: int, timeout: float | None) -> list[tuple[int, int]]:
    poll = select.poll()
    poll.register(descriptor, event)
    return poll.poll(None if timeout is None else timeout * 1_000)

"""Sends messages to receivers, and again where that fails: one thread, a bounded queue.

Law: whoever hands a message in never waits and never hears an error. A message is tried a bounded
number of times within a bounded time. What became of it is told, and logged without its secrets.
The thread lives while messages wait.
Source: Standard Webhooks 1.0, Deliverability and reliability.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mediaflow.errors import ForbiddenLocationError, MediaflowError
from mediaflow.models.callback import Callback, CallbackState
from mediaflow.report.webhooks import message_headers, retry_after

if TYPE_CHECKING:
    from mediaflow.security.net import HttpClient

__all__ = ["CLOSE_SECONDS", "Deliveries", "Schedule"]

CLOSE_SECONDS: Final = 10.0
"""Longest wait for first tries when no more is to come."""

MAX_WAITING: Final = 1_000  # messages
MAX_GONE: Final = 1_000  # receivers that are remembered as gone
GONE: Final = 410  # RFC 9110 15.5.11: it wants no more messages

_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often a message is tried: the n-th wait is a random part of ``base · 2ⁿ⁻¹``."""

    attempts: int = 6
    base_seconds: float = 5.0
    most_seconds: float = 300.0
    """Longest wait, also where a receiver asks for more."""

    total_seconds: float = 900.0
    """After that nothing is tried again."""

    def wait(self, tried: int, draw: float, asked: float | None) -> float:
        """Return the seconds until the next try.

        Args:
            tried: Tries so far, from 1.
            draw: A random number from 0 to 1, so that messages that failed together come apart.
            asked: What the receiver asked for, or None.
        """
        drawn = draw * min(self.most_seconds, self.base_seconds * 2.0 ** (tried - 1))
        return max(drawn, min(asked or 0.0, self.most_seconds))


@dataclass(slots=True, order=True)
class _Message:
    due: float
    number: int
    callback: Callback = field(compare=False)
    id: str = field(compare=False)
    body: bytes = field(compare=False)
    tell: Callable[[CallbackState], object] = field(compare=False)
    born: float = field(compare=False)
    tried: int = field(default=0, compare=False)


class Deliveries:
    """Messages on their way.

    Args:
        client: Calls receivers.
        schedule: How often a message is tried.
        clock: Seconds that only grow.
        wall: Seconds since 1970.
        draw: Random numbers from 0 to 1.
    """

    def __init__(
        self,
        client: HttpClient,
        *,
        schedule: Schedule | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._schedule = schedule or Schedule()
        self._clock = clock
        self._wall = wall
        self._draw = draw
        self._waiting: list[_Message] = []
        self._gone: dict[str, None] = {}
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def send(
        self,
        callback: Callback,
        message_id: str,
        body: bytes,
        tell: Callable[[CallbackState], object],
    ) -> None:
        """Take a message and see to it in the background.

        Args:
            callback: The receiver.
            message_id: Name of the message, by which receivers know it again.
            body: What to send.
            tell: Called with what became of it, from another thread.
        """
        if self.put(callback, message_id, body, tell):
            self._begin()

    def put(
        self,
        callback: Callback,
        message_id: str,
        body: bytes,
        tell: Callable[[CallbackState], object],
    ) -> bool:
        """Take a message that :meth:`step` sees to; returns whether there was room."""
        now = self._clock()
        message = _Message(now, next(self._numbers), callback, message_id, body, tell, now)
        with self._changed:
            has_room = len(self._waiting) < MAX_WAITING
            if has_room:
                heapq.heappush(self._waiting, message)
                self._changed.notify_all()
        if not has_room:
            self._end(message, "failed", f"{MAX_WAITING:,} messages wait already")
        return has_room

    def step(self) -> float | None:
        """Try what is due; returns the seconds until something is, or None when none waits."""
        with self._changed:
            seconds = self._seconds_to_next()
            if seconds is None or seconds > 0:
                return seconds
            message = heapq.heappop(self._waiting)
        self._try(message)
        with self._changed:
            return self._seconds_to_next()

    def close(self, *, wait: bool = True, seconds: float = CLOSE_SECONDS) -> None:
        """Try nothing again; by default wait for what was not tried yet, for a bounded time.

        Args:
            wait: Whether to wait.
            seconds: How long at most; what is left then is given up.
        """
        with self._changed:
            self._closed = True
            self._drop(lambda message: message.tried > 0)
            self._changed.notify_all()
            thread = self._thread
        if wait and thread is not None and thread is not threading.current_thread():
            thread.join(seconds)
            with self._changed:
                self._drop(lambda message: True)

    def _drop(self, is_meant: Callable[[_Message], bool]) -> None:
        given_up = [message for message in self._waiting if is_meant(message)]
        self._waiting = [message for message in self._waiting if not is_meant(message)]
        heapq.heapify(self._waiting)
        for message in given_up:
            self._end(message, "failed", "the processor is closed")

    def _begin(self) -> None:
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="mediaflow-callbacks", daemon=True
                )
                self._thread.start()

    def _work(self) -> None:
        while True:
            self.step()
            with self._changed:
                seconds = self._seconds_to_next()
                if seconds is None:
                    self._thread = None
                    return
                if seconds > 0:
                    self._changed.wait(seconds)

    def _seconds_to_next(self) -> float | None:
        return self._waiting[0].due - self._clock() if self._waiting else None

    def _try(self, message: _Message) -> None:
        message.tried += 1
        asked, problem = None, "its receiver is gone"
        if message.callback.url not in self._gone:
            try:
                asked, problem = self._post(message)
            except ForbiddenLocationError as exc:
                self._end(message, "failed", exc.message)
                return
            except MediaflowError as exc:
                problem = exc.message
            except Exception as exc:  # a bug of ours must not end the thread for all others
                _logger.exception("the callback of %s broke", message.id)
                problem = type(exc).__name__
        if not problem:
            self._end(message, "delivered", "")
        elif message.callback.url in self._gone or not self._again(message, asked):
            self._end(message, "failed", problem)
        else:
            _logger.info("callback %s failed, to be tried again: %s", message.id, problem)

    def _post(self, message: _Message) -> tuple[float | None, str]:
        """Return how long the receiver asks to be left alone, and what is wrong or ""."""
        now = self._wall()
        callback = message.callback
        answer = self._client.request(
            "POST",
            callback.url,
            headers=message_headers(callback.keys(), message.id, int(now), message.body),
            body=message.body,
        )
        if answer.is_success:
            return None, ""
        if answer.status == GONE:
            self._gone[callback.url] = None
            while len(self._gone) > MAX_GONE:
                del self._gone[next(iter(self._gone))]
        asked = retry_after(answer.header("retry-after"), datetime.fromtimestamp(now, UTC))
        return asked, f"{callback.target.shown} answered {answer.status}"

    def _again(self, message: _Message, asked: float | None) -> bool:
        """Put a message back, unless it has had its tries or its time."""
        now = self._clock()
        schedule = self._schedule
        message.due = now + schedule.wait(message.tried, self._draw(), asked)
        if (
            message.tried >= schedule.attempts
            or message.due > message.born + schedule.total_seconds
        ):
            return False
        with self._changed:
            if self._closed:
                return False
            heapq.heappush(self._waiting, message)
        return True

    def _end(self, message: _Message, state: CallbackState, problem: str) -> None:
        if problem:
            _logger.warning("callback %s was given up: %s", message.id, problem)
        try:
            message.tell(state)
        except Exception:  # foreign code; the other messages must not wait for ever
            _logger.warning("nobody could be told of callback %s", message.id, exc_info=True)

"""The events of a job for all who follow it: written as JSON once, read by each at its own pace.

Law: a slow reader skips progress, never the end; one who goes leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from mediaflow.integrations.fastapi.problems import RETRY_AFTER, Problem, hidden
from mediaflow.models.events import Progress
from mediaflow.models.serde import to_dict

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mediaflow.aio import JobHandle
    from mediaflow.models.events import Event
    from mediaflow.models.serde import Json

__all__ = ["Feed", "Feeds", "Message", "event_json"]

AT_ONCE = 16
"""How many are woken in one turn of the loop: some milliseconds of sending."""

REST_SECONDS = 0.05
"""Between two messages to one reader: nobody sees progress that moves faster."""

SETTLE_SECONDS = 5.0
"""Between the last event of a job and its result lie moments."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is sent."""

    sequence: int
    kind: str
    data: str
    """JSON without line breaks."""

    wire: bytes
    """The same as a server-sent event."""


class Feed:
    """The events of one job.

    Args:
        handle: The job.
        shown: Turns a path of this machine into a location.
    """

    def __init__(self, handle: JobHandle, shown: Callable[[str], str]) -> None:
        self._handle = handle
        self._shown = shown
        self._messages: list[Message] = []
        self._waiting: dict[asyncio.Future[None], None] = {}
        self._wave: dict[asyncio.Future[None], None] = {}
        self._has_news = self._is_waking = False
        self._ended = asyncio.Event()
        self.readers: int = 0
        """How many follow it now."""
        self._stop = handle.listen(self._take)

    def close(self) -> None:
        """Stop listening."""
        self._stop()

    async def after(self, sequence: int, silence: float) -> AsyncGenerator[tuple[Message, ...]]:
        """Yield what comes after an event, to the last, as it comes; an empty tuple after a silence.

        Args:
            sequence: Position of the last event that is known; -1 for none.
            silence: Seconds without an event.
        """
        position, has_ended = 0, False
        while not has_ended:
            come, position = self._messages[position:], len(self._messages)
            has_ended = bool(come) and come[-1].kind == "finished"
            if has_ended:
                await self._handle.wait(SETTLE_SECONDS)
            if news := _worth_telling(come, sequence):
                yield news
                await self._rest()
            elif not come and not await self._news(silence):
                yield ()

    async def _rest(self) -> None:
        """Let what comes in quick succession come together; the end is told at once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                await self._ended.wait()

    async def _news(self, silence: float) -> bool:
        """Wait for a message; return whether one came."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = None
        try:
            async with asyncio.timeout(silence):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(waiter, None)
            self._wave.pop(waiter, None)
        return True

    def _take(self, event: Event) -> None:
        data = json.dumps(event_json(event, self._shown))
        wire = f"id: {event.sequence}\nevent: {event.kind}\ndata: {data}\n\n".encode()
        self._messages.append(Message(event.sequence, event.kind, data, wire))
        self._has_news = True
        if event.kind == "finished":
            self._ended.set()
        if not self._is_waking:
            self._is_waking = True
            asyncio.get_running_loop().call_soon(self._wake)

    def _wake(self) -> None:
        """Wake those who wait, a few in each turn of the loop, so that others have theirs between."""
        if self._has_news and not self._wave:
            self._has_news = False
            self._wave, self._waiting = self._waiting, {}
        for waiter in tuple(islice(self._wave, AT_ONCE)):
            del self._wave[waiter]
            if not waiter.done():
                waiter.set_result(None)
        self._is_waking = bool(self._wave) or self._has_news
        if self._is_waking:
            asyncio.get_running_loop().call_soon(self._wake)


class Feeds:
    """The feeds of jobs that somebody follows.

    Args:
        shown: Turns a path of this machine into a location.
        most: How many may follow at once.
    """

    def __init__(self, shown: Callable[[str], str], most: int) -> None:
        self._shown = shown
        self._most = most
        self._feeds: dict[str, Feed] = {}

    def __len__(self) -> int:
        """Return how many follow a job."""
        return sum(feed.readers for feed in self._feeds.values())

    def check(self) -> None:
        """Refuse one more.

        Raises:
            Problem: As many follow as may.
        """
        if len(self) >= self._most:
            raise Problem(503, "too_many_watchers", "too many follow jobs", RETRY_AFTER)

    async def follow(
        self, handle: JobHandle, sequence: int, silence: float
    ) -> AsyncGenerator[tuple[Message, ...]]:
        """Yield what comes after an event of a job; see :meth:`Feed.after`."""
        feed = self._feeds.get(handle.id)
        if feed is None:
            feed = self._feeds[handle.id] = Feed(handle, self._shown)
        feed.readers += 1
        try:
            async for messages in feed.after(sequence, silence):
                yield messages
        finally:
            feed.readers -= 1
            if not feed.readers:
                feed.close()
                self._feeds.pop(handle.id, None)


def _worth_telling(come: list[Message], sequence: int) -> tuple[Message, ...]:
    """Return the messages that are new, and no progress that more progress follows."""
    return tuple(
        message
        for message, then in zip_longest(come, come[1:])
        if message.kind == "finished"
        or (
            message.sequence > sequence
            and not (message.kind == "progress" and then is not None and then.kind == "progress")
        )
    )


def event_json(event: Event, shown: Callable[[str], str]) -> dict[str, Json]:
    """Return an event as JSON, with locations of the service."""
    data = to_dict(event)
    if isinstance(event, Progress):
        data["fraction"] = round(event.fraction, 4)
    if isinstance(data.get("uri"), str):
        data["uri"] = shown(str(data["uri"]))
    if isinstance(data.get("error"), str):
        data["error"] = hidden(str(data["error"]))
    return data

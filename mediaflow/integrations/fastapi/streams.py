"""The events of a job for who listens: as server-sent events.

Law: a slow listener skips progress, never the end; one who goes leaves nothing behind.
Source: WHATWG HTML, Server-sent events.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING

from mediaflow.integrations.fastapi.problems import hidden
from mediaflow.models.events import Finished, Progress
from mediaflow.models.serde import to_dict

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from starlette.websockets import WebSocket

    from mediaflow.aio import JobHandle
    from mediaflow.models.events import Event
    from mediaflow.models.serde import Json

__all__ = ["event_json", "events_after", "server_sent", "through_socket"]


async def events_after(
    handle: JobHandle, sequence: int, silence: float
) -> AsyncGenerator[Event | None]:
    """Yield the events of a job after one of them, to the last; None after a silence.

    Args:
        handle: The job.
        sequence: Position of the last event that is known; -1 for none.
        silence: Seconds without an event.
    """
    loop = asyncio.get_running_loop()
    waiting: list[Event] = []
    wake = asyncio.Event()

    def take(event: Event) -> None:
        if event.sequence <= sequence and not isinstance(event, Finished):
            return
        if waiting and isinstance(event, Progress) and isinstance(waiting[-1], Progress):
            waiting.pop()
        waiting.append(event)
        wake.set()

    stop = handle._handle.listen(lambda event: loop.call_soon_threadsafe(take, event))
    try:
        while True:
            try:
                await asyncio.wait_for(wake.wait(), silence)
            except TimeoutError:
                yield None
            wake.clear()
            while waiting:
                event = waiting.pop(0)
                yield event
                if isinstance(event, Finished):
                    return
    finally:
        stop()


def event_json(event: Event, shown: Callable[[str], str]) -> dict[str, Json]:
    """Return an event as JSON, with locations of the service."""
    data = to_dict(event)
    if isinstance(data.get("uri"), str):
        data["uri"] = shown(str(data["uri"]))
    if isinstance(data.get("error"), str):
        data["error"] = hidden(str(data["error"]))
    return data


async def server_sent(
    handle: JobHandle, sequence: int, silence: float, shown: Callable[[str], str]
) -> AsyncGenerator[str]:
    """Yield the events of a job as server-sent events with ids."""
    async with aclosing(events_after(handle, sequence, silence)) as events:
        async for event in events:
            if event is None:
                yield ": keep-alive\n\n"
            else:
                data = json.dumps(event_json(event, shown))
                yield f"id: {event.sequence}\nevent: {event.kind}\ndata: {data}\n\n"


async def through_socket(
    socket: WebSocket, handle: JobHandle, silence: float, shown: Callable[[str], str]
) -> None:
    """Send the events of a job through a web socket, until the last or until nobody listens."""

    async def send() -> None:
        async with aclosing(events_after(handle, -1, silence)) as events:
            async for event in events:
                if event is not None:
                    await socket.send_json(event_json(event, shown))
        await socket.close()

    async def gone() -> None:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass

    both = [asyncio.create_task(send()), asyncio.create_task(gone())]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)

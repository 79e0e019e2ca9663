"""Events on the wire: as server-sent events, and through a web socket.

Source: WHATWG HTML, Server-sent events; RFC 6455.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.websockets import WebSocket

    from mediaflow.integrations.fastapi.feed import Message

__all__ = ["server_sent", "through_socket"]

SEND_SECONDS: Final = 60.0
"""How long a listener may take nothing."""


async def server_sent(news: AsyncGenerator[tuple[Message, ...]]) -> AsyncGenerator[bytes]:
    """Yield messages as server-sent events with ids, and a comment for each silence."""
    async with aclosing(news):
        async for messages in news:
            yield b"".join(message.wire for message in messages) or b": keep-alive\n\n"


async def through_socket(socket: WebSocket, news: AsyncGenerator[tuple[Message, ...]]) -> None:
    """Send messages through a web socket, until the last or until nobody listens."""

    async def send() -> None:
        async with aclosing(news):
            async for messages in news:
                for message in messages:
                    async with asyncio.timeout(SEND_SECONDS):
                        await socket.send_text(message.data)
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

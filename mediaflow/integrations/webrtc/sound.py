"""Hands the sound of a peer back as it is, a second of it at most.

aiortc queues what it has decoded without a bound; whoever sends faster than sound is encoded would
fill the memory of the server.

Law: the source is always read; of sound that waits the oldest is dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

if TYPE_CHECKING:
    from av import AudioFrame

__all__ = ["PassedSound"]

WAITING: Final = 50
"""Frames of the usual 20 ms."""


class PassedSound(MediaStreamTrack):  # type: ignore[misc]  # aiortc is not seen by checkers
    """The sound of another track.

    Args:
        track: A track of sound of aiortc.
    """

    kind = "audio"

    def __init__(self, track: MediaStreamTrack) -> None:
        super().__init__()
        self._source = track
        self._frames: deque[AudioFrame] = deque(maxlen=WAITING)
        self._fresh = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    async def recv(self) -> AudioFrame:
        """Return the next frame; what aiortc calls.

        Raises:
            MediaStreamError: The track ended.
        """
        if self._reader is None and self.readyState == "live":
            self._reader = asyncio.get_running_loop().create_task(self._drain())
        while not self._frames:
            if self._reader is None or self._reader.done():
                self.stop()
                raise MediaStreamError
            self._fresh.clear()
            await self._fresh.wait()
        return self._frames.popleft()

    def stop(self) -> None:
        """End the track."""
        if self._reader is not None:
            self._reader.cancel()
        super().stop()

    async def aclose(self) -> None:
        """End the track and wait until its task is gone."""
        self.stop()
        if self._reader is not None:
            await asyncio.wait({self._reader})

    async def _drain(self) -> None:
        try:
            while True:
                self._frames.append(await self._source.recv())
                self._fresh.set()
                await asyncio.sleep(0)  # a source that never waits would hold the loop
        except MediaStreamError:
            pass  # the source is at its end
        finally:
            self._fresh.set()

"""A peer that sends painted video to a service and gets it back, by aiortc.

Law: what a frame shows is known by its number; nothing of the library is used to paint or to read.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame

__all__ = ["COLOR", "FPS", "PATIENCE", "SIZE", "SWAPPED", "VP8", "Caller", "Painted", "plain"]

SIZE = (320, 180)
COLOR = (200, 120, 40)
SWAPPED = (40, 120, 200)
VP8 = 12  # levels: VP8 at low bit rates keeps plain areas within a few levels, chroma is coarser
FPS = 30
PATIENCE = 30  # seconds, on a machine that does much else


class Painted(MediaStreamTrack):
    """Frames painted by number, thirty a second; it may end by itself."""

    kind = "video"

    def __init__(self, paint: Callable[[int], npt.NDArray[np.uint8]], frames: int = 10**9) -> None:
        super().__init__()
        self._paint, self._frames, self._number = paint, frames, 0
        self._start: float | None = None
        self.times: list[float] = []

    async def recv(self) -> VideoFrame:
        if self._number >= self._frames:
            self.stop()
        if self.readyState != "live":
            raise MediaStreamError
        self._start = self._start or time.monotonic()
        await asyncio.sleep(max(self._start + self._number / FPS - time.monotonic(), 0))
        frame = VideoFrame.from_ndarray(self._paint(self._number), format="rgb24")
        frame.pts, frame.time_base = self._number * 90_000 // FPS, Fraction(1, 90_000)
        self.times.append(time.monotonic())
        self._number += 1
        return frame


def plain(number: int) -> npt.NDArray[np.uint8]:
    return np.full((SIZE[1], SIZE[0], 3), COLOR, np.uint8)


class Caller:
    """The peer that sends a film and gets it back."""

    def __init__(self, source: MediaStreamTrack) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.source = source
        self.kinds: set[str] = set()
        self.video: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
        self.replies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.channel = self.connection.createDataChannel("filters")
        self.channel.on("message", lambda text: self.replies.put_nowait(json.loads(text)))
        self.connection.on("track", self._on_track)
        self.connection.addTrack(source)

    def _on_track(self, track: MediaStreamTrack) -> None:
        self.kinds.add(track.kind)
        if track.kind == "video":
            self.video.set_result(track)

    async def offer(self) -> dict[str, object]:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        made = self.connection.localDescription
        return {"sdp": made.sdp, "type": made.type}

    async def take(self, answer: dict[str, str]) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(**answer))

    async def frame(self) -> VideoFrame:
        return await asyncio.wait_for((await self.video).recv(), PATIENCE)

    async def ask(self, text: str) -> dict[str, Any]:
        while self.channel.readyState != "open":  # noqa: ASYNC110  # aiortc has no event to await
            await asyncio.sleep(0.01)
        self.channel.send(text)
        return await asyncio.wait_for(self.replies.get(), PATIENCE)

    async def until(self, color: tuple[int, int, int]) -> None:
        """Wait for a frame of a colour; codecs start blurred, and changes take a while."""
        deadline = time.monotonic() + PATIENCE
        seen: object = None
        while time.monotonic() < deadline:
            frame = (await self.frame()).to_ndarray(format="rgb24")
            seen = np.median(frame.reshape(-1, 3), axis=0)
            if np.abs(seen - np.array(color)).max() <= VP8:
                return
        pytest.fail(f"no frame of {color} came; the last was {seen}")

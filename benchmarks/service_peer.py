"""A peer of the live benchmarks: sends 720p with numbers painted into it, and times what comes back.

``python service_peer.py URL SECONDS FILTERS``; prints JSON: when each frame came, and how old it was.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from fractions import Fraction

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame

WIDTH, HEIGHT, FPS = 1280, 720, 30
BITS, SIDE = 16, 64  # of a number, and px of what shows one of them
PATIENCE_SECONDS = 30


class Numbered(MediaStreamTrack):  # type: ignore[misc]  # aiortc is not seen by checkers
    """A soft gradient that moves, with the number of each frame in its corner."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        columns = np.arange(WIDTH, dtype=np.uint16)[None, :] + np.arange(HEIGHT)[:, None]
        self._luma = (40 + columns % 160).astype(np.uint8)
        self._start = 0.0
        self.times: list[float] = []

    async def recv(self) -> VideoFrame:
        number = len(self.times)
        self._start = self._start or time.monotonic()
        await asyncio.sleep(max(self._start + number / FPS - time.monotonic(), 0))
        planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        planes[:HEIGHT] = np.roll(self._luma, 4 * number, axis=1)
        for bit in range(BITS):
            planes[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 220 if number >> bit & 1 else 20
        frame = VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number * 90_000 // FPS, Fraction(1, 90_000)
        self.times.append(time.monotonic())
        return frame


def number_in(frame: VideoFrame) -> int:
    luma = frame.to_ndarray(format="yuv420p")[SIDE // 2]
    return sum(int(luma[bit * SIDE + SIDE // 2] > 120) << bit for bit in range(BITS))


def post(url: str, body: object) -> dict[str, str]:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        made: dict[str, str] = json.load(answer)
    return made


async def call(url: str, seconds: float, filters: list[object] | None) -> list[tuple[float, float]]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    source = Numbered()
    back: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
    connection.on("track", lambda track: back.done() or back.set_result(track))
    connection.addTrack(source)
    await connection.setLocalDescription(await connection.createOffer())
    offer = {"sdp": connection.localDescription.sdp, "type": "offer"}
    body = offer if filters is None else {**offer, "filters": filters}
    answer = await asyncio.to_thread(post, url, body)
    await connection.setRemoteDescription(RTCSessionDescription(**answer))
    track = await asyncio.wait_for(back, PATIENCE_SECONDS)
    await asyncio.wait_for(track.recv(), PATIENCE_SECONDS)
    frames: list[tuple[float, float]] = []
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        try:
            frame = await asyncio.wait_for(track.recv(), PATIENCE_SECONDS)
        except MediaStreamError:
            break
        now, number = time.monotonic(), number_in(frame)
        if number < len(source.times):  # the first pictures may be too coarse to be read
            frames.append((now - began, now - source.times[number]))
    source.stop()
    await connection.close()
    return frames


if __name__ == "__main__":
    url, seconds, filters = sys.argv[1:]
    print(json.dumps(asyncio.run(call(url, float(seconds), json.loads(filters)))))

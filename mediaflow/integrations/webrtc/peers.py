"""Answers offers: a peer sends video and sound and gets them back, the video filtered.

A peer may change the filters over a data channel of any name by ``{"filters": [...]}``, and ask for
figures by ``{"stats": true}``; it is answered ``{"ok": true}``, or why not. A peer is closed when its
connection failed or ended or never came about, when its time is up, and when what it sends is not
read any more: aiortc would go on to decode and to queue it.

Law: servers for ICE are named by the owner, never by a peer. What a peer asks for is bounded:
peers, time, bytes of an offer and a message, channels, media, px of a frame. No state but in
:class:`LivePeers`; whatever is begun for a peer is ended with it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription

from mediaflow.errors import LimitExceededError, MediaflowError, SpecError
from mediaflow.integrations.webrtc.messages import read_change, read_offer, reply
from mediaflow.integrations.webrtc.pace import Pace
from mediaflow.integrations.webrtc.sound import PassedSound
from mediaflow.integrations.webrtc.track import (
    MAX_LATENCY_SECONDS,
    MAX_PIXELS,
    OnLate,
    ProcessedVideoTrack,
)
from mediaflow.integrations.webrtc.work import live_filters

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from mediaflow.integrations.webrtc.pump import TrackStats
    from mediaflow.integrations.webrtc.work import Filters

__all__ = ["LivePeers", "Peer"]

_log: Final = logging.getLogger(__name__)

MAX_PEERS: Final = 8
MAX_SECONDS: Final = 600.0
CONNECT_SECONDS: Final = 30.0
"""How long a peer may take to answer and to connect."""
CLOSE_SECONDS: Final = 10.0
"""How long aiortc may take to end a connection, until its place is given to another."""
MAX_CHANNELS: Final = 8
"""Data channels that one peer may open in all; a page needs one."""
OVER: Final = ("failed", "closed")


class Peer:
    """One connection; made by :meth:`LivePeers.answer`."""

    def __init__(self, owner: LivePeers, connection: RTCPeerConnection) -> None:
        self.connection: RTCPeerConnection = connection
        """The connection of aiortc."""
        self.video: ProcessedVideoTrack | None = None
        """The filtered video that is sent back, if the peer sends any."""
        self._owner = owner
        self._sound: PassedSound | None = None
        self._pace = Pace()
        self._channels = 0
        self._closing: asyncio.Task[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def is_closed(self) -> bool:
        """Whether it is over, or about to be."""
        return self._closing is not None

    def stats(self) -> TrackStats | None:
        """Return what its video has done so far, if there is any."""
        return None if self.video is None else self.video.stats()

    def update(self, filters: Filters) -> None:
        """Change the filters.

        Raises:
            SpecError: They cannot be used, or the peer sends no video.
        """
        if self.video is None:
            raise SpecError("the peer sends no video", field="filters")
        self.video.update(filters)

    def take(self, track: Any, filters: Filters) -> None:  # noqa: ANN401  # of aiortc, unseen by checkers
        """Send back what a track of the peer brings, the video filtered."""
        back: PassedSound | ProcessedVideoTrack
        if track.kind == "audio":
            back = self._sound = PassedSound(track)
        else:
            back = self.video = self._owner.filtered(track, filters)
        self.connection.addTrack(back)

        def on_ended() -> None:
            if track.readyState == "live":  # a filter or an encoder failed
                self._begin_close()

        back.on("ended", on_ended)

    def listen(self, channel: Any) -> None:  # noqa: ANN401  # a channel of aiortc, the same
        """Hear what comes over a data channel."""
        self._channels += 1
        if self._channels > MAX_CHANNELS:
            self._begin_close()
            return

        def send(text: str) -> None:
            if channel.readyState == "open":  # the peer may have closed it since
                channel.send(text)

        channel.on("message", lambda message: self.hear(message, send))

    def hear(self, message: object, send: Callable[[str], object]) -> None:
        """Do what a message asks for, and answer it.

        Args:
            message: What came over a data channel.
            send: Sends the answer.
        """
        match self._pace.verdict():
            case "flood":
                self._begin_close()
            case "ignore":
                return
            case "refuse":
                send(reply(LimitExceededError("messages come too fast; slow down")))
            case "take":
                self._do(message, send)

    def _do(self, message: object, send: Callable[[str], object]) -> None:
        try:
            change = read_change(message)
            if change.filters is not None:
                self.update(change.filters)
        except MediaflowError as exc:
            send(reply(exc))
        else:
            send(reply(stats=self.stats() if change.stats else None))

    async def close(self) -> None:
        """End the connection and wait until nothing of it is left."""
        await asyncio.shield(self._begin_close())

    def watch(self, max_seconds: float, connect_seconds: float) -> None:
        """Close the peer when its time is up, or when it does not connect in time."""
        if self.is_closed:
            return
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(max_seconds, self._begin_close),
            loop.call_later(connect_seconds, self._close_unconnected),
        ]
        self.connection.on("connectionstatechange", self._state_changed)
        self._state_changed()

    def _state_changed(self) -> None:
        if self.connection.connectionState in OVER:
            self._begin_close()

    def _close_unconnected(self) -> None:
        if self.connection.connectionState != "connected":
            self._begin_close()

    def _begin_close(self) -> asyncio.Task[None]:
        if self._closing is None:
            self._closing = self._owner.keep(self._close())
        return self._closing

    async def _close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        if self.video is not None:
            self.video.stop()
        try:
            await asyncio.wait_for(self.connection.close(), CLOSE_SECONDS)
        except Exception:  # noqa: BLE001  # whatever aiortc stumbles over: the peer is let go
            _log.warning("a live connection could not be closed cleanly", exc_info=True)
        finally:
            for track in (self.video, self._sound):
                if track is not None:
                    await track.aclose()
            self._owner.forget(self)


class LivePeers:
    """The peers of one server.

    Args:
        max_peers: How many may be there at once.
        max_seconds: How long one may stay.
        max_pixels: Largest frame; a larger one ends the peer.
        max_latency_seconds: See :class:`ProcessedVideoTrack`.
        on_late: The same.
        ice_servers: Addresses of STUN or TURN servers, such as ``stun:stun.example.org``; none by
            default.
        private_candidates: Whether addresses of private networks and this machine are tried; for
            peers in a local network.
        connect_seconds: How long a peer may take to connect.

    Raises:
        SpecError: A number cannot be used.
    """

    def __init__(
        self,
        *,
        max_peers: int = MAX_PEERS,
        max_seconds: float = MAX_SECONDS,
        max_pixels: int = MAX_PIXELS,
        max_latency_seconds: float = MAX_LATENCY_SECONDS,
        on_late: OnLate = "skip",
        ice_servers: Sequence[str] = (),
        private_candidates: bool = False,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        if min(max_peers, max_pixels) < 1 or min(max_seconds, connect_seconds) <= 0:
            raise SpecError("limits of peers must be above 0")
        self._max_peers = max_peers
        self._times = (max_seconds, connect_seconds)
        self._options: dict[str, Any] = {
            "max_pixels": max_pixels,
            "max_latency_seconds": max_latency_seconds,
            "on_late": on_late,
        }
        self._ice_servers = tuple(ice_servers)
        self._private = private_candidates
        self._peers: set[Peer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def __len__(self) -> int:
        """Return how many peers there are, those that are being answered included."""
        return len(self._peers)

    async def answer(
        self, offer: Mapping[str, object], *, filters: Filters = ()
    ) -> tuple[dict[str, str], Peer]:
        """Answer the offer of a peer.

        Args:
            offer: ``{"sdp": …, "type": "offer"}``, with its candidates in it.
            filters: Filters of its video, or one function on pixels.

        Returns:
            ``{"sdp": …, "type": "answer"}`` to be sent back, and the peer.

        Raises:
            SpecError: The offer or the filters cannot be used.
            LimitExceededError: There are as many peers as there may be; retry later.
        """
        first = live_filters(filters)
        sdp = read_offer(offer, private_candidates=self._private)
        if self._closed or len(self) >= self._max_peers:
            raise LimitExceededError(
                f"there are {len(self)} live peers, and may be {self._max_peers}",
                hint="try again when somebody has left",
                retryable=True,
            )
        servers = [RTCIceServer(urls=url) for url in self._ice_servers]
        peer = Peer(self, RTCPeerConnection(RTCConfiguration(iceServers=servers)))
        self._peers.add(peer)
        try:
            peer.connection.on("track", lambda track: peer.take(track, first))
            peer.connection.on("datachannel", peer.listen)
            made = await self._negotiated(peer.connection, sdp)
        except BaseException:
            await peer.close()
            raise
        peer.watch(*self._times)
        return {"sdp": made.sdp, "type": made.type}, peer

    async def close_all(self) -> None:
        """End all peers and wait until nothing of them is left; no new ones are answered."""
        self._closed = True
        await asyncio.gather(*(peer.close() for peer in self._peers))
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task and hold it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def forget(self, peer: Peer) -> None:
        """Let go of a peer that is closed."""
        self._peers.discard(peer)

    def filtered(self, track: Any, filters: Filters) -> ProcessedVideoTrack:  # noqa: ANN401  # the same
        """Return the video of a peer with filters applied."""
        return ProcessedVideoTrack(track, filters, **self._options)

    async def _negotiated(self, connection: RTCPeerConnection, sdp: str) -> RTCSessionDescription:
        """Return the answer of a connection.

        aiortc raises whatever its parser stumbles over; all of it is the offer's fault.
        """
        task = asyncio.get_running_loop().create_task(_negotiate(connection, sdp))
        try:
            await asyncio.wait({task}, timeout=self._times[1])
        finally:
            task.cancel()
        await asyncio.wait({task})
        if task.cancelled():
            raise SpecError("the offer could not be answered in time", field="offer")
        exc = task.exception()
        if isinstance(exc, MediaflowError):
            raise exc
        if exc is not None:
            raise SpecError(
                f"the offer is no session description that can be answered ({type(exc).__name__})",
                field="offer",
            ) from exc
        return connection.localDescription


async def _negotiate(connection: RTCPeerConnection, sdp: str) -> None:
    await connection.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    if any(one.currentDirection == "recvonly" for one in connection.getTransceivers()):
        raise SpecError("an offer takes back what it sends (a=sendrecv)", field="offer")

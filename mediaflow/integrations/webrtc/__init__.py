"""Live video with the filters of stills and film; needs the extra ``webrtc``.

::

    peers = LivePeers(max_peers=4, max_seconds=600)
    answer, peer = await peers.answer(offer, filters=(filters.Sepia(0.4),))

Law: nothing blocks the loop, nothing queues. What must not import aiortc stands in modules of its
own: the ladder, the pump, the work on a frame and the messages of a peer.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from mediaflow.errors import MissingExtraError

if TYPE_CHECKING:
    from mediaflow.integrations.webrtc.ladder import Ladder, Level
    from mediaflow.integrations.webrtc.peers import LivePeers, Peer
    from mediaflow.integrations.webrtc.pump import TrackStats
    from mediaflow.integrations.webrtc.track import ProcessedVideoTrack

__all__ = ["Ladder", "Level", "LivePeers", "Peer", "ProcessedVideoTrack", "TrackStats"]

_NAMES: Final = {
    "Ladder": "ladder",
    "Level": "ladder",
    "LivePeers": "peers",
    "Peer": "peers",
    "ProcessedVideoTrack": "track",
    "TrackStats": "pump",
}
LINE: Final = "pip install 'pymediaflow[webrtc]'"


def __getattr__(name: str) -> object:
    """Load a name on first use.

    Raises:
        MissingExtraError: It needs aiortc, which is not installed.
    """
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_NAMES[name]}")
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.split(".")[0] != "aiortc":
            raise
        raise MissingExtraError(f"{name} needs aiortc: {LINE}", hint=LINE) from exc
    return getattr(module, name)

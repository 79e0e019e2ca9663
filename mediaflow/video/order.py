"""Times of frames in a container that counts them as they are stored, not as they are displayed.

AVI has no time stamps: FFmpeg numbers its packets. Where a codec stores frames in another order, the
numbers of packets are right as a set and wrong one by one, and what a decoder makes of them jumps.
Frames leave a decoder in the order of display, so each takes the lowest number that is left.

Law: it changes time stamps of such streams and of no others.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, TypeVar

from av.stream import Stream

from mediaflow.formats.demuxers import NUMBERED_AS_STORED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["Order", "is_numbered_as_stored"]

StreamT = TypeVar("StreamT", bound=Stream)


def is_numbered_as_stored(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether a container counts frames in another order than that of display."""
    context = stream.codec_context
    return (
        container.format.name == "avi"
        and context.codec.canonical_name in NUMBERED_AS_STORED
        and bool(context.has_b_frames)
    )


class Order:
    """The time stamps of one stream between its packets and its frames.

    Args:
        container: The open film.
        stream: Its moving picture.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.is_needed: bool = is_numbered_as_stored(container, stream)
        """Whether there is anything to do."""

        self._left: list[int] = []

    def read(self, packet: Packet[StreamT]) -> None:
        """Let a packet say its number in both of its time stamps."""
        if self.is_needed and packet.dts is not None:
            packet.pts = packet.dts

    def sent(self, packet: Packet[StreamT]) -> None:
        """Remember the number of a packet that goes to the decoder."""
        if self.is_needed and packet.pts is not None:
            heapq.heappush(self._left, packet.pts)

    def lost(self, packet: Packet[StreamT]) -> None:
        """Forget the number of a packet of which no frame comes."""
        if packet.pts in self._left:
            self._left.remove(packet.pts)
            heapq.heapify(self._left)

    def given(self, frames: Iterable[VideoFrame]) -> None:
        """Give frames their times, in the order in which they leave the decoder."""
        for frame in frames if self.is_needed else ():
            if self._left:
                frame.pts = heapq.heappop(self._left)

    def forget(self) -> None:
        """Begin anew, after a seek."""
        self._left.clear()

"""Decodes a stream forward from a place that is sure to lead to the frame that is looked for.

Packets tell which frame will be displayed at a moment before any is decoded, since no packet has a
time stamp below its place in decoding order. So frames that no other one refers to are left out on
the way, and the decoder is emptied as soon as it has seen the one.

Law: it holds the frame that is displayed and those that the decoder gave out beyond it, no others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
from av import Packet, VideoFrame
from av.video.stream import VideoStream

from mediaflow.libav.compat import rational
from mediaflow.models.spent import Tally
from mediaflow.video.order import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from av.container import InputContainer

__all__ = ["DAMAGE", "Walk"]

SEEKABLE: Final = frozenset({"avi", "flv", "matroska", "mov", "mp4", "mpeg", "mpegts", "webm"})
"""FFmpeg's names of containers whose seeks end at or before the target once they are checked."""

STEPS_BACK: Final = (0, 1, 3, 7, 15, 31, 63)
"""Seconds before the target from which a seek is tried in turn, before the start of the file."""

NEAR: Final = Fraction(2)
"""Seconds ahead that are decoded rather than sought where no index tells what a seek would save."""

EXACT_SKIPPERS: Final = frozenset({"h264", "mpeg2video", "mpeg4"})
"""Codecs that mark the frames which no other one refers to: leaving these out changes no other."""

MAX_AHEAD: Final = 600
MAX_AHEAD_BYTES: Final = 32 * 1024 * 1024
"""Packets that are read ahead to learn which frame will be the one."""

STREAMED: Final = frozenset({"mpeg", "mpegts"})
ANCHORS: Final = 2
"""Containers that need not time every frame: after a seek, the time stamps between are guessed, and
right only from the second one on that was read."""

DAMAGE: Final = (
    av.error.BufferTooSmallError,
    av.error.ExternalError,
    av.error.InvalidDataError,
    av.error.PatchWelcomeError,
)
"""What decoders raise at a packet that they cannot use; the next one may be good."""

USUAL_RATE: Final = 25


@dataclass(slots=True)
class _Reading:
    """What was read and decoded since the last seek."""

    latest: int
    """Highest time stamp of any packet."""

    floor: int | None = None
    """Time stamp of the keyframe that it began with; None for the start of the file."""

    keys: list[int] = field(default_factory=list)
    """Time stamps of keyframes that were sent to the decoder."""

    lost: list[int] = field(default_factory=list)
    """Time stamps of packets that could not be decoded."""

    shown: VideoFrame | None = None
    ahead: deque[VideoFrame] = field(default_factory=deque)
    """Decoded frames that are displayed later."""

    waiting: deque[Packet[VideoStream]] = field(default_factory=deque)
    """Packets that were read and not yet decoded."""

    packets: Iterator[Packet[VideoStream]] | None = None
    position: int | None = None
    """Time stamp in decoding order of the last packet."""

    stamps: list[int] = field(default_factory=list)
    """Time stamps of packets, from the displayed frame's on."""

    is_untimed: bool = False
    """Whether a packet had no time stamp."""

    is_at_end: bool = False
    is_drained: bool = False


class Walk:
    """A decoder that moves forward through a stream, and back where it must."""

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        check: Callable[[], None],
        tally: Tally | None = None,
    ) -> None:
        self._container = container
        self._stream = stream
        self._check = check
        self._tally = tally or Tally()
        self.time_base: Fraction = rational(stream.time_base) or Fraction(1, 1000)
        names = set(container.format.name.split(","))
        self._can_seek = bool(names & SEEKABLE)
        self._anchors_needed = ANCHORS if names & STREAMED else 0
        self._order = Order(container, stream)
        is_exact = stream.codec_context.name in EXACT_SKIPPERS
        self._can_skip = is_exact and not self._order.is_needed
        rate = rational(stream.average_rate) or Fraction(USUAL_RATE)
        self._frame_ticks = max(1, round(1 / rate / self.time_base))
        self._start = stream.start_time or 0
        self._now = _Reading(latest=self._start)

    def is_damaged(self, target: int) -> bool:
        """Tell whether a frame could not be decoded that is shown at a tick, or that it rests on."""
        now = self._now
        if now.shown is None or not now.lost:
            return False
        shown = _ticks(now.shown)
        key = max((stamp for stamp in now.keys if stamp <= shown), default=shown)
        return any(key <= stamp <= target for stamp in now.lost)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after the frame that is shown."""
        if not self._now.is_at_end or self._now.ahead or self._now.shown is None:
            return False
        return self._now.is_drained or _ticks(self._now.shown) >= self._now.latest

    def to(self, target: int, later: int | None) -> VideoFrame | None:
        """Return the frame displayed at a tick, which is not before the one of the last call.

        Args:
            target: Time in ticks.
            later: The next target, if there is one.
        """
        if self._answers(target):
            return self._now.shown
        if self._now.is_drained or self.is_far(target):
            self._approach(target, later)
        else:
            self._decode_to(target, later)
            if self._now.shown is None and self._now.floor is not None:
                self._approach(target, later)
        if (
            self._now.shown is None and self._now.ahead
        ):  # the target is before the first frame of all
            self._now.shown = self._now.ahead.popleft()
        return self._now.shown

    def _answers(self, target: int) -> bool:
        """Take what is decoded already; tell whether it answers."""
        while self._now.ahead and _ticks(self._now.ahead[0]) <= target:
            self._now.shown = self._now.ahead.popleft()
        return self._now.shown is not None and (bool(self._now.ahead) or self.is_last)

    def _approach(self, target: int, later: int | None) -> None:
        """Find the frame from a keyframe before it, or from the start of the file."""
        for ticks in self.proposals(target):
            if self.seek(ticks, target) is None:
                continue
            self._decode_to(target, later)
            if self._now.shown is not None:
                return
        self.rewind()
        self._decode_to(target, later)

    def is_far(self, target: int) -> bool:
        """Tell whether a seek saves decoding."""
        if not self._can_seek:
            return False
        at = self._start if self._now.position is None else self._now.position
        entries = self._stream.index_entries
        place = entries.search_timestamp(target) if len(entries) else -1
        if 0 <= place < len(entries) - 1:  # the last one may be the last that was read so far
            return bool(entries[place].timestamp > at)
        return (target - at) * self.time_base > NEAR

    def proposals(self, target: int) -> Iterator[int]:
        """Yield ticks to seek to in turn, ever further back, as far as the film goes."""
        for seconds in STEPS_BACK if self._can_seek else ():
            ticks = target - round(seconds / self.time_base)
            if ticks < self._start:
                return
            yield ticks

    def seek(self, ticks: int, target: int) -> int | None:
        """Seek to a tick; return the keyframe from which the target can be decoded, or None."""
        self._now = _Reading(latest=self._start)
        self._order.forget()
        try:
            self._container.seek(ticks, stream=self._stream)
        except av.error.FFmpegError:
            return None
        anchors = 0
        while (packet := self._next_packet()) is not None:
            stamp = packet.dts if packet.pts is None else packet.pts
            anchors += packet.pos is not None
            if stamp is None:
                continue
            if packet.is_keyframe and anchors >= self._anchors_needed:
                self._now.waiting.append(packet)
                self._now.floor = stamp
                return stamp if stamp <= target else None
            if packet.dts is not None and packet.dts > target:
                return None
        return None

    def rewind(self) -> None:
        """Read from the start of the file, where every frame is trusted."""
        self._now = _Reading(latest=self._start)
        self._order.forget()
        far_before = min(self._start, 0) - round(10 / self.time_base)
        try:
            self._container.seek(far_before, stream=self._stream)
        except av.error.FFmpegError:  # AVI knows no time before its first frame
            self._container.seek(self._start, stream=self._stream)

    def _next_packet(self) -> Packet[VideoStream] | None:
        """Return the next packet that holds anything; None at the end."""
        if self._now.packets is None:
            self._now.packets = self._container.demux(self._stream)
        for packet in self._now.packets:
            self._check()
            if packet.size == 0:
                continue  # the mark of the end, or a frame that repeats the last one
            self._order.read(packet)
            if packet.dts is not None:
                self._now.position = packet.dts
            if packet.pts is None:
                self._now.is_untimed = True
            elif not packet.is_discard:
                self._now.stamps.append(packet.pts)
                self._now.latest = max(self._now.latest, packet.pts)
            return packet
        self._now.is_at_end = True
        return None

    def _decode_to(self, target: int, later: int | None) -> None:
        """Decode until the frame displayed at a tick is known."""
        if self._now.shown is not None:
            last = _ticks(self._now.shown)
            self._now.stamps = [stamp for stamp in self._now.stamps if stamp >= last]
            self._now.keys = self._now.keys[-2:]
        aim = self._aim(target)
        while not self._now.ahead and not self._now.is_drained:
            packet = self._now.waiting.popleft() if self._now.waiting else self._next_packet()
            if packet is None:
                self._drain(target)
                return
            self._send(packet, target, aim)
            if aim is None:
                continue
            if self._now.shown is not None and _ticks(self._now.shown) == aim:
                return
            is_done = later is None or self.is_far(later)
            if packet.pts == aim and self._can_skip and is_done:
                self._drain(target)

    def _aim(self, target: int) -> int | None:
        """Return the time stamp of the frame displayed at a tick, if packets tell before decoding.

        Decoders deliver frames late, and some need not be decoded at all on the way.
        """
        if self._now.is_untimed:
            return None
        size = sum(packet.size for packet in self._now.waiting)
        while self._now.position is None or self._now.position <= target:
            packet = self._next_packet()
            if packet is None:
                break
            self._now.waiting.append(packet)
            size += packet.size
            if self._now.is_untimed or len(self._now.waiting) > MAX_AHEAD or size > MAX_AHEAD_BYTES:
                return None
        return max((stamp for stamp in self._now.stamps if stamp <= target), default=None)

    def _send(self, packet: Packet[VideoStream], target: int, aim: int | None) -> None:
        if packet.is_keyframe and packet.pts is not None:
            self._now.keys.append(packet.pts)
        if self._can_skip:
            # two fields of one frame may come as two packets, of which the first counts
            stamp, margin = packet.pts, 2 * self._frame_ticks
            is_early = aim is not None and stamp is not None and stamp < aim - margin
            self._stream.codec_context.skip_frame = "NONREF" if is_early else "DEFAULT"
        self._order.sent(packet)
        try:
            frames = self._decoded(packet)
        except DAMAGE:
            self._order.lost(packet)
            self._now.lost.append(self._now.latest if packet.pts is None else packet.pts)
            return
        self._take(frames, target)

    def _drain(self, target: int) -> None:
        """Take what the decoder still holds; nothing can be sent to it afterwards."""
        self._now.is_drained = True
        try:
            frames = self._decoded(None)
        except (*DAMAGE, av.error.EOFError):
            self._now.lost.append(self._now.latest)
            return
        self._take(frames, target)

    def _decoded(self, packet: Packet[VideoStream] | None) -> Sequence[VideoFrame]:
        with self._tally.timed("decode"):
            frames = self._stream.decode(packet)
        self._tally.decoded(len(frames))
        return frames

    def _take(self, frames: Sequence[VideoFrame], target: int) -> None:
        self._order.given(frames)
        for frame in frames:
            if frame.pts is None:
                frame.pts = self._guessed(frame)
            frame.time_base = self.time_base
            stamp = _ticks(frame)
            if self._now.floor is not None and stamp < self._now.floor:
                continue
            if stamp > target:
                self._now.ahead.append(frame)
            elif self._now.shown is None or stamp >= _ticks(self._now.shown):
                self._now.shown = frame

    def _guessed(self, frame: VideoFrame) -> int:
        """Return a time stamp for a frame that has none."""
        if frame.dts is not None:
            return frame.dts
        last = self._now.ahead[-1] if self._now.ahead else self._now.shown
        return self._start if last is None else _ticks(last) + self._frame_ticks


def _ticks(frame: VideoFrame) -> int:
    return frame.pts or 0  # it has one: _take saw to that

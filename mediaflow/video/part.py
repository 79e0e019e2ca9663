"""Finds the part of a film that packets are taken from, from a keyframe on.

A part that begins later than its source begins with the last keyframe at or before the moment that
was asked for. Which that is, a first look over the packets of the picture tells; then they are read
again from there on, or from as near before as a seek leads.

Law: it looks at time stamps and never into packets, and holds none: not even a film with one keyframe
costs more memory than a packet.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated
from mediaflow.video.ending import AHEAD_SECONDS, is_in_file_order
from mediaflow.video.seek import seek_before, zero_of
from mediaflow.video.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from av import Packet
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

__all__ = ["Part", "Track"]

UNTOLD: Final = Fraction(1, 1000)


class Part:
    """A part of an open film.

    Args:
        source: The film, with nothing read from it yet.
        picture: Its moving picture.
        start: Where it may not begin after, in seconds of the film.
        end: Where it ends, or None for the film's end.
    """

    def __init__(
        self,
        source: InputContainer,
        picture: VideoStream,
        start: Fraction,
        end: Fraction | None,
    ) -> None:
        self.zero: Fraction = zero_of(source, picture)
        """Time stamp, in seconds, that counts as 0 in the film."""

        self.base: Fraction = self.zero
        """Time stamp, in seconds, that counts as 0 in the part; final when packets come out."""

        self._source, self._picture = source, picture
        self._target = self.zero + start
        self.end: Fraction | None = None if end is None else self.zero + end
        """Time stamp, in seconds, where it ends; None is the film's end."""

        self.is_cut: bool = start > 0
        """Whether something comes before it."""

        self._is_sought = self.is_cut
        self._key: int | None = None

    @property
    def start(self) -> Fraction:
        """Where it begins, in seconds of the film."""
        return self.base - self.zero

    @property
    def moved(self) -> Fraction:
        """By how much it begins before the moment that was asked for, in seconds."""
        return self._target - self.base if self.is_cut else Fraction(0)

    def approach(self, check: Callable[[], None]) -> None:
        """Find where the part begins, and move the film to a place before it.

        Args:
            check: Called for each packet; may raise to stop.

        Raises:
            CorruptMediaError: The film cannot be read.
        """
        if not self.is_cut:
            return
        source, picture = self._source, self._picture
        seek_before(source, picture, self._target, check=check)
        self._key = self._last_key(check)
        if self._key is None:
            return
        tick = rational(picture.time_base) or UNTOLD
        self.base = self._key * tick
        with translated(stage="decode"):
            if seek_before(source, picture, self.base, check=check) is None:
                Walk(source, picture, check).rewind()
            elif is_in_file_order(source):
                before = max(self._key - round(AHEAD_SECONDS / tick), picture.start_time or 0)
                source.seek(before, stream=picture)

    def admits(self, packet: Packet[Stream]) -> bool:
        """Tell whether a packet is wanted: no picture is that comes before the keyframe.

        Nothing is where no keyframe lies at or before the moment that was asked for.
        """
        if not self._is_sought:
            return True
        if packet.stream.index != self._picture.index:
            return self._key is not None
        if self._key is None or not packet.is_keyframe or (packet.pts or 0) < self._key:
            return False
        self._is_sought = False
        return True

    def _last_key(self, check: Callable[[], None]) -> int | None:
        """Return the time stamp of the last keyframe at or before the moment that was asked for."""
        tick = rational(self._picture.time_base) or UNTOLD
        target = int(self._target // tick)
        key: int | None = None
        with translated(stage="decode"):
            for packet in self._source.demux(self._picture):
                check()
                at = packet.pts
                if packet.is_keyframe and packet.size and at is not None and at <= target:
                    key = at
                if packet.dts is not None and packet.dts > target:
                    break
        return key


class Track:
    """Where a part lies in one stream, in the stream's own ticks, and what was taken of it.

    Args:
        part: The part, of which it is known where it begins.
        stream: The stream.
        lead: By how much its packets may begin before the part, in seconds.
    """

    def __init__(self, part: Part, stream: Stream, lead: Fraction = Fraction(0)) -> None:
        self.tick: Fraction = rational(stream.time_base) or UNTOLD
        """Seconds a tick."""

        self.lead: Fraction = lead
        self.start: int | None = None
        """Time stamp of the first packet that was taken, counted from the start of the part."""

        self.until: int = 0
        """Where the last one ends."""

        self._base = round(part.base / self.tick)
        self._first = ceil((part.base - lead) / self.tick) if part.is_cut else None
        self._end = None if part.end is None else ceil(part.end / self.tick)

    def is_early(self, ticks: int | None) -> bool:
        """Tell whether something at a time stamp comes before the part."""
        return self._first is not None and ticks is not None and ticks < self._first

    def is_late(self, ticks: int | None) -> bool:
        """Tell whether something at a time stamp comes after the part."""
        return self._end is not None and ticks is not None and ticks >= self._end

    def clip(self, packet: Packet[Stream]) -> bool:
        """Let a packet of text last no longer than the part; tell whether anything of it is left."""
        at = packet.pts
        if at is None:
            return False
        end = at + (packet.duration or 0)
        first = at if self._first is None else max(at, self._first)
        last = end if self._end is None else min(end, self._end)
        packet.pts = packet.dts = first
        packet.duration = max(last - first, 0)
        return first == at or last > first

    def take(self, packet: Packet[Stream], length: int = 0) -> None:
        """Count a packet from the start of the part.

        Args:
            packet: The packet.
            length: How long it lasts, in ticks, where it does not say.
        """
        if packet.dts is not None:
            packet.dts -= self._base
        pts = 0
        if packet.pts is not None:
            pts = packet.pts = packet.pts - self._base
        if self.start is None or pts < self.start:
            self.start = pts
        self.until = max(self.until, pts + (packet.duration or length))

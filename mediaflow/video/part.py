"""Finds the part of a film that packets are taken from, from a keyframe on.

A part that begins later than its source begins with the last keyframe at or before the moment that
was asked for. Until it is known which that is, packets are held; where a seek helps it comes first.

Law: it looks at time stamps and never into packets.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated
from mediaflow.video.ending import AHEAD_SECONDS, is_in_file_order
from mediaflow.video.seek import seek_before, zero_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from av import Packet
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

__all__ = ["Part", "Track", "seconds_of"]

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
        self._key: Fraction | None = None
        self._held: list[Packet[Stream]] = []

    @property
    def start(self) -> Fraction:
        """Where it begins, in seconds of the film."""
        return self.base - self.zero

    @property
    def moved(self) -> Fraction:
        """By how much it begins before the moment that was asked for, in seconds."""
        return self._target - self.base if self.is_cut else Fraction(0)

    def approach(self, check: Callable[[], None]) -> None:
        """Move the film to a place before the part, as far as that is sure.

        Raises:
            CorruptMediaError: The film cannot be read.
        """
        if not self.is_cut:
            return
        key = seek_before(self._source, self._picture, self._target, check=check)
        if key is not None and is_in_file_order(self._source):
            base = rational(self._picture.time_base) or UNTOLD
            before = max(key - round(AHEAD_SECONDS / base), self._picture.start_time or 0)
            with translated(stage="decode"):
                self._source.seek(before, stream=self._picture)

    def take(self, packet: Packet[Stream]) -> list[Packet[Stream]]:
        """Return the packets that are known to follow the part's beginning, this one among them."""
        if not self._is_sought:
            return [packet]
        is_picture = packet.stream.index == self._picture.index
        at, decoded = seconds_of(packet.pts, packet), seconds_of(packet.dts, packet)
        if is_picture and packet.is_keyframe and at is not None and at <= self._target:
            self._key = at
            self._held = [one for one in self._held if one.stream.index != self._picture.index]
        self._held.append(packet)
        if is_picture and decoded is not None and decoded > self._target:
            return self.rest()
        return []

    def rest(self) -> list[Packet[Stream]]:
        """Begin with the last keyframe that was seen; return what was held."""
        held, self._held = self._held, []
        if not self._is_sought or self._key is None:
            return []
        self._is_sought, self.base = False, self._key
        return held


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


def seconds_of(ticks: int | None, packet: Packet[Stream]) -> Fraction | None:
    """Return a time stamp of a packet in seconds, or None."""
    base = rational(packet.time_base)
    return None if ticks is None or base is None else ticks * base

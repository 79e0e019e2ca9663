"""Reads packets of an open input within limits.

Law: a header is a claim; what packets say is counted while they pass, so that no time stamp costs
more than the limits allow, whatever the header said. Time stamps that run backwards are damage or a
joint of two recordings, and cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.security.limits import Limits

__all__ = ["Meter", "metered"]


@dataclass(slots=True)
class _Seen:
    """What the packets of one stream said so far, in ticks."""

    seconds: int
    """Seconds of so many ticks as ``ticks`` says; whole numbers, since there are many packets."""

    ticks: int
    is_picture: bool
    first: int | None = None
    last: int = 0
    packets: int = 0


class Meter:
    """Counts packets of picture and sound against the limits.

    Args:
        limits: Limits in force.
        where: Location of the input, for errors.
    """

    def __init__(self, limits: Limits, *, where: str | None = None) -> None:
        self._limits = limits
        self._where = where
        self._seen: dict[int, _Seen] = {}

    def take(self, packet: Packet[Stream]) -> None:
        """Count a packet.

        Raises:
            LimitExceededError: The film is longer, has more frames, or shows one for longer, than
                the limits allow.
        """
        stream = packet.stream
        seen = self._seen.get(stream.index)
        if seen is None:
            if stream.type not in ("audio", "video"):
                return
            base = rational(stream.time_base) or Fraction(0)
            seen = _Seen(base.numerator, base.denominator, stream.type == "video")
            self._seen[stream.index] = seen
        if not packet.size:
            return
        seen.packets += 1
        if seen.is_picture:
            self._limits.check("max_film_frames", seen.packets, where=self._where)
        time = packet.pts if packet.dts is None else packet.dts
        if time is None:
            return
        if seen.first is None:
            seen.first = seen.last = time
        gap = (time - seen.last) * seen.seconds // seen.ticks
        span = (time - seen.first) * seen.seconds // seen.ticks
        if seen.is_picture:  # a gap of sound costs only whoever fills it
            self._limits.check("max_gap_seconds", gap, where=self._where)
        self._limits.check("max_duration_seconds", span, where=self._where)
        seen.last = time


def metered(
    container: InputContainer,
    streams: Sequence[Stream],
    limits: Limits,
    *,
    where: str | None = None,
) -> Iterator[Packet[Stream]]:
    """Yield the packets of some streams of an input, and a last empty one for each.

    Args:
        container: An open input.
        streams: The streams; none for all.
        limits: Limits in force.
        where: Location of the input, for errors.

    Raises:
        LimitExceededError: What the packets say is beyond the limits.
        CorruptMediaError: The container is damaged here.
    """
    meter = Meter(limits, where=where)
    with translated(stage="decode", where=where):
        for packet in container.demux(*streams):
            meter.take(packet)
            yield packet

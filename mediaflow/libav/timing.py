"""Reads times of a stream from its index, or counts them from its packets; nothing is decoded.

Law: a bounded number of entries is looked at, whatever a table claims. Times of an index are decode
times where the container stores those; unequal steps between them mean unequal steps of display.
"""

from __future__ import annotations

import itertools
from array import array
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.libav.compat import rational
from mediaflow.libav.packets import metered
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import InputContainer
    from av.index import IndexEntry
    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.security.limits import Limits

__all__ = ["Counted", "Timing", "count_packets", "hidden_seconds", "index_end", "index_timing"]

MAX_ENTRIES: Final = 100_000  # entries of an index; 55 minutes at 30 frames a second
FIRST_ENTRIES: Final = 1_000  # of sound: 20 seconds of AAC
LAST_ENTRIES: Final = 1_000  # frames lie about in the order of their times
FINE_STEP: Final = 8  # ticks from which a step that is off by one is mere rounding
WHOLE_INDEX: Final = frozenset({"avi", "mov"})
"""Demuxers whose index lists every frame; others list some keyframes at most."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How frames follow each other; None where it cannot be told."""

    is_variable: bool | None = None
    keyframe_seconds: float | None = None
    longest_seconds: float | None = None
    """Longest time from one frame to the next."""

    hidden_seconds: float | None = None
    """For how long frames last that are stored and not shown."""


@dataclass(slots=True)
class Counted:
    """What the packets of one stream say."""

    time_base: Fraction
    packets: int = 0
    start: int | None = None
    last: int | None = None
    end: int | None = None
    """Where the packet ends that is shown last; others may claim more, as they follow in decoding."""

    times: array[int] = field(default_factory=lambda: array("q"))
    keyframes: array[int] = field(default_factory=lambda: array("q"))

    @property
    def timing(self) -> Timing:
        """How the frames follow each other in display."""
        return _timing(sorted(self.times), sorted(self.keyframes), self.end, self.time_base)


def index_timing(stream: Stream, demuxer: str) -> Timing:
    """Return what the index of a stream says, where it lists every frame.

    Args:
        stream: The stream.
        demuxer: FFmpeg's name of the demuxer.
    """
    time_base = rational(stream.time_base)
    seen = _entries(stream, demuxer, MAX_ENTRIES)
    if time_base is None or not seen:
        return Timing()
    times = sorted(entry.timestamp for entry in seen)
    keyframes = sorted(entry.timestamp for entry in seen if entry.is_keyframe)
    end = (
        2 * times[-1] - times[-2] if len(times) > 1 else None
    )  # the last frame as long as its like
    timing = _timing(times, keyframes, end, time_base)
    return replace(timing, hidden_seconds=_hidden(seen, time_base))


def hidden_seconds(stream: Stream, demuxer: str) -> float | None:
    """Return for how long packets of a sound last that an edit list hides.

    The first ones are looked at. Further on, packets of one length that last longer than the sound
    does are hidden where one stretch of it ends and the next begins.

    Args:
        stream: The stream.
        demuxer: FFmpeg's name of the demuxer.

    Returns:
        Seconds; None where no index tells.
    """
    time_base = rational(stream.time_base)
    seen = _entries(stream, demuxer, FIRST_ENTRIES)
    if time_base is None or len(seen) < 2:
        return None
    entries, count = stream.index_entries, len(stream.index_entries)
    step = min(after.timestamp - before.timestamp for before, after in itertools.pairwise(seen))
    lasts = entries[count - 1].timestamp + step - seen[0].timestamp
    return max(_hidden(seen, time_base), float((count * step - lasts) * time_base))


def index_end(stream: Stream) -> int:
    """Return the position behind the last byte that the index of a stream knows; 0 without one."""
    entries = stream.index_entries
    count = len(entries)
    last = (entries[at] for at in range(max(count - LAST_ENTRIES, 0), count))
    return max((entry.pos + entry.size for entry in last), default=0)


def count_packets(
    container: InputContainer, limits: Limits, *, where: str | None = None
) -> tuple[dict[int, Counted], bool]:
    """Read all packets and say what they tell, by index of the stream, and whether reading broke.

    Args:
        container: An open input at its start.
        limits: Limits in force.
        where: Location of the input, for errors.

    Raises:
        LimitExceededError: There are more frames, or they last longer, than the limits allow.
    """
    found: dict[int, Counted] = {}
    for stream in container.streams:
        time_base = rational(stream.time_base)
        if time_base is not None and stream.type in ("audio", "video"):
            found[stream.index] = Counted(time_base)
    try:
        with translated(stage="probe", where=where):
            for packet in metered(container, (), limits, where=where):
                if packet.size and packet.stream.index in found:
                    counted = found[packet.stream.index]
                    _add(counted, packet, is_video=packet.stream.type == "video")
    except (CorruptMediaError, TruncatedMediaError):
        return found, True
    return found, False


def _entries(stream: Stream, demuxer: str, most: int) -> list[IndexEntry]:
    """Return the first entries of an index that lists every packet; none of another."""
    if WHOLE_INDEX.isdisjoint(demuxer.split(",")):
        return []
    entries = stream.index_entries
    return [entries[at] for at in range(min(len(entries), most))]


def _hidden(seen: Sequence[IndexEntry], time_base: Fraction) -> float:
    steps = (
        after.timestamp - entry.timestamp
        for entry, after in itertools.pairwise(seen)
        if entry.is_discard
    )
    return float(sum(step for step in steps if step > 0) * time_base)


def _add(counted: Counted, packet: Packet[Stream], *, is_video: bool) -> None:
    counted.packets += 1
    time = packet.pts if packet.pts is not None else packet.dts
    if time is None or packet.is_discard:  # an edit list hides it, such as the lead-in of AAC
        return
    end = time + (packet.duration or 0)
    counted.start = time if counted.start is None else min(counted.start, time)
    if counted.last is None or time >= counted.last:
        counted.last = time
        counted.end = end
    if is_video:
        counted.times.append(time)
        if packet.is_keyframe:
            counted.keyframes.append(time)


def _timing(
    times: Sequence[int], keyframes: Sequence[int], end: int | None, time_base: Fraction
) -> Timing:
    """Return how frames follow each other, from sorted times in ticks."""
    steps = {after - before for before, after in itertools.pairwise(times)}
    gaps = [after - before for before, after in itertools.pairwise(keyframes)]
    if keyframes and end is not None and not gaps:
        gaps = [end - keyframes[0]]
    longest = max(gaps, default=0)
    return Timing(
        is_variable=_is_variable(steps) if steps else None,
        keyframe_seconds=float(longest * time_base) if longest > 0 else None,
        longest_seconds=float(max(steps) * time_base) if steps else None,
    )


def _is_variable(steps: set[int]) -> bool:
    """Tell whether steps differ by more than rounding to ticks explains."""
    least, most = min(steps), max(steps)
    return most != least and not (least >= FINE_STEP and most - least <= 1)

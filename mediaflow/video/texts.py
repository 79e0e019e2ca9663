"""Keeps what tracks of text show within a film, and their packets in the order of muxers.

Law: no text makes a film longer than its picture and its sound. What is left out or shown later than
in the source is counted and told; what a text says is never changed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.libav.compat import rational
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from av import Packet
    from av.stream import Stream

__all__ = ["TextTimes"]


class TextTimes:
    """The times of all texts of one file.

    Args:
        end: When the last of its picture and its sound ends, in seconds of the output; None where
            nobody knows.
    """

    def __init__(self, end: Fraction | None) -> None:
        self._end = end
        self._last: dict[int, int] = {}
        self._behind = self._over = self._late = 0

    def fit(self, packet: Packet[Stream], index: int, *, is_told: bool) -> bool:
        """Let a packet begin no earlier than the one before it and end with the film.

        Args:
            packet: A text; its time stamps count from the start of the output.
            index: Index of its stream in the source.
            is_told: Whether it shows anything, so that its loss is told.

        Returns:
            Whether anything of it is left.
        """
        at, base = packet.pts, rational(packet.time_base)
        if at is None or base is None:
            return False
        length = packet.duration or 0
        until = at + length
        if self._end is not None:
            end = int(self._end // base)
            if at >= end:
                self._behind += is_told
                return False
            until = min(until, end)
        first = max(at, self._last.get(index, 0))
        is_late = first > at and index in self._last
        if first > at and length and until <= first:
            self._over += is_late and is_told
            return False
        self._late += is_late and is_told
        self._last[index] = packet.pts = packet.dts = first
        packet.duration = max(until - first, 0)
        return True

    def notices(self) -> Iterator[Notice]:
        """Yield what was lost or changed."""
        if self._behind:
            text = f"{_count(self._behind)} behind the end of picture and sound"
            yield Notice(code="subtitles_dropped", message=f"left out: {text}")
        if self._over:
            text = f"{_count(self._over)} stored behind later ones, over when these begin"
            yield Notice(code="subtitles_dropped", message=f"left out: {text}")
        if self._late:
            text = f"{_count(self._late)} stored behind later ones, shown no earlier than these"
            yield Notice(code="subtitles_late", message=text)


def _count(number: int) -> str:
    return f"{number} subtitle{'s' * (number != 1)}"

"""Reads the last packets of a film, to learn when its picture and each of its sounds end.

A header does not tell that of every film: the length that Matroska claims is that of the longest
track, be it text.

Law: packets are read and none is decoded. What cannot be read is told by whoever makes the film.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_input
from mediaflow.libav.packets import metered
from mediaflow.video.ending import claimed_ending
from mediaflow.video.seek import moving_picture, zero_of
from mediaflow.video.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av import Packet
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, FilmStep
    from mediaflow.security.limits import Limits

__all__ = ["end_of", "ends_of"]

USUAL_RATE: Final = Fraction(25)


def ends_of(
    plan: FilmPlan, reader: ByteReader, context: Context, limits: Limits
) -> dict[int, Fraction]:
    """Return when picture and sounds end, in seconds of the film, by index of their streams.

    A sound that ends long before the picture may be missing.

    Args:
        plan: Which picture counts.
        reader: The film.
        context: Asked before each packet whether to go on.
        limits: Limits in force.

    Raises:
        SourceError: The input cannot be opened, or goes beyond the limits.
        JobCancelledError: The caller gave up.
    """
    where = plan.source.uri
    with open_input(
        reader, format=plan.source.format, limits=limits, where=where, check=context.check
    ) as film:
        picture = moving_picture(film, plan.stream)
        tail = _Tail(film, picture, context, limits, where)
        if tail.approach():
            tail.read()
        if picture.index not in tail.ends:
            Walk(film, picture, context.check).rewind()
            tail.read()
        zero = zero_of(film, picture)
        return {index: end - zero for index, end in tail.ends.items()}


def end_of(plan: FilmPlan, step: FilmStep, ends: Mapping[int, Fraction]) -> Fraction | None:
    """Return when the last of what is seen and heard in an output ends, in seconds of the film.

    Args:
        plan: Its plan.
        step: The output.
        ends: What :func:`ends_of` gave.
    """
    streams = {copy.stream for copy in step.carried.copies if copy.kind == "audio"}
    if plan.stream is not None:
        streams.add(plan.stream)
    if step.sound is not None:
        streams.add(plan.sounds[step.sound].stream)
    end = max((ends[index] for index in streams if index in ends), default=None)
    return end if end is None or step.end is None else min(end, step.end)


class _Tail:
    """The end of an open film.

    Args:
        film: The film, with nothing read from it yet.
        picture: Its moving picture.
        context: Asked before each packet whether to go on.
        limits: Limits in force.
        where: Location of the input, for errors.
    """

    def __init__(
        self,
        film: InputContainer,
        picture: VideoStream,
        context: Context,
        limits: Limits,
        where: str | None,
    ) -> None:
        self.ends: dict[int, Fraction] = {}
        """When each stream ends, by its time stamps in seconds."""

        self._film, self._picture = film, picture
        self._context, self._limits, self._where = context, limits, where
        self._frame = 1 / (rational(picture.average_rate) or USUAL_RATE)

    def approach(self) -> bool:
        """Move the film to its last keyframe, as far as a header tells where; tell whether."""
        ending = claimed_ending(self._film, self._picture)
        base = rational(self._picture.time_base)
        if ending is None or base is None:
            return False
        try:
            self._film.seek(int(ending.time // base), stream=self._picture)
        except av.error.FFmpegError:
            return False
        return True

    def read(self) -> None:
        """Read what is left, as far as it can be read."""
        streams = (self._picture, *self._film.streams.audio)
        try:
            for packet in metered(self._film, streams, self._limits, where=self._where):
                self._context.check()
                if packet.size and not packet.is_discard:  # an edit list hides it
                    self._take(packet)
        except (CorruptMediaError, TruncatedMediaError):
            return  # the pass that makes the film meets the same

    def _take(self, packet: Packet[Stream]) -> None:
        index, base = packet.stream.index, rational(packet.time_base)
        at = packet.dts if packet.pts is None else packet.pts
        if at is None or base is None:
            return
        length = (packet.duration or 0) * base
        if not length and index == self._picture.index:
            length = self._frame
        end = at * base + length
        self.ends[index] = max(self.ends.get(index, end), end)

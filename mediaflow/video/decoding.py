"""Decodes the picture of a film from a moment on, and hands out its sound on the way.

Law: one thread reads. A frame is handed on when its follower is known, with the time that it is
displayed for; nobody may change it. What is damaged ends the reading, or is passed over where the
job takes what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar, cast

from av import VideoFrame
from av.stream import Stream

from mediaflow.errors import TruncatedMediaError
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_decoder
from mediaflow.libav.graph import range_code
from mediaflow.libav.packets import metered
from mediaflow.libav.translate import translated
from mediaflow.video.seek import moving_picture, seek_before, zero_of
from mediaflow.video.walk import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av import AudioFrame, Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan
    from mediaflow.planning.film_steps import FrameColor
    from mediaflow.security.limits import Limits

__all__ = ["Decoder", "Displayed"]

StreamT = TypeVar("StreamT", bound=Stream)

USUAL_RATE: Final = Fraction(25)
LEAD_SECONDS: Final = Fraction(1, 10)  # sound before the cut lets its decoder settle
MICROSECOND: Final = Fraction(1, 1_000_000)  # AV_TIME_BASE_Q
ONE_LENGTH: Final = frozenset({"flv", "matroska", "webm"})
"""Containers whose header tells the length of the whole and of no stream."""

SLACK_SECONDS: Final = Fraction(1, 2)
SLACK_SHARE: Final = Fraction(1, 50)
"""By how much headers of whole films are off."""


@dataclass(frozen=True, slots=True)
class Displayed:
    """A frame and when it is displayed, in seconds of the film."""

    frame: VideoFrame
    time: Fraction
    until: Fraction


class Decoder:
    """The reading side of one pass.

    Args:
        container: The open film; closed by its owner.
        plan: Which picture is read, and what is done about damage.
        start: Where frames are wanted from, in seconds of the film.
        color: What the samples mean.
        context: Asked before each packet whether to go on.
        limits: Limits in force.
    """

    def __init__(
        self,
        container: InputContainer,
        plan: FilmPlan,
        *,
        start: Fraction,
        color: FrameColor,
        context: Context,
        limits: Limits,
    ) -> None:
        self.stream: VideoStream = moving_picture(container, plan.stream)
        self.time_base: Fraction = rational(self.stream.time_base) or Fraction(1, 90_000)
        """Seconds a tick of the frames' time stamps."""

        self.zero: Fraction = zero_of(container, self.stream)
        """Time stamp, in seconds, that counts as 0."""

        self.lacks: Fraction | None = None
        """By how many seconds a film that was read to its end falls short of its header."""

        self._container, self._plan, self._start = container, plan, start
        self._color, self._context, self._limits = color, context, limits
        self._rate = rational(self.stream.average_rate) or USUAL_RATE
        self._last = Fraction(0)

    def shown(
        self, tracks: set[int], hear: Callable[[int, Sequence[AudioFrame]], None]
    ) -> Iterator[Displayed]:
        """Yield the frames in the order of display.

        Args:
            tracks: Indexes of the sound tracks that are decoded.
            hear: Takes the index of a track and its next frames.

        Raises:
            CorruptMediaError: A packet cannot be decoded.
            TruncatedMediaError: The film ends before its header says.
        """
        held: tuple[VideoFrame, Fraction] | None = None
        for frame in self._decoded(tracks, hear):
            at = self._time_of(frame, held)
            if held is not None and at > held[1]:
                yield Displayed(held[0], held[1], at)
            held = (frame, at)
        if held is not None:
            ticks = held[0].duration or 0
            until = held[1] + (ticks * self.time_base if ticks else 1 / self._rate)
            self._last = max(self._last, until)
            yield Displayed(held[0], held[1], until)
        self._judge()

    def _decoded(
        self, tracks: set[int], hear: Callable[[int, Sequence[AudioFrame]], None]
    ) -> Iterator[VideoFrame]:
        open_decoder(self.stream, self._limits, threads=self._context.budget.threads)
        audio = list(self._container.streams.audio)
        for one in audio:
            if one.index in tracks:
                open_decoder(one, self._limits, threads=1)
        floor: int | None = None
        if self._start > LEAD_SECONDS:
            target = self.zero + self._start - LEAD_SECONDS
            floor = seek_before(self._container, self.stream, target, check=self._context.check)
        waiting = floor is not None
        read, where = (self.stream, *audio), self._plan.source.uri
        for packet in metered(self._container, read, self._limits, where=where):
            self._context.check()
            if packet.stream.index != self.stream.index:
                if packet.stream.index in tracks:
                    heard = self._frames(cast("Packet[AudioStream]", packet))
                    hear(packet.stream.index, cast("Sequence[AudioFrame]", heard))
                self._mark(packet)
                continue
            if waiting and not packet.is_keyframe and packet.size:
                continue
            waiting = False
            for frame in cast("Sequence[VideoFrame]", self._frames(packet)):
                if floor is None or frame.pts is None or frame.pts >= floor:
                    # said before any other thread sees it; what the samples mean was planned
                    frame.colorspace, frame.color_range = (
                        self._color.matrix,
                        range_code(self._color),
                    )
                    yield frame

    def _frames(self, packet: Packet[StreamT]) -> Sequence[object]:
        """Decode a packet; what is damaged is passed over where the job takes what is left."""
        with translated(stage="decode", where=self._plan.source.uri):
            try:
                return packet.decode()
            except DAMAGE:
                if self._plan.fail_on == "error":
                    raise
                return ()

    def _mark(self, packet: Packet[Stream]) -> None:
        """Remember how far the film reaches."""
        base = rational(packet.time_base)
        if packet.pts is not None and base is not None:
            end = (packet.pts + (packet.duration or 0)) * base - self.zero
            self._last = max(self._last, end)

    def _time_of(self, frame: VideoFrame, held: tuple[VideoFrame, Fraction] | None) -> Fraction:
        if frame.pts is not None:
            return frame.pts * self.time_base - self.zero
        return Fraction(0) if held is None else held[1] + 1 / self._rate

    def _judge(self) -> None:
        """Refuse, or remember, a film that ends before its header says."""
        claimed = self._claimed()
        if claimed is None:
            return
        missing = claimed - self._last
        if missing <= max(SLACK_SECONDS, claimed * SLACK_SHARE):
            return
        if self._plan.fail_on == "error":
            raise TruncatedMediaError(
                f"the film ends {float(missing):.2f} s before its header says",
                hint='fail_on="none" keeps what is left',
                where=self._plan.source.uri,
            )
        self.lacks = missing

    def _claimed(self) -> Fraction | None:
        """Return where the header says that the picture ends, or the whole where it says no more."""
        if ONE_LENGTH & set(self._container.format.name.split(",")):
            whole = self._container.duration
            return None if not whole else whole * MICROSECOND
        duration = self.stream.duration
        if not duration:
            return None
        return ((self.stream.start_time or 0) + duration) * self.time_base - self.zero

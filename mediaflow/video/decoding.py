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

from mediaflow.errors import CorruptMediaError, SourceError, TruncatedMediaError
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_decoder
from mediaflow.libav.graph import range_code
from mediaflow.libav.packets import metered
from mediaflow.libav.translate import translated
from mediaflow.video.ending import AHEAD_SECONDS, SLACK_SECONDS, claimed_ending, is_in_file_order
from mediaflow.video.order import Order
from mediaflow.video.seek import moving_picture, seek_before, zero_of
from mediaflow.video.walk import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from av import AudioFrame, Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan
    from mediaflow.planning.frame_steps import FrameColor
    from mediaflow.security.limits import Limits

__all__ = ["Decoder", "Displayed", "Lack"]

StreamT = TypeVar("StreamT", bound=Stream)

USUAL_RATE: Final = Fraction(25)
LEAD_SECONDS: Final = Fraction(1, 10)  # sound before the cut lets its decoder settle
SLACK_SHARE: Final = Fraction(1, 50)
"""By how much headers of whole films are off, beside some seconds."""

JOINT_SECONDS: Final = 1
"""How far time stamps jump back where two recordings meet; less is a decoder's disorder."""


LASTING: Final = ("audio", "subtitle")
"""What may outlast the picture, as the length of a whole film counts it."""


@dataclass(frozen=True, slots=True)
class Displayed:
    """A frame and when it is displayed, in seconds of the film."""

    frame: VideoFrame
    time: Fraction
    until: Fraction
    part: int = 0
    """Which part of a joined film it belongs to, from 0."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing of a film."""

    time: Fraction
    """From when on, in seconds of the film."""

    words: str


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

        self.lack: Lack | None = None
        """What is missing of the part that was read; None when nothing is."""

        self.container: InputContainer | None = container
        """The film that is read, to describe what goes along."""

        self._container, self._plan, self._start = container, plan, start
        self._order = Order(container, self.stream)
        self._color, self._context, self._limits = color, context, limits
        self._rate = rational(self.stream.average_rate) or USUAL_RATE
        self._last = Fraction(0)
        self._until = Fraction(0)  # the end of the last frame that was handed on
        self._has_begun = False
        self._heard: set[int] = set()
        self._untimed = 0

    def shown(
        self,
        tracks: set[int],
        hear: Callable[[int, Sequence[AudioFrame]], None],
        along: frozenset[int] = frozenset(),
        bring: Callable[[Packet[Stream]], None] = lambda _: None,
    ) -> Iterator[Displayed]:
        """Yield the frames in the order of display.

        Args:
            tracks: Indexes of the sound tracks that are decoded.
            hear: Takes the index of a track and its next frames.
            along: Indexes of the streams that are not decoded but wanted.
            bring: Takes their packets, which it may not change.

        Raises:
            CorruptMediaError: A packet cannot be decoded, none can, or times jump back.
            TruncatedMediaError: The film ends before its header says.
        """
        held: tuple[VideoFrame, Fraction] | None = None
        for frame in self._decoded(tracks, hear, along, bring):
            at = self._time_of(frame, held)
            if held is not None and at <= held[1]:
                self._pass_over(at, held[1])
                continue
            if held is not None:
                self._until = at
                yield Displayed(held[0], held[1], at)
            held = (frame, at)
        if held is None:
            self._refuse_empty()
        else:
            until = max(held[1] + self._length_of(held[0]), self._repeated_until())
            self._until, self._last = until, max(self._last, until)
            yield Displayed(held[0], held[1], until)
        self._judge()

    def _decoded(
        self,
        tracks: set[int],
        hear: Callable[[int, Sequence[AudioFrame]], None],
        along: frozenset[int],
        bring: Callable[[Packet[Stream]], None],
    ) -> Iterator[VideoFrame]:
        where, threads = self._plan.source.uri, self._context.budget.threads
        open_decoder(self.stream, self._limits, threads=threads, where=where)
        audio = list(self._container.streams.audio)
        for one in audio:
            if one.index in tracks:
                open_decoder(one, self._limits, threads=1, where=where)
        floor: int | None = None
        lead = self._lead(tracks | along)
        if self._start > lead:
            target = self.zero + self._start - lead
            floor = seek_before(self._container, self.stream, target, check=self._context.check)
        waiting = floor is not None
        others = [
            one
            for one in self._container.streams
            if one.index in along - _indexes(audio) or one.type == "subtitle"
        ]
        streams = (self.stream, *audio, *others)
        for packet in metered(self._container, streams, self._limits, where=where):
            self._context.check()
            if packet.stream.index in along:
                bring(packet)
            if packet.stream.index != self.stream.index:
                if packet.stream.index in tracks:
                    heard = self._frames(cast("Packet[AudioStream]", packet))
                    hear(packet.stream.index, cast("Sequence[AudioFrame]", heard))
                if packet.stream.type in LASTING:
                    self._mark(packet)
                continue
            if waiting and not packet.is_keyframe and packet.size:
                continue
            waiting = False
            self._order.read(packet)
            self._order.sent(packet)
            frames = cast("Sequence[VideoFrame]", self._frames(packet))
            self._order.given(frames)
            self._context.tally.decoded(len(frames))
            for frame in frames:
                if frame.is_corrupt:
                    self._meet_damage(packet)
                    continue
                self._has_begun = True
                if floor is None or frame.pts is None or frame.pts >= floor:
                    # said before any other thread sees it; what the samples mean was planned
                    frame.colorspace, frame.color_range = (
                        self._color.matrix,
                        range_code(self._color),
                    )
                    yield frame

    def _lead(self, tracks: set[int]) -> Fraction:
        """Return how long before the start reading begins, in seconds."""
        is_sought_by_picture = is_in_file_order(self._container)
        return AHEAD_SECONDS if tracks and is_sought_by_picture else LEAD_SECONDS

    def _frames(self, packet: Packet[StreamT]) -> Sequence[object]:
        """Decode a packet; what is damaged is passed over where the job takes what is left."""
        timed = self._context.tally.timed("decode")
        with timed, translated(stage="decode", where=self._plan.source.uri):
            try:
                frames = packet.decode()
            except DAMAGE:
                if packet.stream.index == self.stream.index:
                    self._order.lost(packet)
                if not self._is_before(packet):
                    if self._plan.fail_on == "error":
                        raise
                    self._remember("what is damaged is left out")
                return ()
            if frames and packet.stream.index != self.stream.index:
                self._heard.add(packet.stream.index)
            return frames

    def _is_before(self, packet: Packet[StreamT]) -> bool:
        """Tell whether a packet comes before the first frame that can stand alone.

        Recordings of broadcasts begin anywhere: what rests on frames before is no damage, nor is
        the end of a packet of sound.
        """
        if packet.stream.index != self.stream.index:
            return packet.stream.index not in self._heard
        return not self._has_begun and not packet.is_keyframe

    def _meet_damage(self, packet: Packet[StreamT]) -> None:
        """Leave out a frame of which only a part could be decoded.

        Raises:
            CorruptMediaError: That is an error.
        """
        if not self._is_before(packet):
            self._lose(
                CorruptMediaError,
                "a frame of the film can be decoded only in part",
                hint='fail_on="none" leaves it out',
                left="what is damaged is left out",
            )

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

    def _length_of(self, frame: VideoFrame) -> Fraction:
        ticks = frame.duration or 0
        return ticks * self.time_base if ticks else 1 / self._rate

    def _repeated_until(self) -> Fraction:
        """Return until when a whole AVI shows its last frame: empty chunks repeat it, unread."""
        ending = claimed_ending(self._container, self.stream)
        source = self._plan.source
        is_whole = source.container is not None and source.container.is_truncated is False
        if source.format != "avi" or not is_whole or ending is None or not ending.is_of_picture:
            return Fraction(0)
        return ending.time - self.zero

    def _pass_over(self, at: Fraction, last: Fraction) -> None:
        """Leave out a frame that is displayed no later than the one before it.

        Raises:
            CorruptMediaError: Another recording begins here, and that is an error.
        """
        if last - at < JOINT_SECONDS:
            self._untimed += 1
            words = f"{self._untimed} of its frames have no time of their own and are left out"
            self.lack = Lack(at if self.lack is None else self.lack.time, words)
            return
        text = f"time stamps jump back from {float(last):.2f} s to {float(at):.2f} s"
        self._lose(
            CorruptMediaError,
            f"{text}: the film was joined from several recordings",
            hint='fail_on="none" leaves out what runs back',
            left=f"{text}: what runs back is left out",
        )

    def _refuse_empty(self) -> None:
        """Refuse a film without a frame, unless frames are wanted from beyond its start only."""
        if self._start <= LEAD_SECONDS:
            raise CorruptMediaError(
                "no frame of the film can be decoded", where=self._plan.source.uri
            )

    def _judge(self) -> None:
        """Refuse, or remember, a film that ends before its header says."""
        ending = claimed_ending(self._container, self.stream)
        if ending is None:
            return
        claimed = ending.time - self.zero
        missing = claimed - (self._until if ending.is_of_picture else self._last)
        if missing <= max(SLACK_SECONDS, claimed * SLACK_SHARE):
            return
        self._lose(
            TruncatedMediaError,
            f"the film ends {float(missing):.2f} s before its header says",
            hint='fail_on="none" keeps what is left',
            left=f"the film is cut off {float(missing):.2f} s before its end",
        )

    def _lose(self, error: type[SourceError], message: str, *, hint: str, left: str) -> None:
        """Refuse a film that lacks something, or remember it where the job takes what is left."""
        if self._plan.fail_on == "error":
            raise error(message, hint=hint, stage="decode", where=self._plan.source.uri)
        self._remember(left)

    def _remember(self, words: str) -> None:
        """Remember what is missing first."""
        self.lack = self.lack or Lack(self._until, words)


def _indexes(streams: Iterable[Stream]) -> set[int]:
    return {stream.index for stream in streams}

"""Walks over the keyframes of a film, decoding nothing else.

A keyframe needs no other frame, so a film is seen from start to end at a small part of the cost of
its decode. Where the container has an index, only keyframes are read at all. Codecs whose every
frame is a keyframe are looked at four times a second. A film that has fewer keyframes than make
sense, or none that says so, is decoded frame by frame for its first minute instead.

Law: frames leave in the order of display and are not kept. What is damaged is passed over and
remembered; whoever walks judges it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from av import VideoFrame
from av.stream import Discard

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.libav.compat import rational
from mediaflow.libav.packets import metered
from mediaflow.libav.translate import translated
from mediaflow.video.decoding import JOINT_SECONDS, SLACK_SHARE
from mediaflow.video.ending import SLACK_SECONDS, claimed_ending
from mediaflow.video.picking import Candidate, Picker
from mediaflow.video.seek import zero_of
from mediaflow.video.walk import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av import Packet
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from mediaflow.errors import SourceError
    from mediaflow.models.context import Context
    from mediaflow.security.limits import Limits
    from mediaflow.video.picking import Picked

__all__ = ["FEW", "MINUTE", "MOST_A_SECOND", "Keyframe", "Keyframes"]

FEW: Final = 4
"""Keyframes below which a film is decoded frame by frame."""

MINUTE: Final = Fraction(60)
"""How much of such a film is decoded."""

MOST_A_SECOND: Final = 4
BURST: Final = 8
"""Keyframes that are looked at: in the long run, and in a row."""

Wanted: TypeAlias = Callable[[Fraction, Fraction, Fraction], bool]

INDEXED: Final = frozenset({"matroska", "mov", "mp4", "webm"})
"""FFmpeg's names of containers whose demuxer knows keyframes before it reads them, and whose header
tells whether the file is whole."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A frame and when it is displayed, in seconds of the film."""

    frame: VideoFrame
    time: Fraction
    stamp: int
    """The same in ticks, as the file has it."""

    is_watched: bool = True
    """Whether scenes and the best still are judged by it; else only storyboards want it."""

    is_late: bool = False
    """Whether it comes out of order, as it was passed over first; storyboards do not want it."""


class Keyframes:
    """One walk over a film.

    Args:
        container: Open, with nothing read from it yet; closed by its owner.
        stream: Its moving picture, with its decoder open.
        every: Whether all frames of the first minute are decoded, not keyframes alone.
        context: Asked before each packet whether to go on.
        limits: Limits in force.
        is_whole_known: Whether the probe tells that the file is whole, or is not.
        watches: Whether scenes or the best still are looked for.
        is_wanted: Tells whether a storyboard wants a keyframe, by when the one before it, it, and the
            one after it are displayed, in seconds.
        where: Location of the input, for errors.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        *,
        every: bool,
        context: Context,
        limits: Limits,
        is_whole_known: bool,
        watches: bool,
        is_wanted: Wanted,
        where: str | None,
    ) -> None:
        self._container, self._stream, self._every = container, stream, every
        self._context, self._limits, self._where = context, limits, where
        self._base = rational(stream.time_base) or Fraction(1, 90_000)
        self._zero = zero_of(container, stream)
        self._ending = claimed_ending(container, stream)
        names = set(container.format.name.split(","))
        self._skips = not every and is_whole_known and bool(INDEXED & names)
        self._has_begun = False
        self._second = max(round(1 / self._base), 1)
        self._start = stream.start_time or 0
        self._end = self._start
        self._credit = BURST * self._second
        self._last_look: int | None = None
        self.total: int = 0
        """Keyframes that were met and might be looked at."""

        self._picker: Picker[Packet[VideoStream]] = Picker(
            watches=watches, may_pass=self._skips, is_wanted=self._asks(is_wanted)
        )
        self._sent = self._received = 0
        self._open: set[int | None] = set()  # what was sent and gave no frame so far
        self._again: deque[Candidate[Packet[VideoStream]]] = deque()
        self._late: set[int] = set()
        self._unwatched: set[int] = set()
        self.lack: SourceError | None = None
        """What is missing first; None when nothing is."""

    def __iter__(self) -> Iterator[Keyframe]:
        """Yield the keyframes in the order of display.

        Raises:
            CorruptMediaError: The container cannot be read.
            LimitExceededError: The film is longer, or has more frames, than the limits allow.
        """
        last: int | None = None
        for frame, stamp in self._decoded():
            if self._late and last is not None and stamp < last:  # nothing else runs back meanwhile
                self._late.discard(stamp)
                yield Keyframe(frame, self._seconds(stamp), stamp, is_late=True)
                continue
            if last is not None and stamp <= last:
                self._pass_over(stamp, last)
                continue
            last = stamp
            self._end = max(self._end, stamp)
            is_watched = stamp not in self._unwatched
            self._unwatched.discard(stamp)
            yield Keyframe(frame, self._seconds(stamp), stamp, is_watched=is_watched)
        self._judge()

    def look_before(self, keyframe: Keyframe) -> None:
        """Have the keyframe decoded after all that was passed over right before another one."""
        passed = self._picker.passed_before(keyframe.stamp)
        if passed is not None:
            self._again.append(passed)

    @property
    def end(self) -> Fraction:
        """How far the packets that were read reach, in seconds of the film."""
        return self._seconds(self._end)

    def _decoded(self) -> Iterator[tuple[VideoFrame, int]]:
        """Yield frames with their time stamps."""
        self._stream.codec_context.skip_frame = "DEFAULT" if self._every else "NONKEY"
        for packet in self._read():
            self._context.check()
            stamp = packet.dts if packet.pts is None else packet.pts
            if packet.size and stamp is not None:
                self._end = max(self._end, stamp + (packet.duration or 0))
                if self._every and self._seconds(stamp) > MINUTE:
                    break
            if self._every:
                yield from self._frames(packet, stamp)
            elif not packet.size:
                yield from self._picked(self._picker.last())
                yield from self._looked_again()
                yield from self._drained()
            elif self._is_wanted(packet, stamp):
                if stamp is None:
                    yield from self._frames(packet, stamp)
                else:
                    one = Candidate(packet, stamp, packet.size)
                    yield from self._picked(self._picker.take(one))
                yield from self._looked_again()

    def _picked(
        self, picked: Picked[Packet[VideoStream]] | None
    ) -> Iterator[tuple[VideoFrame, int]]:
        if picked is None:
            return
        if not picked.is_watched:
            self._unwatched.add(picked.candidate.stamp)
        yield from self._frames(picked.candidate.packet, picked.candidate.stamp)

    def _drained(self) -> Iterator[tuple[VideoFrame, int]]:
        """Yield what the decoder still holds, which may ask for what was passed over."""
        yield from self._frames(None, None)
        while self._again:
            self._stream.codec_context.flush_buffers()
            yield from self._looked_again()
            yield from self._frames(None, None)

    def _looked_again(self) -> Iterator[tuple[VideoFrame, int]]:
        while self._again:
            one = self._again.popleft()
            self._late.add(one.stamp)
            yield from self._frames(one.packet, one.stamp)

    def _read(self) -> Iterator[Packet[VideoStream]]:
        """Yield the packets of the picture; of a container with an index, keyframes alone."""
        if not self._skips:
            read = metered(self._container, (self._stream,), self._limits, where=self._where)
            yield from cast("Iterator[Packet[VideoStream]]", read)
            return
        for other in self._container.streams:
            other.discard = Discard.all
        self._stream.discard = Discard.nonkey
        with translated(stage="decode", where=self._where):
            yield from self._container.demux(self._stream)

    def _is_wanted(self, packet: Packet[VideoStream], stamp: int | None) -> bool:
        """Tell whether a packet is a keyframe that is looked at; see :data:`MOST_A_SECOND`."""
        if not packet.is_keyframe:
            if self._skips and self._is_listed(packet):
                self._lose(CorruptMediaError, "a keyframe cannot be decoded", stamp)
            return False
        self.total += 1
        self._limits.check("max_film_frames", self.total, where=self._where)
        if stamp is None:
            return True
        span = abs(stamp - self._start) // self._second
        self._limits.check("max_duration_seconds", span, where=self._where)
        if self._last_look is not None:
            earned = max(stamp - self._last_look, 0) * MOST_A_SECOND
            self._credit = min(self._credit + earned, BURST * self._second)
        self._last_look = stamp
        if self._credit < self._second:
            return False
        self._credit -= self._second
        return True

    def _is_listed(self, packet: Packet[VideoStream]) -> bool:
        """Tell whether the index says that a packet is a keyframe, whose bytes say that it is none.

        It is damaged then. Packets that were read before keyframes alone were asked for are none.
        """
        entries = self._stream.index_entries
        place = -1 if packet.dts is None else entries.search_timestamp(packet.dts)
        return place >= 0 and entries[place].pos == packet.pos

    def _frames(
        self, packet: Packet[VideoStream] | None, stamp: int | None
    ) -> Iterator[tuple[VideoFrame, int]]:
        """Decode a packet, or, with None, what is left in the decoder."""
        frames: Sequence[VideoFrame] = ()
        if packet is not None and packet.size and not packet.is_discard:
            self._sent += 1
            self._open.add(stamp)
        timed = self._context.tally.timed("decode")
        with timed, translated(stage="decode", where=self._where):
            try:
                frames = self._stream.decode(packet)
            except DAMAGE:
                self._sent -= 1
                self._open.discard(stamp)
                self._lose(CorruptMediaError, "a keyframe cannot be decoded", stamp)
        self._context.tally.decoded(len(frames))
        for frame in frames:
            at = frame.dts if frame.pts is None else frame.pts
            self._received += 1
            self._open.discard(at)
            if frame.is_corrupt:
                self._lose(CorruptMediaError, "a keyframe can be decoded only in part", at)
            else:
                self._has_begun = True
                yield frame, self._end if at is None else at

    def _asks(self, is_wanted: Wanted) -> Callable[[int, int, int], bool]:
        def asked(before: int, stamp: int, after: int) -> bool:
            return is_wanted(self._seconds(before), self._seconds(stamp), self._seconds(after))

        return asked

    def _seconds(self, stamp: int) -> Fraction:
        base, zero = self._base, self._zero
        return Fraction(
            stamp * base.numerator * zero.denominator - zero.numerator * base.denominator,
            base.denominator * zero.denominator,
        )

    def _pass_over(self, stamp: int, last: int) -> None:
        """Remember where another recording begins."""
        if last - stamp >= JOINT_SECONDS * self._second:
            times = [float(self._seconds(each)) for each in (last, stamp)]
            text = f"time stamps jump back from {times[0]:.2f} s to {times[1]:.2f} s"
            self._lose(CorruptMediaError, text, stamp)

    @property
    def is_blind(self) -> bool:
        """Whether most of what is marked as a keyframe gives no frame by itself."""
        return 2 * (self._sent - self._received) > self._sent

    def _judge(self) -> None:
        """Remember it where a keyframe gave no frame, or the picture ends before its header says."""
        is_short = self._received < self._sent and not self._every
        if is_short and not self.is_blind:  # decoders pass over some damage without a word
            at = min((stamp for stamp in self._open if stamp is not None), default=None)
            self._lose(CorruptMediaError, "a keyframe cannot be decoded", at)
        ending = self._ending
        if ending is None or not ending.is_of_picture or self._skips or self._every:
            return
        claimed = ending.time - self._zero
        missing = claimed - self.end
        if missing > max(SLACK_SECONDS, claimed * SLACK_SHARE):
            text = f"the film ends {float(missing):.2f} s before its header says"
            self._lose(TruncatedMediaError, text, self._end)

    def _lose(self, error: type[SourceError], text: str, stamp: int | None) -> None:
        """Remember what is missing first; what comes before all that can be decoded is nothing.

        Recordings of broadcasts begin anywhere, with frames that rest on others before.
        """
        if self._every and not self._has_begun:
            return
        at = self._seconds(self._end if stamp is None else stamp)
        self.lack = self.lack or error(
            f"{text}, at {float(at):.2f} s",
            hint='fail_on="none" keeps what is left',
            stage="decode",
            where=self._where,
        )

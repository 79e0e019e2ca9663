"""Reads the sound of one source: packets as they are stored, frames as they are heard.

Law: one pass, forward only. What is damaged is an error, or left out and told; so is an end that
comes before the header says.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from mediaflow.audio.block import Block, blocks_of
from mediaflow.audio.planes import within_reach
from mediaflow.audio.sound import samples_of
from mediaflow.errors import (
    CorruptMediaError,
    SourceError,
    TruncatedMediaError,
    let_go,
)
from mediaflow.formats.demuxers import DEMUXERS
from mediaflow.formats.mp3 import FRAME_BYTES, ID3_BYTES, id3_size, info_frame
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_decoder
from mediaflow.libav.packets import metered
from mediaflow.libav.pictures import attached_pictures
from mediaflow.libav.translate import translated
from mediaflow.models.spent import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.frames import ByteReader
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn
    from mediaflow.security.limits import Limits

__all__ = ["SoundReader"]

DAMAGE: Final = (CorruptMediaError, TruncatedMediaError)
SLACK_SECONDS: Final = Fraction(1)  # headers round, and padding is no sound
START: Final = Fraction(0)
SLACK_SHARE: Final = Fraction(2, 100)
COUNTED: Final = ("flac", "ogg")
"""Formats whose header counts samples, or whose last page does."""

COUNTED_SLACK: Final = Fraction(1, 20)  # seconds; the last packet of Vorbis
FOLLOWING: Final = ("flac", "ogg")
"""Formats whose packets follow each other: a jump is a part that is damaged and was passed over."""

JUMP_SECONDS: Final = Fraction(1, 20)
BATCH: Final = 64  # frames that are handed over together
BATCH_SAMPLES: Final = 1 << 17  # or fewer of large ones; about three seconds


class SoundReader:
    """The sound of one open source.

    Args:
        info: What the probe found.
        container: The source, with nothing read from it yet.
        reader: Its bytes.
        limits: Limits in force.
        check: Asked before each packet; what it raises ends everything.
        fail_on: Whether damage, and an end that comes early, are errors.
        tally: Counts what is decoded.
    """

    def __init__(
        self,
        info: MediaInfo,
        container: InputContainer,
        reader: ByteReader,
        limits: Limits,
        check: Callable[[], None],
        *,
        fail_on: FailOn,
        tally: Tally | None = None,
    ) -> None:
        self._tally = tally or Tally()
        self._info, self._container, self._reader = info, container, reader
        self._limits, self._check, self._fail_on = limits, check, fail_on
        self._where = info.uri
        self.zero: Fraction = _zero(container)
        """Time stamp, in seconds, that counts as 0."""

        self.lack: str | None = None
        """What is missing of the source, in words; None without a lack."""

        self.covers: dict[int, bytes] = attached_pictures(container, where=self._where)
        """The pictures that lie in it, by index of their streams."""

        self._until: dict[int, int] = {}  # end of the last packet of each stream, in its ticks
        self._handed_until: dict[int, int] = {}
        self._heard: set[int] = set()
        self._doubts: dict[int, SourceError] = {}
        self._waiting: dict[int, list[AudioFrame]] = {}
        is_counted = DEMUXERS[info.format] == "mov"
        self._ends = _ends(container) if is_counted else {}

    @property
    def time(self) -> Fraction:
        """How far the source was read, in seconds."""
        ends = (
            ticks * (rational(self._container.streams[index].time_base) or START) - self.zero
            for index, ticks in self._until.items()
        )
        return max(ends, default=START)

    def time_of(self, index: int) -> Fraction:
        """Return how far one stream was handed out, in seconds."""
        base = rational(self._container.streams[index].time_base) or START
        return self._handed_until.get(index, 0) * base - self.zero

    def stream(self, index: int) -> Stream:
        """Return a stream of the source by its index."""
        return self._container.streams[index]

    def info_frame(self) -> bytes | None:
        """Return the frame of an MP3 file that describes the others; empty without one.

        None where the source is no MP3 file: one that is made of it may have such a frame of its own.
        """
        if self._info.format != "mp3":
            return None
        start = id3_size(self._reader.read_at(0, ID3_BYTES))
        return info_frame(self._reader.read_at(start, FRAME_BYTES)) or b""

    def blocks(
        self, decoded: set[int], copied: set[int], take: Callable[[Packet[Stream]], None]
    ) -> Iterator[tuple[int, Block]]:
        """Yield the samples of some streams, with the index of the stream.

        Args:
            decoded: Indexes of streams that are decoded.
            copied: Indexes of streams whose packets are wanted as they are.
            take: Takes those packets.

        Raises:
            SourceError: The source cannot be read, ends before its header says, or has no sound
                where it should.
        """
        for packet in self._packets(decoded, decoded | copied):
            index = packet.stream.index
            if index in copied:
                take(packet)
            if index in decoded:
                waiting = self._waiting.setdefault(index, [])
                waiting += self._frames(cast("Packet[AudioStream]", packet))
                if _is_much(waiting):
                    yield from self._handed(index)
        for index in list(self._waiting):
            yield from self._handed(index)
        self._refuse_silence(decoded)

    def _handed(self, index: int) -> Iterator[tuple[int, Block]]:
        until = self._until.get(index, 0)
        for block in blocks_of(self._waiting.pop(index)):
            yield index, block
        self._handed_until[index] = until

    def _packets(self, decoded: set[int], wanted: set[int]) -> Iterator[Packet[Stream]]:
        """Yield the packets of some streams, and one empty packet at the end of each.

        Args:
            decoded: Indexes of streams that are decoded.
            wanted: Indexes of all streams whose packets are handed out.

        Raises:
            SourceError: The source cannot be read, or ends before its header says.
        """
        for index in decoded:
            track = cast("AudioStream", self._container.streams[index])
            open_decoder(track, self._limits, threads=1, where=self._where)
        streams = [stream for stream in self._container.streams if stream.index in wanted]
        try:
            for packet in metered(self._container, streams, self._limits, where=self._where):
                self._check()
                self._mark(packet)
                yield packet
        except (CorruptMediaError, TruncatedMediaError):
            if self._fail_on == "error" or not self._heard:
                raise
            self.lack = "what follows the damage is left out"
        self._judge()

    def _frames(self, packet: Packet[AudioStream]) -> Sequence[AudioFrame]:
        """Decode a packet; an empty one ends its stream.

        Raises:
            CorruptMediaError: It is damaged, and that is an error.
        """
        index = packet.stream.index
        try:
            timed = self._tally.timed("decode")
            with timed, translated(stage="decode", where=self._where):
                frames = packet.decode()
        except DAMAGE as exc:
            # recordings begin anywhere: what comes before the first frame is no damage
            if index in self._heard and packet.size:
                self._meet(index, exc)
            return ()
        if frames:
            self._heard.add(index)
            if packet.size and index in self._doubts:
                raise self._doubts[index]
        frames = [within_reach(frame) for frame in frames]
        end = self._ends.get(index)
        return frames if end is None else [one for frame in frames for one in _cut(frame, end)]

    def _meet(self, index: int, error: SourceError) -> None:
        """Take damage for what it is: junk where it is the last packet of a stream, else an error.

        Raises:
            SourceError: It is not the first.
        """
        if self._fail_on == "none":
            self.lack = "what is damaged is left out"
            return
        if index in self._doubts:
            raise error
        let_go(error)
        self._doubts[index] = error.with_traceback(None)

    def _refuse_silence(self, decoded: set[int]) -> None:
        """Refuse a source of which nothing was heard that should be.

        Raises:
            CorruptMediaError: It is so.
        """
        missing = sorted(decoded - self._heard)
        if missing:
            raise CorruptMediaError(
                f"no sound can be decoded of stream {missing[0]}",
                hint="the file is damaged or empty; fetch or export it again",
                stage="decode",
                where=self._where,
            )

    def _mark(self, packet: Packet[Stream]) -> None:
        if packet.pts is None or not packet.size:
            return
        index, end = packet.stream.index, packet.pts + (packet.duration or 0)
        if self._info.format in FOLLOWING:
            self._follow(packet)
        self._until[index] = max(end, self._until.get(index, end))

    def _follow(self, packet: Packet[Stream]) -> None:
        """Refuse, or remember, a part that is damaged and was passed over before a packet."""
        start = (packet.pts or 0) * (rational(packet.time_base) or START) - self.zero
        if start - self.time <= JUMP_SECONDS:
            return
        words = f"{float(start - self.time):.2f} s of the sound at {float(self.time):.2f} s"
        if self._fail_on == "error":
            raise CorruptMediaError(
                f"{words} are damaged",
                hint='fail_on="none" leaves them out',
                stage="decode",
                where=self._where,
            )
        self.lack = f"{words} are damaged and left out"

    def _judge(self) -> None:
        """Refuse, or remember, a source that ends before its header says."""
        told = self._info.container
        claimed = None if told is None else told.duration_seconds_from_header
        is_all = {one.index for one in self._info.audio} <= self._until.keys()
        if claimed is None or self._info.kind != "audio" or not is_all:
            return  # the header tells the length of the longest track
        missing = Fraction(str(claimed)) - self.time
        slack = max(SLACK_SECONDS, Fraction(str(claimed)) * SLACK_SHARE)
        if missing <= (COUNTED_SLACK if self._info.format in COUNTED else slack):
            return
        words = f"{float(missing):.2f} s before its header says"
        if self._fail_on == "error":
            raise TruncatedMediaError(
                f"the sound ends {words}",
                hint='fail_on="none" keeps what is left',
                stage="decode",
                where=self._where,
            )
        self.lack = f"the sound ends {words}"


def _is_much(frames: Sequence[AudioFrame]) -> bool:
    """Tell whether frames of a stream, which are about of one length, are worth handing over."""
    count = len(frames)
    return count >= BATCH or (count > 0 and count * frames[-1].samples >= BATCH_SAMPLES)


def _ends(container: InputContainer) -> dict[int, Fraction]:
    """Return where sounds end by the index of an MP4, in seconds.

    FFmpeg 8 goes on to the end of the last packet.
    """
    found: dict[int, Fraction] = {}
    for stream in container.streams.audio:
        base = rational(stream.time_base)
        if stream.duration and base is not None:
            found[stream.index] = ((stream.start_time or 0) + stream.duration) * base
    return found


def _cut(frame: AudioFrame, end: Fraction) -> Iterator[AudioFrame]:
    """Yield what a frame has before an end, in seconds; nothing of one behind it."""
    base = rational(frame.time_base)
    if frame.pts is None or base is None:
        yield frame
        return
    left = round((end - frame.pts * base) * frame.sample_rate)
    if left >= frame.samples:
        yield frame
    elif left > 0:
        part = samples_of(frame, 0, left)
        part.pts, part.time_base = frame.pts, base
        yield part


def _zero(container: InputContainer) -> Fraction:
    """Return the time stamp that counts as 0: where picture or sound starts first."""
    starts = []
    for stream in (*container.streams.video, *container.streams.audio):
        base = rational(stream.time_base)
        if stream.start_time is not None and base is not None and stream.type != "attachment":
            starts.append(stream.start_time * base)
    return min(starts, default=Fraction(0))

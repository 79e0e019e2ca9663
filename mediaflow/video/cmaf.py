"""Cuts one track into CMAF segments: what FFmpeg's MP4 muxer writes, box by box, into a callback.

Law: a segment starts with a sample that nothing before it is needed for; bytes are held of one
segment at most. A callback that fails never fails inside of FFmpeg: ``check`` tells it.

Measured, alike with FFmpeg 8.1 and 9.0: a sample lasts until the next packet is decoded, also the
last one of a fragment, whatever its packet says; the last one of the track lasts as its packet says,
or as the frame rate does where it says nothing. Ticks are those of the stream's time base, doubled
until there are 10,000 a second: 1/25 becomes 12,800, 1001/24000 and 1/90000 stay; of sound they are
samples. Flags that are left out on purpose: with ``cmaf`` or ``negative_cts_offsets`` FFmpeg 8.1
shows a picture late by the delay of its B-frames, without ``delay_moov`` nobody knows the priming of
a sound when the movie box is written.
Source: ISO/IEC 23000-19 7.3 (segments), FFmpeg's movenc.c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import av

from mediaflow.errors import EncodeError
from mediaflow.formats.fragments import FRAGMENTED_PICTURE, FRAGMENTED_SOUND
from mediaflow.libav.translate import translated
from mediaflow.models.stream_data import INIT_NAME, segment_name
from mediaflow.video.cmaf_boxes import (
    BoxSplitter,
    Fragment,
    Head,
    branded,
    moved,
    read_fragment,
    read_head,
    timed_by_fragments,
)

if TYPE_CHECKING:
    from typing import Any

    from av.container import OutputContainer

__all__ = [
    "PICTURE_OPTIONS",
    "SOUND_OPTIONS",
    "Put",
    "Segment",
    "SegmentSink",
    "SegmentTable",
    "open_muxer",
]

Put: TypeAlias = Callable[[str, bytes], None]
"""Takes a file: its name, ``init.mp4`` or ``seg_00001.m4s`` and so on, and its bytes."""

SOUND_OPTIONS: Final = {name: str(value) for name, value in FRAGMENTED_SOUND}
PICTURE_OPTIONS: Final = {name: str(value) for name, value in FRAGMENTED_PICTURE}
"""Options of the ``mp4`` muxer for a picture in segments: each keyframe starts a fragment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment that was written; times in ticks."""

    decode_time: int
    """When its first sample is decoded: ``tfdt``."""

    ticks: int
    """Sum of the lengths of its samples."""

    start: int
    """When it is first shown, from the start of the output; below 0 where a sound is primed."""

    end: int
    """When the sample that is shown last ends, by its length."""

    samples: int
    size: int
    """Bytes of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTable:
    """The segments of one track, as manifests tell them."""

    timescale: int
    """Ticks a second."""

    media_time: int
    """Ticks before what is shown first: the delay of B-frames, the priming of a sound."""

    sample_entry: bytes
    """How the samples are coded: the box of the ``stsd``, with ``avcC``, ``esds`` or the like."""

    init_bytes: int
    """Bytes of ``init.mp4``."""

    segments: tuple[Segment, ...]
    until: int | None = None
    """When the last frame ends, where somebody knows better than the lengths of samples."""

    @property
    def first(self) -> int:
        """When the first segment is shown, in ticks."""
        return max(self.segments[0].start, 0)

    @property
    def durations(self) -> tuple[int, ...]:
        """For how many ticks each segment is shown: up to the next one."""
        starts = [self.first, *(one.start for one in self.segments[1:])]
        last = self.segments[-1].end if self.until is None else self.until
        ends = [*starts[1:], max(last, starts[-1] + 1)]
        return tuple(end - start for start, end in zip(starts, ends, strict=True))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of each segment."""
        return tuple(one.size for one in self.segments)

    @property
    def starts(self) -> tuple[Fraction, ...]:
        """When each segment is first shown, in seconds."""
        return tuple(Fraction(max(one.start, 0), self.timescale) for one in self.segments)


class SegmentSink:
    """What a muxer writes one track into: write-only, without a name or a place.

    Used by one thread, that of its muxer::

        sink = SegmentSink(put)
        container = open_muxer(sink)
        ...                  # add a stream, mux its packets; sink.check() now and then
        container.close()
        table = sink.finish()

    Args:
        put: Called with the name and the bytes of each file, in order.
        segment_seconds: Fragments that start between two multiples of it are one segment; None
            makes one of each.
    """

    def __init__(self, put: Put, *, segment_seconds: Fraction | None = None) -> None:
        self.head: Head | None = None
        """What the movie box says, once it is written."""

        self.init_bytes: int = 0
        """Bytes of ``init.mp4``."""

        self.segments: list[Segment] = []
        """Those that were handed out."""

        self._put, self._grid = put, segment_seconds
        self._boxes = BoxSplitter()
        self._error: BaseException | None = None
        self._ftyp = b""
        self._moof: tuple[Fragment, bytes] | None = None
        self._parts: list[bytes] = []  # of the segment that is not handed out yet
        self._open: list[Fragment] = []
        self._is_closed = False

    @property
    def held(self) -> int:
        """Bytes that wait to be whole."""
        moof = 0 if self._moof is None else len(self._moof[1])
        return self._boxes.held + moof + sum(map(len, self._parts))

    def write(self, data: bytes) -> int:
        """Take what the muxer writes; after an error the rest is dropped."""
        if self._error is None:
            try:
                for kind, box in self._boxes.push(data):
                    self._take(kind, box)
            except BaseException as exc:  # noqa: BLE001  # FFmpeg would print it; check raises it
                self._error = exc
                self._let_go()
        return len(data)

    def check(self) -> None:
        """Raise what went wrong while FFmpeg was writing.

        Raises:
            EncodeError: What was written is nonsense, or a segment does not start with a keyframe.
            Exception: Whatever the callback raised.
        """
        if self._error is not None:
            raise self._error

    def finish(self, until: Fraction | None = None) -> SegmentTable:
        """Hand out the last segment, after the muxer was closed, and return what was written.

        Args:
            until: When the last frame ends, in seconds from the start of the output. Lengths of
                samples tell it but where frames are both reordered and unevenly spaced.

        Raises:
            EncodeError: There was no segment, or the last is not whole.
            Exception: Whatever the callback raised.
        """
        self.check()
        if self._boxes.held or self._moof is not None:
            raise EncodeError("the muxer ended within a segment", stage="encode")
        if not self._is_closed:
            self._is_closed = True
            self._hand_out()
        if self.head is None or not self.segments:
            raise EncodeError("nothing was encoded, so there is no segment", stage="encode")
        return SegmentTable(
            timescale=self.head.timescale,
            media_time=self.head.media_time,
            sample_entry=self.head.sample_entry,
            init_bytes=self.init_bytes,
            segments=tuple(self.segments),
            until=None if until is None else round(until * self.head.timescale),
        )

    def _let_go(self) -> None:
        self._boxes, self._moof, self._parts, self._open = BoxSplitter(), None, [], []

    def _take(self, kind: bytes, box: bytes) -> None:
        if self._moof is not None and kind != b"mdat":
            raise EncodeError(f"a fragment is followed by {kind!r}", stage="encode")
        match kind:
            case b"ftyp":
                self._ftyp = branded(box)
            case b"moov":
                self._begin(box)
            case b"moof":
                self._announce(box)
            case b"mdat":
                self._fill(box)
            case _:  # an index, or room: no player needs them
                pass

    def _begin(self, moov: bytes) -> None:
        if self.head is not None or not self._ftyp:
            raise EncodeError("a movie box comes once, after the type of the file", stage="encode")
        self.head = read_head(moov)
        if self.head.lead:
            moov = timed_by_fragments(moov)
        data = self._ftyp + moov
        self.init_bytes = len(data)
        self._put(INIT_NAME, data)

    def _announce(self, moof: bytes) -> None:
        if self.head is None:
            raise EncodeError("a fragment comes before the movie box", stage="encode")
        if self.head.lead:
            moof = moved(moof, self.head.lead)
        found = read_fragment(moof, self.head)
        if not found.is_sync:
            raise EncodeError("a fragment does not start with a keyframe", stage="encode")
        if self._open and not self._is_joined(found):
            self._hand_out()
        self._moof = (found, moof)

    def _fill(self, mdat: bytes) -> None:
        if self._moof is None:
            raise EncodeError("samples come without their fragment", stage="encode")
        found, moof = self._moof
        if found.data_bytes > len(mdat) - 8:
            raise EncodeError("a fragment claims more than its samples", stage="encode")
        self._moof = None
        self._open.append(found)
        self._parts += [moof, mdat]
        if self._grid is None:
            self._hand_out()

    def _is_joined(self, found: Fragment) -> bool:
        """Whether a fragment belongs to the segment before it."""
        assert self.head is not None  # noqa: S101  # checked by the caller
        if self._grid is None:
            return False
        # a keyframe on the grid may be rounded to the tick before
        shown = [one.first - self.head.media_time + 1 for one in (self._open[0], found)]
        before, after = (Fraction(one, self.head.timescale) // self._grid for one in shown)
        return before == after

    def _hand_out(self) -> None:
        if self.head is None or not self._open:
            return
        data = b"".join(self._parts)
        made, shift = self._open, self.head.media_time
        self._parts, self._open = [], []
        self.segments.append(
            Segment(
                decode_time=made[0].decode_time,
                ticks=sum(one.ticks for one in made),
                start=made[0].first - shift,
                end=made[-1].end - shift,
                samples=sum(one.samples for one in made),
                size=len(data),
            )
        )
        self._put(segment_name(len(self.segments)), data)


def open_muxer(sink: SegmentSink, options: dict[str, str] | None = None) -> OutputContainer:
    """Open the muxer that writes into a sink; whoever opens it closes it.

    Who adds the stream gives its encoder what a file would want: the time base (1/90000 keeps every
    time of an uneven film), the tag ``hvc1`` of HEVC, closed GOPs and keyframes at the cuts.

    Args:
        sink: Where segments are made.
        options: Options of the muxer; None takes those of a picture.

    Raises:
        EncodeError: FFmpeg cannot open it.
    """
    with translated(stage="encode"):
        return av.open(
            cast("Any", sink), "w", format="mp4", options=dict(options or PICTURE_OPTIONS)
        )

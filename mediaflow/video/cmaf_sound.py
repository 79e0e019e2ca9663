"""Cuts one encoded sound into CMAF segments, where the picture beside it is cut.

Law: no packet is lost, changed or put twice, no segment is empty, and each cut lies where a packet
starts, the nearest one to what was asked for: no drift. The movie box is FFmpeg's own, so that
priming and codec are told as its muxer tells them.
Source: ISO/IEC 23000-19 7.3.2.3 (segments), 10 (audio tracks).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from mediaflow.errors import EncodeError
from mediaflow.libav.translate import FOREIGN, translated
from mediaflow.models.stream_data import INIT_NAME, segment_name
from mediaflow.video.cmaf import (
    SOUND_OPTIONS,
    Segment,
    SegmentSink,
    SegmentTable,
    open_muxer,
)
from mediaflow.video.cmaf_fragment import Sample, fragment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.audio.stream import AudioStream
    from av.container import OutputContainer

    from mediaflow.audio.sound import Coded
    from mediaflow.video.cmaf import Put
    from mediaflow.video.cmaf_boxes import Head

__all__ = ["AddStream", "SoundSegments"]

AddStream: TypeAlias = Callable[["OutputContainer"], "AudioStream"]
"""Adds the stream of a sound to a container, as ``add_sound`` does."""

LEAST_TAIL: Final = Fraction(1, 5)
"""Seconds of sound that are a segment of their own behind the picture; encoders pad by up to 0.1."""


class SoundSegments:
    """The segments of one sound while they are made; used by one thread.

    Packets wait until it is known where the picture is cut. Without a picture, call ``go_on`` first.

    Args:
        add: Adds the stream of the sound to a container.
        put: Called with the name and the bytes of each file, in order.
        segment_seconds: Distance of cuts where no picture says them.
    """

    def __init__(self, add: AddStream, put: Put, *, segment_seconds: Fraction) -> None:
        self.segments: list[Segment] = []
        """Those that were handed out."""

        self._add, self._put, self._grid = add, put, segment_seconds
        self._waiting: list[Coded] = []
        self._starts: list[Fraction] = []  # of what waits, in seconds
        self._cuts: deque[Fraction] = deque()
        self._last_cut = Fraction(0)
        self._goes_on = self._is_over = False
        self._head: Head | None = None
        self._init_bytes = 0
        self._zero = 0  # ticks of the first packet

    @property
    def waiting(self) -> int:
        """Packets that wait for a cut."""
        return len(self._waiting)

    def push(self, coded: Coded) -> None:
        """Take a packet, in order; hand out what is whole.

        Raises:
            EncodeError: It does not come after the one before, or cannot be packed.
            Exception: Whatever the callback raised.
        """
        if not coded.data:  # what an encoder says at its end is no sound
            return
        if self._starts and coded.start <= self._starts[-1]:
            raise EncodeError("packets of a sound do not follow each other", stage="encode")
        self._waiting.append(coded)
        self._starts.append(coded.start)
        self._settle()

    def cut_at(self, time: Fraction) -> None:
        """Say where the picture is cut; a cut with nothing to be heard before it is left out.

        Args:
            time: Start of a segment of the picture but the first, in seconds from the start of the
                output; they come in order.

        Raises:
            EncodeError: It lies before the last one.
            Exception: Whatever the callback raised.
        """
        if time < self._last_cut or self._goes_on:
            raise EncodeError(f"a cut at {float(time):.3f} s comes too late", stage="encode")
        self._last_cut = time
        self._cuts.append(time)
        self._settle()

    def go_on(self) -> None:
        """Say that no more cuts come: go on by multiples of ``segment_seconds``.

        Raises:
            Exception: Whatever the callback raised.
        """
        if not self._goes_on:
            self._goes_on = True
            self._settle()

    def finish(self) -> SegmentTable:
        """Hand out the rest, when all packets and all cuts are in; return what was written.

        Raises:
            EncodeError: There was no packet.
            Exception: Whatever the callback raised.
        """
        self._is_over = True
        self.go_on()
        self._settle()
        if self._waiting:
            self._hand_out(len(self._waiting))
        if self._head is None:
            raise EncodeError("no packet of the sound came, so there is no segment", stage="encode")
        return SegmentTable(
            timescale=self._head.timescale,
            media_time=self._head.media_time,
            sample_entry=self._head.sample_entry,
            init_bytes=self._init_bytes,
            segments=tuple(self.segments),
        )

    def _settle(self) -> None:
        """Cut what waits wherever it is known where."""
        while self._waiting:
            is_told = bool(self._cuts)
            if not is_told and not self._goes_on:
                return
            cut = self._cuts[0] if is_told else (self._last_cut // self._grid + 1) * self._grid
            tail = Fraction(0) if is_told else LEAST_TAIL
            if not (self._is_over or self._starts[-1] >= cut + tail):
                return
            if is_told:
                self._cuts.popleft()
            elif self._waiting[-1].until < cut + tail:
                return
            else:
                self._last_cut = cut
            count = self._nearest(cut)
            is_heard = count < len(self._waiting) and self._starts[count] > 0
            if count and is_heard and cut > 0:  # priming alone is no segment
                self._hand_out(count)

    def _nearest(self, cut: Fraction) -> int:
        """Return before which of the waiting packets a cut is made; their number for none."""
        after = bisect_left(self._starts, cut)
        ends = [*self._starts[after : after + 1], self._waiting[-1].until]
        if after and cut - self._starts[after - 1] <= ends[0] - cut:
            return after - 1
        return after

    def _hand_out(self, count: int) -> None:
        """Write a segment of the first waiting packets."""
        packets, follower = self._waiting[:count], self._waiting[count : count + 1]
        head = self._head or self._begin(packets)
        scale = head.timescale
        times = [round(start * scale) for start in self._starts[: count + len(follower)]]
        if not follower:
            times.append(max(round(packets[-1].until * scale), times[-1] + 1))
        samples = [
            Sample(one.data, end - start)
            for one, start, end in zip(packets, times, times[1:], strict=False)
        ]
        decode_time = times[0] - self._zero + head.lead
        data = fragment(len(self.segments) + 1, decode_time, samples)
        del self._waiting[:count], self._starts[:count]
        self.segments.append(
            Segment(
                decode_time=decode_time,
                ticks=times[count] - times[0],
                start=decode_time - head.media_time,
                end=decode_time - head.media_time + times[count] - times[0],
                samples=count,
                size=len(data),
            )
        )
        self._put(segment_name(len(self.segments)), data)

    def _begin(self, packets: Sequence[Coded]) -> Head:
        """Have the movie box written by FFmpeg's muxer, which some packets tell all it wants."""
        files: dict[str, bytes] = {}
        sink = SegmentSink(files.__setitem__)
        container = open_muxer(sink, SOUND_OPTIONS)
        try:
            with translated(stage="encode"):
                stream = self._add(container)
                for one in packets:
                    container.mux(one.packet(stream))
        except BaseException:
            with suppress(*FOREIGN):
                container.close()
            raise
        with translated(stage="encode"):
            container.close()
        sink.finish()
        assert sink.head is not None  # noqa: S101  # there is a segment
        self._head, self._init_bytes = sink.head, sink.init_bytes
        self._zero = round(self._starts[0] * sink.head.timescale)
        self._put(INIT_NAME, files[INIT_NAME])
        return self._head

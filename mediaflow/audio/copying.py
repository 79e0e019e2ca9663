"""Packs a sound that is what is wanted already: its packets go from one file to another.

Law: nothing is decoded, and packets keep their bytes. What says how much of an MP3 is heard stands in
a first frame that FFmpeg hands nobody; it goes along too.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av

from mediaflow.audio.backend import MadeSound
from mediaflow.audio.lane import SoundFile
from mediaflow.errors import EncodeError, MediaflowError, let_go
from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.audio.backend import SoundFiles
    from mediaflow.audio.reading import SoundReader
    from mediaflow.planning import CopyStep, SoundFileStep

__all__ = ["SoundCopy"]

KEEPS_TIME: Final = ("m4a", "ogg", "opus")
"""Formats that say when a packet is heard; in others the packets of a sound with gaps move together."""

INDEXED: Final = "mov"
"""Demuxer of the formats whose index says when each packet is heard, and by that how long it lasts."""

NUMBERED: Final = "flac"
"""Format whose frames bear numbers: what comes from such a file keeps its times, gaps and all."""

JUMP_SECONDS: Final = Fraction(1, 20)  # time stamps of real files jitter by less

UNTOLD: Final = Fraction(1, 48_000)  # seconds a tick


class SoundCopy:
    """One file whose sound is packed as it is.

    Args:
        step: What is made.
        files: Gives it a private file.
        source: The open source.
        cover: The picture that is its cover; None for none.
    """

    def __init__(
        self, step: SoundFileStep, files: SoundFiles, source: SoundReader, cover: bytes | None
    ) -> None:
        self.index: int = cast("CopyStep", step.copy).stream
        """Index of the track among the streams of the source."""

        self._step, self._zero = step, source.zero
        self._began = time.perf_counter()
        self._error: MediaflowError | None = None
        self._file: SoundFile | None = None
        track = source.stream(self.index)
        is_numbered = track.container.format.name == step.format == NUMBERED
        self._keeps_time = is_numbered or step.format in KEEPS_TIME
        self._times = _Times(lasts_until_next=_lasts_until_next(track))
        try:
            self._open(files.path(step), source, cover)
        except MediaflowError as exc:
            self._fail(exc)

    def _open(self, path: str, source: SoundReader, cover: bytes | None) -> None:
        head = source.info_frame() if self._step.format == "mp3" else None
        more = () if head is None else (("write_xing", 0),)
        self._file = SoundFile(self._step, path, cover, more)
        template = source.stream(self.index)
        try:
            with translated(stage="encode"):
                self._stream = self._file.container.add_stream_from_template(template, opaque=True)
            self._file.stream = cast("AudioStream", self._stream)
            self._file.begin()
        except EncodeError as exc:
            raise EncodeError(
                f"{self._step.format} does not hold this {template.codec_context.name} as it is",
                hint="ask for a rate or a quality, and the sound is encoded",
                stage="encode",
            ) from exc
        if head:
            packet = av.Packet(head)
            packet.stream = self._stream
            packet.time_base = rational(template.time_base) or UNTOLD
            packet.pts = packet.dts = template.start_time or 0
            with translated(stage="encode"):
                self._file.container.mux(packet)

    def take(self, packet: Packet[Stream]) -> None:
        """Pack a packet, if it is of the track."""
        if packet.stream.index != self.index or not packet.size or self._error is not None:
            return
        base = rational(packet.time_base) or UNTOLD
        start = None if packet.pts is None else packet.pts * base - self._zero
        self._times.follow(start, (packet.duration or 0) * base)
        try:
            with translated(stage="encode"):
                cast("SoundFile", self._file).container.mux(self._own(packet))
        except MediaflowError as exc:
            self._fail(exc)

    def _own(self, packet: Packet[Stream]) -> Packet[Stream]:
        """Return a packet that only this file has; muxers take away what they are given."""
        made = av.Packet(bytes(packet))
        for data in packet.iter_sidedata():
            made.set_sidedata(data)
        made.stream = self._stream
        made.pts, made.dts = packet.pts, packet.dts
        made.duration = packet.duration or 0
        made.time_base = rational(packet.time_base) or UNTOLD
        made.is_keyframe = packet.is_keyframe
        return made

    def close(self, kind: object, _error: object, _trace: object) -> None:
        """Close the file."""
        if self._file is None:
            return
        try:
            self._file.close(is_whole=kind is None and self._error is None)
        except MediaflowError as exc:
            self._fail(exc)

    def made(self) -> MadeSound:
        """Return what was made."""
        times = self._times
        moved = () if self._keeps_time else times.notices(self._step.format)
        return MadeSound(
            step=self._step,
            seconds=time.perf_counter() - self._began,
            duration_seconds=float(times.until if self._keeps_time else times.packed),
            notices=(*self._step.notices, *(self._file.notices if self._file else ()), *moved),
            error=self._error,
        )

    def _fail(self, exc: MediaflowError) -> None:
        let_go(exc)
        self._error = exc.with_traceback(None)


def _lasts_until_next(stream: Stream) -> bool:
    """Tell whether a packet may be said to last longer than it does: in MP4, but of PCM."""
    is_pcm = stream.codec_context.name.startswith("pcm_")
    return stream.container.format.name == INDEXED and not is_pcm


class _Times:
    """When packets are heard, and by how much they move where nothing says so.

    Args:
        lasts_until_next: Whether a packet before a gap is said to last until the next one.
    """

    def __init__(self, *, lasts_until_next: bool) -> None:
        self._lasts_until_next = lasts_until_next
        self.until: Fraction = Fraction(0)
        """Where the last of them ends, in seconds from the start of the source."""

        self._end = self._usual = Fraction(0)
        self._gaps = self._overlaps = Fraction(0)

    @property
    def packed(self) -> Fraction:
        """How long they are one behind the other, in seconds."""
        return self._end - self._gaps + self._overlaps

    def follow(self, start: Fraction | None, seconds: Fraction) -> None:
        """Take the time of the next packet.

        Args:
            start: When it is heard, in seconds from the start of the source; None behind the last.
            seconds: How long it lasts.
        """
        start = self._end if start is None else start
        jump = start - self._end
        if abs(jump) > JUMP_SECONDS:
            self._gaps += max(jump, Fraction(0))
            self._overlaps += max(-jump, Fraction(0))
        is_long = self._lasts_until_next and seconds > 2 * self._usual + JUMP_SECONDS
        if is_long and self._usual:
            self._gaps += seconds - self._usual
        else:
            self._usual = seconds
        self._end = start + seconds
        self.until = max(self.until, self._end)

    def notices(self, target: str) -> tuple[Notice, ...]:
        """Return what is told of packets that move; small steps are jitter."""
        told = (
            (self._gaps, "gaps of {:.2f} s in all are left out"),
            (self._overlaps, "parts that overlap by {:.2f} s in all are heard one after another"),
        )
        words = [text.format(float(seconds)) for seconds, text in told if seconds]
        if not words:
            return ()
        text = f"{' and '.join(words)}: {target} does not say when a packet is heard"
        return (Notice(code="gaps_closed", message=text),)

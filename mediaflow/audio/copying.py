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

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.audio.backend import SoundFiles
    from mediaflow.audio.reading import SoundReader
    from mediaflow.planning import CopyStep, SoundFileStep

__all__ = ["SoundCopy"]

KEEPS_TIME: Final = ("flac", "m4a", "ogg", "opus")
"""Formats that say when a packet is heard; in others the packets of a sound with gaps move together."""

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
        self._until = self._packed = Fraction(0)
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
        end = ((packet.pts or 0) + (packet.duration or 0)) * base - self._zero
        self._until = max(self._until, end)
        self._packed += (packet.duration or 0) * base
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
        keeps_time = self._step.format in KEEPS_TIME
        return MadeSound(
            step=self._step,
            seconds=time.perf_counter() - self._began,
            duration_seconds=float(self._until if keeps_time else self._packed),
            notices=(*self._step.notices, *(self._file.notices if self._file else ())),
            error=self._error,
        )

    def _fail(self, exc: MediaflowError) -> None:
        let_go(exc)
        self._error = exc.with_traceback(None)

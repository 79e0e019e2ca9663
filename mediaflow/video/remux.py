"""Packs a film whose picture needs no change: packets go from one container to another.

Law: nothing is decoded but a sound that changes. One output is one pass over the source; whatever
happens, its file is closed when it ends.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av

from mediaflow.audio.sound import Sound, add_sound
from mediaflow.errors import EncodeError, MediaflowError, let_go
from mediaflow.formats.nal_units import (
    NAL_CODECS,
    configuration_without_user_data,
    size_bytes_of,
    without_user_data,
)
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_decoder, open_input
from mediaflow.libav.packets import metered
from mediaflow.libav.translate import FOREIGN, translated
from mediaflow.models.result import Notice
from mediaflow.video.along import Along, add_copy, is_hidden, lead_of, replaced
from mediaflow.video.backend import MadeRendition
from mediaflow.video.ending import INTERLEAVE_SECONDS
from mediaflow.video.heard import Heard
from mediaflow.video.order import is_numbered_as_stored
from mediaflow.video.part import Part, Track
from mediaflow.video.seek import moving_picture
from mediaflow.video.tail import end_of, ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av import Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream

    from mediaflow.audio.sound import Coded
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, RemuxStep, SoundStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import Files

__all__ = ["remux"]

MOVED_SECONDS: Final = Fraction(1, 100)
PASSED: Final = 0.9  # share of a job that ends when the pass does
REPORT_STEP: Final = 0.01
USUAL_RATE: Final = Fraction(25)


def remux(
    plan: FilmPlan,
    step: RemuxStep,
    reader: ByteReader,
    files: Files,
    context: Context,
    *,
    limits: Limits,
) -> MadeRendition:
    """Pack a film anew.

    Args:
        plan: What to do.
        step: The film that is made.
        reader: The source.
        files: Gives it a private file.
        context: Progress out, cancellation in.
        limits: Limits in force.

    Raises:
        SourceError: The input cannot be read.
        JobCancelledError: The caller gave up.
    """
    began = time.perf_counter()
    error: MediaflowError | None = None
    where = plan.source.uri
    end: Fraction | None = None
    if step.carried.has_text:
        end = end_of(plan, step, ends_of(plan, reader, context, limits))
    with open_input(
        reader, format=plan.source.format, limits=limits, where=where, check=context.check
    ) as source:
        run = _Remux(plan, step, source, context, limits, end)
        try:
            run.write(files.path(step))
        except EncodeError as exc:
            let_go(exc)
            error = exc.with_traceback(None)
    context.check()
    return run.made(time.perf_counter() - began, error)


class _Remux:
    """One pass that packs packets anew.

    Args:
        plan: What to do.
        step: The film that is made.
        source: The open film.
        context: Progress out, cancellation in.
        limits: Limits in force.
        end: When the last of picture and sound ends, in seconds of the film; None where no text goes
            along.
    """

    def __init__(
        self,
        plan: FilmPlan,
        step: RemuxStep,
        source: InputContainer,
        context: Context,
        limits: Limits,
        end: Fraction | None = None,
    ) -> None:
        self._plan, self._step, self._source = plan, step, source
        self._context, self._limits = context, limits
        self._picture = moving_picture(source, step.video.stream)
        self._part = Part(source, self._picture, step.start, step.end)
        self._encoded = None if step.sound is None else plan.sounds[step.sound]
        self._sound: Sound | None = None
        self._covers = {
            copy.stream for copy in step.carried.copies if copy.kind == "attached_picture"
        }
        self._open = {self._step.video.stream} | {
            copy.stream for copy in step.carried.copies if copy.kind == "audio"
        }
        codec = step.video.codec
        self._is_stripped = step.carried.metadata == "strip" and codec in NAL_CODECS
        self._size_bytes: int | None = None
        if self._is_stripped:
            record = self._picture.codec_context.extradata or b""
            self._size_bytes = size_bytes_of(codec, record)
        if self._encoded is not None:
            self._open.add(self._encoded.stream)
        self._is_set_up = self._is_shown = False
        self._frames, self._share = 0, 0.0
        self._tracks: dict[int, Track] = {}
        self._heard, self._film_end = Heard(step), end

    def write(self, path: str) -> None:
        """Write the file.

        Raises:
            EncodeError: The muxer refuses, or no frame lies within the part.
            SourceError: The input cannot be read.
            JobCancelledError: The caller gave up.
        """
        options = {name: str(value) for name, value in self._step.muxer_options}
        self._check_times()
        with translated(stage="encode"):
            self._target = av.open(path, "w", format=self._step.muxer, options=options)
        try:
            with translated(stage="encode"):  # what reads and decodes says so by itself
                self._feed()
        except BaseException:
            with suppress(*FOREIGN):  # the error that is on its way is the one to tell
                self._target.close()
            raise
        with translated(stage="encode"):
            self._target.close()

    def made(self, seconds: float, error: MediaflowError | None) -> MadeRendition:
        """Return what was made, or why it was not."""
        texts = self._along.notices if self._is_set_up else ()
        notices = (*self._step.notices, *self._moved(), *texts)
        made = MadeRendition(step=self._step, seconds=seconds, notices=notices, error=error)
        track = self._tracks.get(self._step.video.stream)
        if track is None or track.start is None:
            return made
        film = replace(made, frames=self._frames)
        return self._heard.measured(film, track.start * track.tick, track.until * track.tick)

    def _moved(self) -> tuple[Notice, ...]:
        if self._part.moved <= MOVED_SECONDS:
            return ()
        text = f"it starts {float(self._part.moved):.2f} s earlier than asked, at a keyframe"
        return (Notice(code="start_moved", message=text),)

    def _check_times(self) -> None:
        """Refuse a film that numbers its frames as they are decoded, where they are shown otherwise.

        Raises:
            EncodeError: It is so.
        """
        if is_numbered_as_stored(self._source, self._picture):
            raise EncodeError(
                "an avi does not say when frames are shown that are stored in another order",
                hint="leave the codec out, and the picture is encoded",
            )

    def _set_up(self) -> None:
        """Describe the file, as soon as it is known where the part begins."""
        self._is_set_up, target = True, self._target
        self._tracks = {
            stream.index: Track(self._part, stream, lead_of(stream))
            for stream in self._source.streams
        }
        rate = rational(self._picture.average_rate) or USUAL_RATE
        self._length = round(1 / rate / self._tracks[self._step.video.stream].tick)
        self._video = add_copy(target, self._picture, self._step.video)
        record = self._video.codec_context.extradata
        if self._is_stripped and record:
            made = configuration_without_user_data(record, self._step.video.codec)
            self._video.codec_context.extradata = made
        self._audio = None if self._encoded is None else add_sound(target, self._encoded)
        end = None if self._film_end is None else self._film_end - self._part.start
        self._along = Along(target, self._step.carried, self._source, self._part.moved, end)
        target.start_encoding()

    def _feed(self) -> None:
        where = self._plan.source.uri
        wanted = {self._step.video.stream, *self._step.carried.streams}
        if self._encoded is not None:
            track = cast("AudioStream", self._source.streams[self._encoded.stream])
            open_decoder(track, self._limits, threads=1, where=where)
            wanted.add(track.index)
        streams = [stream for stream in self._source.streams if stream.index in wanted]
        self._part.approach(self._context.check)
        for packet in metered(self._source, streams, self._limits, where=where):
            self._context.check()
            if self._part.admits(packet):
                self._take(packet)
            if not self._open:
                break
        if not self._frames:
            raise EncodeError("no frame of the film lies within the part that is wanted")
        if self._encoded is not None:
            self._pack_sound(self._mixer().end())

    def _take(self, packet: Packet[Stream]) -> None:
        """Pack a packet, decode it, or leave it out."""
        if not self._is_set_up:
            self._set_up()
        index = packet.stream.index
        if self._encoded is not None and index == self._encoded.stream:
            self._decode(cast("Packet[AudioStream]", packet))
        elif not packet.size:
            return
        elif index == self._step.video.stream:
            self._show(packet)
        elif index in self._covers:
            self._covers.remove(index)  # a seek brings it again
            packet.pts = packet.dts = 0
            self._along.pack(packet, index)
        else:
            self._carry(packet)

    def _show(self, packet: Packet[Stream]) -> None:
        """Pack a frame, unless it is displayed outside of the part.

        What is decoded after the first frame behind the part may rest on that, so it is left out.
        """
        track, decoded = self._tracks[self._step.video.stream], packet.dts
        if track.is_early(packet.pts):
            return  # it may rest on frames before the keyframe
        if track.is_late(packet.pts) or track.is_late(decoded):
            self._is_shown = True
            self._end(self._step.video.stream, decoded)
        if not self._is_shown:
            track.take(packet, self._length)
            self._frames += 1
            if self._is_stripped:
                packet = replaced(packet, self._without_names(bytes(packet)))
            packet.stream = self._video
            self._target.mux(packet)
            self._report(track)

    def _without_names(self, data: bytes) -> bytes:
        return without_user_data(data, self._step.video.codec, self._size_bytes)

    def _carry(self, packet: Packet[Stream]) -> None:
        """Pack a packet of sound or text, unless it lies outside of the part."""
        index = packet.stream.index
        track = self._tracks[index]
        if packet.stream.type == "subtitle" and not track.clip(packet):
            return
        if track.is_early(packet.pts) or is_hidden(packet, self._part.base):
            return
        if track.is_late(packet.pts):
            self._end(index, packet.pts)
            return
        track.take(packet)
        if self._heard.is_copied(index):
            self._hear(packet, track)
        self._along.pack(packet, index)

    def _hear(self, packet: Packet[Stream], track: Track) -> None:
        start = (packet.pts or 0) * track.tick
        until = start + (packet.duration or 0) * track.tick
        self._heard.take(packet.stream.index, self._along.heard_from(start, track.lead), until)

    def _decode(self, packet: Packet[AudioStream]) -> None:
        mixer = self._mixer()
        timed = self._context.tally.timed("decode")
        with timed, translated(stage="decode", where=self._plan.source.uri):
            frames = packet.decode()
        for frame in frames:
            self._pack_sound(mixer.push(frame))
        if mixer.is_over:
            self._end(packet.stream.index, None)

    def _mixer(self) -> Sound:
        """Return what mixes the sound that is encoded; it begins where the picture does."""
        if self._sound is None:
            step = replace(cast("SoundStep", self._encoded), start=self._part.start)
            self._sound = Sound(step, self._part.zero, self._limits)
        return self._sound

    def _pack_sound(self, coded: Iterable[Coded]) -> None:
        for one in coded:
            self._context.check()
            self._heard.take(None, Fraction(0), one.until)
            self._target.mux(one.packet(cast("AudioStream", self._audio)))

    def _end(self, index: int, ticks: int | None) -> None:
        """Remember that nothing more is wanted of a stream; sound may be stored behind."""
        self._open.discard(index)
        track = self._tracks[index]
        if index == self._step.video.stream and ticks is not None:
            behind = ticks - round(INTERLEAVE_SECONDS / track.tick)
            if track.is_late(behind):
                self._open.clear()

    def _report(self, track: Track) -> None:
        total = self._step.duration_seconds
        if not total:
            return
        share = min(track.until * float(track.tick) / total, 1.0)
        if share >= self._share + REPORT_STEP:
            self._share = share
            self._context.progress(share * PASSED, "encode")

"""Packs what goes along into a film: streams as they are, text in other words, tags, chapters.

Law: copied packets keep their bytes. Whoever owns the container opens and closes it; this adds to
it before it is begun, and packs what it is handed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.stream import Disposition, Stream

from mediaflow.audio.sound import Coded
from mediaflow.formats.cover_art import bare_cover
from mediaflow.formats.languages import language_in
from mediaflow.formats.subtitle_codecs import SUBTITLE_CODECS
from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated
from mediaflow.models.result import Notice
from mediaflow.planning import TextStep
from mediaflow.planning.part_errors import naming
from mediaflow.video.texts import TextTimes

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer, OutputContainer
    from av.container.core import Chapter as ChapterEntry
    from av.subtitles.stream import SubtitleStream

    from mediaflow.models.streams import Chapter
    from mediaflow.planning import CarriedStep, CopyStep, FilmStep

__all__ = ["Along", "add_copy", "coded_along", "is_hidden", "lead_of", "replaced"]

StreamT = TypeVar("StreamT", bound=Stream)

EDITED: Final = ("mov", "mp4")
"""Muxers that can say that what stands before 0 is not played."""

MILLION: Final = 1_000_000
ENCODER_HEADER: Final = SUBTITLE_CODECS["ass"].header
"""What FFmpeg's encoders of text want to know, though none is ever used."""


@dataclass(slots=True)
class _Text:
    """A track of text that changes its words."""

    step: TextStep
    stream: Stream
    count: int = 0


class Along:
    """The streams, tags and chapters of one file that are not made for it.

    Args:
        target: The file, not begun.
        step: What goes along.
        source: The film that it is taken from, open; None of a joined film, of which no stream goes
            along.
        moved: By how much the file begins before the part that chapters are counted in, in seconds.
        end: When the last of its picture and its sound ends, in seconds of the output; None where
            nobody knows.
    """

    def __init__(
        self,
        target: OutputContainer,
        step: CarriedStep,
        source: InputContainer | None,
        moved: Fraction = Fraction(0),
        end: Fraction | None = None,
    ) -> None:
        self._damaged: list[Notice] = []
        self._target = target
        self._has_edits = target.format.name in EDITED
        streams = () if source is None else source.streams
        self._copies = {
            copy.stream: add_copy(target, streams[copy.stream], copy) for copy in step.copies
        }
        self._texts = {text.stream: _Text(text, _add_text(target, text)) for text in step.texts}
        copied = {copy.stream: copy.codec for copy in step.copies if copy.kind == "subtitle"}
        self._words = {**copied, **{text.stream: text.codec for text in step.texts}}
        self._times = TextTimes(end)
        self._bared = {
            copy.stream: copy.codec
            for copy in step.copies
            if copy.kind == "attached_picture" and step.metadata != "keep"
        }
        for tag in step.tags:
            target.metadata[tag.name] = tag.value
        if step.chapters:
            later = float(moved)
            target.set_chapters([_chapter(*each, later) for each in enumerate(step.chapters)])

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was lost or changed of covers and text so far."""
        return (*self._damaged, *self._times.notices())

    def heard_from(self, at: Fraction, lead: Fraction) -> Fraction:
        """Return when a track of sound begins to be heard whose first packet begins at a moment.

        Where a file can say that nothing before 0 is played, what primes the decoder stands there.
        Else the track says by how much its decoder is primed; where it does not, muxers move
        everything, so that the first packet begins at 0.

        Args:
            at: When its first packet begins, in seconds of the output.
            lead: What :func:`lead_of` says of it.
        """
        return max(at, Fraction(0)) if self._has_edits else at + lead

    def pack_coded(self, coded: Coded) -> None:
        """Pack what :func:`coded_along` made, which stays as it is."""
        index = cast("int", coded.stream)
        text = self._texts.get(index)
        self.pack(coded.packet(self._copies[index] if text is None else text.stream), index)

    def pack(self, packet: Packet[Stream], index: int) -> None:
        """Pack a packet of the source, which is then the muxer's.

        Args:
            packet: The packet; its time stamps count from the start of the output.
            index: Index of its stream in the source.

        Raises:
            EncodeError: The muxer refuses it; the message names the stream.
        """
        if index in self._words:
            self._pack_text(packet, index)
        elif index in self._bared:
            self._pack_cover(packet, index)
        else:
            packet.stream = self._copies[index]
            self._mux(packet, index)

    def _mux(self, packet: Packet[Stream], index: int) -> None:
        with naming(f"stream {index}"), translated(stage="encode"):
            self._target.mux(packet)

    def _pack_cover(self, packet: Packet[Stream], index: int) -> None:
        """Pack a cover without what it says of itself; one that is damaged is left out."""
        bare = bare_cover(bytes(packet), self._bared[index])
        if bare is None:
            text = f"left out: attached picture of stream {index}, which is damaged"
            self._damaged.append(Notice(code="streams_dropped", message=text))
            return
        made = replaced(packet, bare)
        made.stream = self._copies[index]
        self._mux(made, index)

    def _pack_text(self, packet: Packet[Stream], index: int) -> None:
        """Pack a text within the film, in other words where its track changes them."""
        text = self._texts.get(index)
        said = SUBTITLE_CODECS[self._words[index]].to_text(bytes(packet))
        if text is not None and not said:
            return
        if not self._times.fit(packet, index, is_told=bool(said)):
            return
        if text is None:
            packet.stream = self._copies[index]
            self._mux(packet, index)
            return
        made = av.Packet(SUBTITLE_CODECS[text.step.becomes].from_text(said, text.count))
        text.count += 1
        made.pts, made.dts, made.duration = packet.pts, packet.pts, packet.duration
        made.time_base = packet.time_base
        made.is_keyframe = True
        made.stream = text.stream
        self._mux(made, index)


def lead_of(stream: Stream) -> Fraction:
    """Return for how many seconds a decoder is primed before anything is heard, as far as told."""
    context = stream.codec_context
    if not isinstance(context, AudioCodecContext) or not context.sample_rate:
        return Fraction(0)
    return Fraction(max(context.delay, 0), context.sample_rate)


def coded_along(packet: Packet[Stream], step: FilmStep, zero: Fraction) -> Coded | None:
    """Return a packet of the source as it goes along, or None where it lies outside of a part.

    Text that reaches into the part is shown as long as both last.

    Args:
        packet: The packet; it stays as it is.
        step: The part.
        zero: Time stamp, in seconds, that counts as 0 in the film.
    """
    base = rational(packet.time_base)
    is_cover = packet.stream.type == "video"
    pts = 0 if is_cover else packet.pts  # a cover has no time
    if base is None or pts is None or not packet.size:
        return None
    at, length = pts * base - zero - step.start, (packet.duration or 0) * base
    is_text = packet.stream.type == "subtitle"
    lead = lead_of(packet.stream)
    is_early = at < -lead and bool(step.start) and not (is_text and at + length > 0)
    is_late = step.end is not None and at >= step.end - step.start
    if is_cover:
        at, is_early, is_late = Fraction(0), False, False
    if is_early or is_late or is_hidden(packet, zero + step.start):
        return None
    if is_text:
        end = at + length if step.end is None else min(at + length, step.end - step.start)
        at = max(at, Fraction(0))
        length = max(end - at, Fraction(0))
    ticks = round(at / base)
    has_skipped = packet.has_sidedata("skip_samples")
    return Coded(
        data=bytes(packet),
        pts=ticks,
        dts=ticks,
        duration=round(length / base),
        time_base=base,
        stream=packet.stream.index,
        lead=lead,
        skipped=packet.get_sidedata("skip_samples") if has_skipped else None,
    )


def is_hidden(packet: Packet[Stream], zero: Fraction) -> bool:
    """Tell whether an edit list hides a packet that primes no decoder, as it is not at the start.

    Args:
        packet: The packet, as it was read.
        zero: Time stamp, in seconds, of the start of the part.
    """
    base = rational(packet.time_base)
    at = None if packet.pts is None or base is None else packet.pts * base
    return packet.is_discard and at is not None and at >= zero


def replaced(packet: Packet[StreamT], data: bytes) -> Packet[StreamT]:
    """Return a packet with other bytes; itself where they are its own."""
    if len(data) == packet.size:
        return packet
    made = cast("Packet[StreamT]", av.Packet(data))
    made.stream, made.time_base = packet.stream, packet.time_base
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    made.is_keyframe = packet.is_keyframe
    return made


def add_copy(target: OutputContainer, source: Stream, step: CopyStep) -> Stream:
    """Add a stream to a file, described as it is in the source."""
    # opaque: a template of a decoder's name fails where another library decodes than encodes
    made: Stream = target.add_stream_from_template(source, opaque=True)
    if step.codec_tag is not None:
        made.codec_context.codec_tag = step.codec_tag
    _name(made, step)
    return made


def _add_text(target: OutputContainer, step: TextStep) -> Stream:
    made = cast("SubtitleStream", target.add_stream(step.becomes))
    made.codec_context.subtitle_header = ENCODER_HEADER
    made.time_base = Fraction(1, 1000)
    _name(made, step)
    return made


def _name(made: Stream, step: CopyStep | TextStep) -> None:
    """Say of a stream what its source says."""
    made.metadata.clear()
    language = language_in(made.container.format.name, step.language)
    if language is not None:
        made.metadata["language"] = language
    if step.title is not None:
        made.metadata["title"] = step.title
        made.metadata["handler_name"] = step.title
    flags = Disposition(0)
    for name in step.disposition:
        flags |= Disposition[name]
    made.disposition = flags


def _chapter(number: int, chapter: Chapter, later: float) -> ChapterEntry:
    start = chapter.start_seconds + later if chapter.start_seconds else 0.0
    return {
        "id": number,
        "start": round(start * MILLION),
        "end": round((chapter.end_seconds + later) * MILLION),
        "time_base": Fraction(1, MILLION),
        "metadata": {"title": chapter.title} if chapter.title else {},
    }

"""Writes what a sound file says of itself: tags, chapters, a cover.

Law: whoever owns the file opens, begins and closes it; this adds to it before it is begun, packs the
cover once it is, and mends the tag of an MP3 once it is closed. What a format has no place for is
left out, and the plan tells it.

Source: :mod:`mediaflow.formats.sound_tags` for what goes where.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO, Final

import av
from av.stream import Disposition, Stream

from mediaflow.formats.cover_files import CoverFile, picture_block
from mediaflow.formats.id3_frames import LEAST_PADDING, filled_tag, frames_of, tag_length
from mediaflow.formats.sound_tags import LabelStyle, chapter_fields, fields_of
from mediaflow.models.streams import Chapter, Tag

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.container.core import Chapter as ChapterEntry


__all__ = ["Labels"]

HEAD: Final = 10
MILLION: Final = 1_000_000
COVER_BASE: Final = Fraction(1, 90_000)
FRONT: Final = "Cover (front)"  # FFmpeg's name of the kind of picture
BLOCK: Final = "METADATA_BLOCK_PICTURE"


@dataclass(slots=True)
class Labels:
    """What one sound file is to say of itself.

    In turn: open the file with :attr:`options`, add the sound, :meth:`write`, begin the file,
    :meth:`pack`, pack the sound, close the file, :meth:`finish`.
    """

    style: LabelStyle
    """Row of the format."""

    tags: tuple[Tag, ...] = ()
    """Tags under the names of the vocabulary."""

    chapters: tuple[Chapter, ...] = ()
    """Chapters, from the start of the file."""

    cover: CoverFile | None = None
    _cover: Stream | None = field(default=None, init=False)

    @property
    def options(self) -> dict[str, str]:
        """Options of the muxer beside those of the format, for opening the file."""
        frames = self._frames()
        return {"metadata_header_padding": str(len(frames) + LEAST_PADDING)} if frames else {}

    def write(self, target: OutputContainer, sound: AudioStream) -> None:
        """Add everything to a file that is not begun.

        Args:
            target: The file.
            sound: Its sound, already added.
        """
        said = sound.metadata if self.style.on_stream else target.metadata
        for name, value in fields_of(self.tags, self.style).written:
            said[name] = value
        if self.chapters and self.style.chapters == "muxer":
            target.set_chapters([_chapter(*each) for each in enumerate(self.chapters)])
        elif self.chapters and self.style.chapters == "fields":
            said.update(chapter_fields(self.chapters))
        if self.cover is None:
            return
        if self.style.cover == "stream":
            self._cover = _cover_stream(target, self.cover)
        elif self.style.cover == "field":
            said[BLOCK] = base64.b64encode(picture_block(self.cover)).decode()

    def pack(self, target: OutputContainer) -> None:
        """Pack the cover into a file that is begun, before its sound."""
        if self.cover is None or self._cover is None:
            return
        packet = av.Packet(self.cover.data)
        packet.stream = self._cover
        packet.pts = packet.dts = 0
        packet.time_base = COVER_BASE
        packet.is_keyframe = True
        target.mux(packet)

    def finish(self, file: BinaryIO) -> None:
        """Put frames that FFmpeg does not write into the tag of a file that is closed.

        Args:
            file: The file, open for reading and writing.

        Raises:
            SpecError: It was not opened with :attr:`options`, so that there is no room.
        """
        frames = self._frames()
        if not frames:
            return
        file.seek(0)
        length = tag_length(file.read(HEAD))
        file.seek(0)
        tag = filled_tag(file.read(length), frames)
        file.seek(0)
        file.write(tag)

    def _frames(self) -> bytes:
        language = next((tag.value for tag in self.tags if tag.name == "language"), None)
        return frames_of(fields_of(self.tags, self.style).frames, language)


def _cover_stream(target: OutputContainer, cover: CoverFile) -> Stream:
    made: Stream = target.add_mux_stream(
        cover.codec, width=cover.size.width, height=cover.size.height
    )
    made.time_base = COVER_BASE
    made.disposition = Disposition.attached_pic
    made.metadata["comment"] = FRONT
    if cover.description:
        made.metadata["title"] = cover.description
    return made


def _chapter(number: int, chapter: Chapter) -> ChapterEntry:
    return {
        "id": number,
        "start": round(chapter.start_seconds * MILLION),
        "end": round(chapter.end_seconds * MILLION),
        "time_base": Fraction(1, MILLION),
        "metadata": {"title": chapter.title} if chapter.title else {},
    }

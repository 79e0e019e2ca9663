"""Adds to the facts of FFmpeg what only the file itself says: samples that are heard, pictures.

Law: headers and what FFmpeg holds in memory anyway; nothing is decoded, and no media is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SourceError
from mediaflow.libav.pictures import attached_pictures
from mediaflow.libav.sample_counts import SampleCounts, sample_counts
from mediaflow.models.streams import AttachedPicture
from mediaflow.probing.boxes import top_boxes
from mediaflow.probing.covers import described_picture
from mediaflow.probing.edits import TrackEdit, read_edits
from mediaflow.probing.gapless import edited, itunes_note, noted, with_counts
from mediaflow.probing.mp3_head import read_mp3_head

if TYPE_CHECKING:
    from av.audio.stream import AudioStream as SoundStream
    from av.container import InputContainer

    from mediaflow.models.streams import AudioStream, OtherStream
    from mediaflow.probing.reading import HeaderReader

__all__ = ["with_pictures", "with_samples"]

BOXED: Final = frozenset({"m4a", "mov", "mp4"})
EXACT: Final = ("alac", "flac", "pcm_")
FRAMED: Final = frozenset({"aac", "mp3"})
"""Codecs whose every packet decodes to as many samples."""

NOTE: Final = "itunsmpb"


def with_samples(
    sounds: tuple[AudioStream, ...],
    container: InputContainer,
    header: HeaderReader,
    format: str,
    *,
    is_cut: bool,
) -> tuple[AudioStream, ...]:
    """Return the sounds of a file with what is known of their samples.

    Args:
        sounds: What FFmpeg says of them.
        container: The file, open.
        header: The file, by position.
        format: Name of its format.
        is_cut: Whether a part of it is missing.
    """
    note = itunes_note(
        next((text for name, text in container.metadata.items() if name.lower() == NOTE), None)
    )
    edits = _edits(header) if format in BOXED else {}
    streams = {one.index: one for one in container.streams.audio}
    return tuple(
        with_counts(
            sound,
            _counts(sound, streams[sound.index], edits, note, header, format),
            is_cut=is_cut,
        )
        for sound in sounds
    )


def with_pictures(
    others: tuple[OtherStream, ...], container: InputContainer, *, where: str | None = None
) -> tuple[OtherStream, ...]:
    """Return the other streams of a file with what is known of attached pictures.

    Args:
        others: What FFmpeg says of them.
        container: The file, just opened.
        where: Its location, for errors.
    """
    pictures = attached_pictures(container, where=where)
    return tuple(
        replace(
            other,
            picture=described_picture(other.picture or AttachedPicture(), pictures[other.index]),
        )
        if other.index in pictures
        else other
        for other in others
    )


def _counts(
    sound: AudioStream,
    stream: SoundStream,
    edits: dict[int, TrackEdit],
    note: SampleCounts | None,
    header: HeaderReader,
    format: str,
) -> SampleCounts:
    if format == "mp3":
        counts = noted(read_mp3_head(header))
        return counts if counts.samples is not None or note is None else note
    edit = edits.get(stream.id)
    if edit is None:
        return sample_counts(stream, stream.container.format.name)
    if edit.start is None and sound.codec.startswith(EXACT):
        edit = replace(edit, start=0)
    step = stream.codec_context.frame_size if sound.codec in FRAMED else 0
    counts = edited(edit, sound, stream.frames * step or None)
    if note is not None and counts.delay in (None, note.delay) and counts.samples is None:
        return note
    return counts


def _edits(header: HeaderReader) -> dict[int, TrackEdit]:
    try:
        index = next((box for box in top_boxes(header) if box.kind == b"moov"), None)
    except SourceError:
        return {}
    return {} if index is None else read_edits(header, index)

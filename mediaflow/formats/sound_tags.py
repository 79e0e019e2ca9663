"""Which tags, chapters and covers each format of sound holds, and what FFmpeg wants them called.

FFmpeg's muxers turn most of its own names into frames, atoms and fields. What they turn into
something that nothing else reads is said here: a comment and lyrics of MP3 are frames of their own
(:mod:`mediaflow.formats.id3_frames`), and chapters of Vorbis comments are fields, as the muxer
writes each that begins in the second half of a second one second late.

Law: names and words alone; what is not held is told, never dropped without a word.

Source: id3.org ID3v2.4 frames 4.2; the names that libavformat's movenc.c, vorbiscomment.c and riff.c
take; Xiph "Ogg Vorbis I comment field and header specification" and "Chapter Extension". Every row
was tried with both generations of PyAV, with the muxer and the options of
:mod:`mediaflow.formats.sound_files`, and read back by mutagen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from mediaflow.formats.tag_names import HIDDEN_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mediaflow.models.streams import Chapter, Tag

__all__ = ["LABELS", "Fields", "LabelStyle", "chapter_fields", "fields_of"]

CoverPlace: TypeAlias = Literal["stream", "field"]
ChapterPlace: TypeAlias = Literal["muxer", "fields"]

MOST_CHAPTERS: Final = 999  # three digits
MILLISECONDS: Final = 1000
FIELD_NAME: Final = range(0x20, 0x7E)  # Vorbis comment 5.2.2, without "="


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStyle:
    """How one format says what a sound is."""

    names: tuple[tuple[str, str], ...] = ()
    """Name of a tag and what FFmpeg's muxer wants it called, sorted."""

    frames: tuple[str, ...] = ()
    """Names that become frames of their own, which FFmpeg's muxer does not write; sorted."""

    holds_others: bool = False
    """Whether tags of any other name are written, under that name."""

    has_totals: bool = False
    """Whether ``3/12`` is one value; else the total has a field of its own."""

    most: int | None = None
    """Largest number of a track or a disc, and how many there may be; None takes any text."""

    on_stream: bool = False
    """Whether FFmpeg takes tags from the stream of sound, not from the file."""

    chapters: ChapterPlace | None = None
    """Who writes chapters; None where there is no place for them."""

    cover: CoverPlace | None = None
    """Where a cover goes: into a stream beside the sound, or into a field; None for nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Tags as a format holds them."""

    written: tuple[tuple[str, str], ...]
    """What FFmpeg's muxer wants them called, and what they say."""

    frames: tuple[tuple[str, str], ...] = ()
    """Name and value of those that become frames of their own."""

    lost: tuple[str, ...] = ()
    """Names of those that the format has no place for; sorted."""


_VORBIS_NAMES: Final = (
    ("album", "album"),
    ("album_artist", "album_artist"),
    ("comment", "comment"),  # becomes DESCRIPTION, as the specification has it
    ("disc", "disc"),
    ("disc_subtitle", "DISCSUBTITLE"),
    ("encoded_by", "ENCODED-BY"),
    ("original_date", "ORIGINALDATE"),
    ("publisher", "ORGANIZATION"),
    ("sort_album", "ALBUMSORT"),
    ("sort_album_artist", "ALBUMARTISTSORT"),
    ("sort_artist", "ARTISTSORT"),
    ("sort_composer", "COMPOSERSORT"),
    ("sort_name", "TITLESORT"),
    ("track", "track"),
)
_MP3_NAMES: Final = (
    ("album", "album"),
    ("album_artist", "album_artist"),
    ("artist", "artist"),
    ("bpm", "TBPM"),
    ("composer", "composer"),
    ("copyright", "copyright"),
    ("date", "date"),
    ("disc", "disc"),
    ("disc_subtitle", "TSST"),
    ("encoded_by", "encoded_by"),
    ("genre", "genre"),
    ("grouping", "grouping"),
    ("isrc", "TSRC"),
    ("key", "TKEY"),
    ("language", "language"),
    ("lyricist", "TEXT"),
    ("mood", "TMOO"),
    ("original_date", "TDOR"),
    ("performer", "performer"),
    ("publisher", "publisher"),
    ("remixer", "TPE4"),
    ("sort_album", "TSOA"),
    ("sort_artist", "TSOP"),
    ("sort_name", "TSOT"),
    ("subtitle", "TIT3"),
    ("title", "title"),
    ("track", "track"),
)
_MP4_NAMES: Final = tuple(
    (name, name)
    for name in (
        *("album", "album_artist", "artist", "comment", "compilation", "composer", "copyright"),
        *("date", "description", "disc", "episode_id", "genre", "grouping", "keywords", "lyrics"),
        *("network", "season_number", "show", "synopsis", "title", "track"),
    )
)
_WAV_NAMES: Final = tuple(
    (name, name)
    for name in (
        *("album", "artist", "comment", "copyright", "date", "encoded_by", "genre", "language"),
        *("title", "track"),
    )
)
_OGG: Final = LabelStyle(
    names=_VORBIS_NAMES,
    holds_others=True,
    on_stream=True,
    chapters="fields",
    cover="field",
)

LABELS: Final[dict[str, LabelStyle]] = {
    "aac": LabelStyle(),
    "flac": LabelStyle(
        names=_VORBIS_NAMES,
        holds_others=True,
        chapters="fields",
        cover="stream",
    ),
    "m4a": LabelStyle(
        names=_MP4_NAMES,
        has_totals=True,
        most=0xFFFF,  # two bytes each
        chapters="muxer",
        cover="stream",
    ),
    "mp3": LabelStyle(
        names=_MP3_NAMES,
        frames=("comment", "compilation", "lyrics"),
        holds_others=True,
        has_totals=True,
        chapters="muxer",
        cover="stream",
    ),
    "ogg": _OGG,
    "opus": _OGG,
    "wav": LabelStyle(names=_WAV_NAMES, has_totals=True),
}
"""How each format says what a sound is; plain AAC says nothing."""

NUMBER_OF: Final = re.compile(
    r"\s*(?P<number>[0-9]{1,9})\s*(/\s*(?P<total>[0-9]{0,9})\s*)?", re.ASCII
)
NUMBERED: Final = {"disc": "DISCTOTAL", "track": "TRACKTOTAL"}


def fields_of(tags: Iterable[Tag], style: LabelStyle) -> Fields:
    """Return tags as a format holds them.

    Args:
        tags: Tags under the names of the vocabulary.
        style: Row of the format.

    Example:
        >>> from mediaflow.models.streams import Tag
        >>> fields_of([Tag("track", "3/12"), Tag("mood", "calm")], LABELS["wav"]).lost
        ('mood',)
    """
    names = dict(style.names)
    written: list[tuple[str, str]] = []
    frames: list[tuple[str, str]] = []
    lost: list[str] = []
    for tag in tags:
        if tag.name.startswith(HIDDEN_PREFIXES) or not _is_held(tag, style):
            lost.append(tag.name)
        elif tag.name in style.frames:
            frames.append((tag.name, tag.value))
        elif tag.name in names:
            written += _numbered(tag, names[tag.name], style)
        elif style.holds_others and _is_field_name(tag.name):
            written.append((tag.name, tag.value))
        else:
            lost.append(tag.name)
    return Fields(written=tuple(written), frames=tuple(frames), lost=tuple(sorted(lost)))


def chapter_fields(chapters: Sequence[Chapter]) -> tuple[tuple[str, str], ...]:
    """Return the fields that say chapters in Vorbis comments.

    Each lasts to the next one, as no field says where it ends.

    Example:
        >>> from mediaflow.models.streams import Chapter
        >>> chapter_fields([Chapter(start_seconds=61.5, end_seconds=70, title="Two")])
        (('CHAPTER001', '00:01:01.500'), ('CHAPTER001NAME', 'Two'))
    """
    fields: list[tuple[str, str]] = []
    for number, chapter in enumerate(chapters[:MOST_CHAPTERS], 1):
        whole, thousandths = divmod(round(chapter.start_seconds * MILLISECONDS), MILLISECONDS)
        minutes, seconds = divmod(whole, 60)
        hours, minutes = divmod(minutes, 60)
        name = f"CHAPTER{number:03}"
        fields.append((name, f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"))
        if chapter.title:
            fields.append((f"{name}NAME", chapter.title))
    return tuple(fields)


def _numbered(tag: Tag, name: str, style: LabelStyle) -> list[tuple[str, str]]:
    """Return a tag as one field, or as two for a number and how many there are."""
    number, slash, total = tag.value.partition("/")
    if style.has_totals or tag.name not in NUMBERED or not slash:
        return [(name, tag.value)]
    both = [(name, number.strip()), (NUMBERED[tag.name], total.strip())]
    return [each for each in both if each[1]]


def _is_held(tag: Tag, style: LabelStyle) -> bool:
    """Return whether a tag is none of a number, or one that the format can write."""
    if style.most is None or tag.name not in NUMBERED:
        return True
    found = NUMBER_OF.fullmatch(tag.value)
    if found is None:
        return False
    number, total = int(found["number"]), int(found["total"] or 0)
    return 0 < number <= style.most and total <= style.most  # 0 is none at all


def _is_field_name(name: str) -> bool:
    return bool(name) and "=" not in name and all(ord(char) in FIELD_NAME for char in name)

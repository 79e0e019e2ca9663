"""What containers call the same tags: one name for each, in FFmpeg's words.

ID3v2 has frames of four letters (three in its version 2.2), MP4 has atoms, Vorbis comments and RIFF
have names of their own; FFmpeg turns most of them into words, and this does the rest. A name that
is not in the table stays as it is, in lower case.

Law: names only; what a value may be is known to nobody here. A name of the table means the same in
every container.

Source: id3.org ID3v2.4 frames 4.2 and ID3v2.2 4; Xiph "Ogg Vorbis I comment field and header
specification"; the conversion tables of libavformat (id3v2.c, vorbiscomment.c, mov.c, riff.c); the
names that MusicBrainz Picard and foobar2000 write.
"""

from __future__ import annotations

from typing import Final

__all__ = ["HIDDEN_NAMES", "SAFE_TAGS", "TAG_NAMES", "TOTAL_NAMES", "tag_name"]

SAFE_TAGS: Final = (
    "album",
    "album_artist",
    "artist",
    "composer",
    "copyright",
    "description",
    "disc",
    "episode_id",
    "genre",
    "network",
    "performer",
    "publisher",
    "season_number",
    "show",
    "synopsis",
    "title",
    "track",
)
"""What is said to everybody: never a place, a date, a device or a program."""

TAG_NAMES: Final[dict[str, str]] = {
    "album artist": "album_artist",
    "album-sort": "sort_album",
    "albumartist": "album_artist",
    "albumartistsort": "sort_album_artist",
    "albumsort": "sort_album",
    "artist-sort": "sort_artist",
    "artistsort": "sort_artist",
    "composersort": "sort_composer",
    "discnumber": "disc",
    "discsubtitle": "disc_subtitle",
    "encoded-by": "encoded_by",
    "encodedby": "encoded_by",
    "initialkey": "key",
    "label": "publisher",
    "organization": "publisher",
    "originaldate": "original_date",
    "tbp": "bpm",
    "tbpm": "bpm",
    "tcat": "category",
    "tdes": "description",
    "tdor": "original_date",
    "text": "lyricist",
    "tit3": "subtitle",
    "title-sort": "sort_name",
    "titlesort": "sort_name",
    "tke": "key",
    "tkey": "key",
    "tkwd": "keywords",
    "tmoo": "mood",
    "tor": "original_date",
    "tory": "original_date",
    "tp4": "remixer",
    "tpa": "disc",
    "tpe4": "remixer",
    "trc": "isrc",
    "tsrc": "isrc",
    "tsst": "disc_subtitle",
    "tt3": "subtitle",
    "txt": "lyricist",
    "unsynced lyrics": "lyrics",
    "unsyncedlyrics": "lyrics",
    "year": "date",
}
"""The one name of each that goes by another, in lower case."""

TOTAL_NAMES: Final[dict[str, str]] = {
    "disctotal": "disc",
    "totaldiscs": "disc",
    "totaltracks": "track",
    "tracktotal": "track",
}
"""Names that say how many there are, where MP3 and MP4 write ``3/12`` in one."""

HIDDEN_NAMES: Final = frozenset(
    {
        "compatible_brands",
        "coverart",
        "coverartmime",
        "handler_name",
        "itunnorm",
        "itunpgap",
        "itunsmpb",
        "major_brand",
        "metadata_block_picture",
        "minor_version",
        "vendor_id",
        "waveformatextensible_channel_mask",
    }
)
"""What stands among the tags although it describes the container, or is told elsewhere: covers as
pictures, lengths of samples as numbers. The levels of iTunNORM are of one program alone."""

HIDDEN_PREFIXES: Final = ("id3v2_priv.",)
"""Of frames whose bytes only the program that wrote them reads."""

LYRICS: Final = "lyrics-"  # FFmpeg adds the description and the language of the frame


def tag_name(name: str) -> str | None:
    """Return the one name of a tag, or None for what is no tag.

    Args:
        name: The name as FFmpeg gives it.

    Example:
        >>> tag_name("ALBUMARTIST"), tag_name("TSRC"), tag_name("lyrics-eng")
        ('album_artist', 'isrc', 'lyrics')
        >>> tag_name("major_brand")
    """
    key = name.lower()
    if key in HIDDEN_NAMES or key.startswith(HIDDEN_PREFIXES):
        return None
    if key.startswith(LYRICS):
        return "lyrics"
    return TAG_NAMES.get(key, key)

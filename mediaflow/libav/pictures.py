"""Takes the pictures out of a film or a sound file that lie in it beside its media.

Law: FFmpeg holds them in memory once the header is read, and hands them out first; nothing more is
read for them. What they are is asked of their own bytes, elsewhere.

Source: ``avformat_queue_attached_pictures`` of libavformat; id3.org ID3v2.4 frames 4.14 and RFC 9639
8.8 (kinds of pictures).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from av.stream import Disposition

from mediaflow.errors import SourceError
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["PICTURE_KINDS", "attached_pictures"]

PICTURE_KINDS: Final[dict[str, str]] = {
    "32x32 pixels 'file icon'": "file_icon",
    "A bright coloured fish": "fish",
    "Artist/performer": "artist",
    "Band/Orchestra": "band",
    "Band/artist logotype": "band_logo",
    "Composer": "composer",
    "Conductor": "conductor",
    "Cover (back)": "back_cover",
    "Cover (front)": "front_cover",
    "During performance": "performance",
    "During recording": "recording",
    "Illustration": "illustration",
    "Lead artist/lead performer/soloist": "lead_artist",
    "Leaflet page": "leaflet",
    "Lyricist/text writer": "lyricist",
    "Media (e.g. label side of CD)": "media",
    "Movie/video screen capture": "screen_capture",
    "Other": "other",
    "Other file icon": "other_icon",
    "Publisher/Studio logotype": "publisher_logo",
    "Recording Location": "location",
}
"""What FFmpeg calls the twenty-one kinds of pictures, against one word each."""


def attached_pictures(container: InputContainer, *, where: str | None = None) -> dict[int, bytes]:
    """Return the pictures of an input that was just opened, by index of the stream.

    Args:
        container: An open input of which no packet was read.
        where: Location of the input, for errors.
    """
    pictures = [
        stream.index
        for stream in container.streams
        if stream.disposition & Disposition.attached_pic
    ]
    if not pictures:
        return {}
    try:
        with translated(stage="probe", where=where):
            first = list(islice(container.demux(), len(pictures)))
    except SourceError:  # the media behind the header is damaged, which a probe does not judge
        return {}
    return {
        packet.stream.index: bytes(packet) for packet in first if packet.stream.index in pictures
    }

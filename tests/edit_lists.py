"""Films of which an edit list hides a part, as phones and cutting programs leave them.

Source: ISO/IEC 14496-12 8.6.5 and 8.6.6 (edts, elst), 8.2.2 (mvhd), 8.4.2 (mdhd), 8.4.3
(hdlr).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from tests.hostile_films import box, boxes, rebuilt, table

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["with_edits"]

PICTURE: Final = "vide"
SOUND: Final = "soun"
NORMAL_RATE: Final = 1 << 16


def with_edits(
    data: bytes,
    *,
    picture: Sequence[tuple[float, float]] = (),
    sound: Sequence[tuple[float, float]] = (),
) -> bytes:
    """Return an MP4, its index at its end, that plays only some stretches of its tracks.

    Args:
        data: The film, as FFmpeg wrote it.
        picture: Start and length of the stretches of pictures, in seconds of what was played before;
            none leaves them as they were.
        sound: The same of all sounds.
    """
    edits = {PICTURE: picture, SOUND: sound}
    movie = scale_in(content(data, b"moov", b"mvhd"))

    def edited(track: bytes) -> bytes:
        kind = content(track, b"mdia", b"hdlr")[8:12].decode()
        wanted, scale = edits.get(kind, ()), scale_in(content(track, b"mdia", b"mdhd"))
        changed = {b"edts": lambda old: list_of(wanted, old, movie, scale)}
        return rebuilt(track, changed) if wanted else track

    return rebuilt(data, {b"trak": edited})


def list_of(wanted: Sequence[tuple[float, float]], old: bytes, movie: int, scale: int) -> bytes:
    """Return a list of edits whose times count from where the only edit before began.

    Args:
        wanted: Start and length of each, in seconds.
        old: The content of the box that held that one.
        movie: Ticks a second of the film.
        scale: Ticks a second of the track.
    """
    (first,) = struct.unpack_from(">i", content(old, b"elst"), 12)
    numbers = [len(wanted)]
    for start, length in wanted:
        numbers += [round(length * movie), first + round(start * scale), NORMAL_RATE]
    return box(b"elst", table(*numbers))


def scale_in(header: bytes) -> int:
    """Return the ticks a second that the header of a film or of a track says."""
    return int.from_bytes(header[12:16] if header[0] == 0 else header[20:24])


def content(data: bytes, *path: bytes) -> bytes:
    """Return the content of the first box of each name within the one before."""
    for name in path:
        data = next(data[start:end] for kind, start, end in boxes(data) if kind == name)
    return data

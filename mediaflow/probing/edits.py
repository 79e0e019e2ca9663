"""Reads the edit lists of MP4 and QuickTime files: from which sample a sound is heard, and to which.

Law: headers of tracks alone; what is damaged here is unknown, and FFmpeg judges the file.

Source: ISO/IEC 14496-12 8.2.2 (mvhd), 8.4.2 (mdhd), 8.6.6 (elst).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SourceError
from mediaflow.probing.boxes import Box, child_boxes

if TYPE_CHECKING:
    from mediaflow.probing.reading import HeaderReader

__all__ = ["TrackEdit", "read_edits"]

MAX_TRACKS: Final = 64
MAX_ENTRIES: Final = 4
TRACK_ID: Final = {0: 12, 1: 20}  # by version: bytes before the number of a track in tkhd
TIMES: Final = {
    0: (12, 4),
    1: (20, 8),
}  # by version: where the time scale stands, bytes of a length
ENTRY: Final = {0: 4, 1: 8}  # by version: bytes of a length in elst
NONE: Final = -1  # media time of an edit that shows nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEdit:
    """What a track says of its length, in ticks of its media."""

    scale: int
    """Ticks a second."""

    length: int
    """Of everything that is stored."""

    start: int | None = None
    """First tick that is heard; None without an edit list, or with one of several parts."""

    end: int | None = None
    """Tick behind the last that is heard, within :attr:`grain`; None to the end of the media."""

    grain: int = 0
    """By how much the end may be off, as the movie has ticks of its own."""


def read_edits(source: HeaderReader, moov: Box) -> dict[int, TrackEdit]:
    """Return the edits of all tracks, by number of the track.

    Args:
        source: The file.
        moov: The index.
    """
    found: dict[int, TrackEdit] = {}
    scale = 0
    try:
        for number, box in enumerate(child_boxes(source, moov.start, moov.end)):
            if number > MAX_TRACKS:
                break
            if box.kind == b"mvhd":
                scale, _ = _times(source, box)
            elif box.kind == b"trak":
                track = _track(source, box, scale)
                if track is not None:
                    found.setdefault(*track)
    except SourceError:
        return found
    return found


def _track(source: HeaderReader, trak: Box, movie: int) -> tuple[int, TrackEdit] | None:
    boxes = {box.kind: box for box in child_boxes(source, trak.start, trak.end)}
    header, media, edits = (boxes.get(kind) for kind in (b"tkhd", b"mdia", b"edts"))
    if header is None or media is None:
        return None
    times = _child(source, media, b"mdhd")
    if times is None:
        return None
    at = header.start + TRACK_ID.get(source.read(header.start, 1)[0], TRACK_ID[0])
    number = int.from_bytes(source.read(at, 4), "big")
    scale, length = _times(source, times)
    listed = None if edits is None else _child(source, edits, b"elst")
    edit = TrackEdit(scale=scale, length=length)
    if listed is None or not scale or not movie:
        return number, edit
    parts = [part for part in _entries(source, listed) if part[1] != NONE]
    if len(parts) != 1:
        return number, edit
    lasts, start = parts[0]
    end = start + lasts * scale // movie if lasts else None
    grain = 0 if movie % scale == 0 else -(-scale // movie)
    return number, TrackEdit(scale=scale, length=length, start=start, end=end, grain=grain)


def _child(source: HeaderReader, parent: Box, kind: bytes) -> Box | None:
    boxes = child_boxes(source, parent.start, parent.end)
    return next((box for box in boxes if box.kind == kind), None)


def _times(source: HeaderReader, box: Box) -> tuple[int, int]:
    """Return ticks a second and the length in ticks, from a header of a movie or a media."""
    at, width = TIMES.get(source.read(box.start, 1)[0], TIMES[0])
    data = source.read(box.start + at, 4 + width)
    return int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big")


def _entries(source: HeaderReader, box: Box) -> list[tuple[int, int]]:
    """Return how long each part of an edit list lasts, and where it starts in the media."""
    head = source.read(box.start, 8)
    width = ENTRY.get(head[0], ENTRY[0])
    count = min(int.from_bytes(head[4:], "big"), MAX_ENTRIES)
    found: list[tuple[int, int]] = []
    for number in range(count):
        data = source.read(box.start + 8 + number * (2 * width + 4), 2 * width)
        start = int.from_bytes(data[width:], "big", signed=True)
        found.append((int.from_bytes(data[:width], "big"), start))
    return found

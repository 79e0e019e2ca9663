"""Reads what FFmpeg does not tell of MP4 and QuickTime files: where the index stands, and turns.

Law: a few small reads along the boxes of the top level and the headers of tracks; sample tables are
never read. What cannot be read here is unknown, and FFmpeg judges the file.

Source: ISO/IEC 14496-12 4.2 (boxes), 8.2.1 (moov), 8.2.2 (mvhd), 8.3.2 (tkhd), 8.8 (fragments).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SourceError
from mediaflow.geometry import Orientation, composed, matrix_orientation
from mediaflow.probing.boxes import Box, child_boxes, top_boxes

if TYPE_CHECKING:
    from mediaflow.probing.reading import HeaderReader

__all__ = ["Moov", "read_moov"]

TRACK_MATRIX: Final = {0: 40, 1: 52}  # by version: bytes before the matrix in tkhd
TRACK_ID: Final = {0: 12, 1: 20}
MOVIE_MATRIX: Final = {0: 36, 1: 48}
MATRIX_BYTES: Final = 36
MAX_TRACKS: Final = 64


@dataclass(slots=True)
class Moov:
    """What the boxes say; None is unknown."""

    offset: int | None = None
    """Position of the index, or None where there is none."""

    media_offset: int | None = None
    """Position of the first media, or None."""

    is_fragmented: bool = False
    is_cut: bool = False
    """Whether a box of the top level goes on beyond the end of the file."""

    cut_kind: str = ""
    """Type of that box."""

    orientations: dict[int, Orientation] = field(default_factory=dict)
    """How frames must be turned, by id of the track."""

    @property
    def is_faststart(self) -> bool | None:
        """Whether the index stands before the media."""
        if self.offset is None:
            return None
        return self.media_offset is None or self.offset < self.media_offset


def read_moov(source: HeaderReader) -> Moov:
    """Walk over the boxes of a file; ends early and silently where they are damaged."""
    found = Moov()
    try:
        position = 0
        for box in top_boxes(source):
            _take(source, found, box, position)
            position = box.end
            if found.is_cut or (found.offset is not None and found.is_fragmented):
                break
        else:
            found.is_cut = source.size is not None and position > source.size
    except SourceError:
        found.is_cut = found.is_cut or found.offset is None
    return found


def _take(source: HeaderReader, found: Moov, box: Box, position: int) -> None:
    if source.size is not None and box.end > source.size:
        found.is_cut, found.cut_kind = True, box.kind.decode("latin-1")
    if box.kind == b"moov" and found.offset is None:
        found.offset = position
        source.prefetch(box.start, box.end - box.start)
        if not found.is_cut:
            _read_tracks(source, found, box)
    elif box.kind == b"mdat" and found.media_offset is None:
        found.media_offset = position
    elif box.kind == b"moof":
        found.is_fragmented = True
        if found.media_offset is None:
            found.media_offset = position


def _read_tracks(source: HeaderReader, found: Moov, moov: Box) -> None:
    movie: Orientation = 1
    try:
        for number, box in enumerate(child_boxes(source, moov.start, moov.end)):
            if number > MAX_TRACKS:
                return
            if box.kind == b"mvhd":
                movie = _matrix(source, box, MOVIE_MATRIX)
            elif box.kind == b"mvex":
                found.is_fragmented = True
            elif box.kind == b"trak":
                header = next(
                    (one for one in child_boxes(source, box.start, box.end) if one.kind == b"tkhd"),
                    None,
                )
                if header is not None:
                    version = source.read(header.start, 1)[0]
                    at = header.start + TRACK_ID.get(version, TRACK_ID[0])
                    track = int.from_bytes(source.read(at, 4), "big")
                    turn = _matrix(source, header, TRACK_MATRIX)
                    found.orientations.setdefault(track, composed(turn, movie))
    except SourceError:  # FFmpeg decides whether the file can be read
        return


def _matrix(source: HeaderReader, box: Box, places: dict[int, int]) -> Orientation:
    version = source.read(box.start, 1)[0]
    start = box.start + places.get(version, places[0])
    if start + MATRIX_BYTES > box.end:
        return 1
    data = source.read(start, MATRIX_BYTES)
    a, b, _, c, d = (
        int.from_bytes(data[at : at + 4], "big", signed=True) for at in range(0, 20, 4)
    )
    return matrix_orientation(a, b, c, d)

"""Bounds what the index of an MP4 or QuickTime file may cost, before FFmpeg builds it in memory.

A sample of constant size has no entry of its own in a file, so that a few bytes can claim a hundred
million of them; FFmpeg then writes 40 bytes for each. It also makes room for as many items and
names of tags as are announced, and counts up to the number of a track in each fragment. Its demuxer
takes tables wherever they stand, also inside of boxes that hold none by the standard. So tables are
found by their four characters, not along the boxes, and what stands anywhere counts.

Law: at most what FFmpeg reads to open a file is read, and nothing is judged but cost. What looks
like a table and is none cannot refuse a file unless it claims more than the limits allow.

Source: ISO/IEC 14496-12 8.3.2 (tkhd), 8.6.1.2 (stts), 8.7.3 (stsz), 8.7.4 (stsc), 8.8.8 (trun),
8.11.3 (iloc), 8.11.6 (iinf); QuickTime File Format, "Metadata Item Keys Atom" (keys) and
"Compressed Movie Resources" (cmov); what libavformat's mov.c makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from struct import iter_unpack
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from mediaflow.errors import CorruptMediaError, LimitExceededError, UnsupportedError
from mediaflow.libav.tag_count import refuse_tags, values_of_atoms

if TYPE_CHECKING:
    from mediaflow.security.limits import Limits

__all__ = ["check_index"]

ReadAt: TypeAlias = Callable[[int, int], bytes]

MAX_TOP_BOXES: Final = 100_000  # two days in fragments of two seconds
LOOKED_INTO: Final = frozenset(
    {
        *(b"moov", b"moof", b"trak", b"mdia", b"minf", b"stbl", b"traf", b"mvex", b"edts"),
        *(b"dinf", b"tref", b"udta", b"meta", b"wave", b"cmov", b"trun", b"stsd", b"stsz", b"stz2"),
        *(b"ilst", b"iprp", b"iinf", b"iloc", b"keys", b"tkhd"),
    }
)
"""Boxes of the top level in which FFmpeg looks for tables."""

DISGUISED: Final = (b"mvhd", b"cmov")  # a free box that starts with one is taken for the index
BEYOND: Final = 32  # bytes; FFmpeg reads the numbers of a table to their end
MOST_INDEX_BYTES: Final = 256 * 1024 * 1024
HEADER: Final = 8
LONG_HEADER: Final = 16
CHEAP_ENTRIES: Final = 1_000_000
"""Samples of picture and sound together that are never too many; an entry costs some 32 bytes."""

CHUNK_ENTRY: Final = 1024  # samples of exact sound that FFmpeg makes one entry of
SOUND: Final = b"soun"
TABLES: Final = re.compile(rb"stsz|stz2|stsc|trun|iinf|iloc|keys|tkhd|cmov")
TRACK_ID: Final = {b"\0": 12, b"\1": 20}  # by version: bytes before the number of a track in tkhd
MOST_TRACK: Final = 1 << 31
ITEMS: Final = (b"iinf", b"iloc", b"keys")
MOST_ITEMS: Final = 1 << 28
"""From here on FFmpeg refuses by itself; and letters of a text are numbers above."""

SIZES: Final = (b"stsz", b"stz2")
CHUNKS: Final = re.compile(rb"stco|co64")
SAMPLE_FIELDS: Final = 0x000F00  # flags of trun: each sample has a field of its own
ONE_EACH: Final = (b"hdlr", b"stsz", b"stts", b"stsc")


class _Claims(NamedTuple):
    """How many entries FFmpeg makes of an index."""

    listed: int = 0
    """Those of the largest track that have a size in the file: its length bounds them."""

    free: int = 0
    """All that cost nothing in the file; an index grows by them from fragment to fragment."""

    def with_(self, other: _Claims) -> _Claims:
        return _Claims(max(self.listed, other.listed), self.free + other.free)


class _Box(NamedTuple):
    kind: bytes
    begin: int
    """Position of the header."""

    start: int
    """Position of the content."""

    end: int


def check_index(read_at: ReadAt, size: int, limits: Limits, *, where: str | None = None) -> None:
    """Refuse a file whose index would cost more memory than the limits allow.

    Args:
        read_at: Gives bytes by position; fewer at the end.
        size: Length of the file.
        limits: Limits in force.
        where: Location of the input, for errors.

    Raises:
        LimitExceededError: The index claims a great many samples, more than the limits allow frames,
            or holds more tags than anybody writes.
        UnsupportedError: The index is compressed.
        CorruptMediaError: A track has a number that no file needs.
    """
    listed = free = tags = 0
    for box in _top_boxes(read_at, size, where):
        if not _is_looked_into(box, read_at):
            continue
        length = min(box.end, size) - box.start
        if length > MOST_INDEX_BYTES:
            raise LimitExceededError(
                f"the index of the film is {length:,} bytes long; {MOST_INDEX_BYTES:,} are read",
                stage="probe",
                where=where,
            )
        header = box.start - box.begin
        data = read_at(box.begin, header + length + BEYOND)
        tags += values_of_atoms(data)
        refuse_tags(tags, where=where)
        claims = _claims(data, header, header + length, where)
        listed, free = max(listed, claims.listed), free + claims.free
        entries = max(listed, free)
        if entries > CHEAP_ENTRIES:
            limits.check("max_film_frames", entries, where=where, who="the index of the film")


def _is_looked_into(box: _Box, read_at: ReadAt) -> bool:
    if box.kind == b"free" and box.end - box.start >= HEADER:
        return read_at(box.start + 4, 4) in DISGUISED
    return box.kind in LOOKED_INTO


def _top_boxes(read_at: ReadAt, size: int, where: str | None) -> Iterator[_Box]:
    position = 0
    for _ in range(MAX_TOP_BOXES):
        header = read_at(position, LONG_HEADER)
        if len(header) < HEADER:
            return
        length, start = int.from_bytes(header[:4], "big"), position + HEADER
        if length == 1 and len(header) == LONG_HEADER:
            length, start = int.from_bytes(header[HEADER:], "big"), position + LONG_HEADER
        end = size if length == 0 else position + length
        if end < start:
            return
        yield _Box(header[4:8], position, start, end)
        position = end
    raise LimitExceededError(
        f"the film has more than {MAX_TOP_BOXES:,} boxes", stage="probe", where=where
    )


def _claims(data: bytes, start: int, end: int, where: str | None) -> _Claims:
    """Return what all tables of a box of the top level claim, itself among them."""
    found, rest = _Claims(), 0
    for box in _boxes(data, start, end):
        if box.kind == b"trak":
            exact = _exact_sound(data[box.start : box.end])
            last = box.end if exact is None else box.start
            found = found.with_(_claimed(data, rest, last, where)).with_(_Claims(free=exact or 0))
            rest = box.end
    return found.with_(_claimed(data, rest, end, where))


def _claimed(data: bytes, start: int, end: int, where: str | None) -> _Claims:
    """Return what tables claim that stand anywhere between two positions.

    Raises:
        UnsupportedError: There is a compressed index, of which nobody knows what it unpacks to.
        CorruptMediaError: A track has a number that no file needs.
    """
    listed = free = 0
    for found in TABLES.finditer(data, start, end):
        kind, at = found.group(), found.end()
        if _number(data, at - HEADER) == 1:
            at += HEADER  # behind a size of 64 bits
        if kind == b"cmov" and data[at + 4 : at + 8] == b"dcom":
            raise UnsupportedError(
                "the index of the film is compressed, as QuickTime wrote it long ago",
                hint="export it again",
                stage="probe",
                where=where,
            )
        if kind == b"tkhd":
            _check_track(_number(data, at + TRACK_ID.get(data[at : at + 1], 12)), where)
        elif kind == b"trun" and not _number(data, at) & SAMPLE_FIELDS:
            free += _number(data, at + 4)
        elif kind == b"stsz" and _number(data, at + 4):
            free += _number(data, at + 8)
        elif kind in ITEMS:
            free += _items(kind, data, at)
        elif kind in SIZES:
            bits = max(_number(data, at + 4) & 0xFF, 1) if kind == b"stz2" else 32
            listed += min(_number(data, at + 8), (end - at) * 8 // bits)
        elif kind == b"stsc":
            listed = max(listed, _chunk_entries(data, (at, end), _chunk_count(data, start, end)))
    return _Claims(listed, free)


def _check_track(number: int, where: str | None) -> None:
    """Refuse a number with which FFmpeg counts to two billion for each fragment of a film."""
    if number >= MOST_TRACK:
        raise CorruptMediaError(
            f"a track of the film has the number {number:,}; {MOST_TRACK:,} are enough",
            stage="probe",
            where=where,
        )


def _items(kind: bytes, data: bytes, at: int) -> int:
    """Return for how many items or names FFmpeg makes room, whether or not they follow."""
    count = _number(data, at + (6 if kind == b"iloc" else 4))
    is_short = data[at : at + 1] < {b"iinf": b"\1", b"iloc": b"\2"}.get(kind, b"")
    if is_short:
        count >>= 16
    return count if count < MOST_ITEMS else 0


def _exact_sound(track: bytes) -> int | None:
    """Return how many entries FFmpeg makes of a track of exact sound; None where it is none.

    There a sample is one moment of 48,000 a second, and a thousand of them become one entry.
    """
    if any(track.count(kind) != 1 for kind in ONE_EACH):
        return None
    media = _inner(track, (b"mdia",), 0, len(track))
    table = media and _inner(track, (b"minf", b"stbl"), *media)
    if not media or not table:
        return None
    handler, sizes, times, chunks = (
        _inner(track, (kind,), *(media if kind == b"hdlr" else table)) for kind in ONE_EACH
    )
    if not handler or not sizes or not times or not chunks:
        return None
    start = times[0]
    is_sound = track[handler[0] + 8 : handler[0] + 12] == SOUND
    if not is_sound or _number(track, start + 4) != 1 or _number(track, start + 12) != 1:
        return None
    return _chunk_entries(track, chunks, _chunk_count(track, 0, len(track)))


def _chunk_entries(data: bytes, place: tuple[int, int], chunks: int) -> int:
    """Return how many entries chunks of exact sound make, by a table of samples a chunk."""
    rows = min(_number(data, place[0] + 4), max(place[1] - place[0] - 8, 0) // 12)
    rows = min(rows, max(len(data) - place[0] - 8, 0) // 12)
    table = data[place[0] + 8 : place[0] + 8 + rows * 12]
    runs = [(max(first - 1, 0), samples) for first, samples in iter_unpack(">II4x", table)]
    afters = [*(first for first, _ in runs[1:]), chunks]
    return sum(
        (after - first) * -(-samples // CHUNK_ENTRY)
        for (first, samples), after in zip(runs, afters, strict=False)
        if after > first
    )


def _chunk_count(data: bytes, start: int, end: int) -> int:
    """Return how many chunks the largest table of chunks has, as far as its bytes go."""
    return max(
        (
            min(_number(data, one.end() + 4), (end - one.end()) // 4)
            for one in CHUNKS.finditer(data, start, end)
        ),
        default=0,
    )


def _inner(data: bytes, path: tuple[bytes, ...], start: int, end: int) -> tuple[int, int] | None:
    for kind in path:
        box = next((one for one in _boxes(data, start, end) if one.kind == kind), None)
        if box is None:
            return None
        start, end = box.start, box.end
    return start, end


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    while start + HEADER <= end:
        length = _number(data, start)
        if length < HEADER or start + length > end:
            return
        yield _Box(data[start + 4 : start + HEADER], start, start + HEADER, start + length)
        start += length


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")

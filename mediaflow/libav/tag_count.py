"""Bounds how many tags a file may hold, before FFmpeg puts them into a list.

Each tag is looked for in the list of those before it, so that time grows with the square of their
number: a hundred thousand, in a file of two megabytes, take a minute and a half. Tags are counted
along the structure of each format, and no further than the bound.

Law: names and lengths are stepped over, values are not read. What is damaged here ends the count,
and FFmpeg judges the file.

Source: id3.org ID3v2.2 3, ID3v2.3 3, ID3v2.4 3 and 4, chapter frames 3.1; RFC 9639 8.6 and RFC 7845 5.2
(comments, their number); RFC 3533 6 (pages of Ogg); RFC 9559 5.1 (SeekHead, Tags); Multimedia
Programming Interface 1.0 (RIFF, LIST INFO); iTunes' "data" atom, one for each value of MP4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from mediaflow.errors import LimitExceededError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MOST_TAGS", "check_tag_count", "refuse_tags", "values_of_atoms"]

MOST_TAGS: Final = 10_000
"""Tags of a file; FFmpeg takes a second for as many, and a well-kept one has fifty."""

ReadAt: TypeAlias = "Callable[[int, int], bytes]"

ID3_HEADER: Final = 10
CHAPTERS: Final = (b"CHAP", b"CTOC")
CHAPTER_TIMES: Final = 16
MOST_ELEMENT_ID: Final = 256  # bytes of the name of a chapter that are looked at
FLAC_START: Final = 4
COMMENT_BLOCK: Final = 4
LAST_BLOCK: Final = 0x80
MOST_BLOCKS: Final = 10_000
OGG_HEADER: Final = 27
WHOLE_PIECE: Final = 255  # of a packet that goes on
FIRST_BYTES: Final = 64 * 1024  # of an Ogg file, in which its comments begin
FLAC_COMMENTS: Final = b"\x04"  # and three bytes of its length
COMMENTS: Final = (b"OpusTags", b"\x03vorbis", b"\x81theora", FLAC_COMMENTS)
"""How a packet of comments starts."""

TAGS: Final = b"\x12\x54\xc3\x67"
SEEK_HEAD: Final = b"\x11\x4d\x9b\x74"
CLUSTER: Final = b"\x1f\x43\xb6\x75"
SEGMENT: Final = b"\x18\x53\x80\x67"
SEEK_POSITION: Final = b"\x53\xac"
SIMPLE_TAG: Final = b"\x67\xc8"
MOST_ELEMENTS: Final = 1_000
MOST_TAG_BYTES: Final = 64 * 1024 * 1024
RIFF_START: Final = 12


def check_tag_count(read_at: ReadAt, size: int, demuxer: str, *, where: str | None = None) -> None:
    """Refuse a file with more tags than anybody writes.

    Args:
        read_at: Gives bytes by position; fewer at the end.
        size: Length of the file.
        demuxer: FFmpeg's name of the demuxer that will read it.
        where: Location of the input, for errors.

    Raises:
        LimitExceededError: There are more.
    """
    match demuxer:
        case "mp3":
            count = _id3(read_at, 0, size)
        case "flac":
            count = _flac(read_at, size)
        case "ogg":
            count = _ogg(read_at(0, FIRST_BYTES))
        case "matroska":
            count = _matroska(read_at, size)
        case "avi" | "wav":
            count = _riff(read_at, size)
        case _:
            return
    refuse_tags(count, where=where)


def values_of_atoms(index: bytes) -> int:
    """Return how many values of tags an index of MP4 holds."""
    return index.count(b"data")


def refuse_tags(count: int, *, where: str | None = None) -> None:
    """Refuse a number of tags that is too large.

    Raises:
        LimitExceededError: It is.
    """
    if count > MOST_TAGS:
        raise LimitExceededError(
            f"the file has more than {MOST_TAGS:,} tags",
            hint="save it again without them",
            stage="probe",
            where=where,
        )


def _id3(read_at: ReadAt, start: int, end: int) -> int:
    """Return how many frames a tag has, those within chapters among them."""
    head = read_at(start, ID3_HEADER)
    if not head.startswith(b"ID3") or len(head) < ID3_HEADER:
        return 0
    stop = min(start + ID3_HEADER + _seven(head[6:]), end)
    return _frames(read_at, start + ID3_HEADER, stop, head[3])


def _frames(read_at: ReadAt, at: int, end: int, version: int) -> int:
    header, letters = (6, 3) if version == 2 else (10, 4)
    count = 0
    while at + header <= end and count <= MOST_TAGS:
        head = read_at(at, header)
        if len(head) < header or not head[:letters].strip(b"\0"):
            break
        length = _seven(head[4:8]) if version == 4 else int.from_bytes(head[letters : 2 * letters])
        count += 1
        if head[:4] in CHAPTERS:
            name = read_at(at + header, MOST_ELEMENT_ID).find(b"\0") + 1
            inner = at + header + name + CHAPTER_TIMES
            count += _frames(read_at, inner, min(at + header + length, end), version)
        at += header + length
    return count


def _seven(data: bytes) -> int:
    number = 0
    for byte in data:  # seven bits each
        number = number << 7 | byte & 0x7F
    return number


def _flac(read_at: ReadAt, size: int) -> int:
    at, count = FLAC_START, 0
    for _ in range(MOST_BLOCKS):
        head = read_at(at, 4)
        if len(head) < 4 or at >= size:
            break
        if head[0] & ~LAST_BLOCK == COMMENT_BLOCK:
            vendor = _little(read_at(at + 4, 4))
            count += _little(read_at(at + 8 + vendor, 4))
        if head[0] & LAST_BLOCK:
            break
        at += 4 + int.from_bytes(head[1:], "big")
    return count


def _ogg(data: bytes) -> int:
    """Return how many comments are announced by the packets that begin near the start."""
    count = 0
    for packet in _packets(data):
        name = next((name for name in COMMENTS if packet.startswith(name)), None)
        if name is None:
            continue
        at = len(name) + (3 if name == FLAC_COMMENTS else 0)
        vendor = _little(packet[at : at + 4])
        # a name that is longer than what is looked at hides the number, which nobody needs
        is_hidden = vendor > len(data) and name != FLAC_COMMENTS
        count += MOST_TAGS + 1 if is_hidden else _little(packet[at + 4 + vendor :][:4])
    return count


def _packets(data: bytes) -> Iterator[bytes]:
    """Yield the packets of the pages of an Ogg file, the last ones as far as they go."""
    open_ones: dict[bytes, bytes] = {}
    at = 0
    while data[at : at + 4] == b"OggS" and at + OGG_HEADER <= len(data):
        serial, pieces = data[at + 14 : at + 18], data[at + 26]
        at += OGG_HEADER + pieces
        for length in data[at - pieces : at]:
            open_ones[serial] = open_ones.get(serial, b"") + data[at : at + length]
            at += length
            if length < WHOLE_PIECE:
                yield open_ones.pop(serial)
    yield from open_ones.values()


def _matroska(read_at: ReadAt, size: int) -> int:
    """Return how many tags stand before the media, and where the list of places leads to."""
    places: set[int] = set()
    count = 0
    start = next((at for kind, at, _ in _elements(read_at, 0, size) if kind == SEGMENT), size)
    for kind, at, length in _elements(read_at, start, size):
        if kind == CLUSTER:
            break
        if kind == TAGS:
            places.add(at - len(kind))
            count += read_at(at, min(length, MOST_TAG_BYTES)).count(SIMPLE_TAG)
        elif kind == SEEK_HEAD:
            places |= set(_tag_places(read_at(at, min(length, MOST_ELEMENTS * 16)), start))
    return count + sum(_tags_at(read_at, place, size) for place in places)


def _tag_places(head: bytes, start: int) -> Iterator[int]:
    """Yield where a list of places says that tags stand."""
    parts = head.split(TAGS)
    for part in parts[1:]:
        at = part.find(SEEK_POSITION)
        if at >= 0 and len(part) > at + 2:
            width = part[at + 2] & 0x7F
            yield start + int.from_bytes(part[at + 3 : at + 3 + width], "big")


def _tags_at(read_at: ReadAt, place: int, size: int) -> int:
    for kind, at, length in _elements(read_at, place, size):
        is_one = kind == TAGS
        return read_at(at, min(length, MOST_TAG_BYTES)).count(SIMPLE_TAG) if is_one else 0
    return 0


def _elements(read_at: ReadAt, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and length of elements of EBML, one behind the other."""
    for _ in range(MOST_ELEMENTS):
        head = read_at(at, 12) if at < end else b""
        name = 9 - head[0].bit_length() if head and head[0] else 0
        if not 1 <= name <= 4 or len(head) <= name or not head[name]:
            return
        width = 9 - head[name].bit_length()
        ones = (1 << 7 * width) - 1
        length = int.from_bytes(head[name : name + width], "big") & ones
        start = at + name + width
        length = end - start if length == ones else length
        yield head[:name], start, length
        at = start + length


def _riff(read_at: ReadAt, size: int) -> int:
    count = 0
    for kind, at, length in _chunks(read_at, RIFF_START, size):
        if kind == b"LIST" and read_at(at, 4) == b"INFO":
            end = min(at + length, size)
            count += sum(1 for _ in _chunks(read_at, at + 4, end))
        elif kind.lower() == b"id3 ":
            count += _id3(read_at, at, min(at + length, size))
        if count > MOST_TAGS:
            break
    return count


def _chunks(read_at: ReadAt, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(MOST_TAGS + 1):
        head = read_at(at, 8) if at < end else b""
        if len(head) < 8:
            return
        length = _little(head[4:])
        yield head[:4], at + 8, length
        at += 8 + length + length % 2


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")

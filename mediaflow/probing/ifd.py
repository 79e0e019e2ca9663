"""Reads one TIFF directory: the table of tags that TIFF, EXIF and multi-picture JPEGs share.

Law: one directory, never a chain of them: 60,000 linked directories cost half a minute elsewhere.
Only whole numbers are read, a few of them per tag; what a tag means is known by the callers.
Source: TIFF 6.0 section 2; the BigTIFF proposal of libtiff (magic 43, 8-byte offsets).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from mediaflow.errors import CorruptMediaError
from mediaflow.probing.reading import Peekable

__all__ = ["Directory", "Tag", "read_directory"]

MAX_ENTRIES: Final = 4096
"""Tags of one directory that are looked at; real files stay below 300."""

MAX_VALUES: Final = 16
"""Numbers of one tag that are looked at."""

_WIDTHS: Final = {1: 1, 3: 2, 4: 4, 7: 1, 13: 4, 16: 8}
"""Bytes per number of the types BYTE, SHORT, LONG, UNDEFINED, IFD and LONG8."""


class Tag(NamedTuple):
    """One entry of a directory."""

    type: int
    values: int
    """How many numbers the value holds."""

    offset: int
    """Where the value stands: in the entry itself, or where the entry points."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The tags of one directory and the way to their values."""

    source: Peekable
    order: Literal["little", "big"]
    tags: dict[int, Tag]
    next_offset: int
    """Where the next directory stands; 0 when this one is the last."""

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the numbers of a tag; none when it is absent or of another type.

        Raises:
            TruncatedMediaError: The value lies beyond the end.
        """
        entry = self.tags.get(tag)
        width = _WIDTHS.get(entry.type) if entry else None
        if entry is None or width is None:
            return ()
        data = self.source.read(entry.offset, width * min(entry.values, MAX_VALUES))
        return tuple(
            int.from_bytes(data[at : at + width], self.order) for at in range(0, len(data), width)
        )

    def number(self, tag: int) -> int | None:
        """Return the first number of a tag, or None when it is absent.

        Raises:
            TruncatedMediaError: The value lies beyond the end.
        """
        numbers = self.numbers(tag)
        return numbers[0] if numbers else None


def read_directory(source: Peekable) -> Directory:
    """Read the first directory of a TIFF structure.

    Args:
        source: The structure, from its byte order mark on.

    Raises:
        CorruptMediaError: There is no TIFF header.
        TruncatedMediaError: The directory lies beyond the end.
    """
    head = source.read(0, 8)
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    magic = int.from_bytes(head[2:4], order)
    if head[:2] not in (b"II", b"MM") or magic not in (42, 43):
        raise CorruptMediaError(
            f"no TIFF header: it starts with {head[:4].hex(' ')}", stage="probe"
        )
    is_big = magic == 43
    if is_big:
        start = int.from_bytes(source.read(8, 8), order)
        count = int.from_bytes(source.read(start, 8), order)
    else:
        start = int.from_bytes(head[4:8], order)
        count = int.from_bytes(source.read(start, 2), order)
    return _directory(source, order, start + (8 if is_big else 2), count, is_big=is_big)


def _directory(
    source: Peekable, order: Literal["little", "big"], start: int, count: int, *, is_big: bool
) -> Directory:
    """Read the entries, which are 12 bytes long, or 20 in BigTIFF."""
    size, word = (20, 8) if is_big else (12, 4)
    table = source.read(start, size * min(count, MAX_ENTRIES))
    tags: dict[int, Tag] = {}
    for at in range(0, len(table), size):
        number = int.from_bytes(table[at : at + 2], order)
        kind = int.from_bytes(table[at + 2 : at + 4], order)
        values = int.from_bytes(table[at + 4 : at + 4 + word], order)
        inline = start + at + 4 + word
        fits = _WIDTHS.get(kind, 1) * values <= word
        offset = inline if fits else int.from_bytes(table[at + 4 + word : at + size], order)
        tags.setdefault(number, Tag(kind, values, offset))
    following = source.peek(start + size * count, word)
    return Directory(source, order, tags, int.from_bytes(following, order))

"""Reads the directories of EXIF data that may travel on, and writes a fresh block.

Law: three directories are looked at, each once: the main one, EXIF and GPS. Chains of directories
are never followed, so a loop cannot be entered and a thumbnail (the second directory of the chain)
never be met. A value is copied only when it lies whole within the data. Whatever the bytes are, the
answer is fields or None.

Source: TIFF 6.0 section 2; EXIF 3.0 4.6.2 (types; 129 is UTF-8) and 4.6.3 (pointers).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

__all__ = ["ASCII", "ExifData", "Field", "decoded", "read_exif", "write_exif"]

ASCII: Final = 2
UTF8: Final = 129
MAX_ENTRIES: Final = 1024
"""Entries of a directory that are looked at; cameras write fewer than 100."""

MAX_VALUE_BYTES: Final = 65_536
MAX_BYTES: Final = 1024 * 1024
"""Bytes of all values; entries may share one place, so that a small file could ask for more."""

PREFIX: Final = b"Exif\0\0"
PHOTO_POINTER: Final = 0x8769
PLACE_POINTER: Final = 0x8825
_LONG: Final = 4
_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8} | {
    13: 4,
    UTF8: 1,
}
"""Bytes per number of each type."""


class Field(NamedTuple):
    """One value as it is stored, in the byte order of its block."""

    type: int
    values: int
    """How many numbers the bytes hold."""

    data: bytes


@dataclass(slots=True, kw_only=True)
class ExifData:
    """The fields of three directories by their tags."""

    order: Literal["little", "big"] = "big"
    main: dict[int, Field] = field(default_factory=dict)
    photo: dict[int, Field] = field(default_factory=dict)
    """The EXIF directory: how the picture was taken."""

    place: dict[int, Field] = field(default_factory=dict)
    """The GPS directory."""

    unreadable: list[int] = field(default_factory=list)
    """Tags of entries that lie outside the data, are too long, or of no known type."""

    held: int = 0
    """Bytes of all values."""

    def __bool__(self) -> bool:
        return bool(self.main or self.photo or self.place)


def read_exif(blob: bytes) -> ExifData | None:
    """Return the fields of EXIF data, or None when it has no readable main directory.

    Args:
        blob: The TIFF structure, with or without the six bytes that go before it in JPEG; a whole
            TIFF file is one as well.
    """
    blob = blob.removeprefix(PREFIX)
    order: Literal["little", "big"] = "little" if blob[:2] == b"II" else "big"
    head = blob[2:8]
    if blob[:2] not in (b"II", b"MM") or int.from_bytes(head[:2], order) != 42 or len(head) < 6:
        return None
    found = ExifData(order=order)
    if not _read_directory(blob, int.from_bytes(head[2:], order), found, found.main):
        return None
    for pointer, fields in ((PHOTO_POINTER, found.photo), (PLACE_POINTER, found.place)):
        entry = found.main.pop(pointer, None)
        if entry is not None:
            start = int.from_bytes(entry.data[:4], order)
            if not _read_directory(blob, start, found, fields):
                found.unreadable.append(pointer)
    return found


def _read_directory(blob: bytes, start: int, found: ExifData, fields: dict[int, Field]) -> bool:
    """Read one directory into ``fields``; return whether it lies within the data."""
    order = found.order
    if len(blob) < start + 2 or start < 8:
        return False
    count = int.from_bytes(blob[start : start + 2], order)
    for index in range(min(count, MAX_ENTRIES)):
        at = start + 2 + 12 * index
        entry = blob[at : at + 12]
        if len(entry) < 12:
            return index > 0
        tag, kind, values = (
            int.from_bytes(entry[low:high], order) for low, high in ((0, 2), (2, 4), (4, 8))
        )
        length = _WIDTHS.get(kind, 0) * values
        place = at + 8 if length <= 4 else int.from_bytes(entry[8:], order)
        fits = length <= MAX_VALUE_BYTES and found.held + length <= MAX_BYTES
        if length and fits and place + length <= len(blob):
            found.held += length
            fields.setdefault(tag, Field(kind, values, bytes(blob[place : place + length])))
        elif length or kind not in _WIDTHS:
            found.unreadable.append(tag)
    return True


def write_exif(exif: ExifData) -> bytes:
    """Return a block that holds the fields and nothing else, as JPEG wants it.

    Returns:
        ``Exif``, two NULs and the TIFF structure; nothing when there are no fields.
    """
    if not exif:
        return b""
    sign, code = ("<", b"II") if exif.order == "little" else (">", b"MM")
    main = dict(exif.main)
    parts = [(PHOTO_POINTER, exif.photo), (PLACE_POINTER, exif.place)]
    parts = [(pointer, fields) for pointer, fields in parts if fields]
    for pointer, _ in parts:
        main[pointer] = Field(_LONG, 1, bytes(4))  # the length counts now, the place below
    start = 8 + _length(main)
    body = b""
    for pointer, fields in parts:
        main[pointer] = Field(_LONG, 1, struct.pack(f"{sign}I", start + len(body)))
        body += _directory(fields, start + len(body), sign)
    head = code + struct.pack(f"{sign}HI", 42, 8)
    return PREFIX + head + _directory(main, 8, sign) + body


def _length(fields: dict[int, Field]) -> int:
    """Return the length of a directory with the values that stand behind it."""
    values = (len(value.data) + len(value.data) % 2 for value in fields.values())
    return 2 + 12 * len(fields) + 4 + sum(length for length in values if length > 4)


def _directory(fields: dict[int, Field], start: int, sign: str) -> bytes:
    """Return a directory at a position, its values behind it, and no next one."""
    table, values = struct.pack(f"{sign}H", len(fields)), b""
    behind = start + 2 + 12 * len(fields) + 4
    for tag, (kind, count, data) in sorted(fields.items()):
        even = data + bytes(len(data) % 2)
        if len(data) <= 4:
            stored = data.ljust(4, b"\0")
        else:
            stored = struct.pack(f"{sign}I", behind + len(values))
            values += even
        table += struct.pack(f"{sign}HHI", tag, kind, count) + stored
    return table + bytes(4) + values


def decoded(data: bytes, texts: int = 1) -> tuple[str, ...]:
    """Return the texts of a field: UTF-8, UTF-16 or Latin-1, whichever fits, in this order.

    EXIF asks for ASCII (type 129: UTF-8), and writers put every encoding there.

    Args:
        data: The bytes of the field; texts end with a NUL.
        texts: How many texts the field may hold; what follows them is left out.
    """
    wide = _utf16(data)
    if wide is not None:
        return tuple(part.strip() for part in wide.split("\0")[:texts])
    return tuple(_narrow(part).strip() for part in data.split(b"\0")[:texts])


def _narrow(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _utf16(data: bytes) -> str | None:
    """Return the text of UTF-16 data, told by its mark or by NULs in every second byte."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    plain = data.rstrip(b"\0")
    even, odd = plain[::2], plain[1::2]
    if 2 * odd.count(0) > len(odd) and 0 not in even:
        return data.decode("utf-16-le", "replace")
    if 2 * even.count(0) > len(even) and 0 not in odd:
        return data.decode("utf-16-be", "replace")
    return None

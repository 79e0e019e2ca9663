"""Reads what an ICC profile says of itself: its colour space and its description.

Law: the profile is described, never applied; what cannot be read is None and no error, because a
picture with a broken profile is still a picture. Only the header, the table of tags and one text
are looked at, however long the profile is.
Source: ICC.1:2022 7.2 (header), 7.3 (tag table), 10.15 (multiLocalizedUnicodeType); ICC.1:2001-04
6.5.17 (textDescriptionType).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediaflow.models.info import IccSpace

if TYPE_CHECKING:
    from mediaflow.probing.reading import Peekable

__all__ = ["Profile", "describe_profile"]

HEADER_BYTES: Final = 128
MAX_TAGS: Final = 100
MAX_TEXT_BYTES: Final = 512
MAX_RECORDS: Final = 64

_SPACES: Final[dict[bytes, IccSpace]] = {
    b"CMYK": "CMYK",
    b"GRAY": "GRAY",
    b"Lab ": "LAB",
    b"RGB ": "RGB",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What an embedded profile says of itself; None where it cannot be read."""

    space: IccSpace | None = None
    description: str | None = None
    transfer: int | None = None
    """Transfer characteristics code point of the ``cicp`` tag (ICC.1:2022 9.2.17, H.273 8.2)."""


def describe_profile(blob: Peekable) -> Profile:
    """Return the colour space and the description of a profile.

    Args:
        blob: The profile, or as much of its start as there is.
    """
    header = blob.peek(0, HEADER_BYTES + 4)
    if len(header) < HEADER_BYTES or header[36:40] != b"acsp":
        return Profile()
    space = _SPACES.get(header[16:20], "other")
    tags = int.from_bytes(header[HEADER_BYTES:], "big")
    description, points = _tag(blob, tags, b"desc"), _tag(blob, tags, b"cicp")
    is_known = points[:4] == b"cicp" and len(points) >= 12
    return Profile(space, _text(description), points[9] if is_known else None)


def _tag(blob: Peekable, tags: int, name: bytes) -> bytes:
    """Return the start of a tag's data; nothing when it is absent."""
    table = blob.peek(HEADER_BYTES + 4, 12 * min(tags, MAX_TAGS))
    for at in range(0, len(table) - 11, 12):
        if table[at : at + 4] == name:
            offset = int.from_bytes(table[at + 4 : at + 8], "big")
            length = int.from_bytes(table[at + 8 : at + 12], "big")
            return blob.peek(offset, min(length, 2 * MAX_TEXT_BYTES))
    return b""


def _text(data: bytes) -> str | None:
    """Return the text of either type that a description can have."""
    if data[:4] == b"desc":
        count = int.from_bytes(data[8:12], "big")
        return _clean(data[12 : 12 + min(count, MAX_TEXT_BYTES)].decode("latin-1"))
    if data[:4] == b"mluc":
        return _localized(data)
    return None


def _localized(data: bytes) -> str | None:
    """Return the English text of a list of translations, or else the first one."""
    records = min(int.from_bytes(data[8:12], "big"), MAX_RECORDS)
    found: str | None = None
    for at in range(16, min(16 + 12 * records, len(data) - 11), 12):
        length = min(int.from_bytes(data[at + 4 : at + 8], "big"), MAX_TEXT_BYTES)
        offset = int.from_bytes(data[at + 8 : at + 12], "big")
        text = _clean(data[offset : offset + length].decode("utf-16-be", "replace"))
        if data[at : at + 2] == b"en" and text:
            return text
        found = found or text
    return found


def _clean(text: str) -> str | None:
    """Return the text up to its first NUL, without what cannot be shown."""
    shown = "".join(letter for letter in text.split("\0", 1)[0] if letter.isprintable())
    return shown.strip() or None

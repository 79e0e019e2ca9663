"""A look at files that a child made, before anybody else sees them.

Law: a child may have been taken over by what it decoded. Its files are data: they begin as their format
begins, and the boxes of a file of boxes fill it to its last byte. No decoder looks here.

Source: ISO/IEC 14496-12 4.2 (boxes).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from mediaflow.errors import EncodeError
from mediaflow.formats.magic import HEAD_BYTES, sniff
from mediaflow.planning.names import names_format

if TYPE_CHECKING:
    from mediaflow.frames import ByteReader

__all__ = ["check_made_file", "check_segment"]

TEXTS: Final = frozenset({"ass", "json", "srt", "svg", "vtt"})
BOXED: Final = frozenset({"avif", "m4a", "mov", "mp4"})
MOST_BOXES: Final = 100_000
SHORT_HEAD: Final = 8  # bytes of a length and a name
LONG: Final = 1
"""A size of a box that says: the true one follows in 64 bits."""


def check_made_file(file: ByteReader, format: str) -> None:
    """Refuse a file that is not what its output says.

    Args:
        file: What was made.
        format: Name of the format that it should have.

    Raises:
        EncodeError: It is something else.
    """
    size = file.size or 0
    head = file.read_at(0, HEAD_BYTES)
    found = sniff(head)
    if format in TEXTS:
        is_one = b"\x00" not in head and found in (None, "text", format)
    else:
        is_one = found is not None and names_format(format, found)
    if not is_one or not size:
        raise EncodeError(
            f"what was made is no {format} file but {found or 'unknown'}", stage="verify"
        )
    if format in BOXED and not _is_filled(file, size):
        raise EncodeError(f"the boxes of the {format} file do not fill it", stage="verify")


def check_segment(data: bytes, *, is_init: bool) -> None:
    """Refuse what is no part of a stream: a head, or fragments with their samples.

    Args:
        data: All of the file.
        is_init: Whether it is the head of a track.

    Raises:
        EncodeError: It is something else.
    """
    found: list[bytes] = []
    at = 0
    while at + SHORT_HEAD <= len(data) and len(found) < MOST_BOXES:
        length = int(struct.unpack_from(">I", data, at)[0])
        if length < SHORT_HEAD:
            break
        found.append(data[at + 4 : at + SHORT_HEAD])
        at += length
    pairs = len(found) // 2
    wanted = [b"ftyp", b"moov"] if is_init else [b"moof", b"mdat"] * max(pairs, 1)
    if found != wanted or at != len(data):
        raise EncodeError("what was made is no segment of a stream", stage="verify")


def _is_filled(file: ByteReader, size: int) -> bool:
    at = 0
    for _ in range(MOST_BOXES):
        if at == size:
            return True
        head = file.read_at(at, 16)
        if len(head) < 8:
            return False
        length = int(struct.unpack_from(">I", head)[0])
        if length == LONG and len(head) == 16:
            length = int(struct.unpack_from(">Q", head, 8)[0])
        if length < 8 or at + length > size:
            return False
        at += length
    return False

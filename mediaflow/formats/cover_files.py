"""Takes a cover as bytes: is it a picture that files of sound hold, how large is it, and its block.

Law: structure only, nothing is decoded. What is not a whole JPEG or PNG is no cover.

Source: ITU-T T.81 B.2.2 (frame header), PNG third edition 11.2.1 (IHDR), RFC 9639 8.8 (picture block).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mediaflow.formats.cover_art import bare_cover
from mediaflow.geometry import Size

__all__ = ["MOST_COVER_BYTES", "CoverFile", "cover_file", "picture_block"]

FRONT_COVER: Final = 3
MOST_COVER_BYTES: Final = 16_000_000
"""A block of FLAC holds 16 MiB, with the words around the picture."""

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
JPEG_START: Final = b"\xff\xd8\xff"
FRAMES: Final = frozenset(
    {*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), 0xCD, 0xCE, 0xCF}
)
CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of PNG, by type of colour
INDEXED: Final = 3
SCAN: Final = 0xDA
MOST_SEGMENTS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFile:
    """A picture that can be a cover."""

    codec: str
    """FFmpeg's name of its codec: ``"mjpeg"`` or ``"png"``."""

    mime_type: str
    data: bytes
    size: Size
    """Width and height in px, as they are stored."""

    bits: int
    """Bits a px."""

    description: str = ""


def cover_file(data: bytes, *, bare: bool = True, description: str = "") -> CoverFile | None:
    """Return bytes as a cover, or None where they are no picture that files of sound hold.

    Args:
        data: The whole picture.
        bare: Whether what it says of itself is taken out, such as where it was taken.
        description: Words that go with it.
    """
    codec = {True: "png", False: "mjpeg"}[data.startswith(PNG_START)]
    if len(data) > MOST_COVER_BYTES or not data.startswith((PNG_START, JPEG_START)):
        return None
    whole = bare_cover(data, codec)
    facts = _png(data) if codec == "png" else _jpeg(data)
    if whole is None or facts is None:
        return None
    size, bits = facts
    return CoverFile(
        codec=codec,
        mime_type="image/png" if codec == "png" else "image/jpeg",
        data=whole if bare else data,
        size=size,
        bits=bits,
        description=description,
    )


def picture_block(cover: CoverFile) -> bytes:
    """Return a cover as the block that FLAC and Vorbis comments hold (RFC 9639 8.8)."""
    mime, words = cover.mime_type.encode(), cover.description.encode("utf-8", "replace")
    counts = (cover.size.width, cover.size.height, cover.bits, 0)
    return b"".join(
        (
            _number(FRONT_COVER),
            _number(len(mime)) + mime,
            _number(len(words)) + words,
            *map(_number, counts),
            _number(len(cover.data)) + cover.data,
        )
    )


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _png(data: bytes) -> tuple[Size, int] | None:
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    if data[12:16] != b"IHDR" or len(data) < 26 or not width or not height:
        return None
    return Size(width, height), data[24] * CHANNELS.get(data[25], 1)


def _jpeg(data: bytes) -> tuple[Size, int] | None:
    at = 2
    for _ in range(MOST_SEGMENTS):
        while data[at : at + 2] == b"\xff\xff":  # fill
            at += 1
        if len(data) < at + 10 or data[at] != 0xFF or data[at + 1] == SCAN:
            return None
        if data[at + 1] in FRAMES:
            height, width = (
                int.from_bytes(data[at + place : at + place + 2], "big") for place in (5, 7)
            )
            bits = data[at + 4] * data[at + 9]
            return (Size(width, height), bits) if width and height else None
        at += 2 + max(int.from_bytes(data[at + 2 : at + 4], "big"), 2)
    return None

"""Assembles an APNG from frames that Pillow compresses one at a time.

Law: only the part of a frame that differs from the one before is stored, exactly; frames that do
not differ lengthen the one before. One frame and its forerunner are in memory, and what is compressed.

Source: PNG 3rd edition (W3C 2025) 5.3 (chunks), 11.3.6 (acTL, fcTL, fdAT).
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from mediaflow.image.pillow.raster import twin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["delay_fraction", "write_apng"]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MOST_TICKS: Final = 0xFFFF
_DENOMINATORS: Final = (1000, 100, 10, 1)


@dataclass(slots=True)
class _Frame:
    """A compressed frame that may still last longer."""

    chunks: list[tuple[bytes, bytes]]
    box: tuple[int, int, int, int]
    ms: int


def write_apng(
    frames: Iterable[tuple[Image.Image, int]],
    arguments: Mapping[str, object],
    *,
    mode: str,
    plays: int,
) -> bytes:
    """Return an APNG.

    Args:
        frames: Pictures of one size, each with its duration in ms.
        arguments: Arguments of Pillow's PNG encoder.
        mode: ``"RGB"`` or ``"RGBA"``, for all frames.
        plays: How often it is played in all, 0 for ever.
    """
    made: list[_Frame] = []
    previous: Image.Image | None = None
    for picture, ms in frames:
        frame = picture if picture.mode == mode else picture.convert(mode)
        box: tuple[int, int, int, int] | None = (0, 0, *frame.size)
        if previous is not None:
            box = ImageChops.difference(previous, frame).getbbox(alpha_only=False)
        if box is None:
            made[-1].ms += ms
            continue
        part = frame if box == (0, 0, *frame.size) else frame.crop(box)
        made.append(_Frame(_compressed(part, arguments), box, ms))
        previous = frame
    return b"".join(_file(made, plays))


def _file(made: list[_Frame], plays: int) -> Iterator[bytes]:
    yield SIGNATURE
    sequence = 0
    for index, frame in enumerate(made):
        if index == 0:
            for kind, data in frame.chunks:
                if kind not in (b"IDAT", b"IEND"):
                    yield _chunk(kind, data)
            if len(made) > 1:
                yield _chunk(b"acTL", struct.pack(">II", len(made), plays))
        if len(made) > 1:
            left, top, right, bottom = frame.box
            numbers = (sequence, right - left, bottom - top, left, top, *delay_fraction(frame.ms))
            yield _chunk(b"fcTL", struct.pack(">IIIIIHHBB", *numbers, 0, 0))  # keep, replace
            sequence += 1
        for kind, data in frame.chunks:
            if kind == b"IDAT" and index == 0:
                yield _chunk(kind, data)
            elif kind == b"IDAT":
                yield _chunk(b"fdAT", struct.pack(">I", sequence) + data)
                sequence += 1
    yield _chunk(b"IEND", b"")


def delay_fraction(ms: int) -> tuple[int, int]:
    """Return a duration as two numbers of 16 bits, as exact as they can be.

    Example:
        >>> delay_fraction(40), delay_fraction(70_010)
        ((40, 1000), (7001, 100))
    """
    for denominator in _DENOMINATORS:
        ticks = (ms * denominator + 500) // 1000
        if ticks <= MOST_TICKS:
            return ticks, denominator
    return MOST_TICKS, 1


def _compressed(part: Image.Image, arguments: Mapping[str, object]) -> list[tuple[bytes, bytes]]:
    stream = io.BytesIO()
    twin(part).save(stream, "PNG", **arguments)
    data = stream.getvalue()
    chunks: list[tuple[bytes, bytes]] = []
    at = len(SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += length + 12
    return chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

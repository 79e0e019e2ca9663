"""Reads how long each frame of a whole animation is shown, without decoding a pixel.

Law: the file is in memory and is walked once, from length to length; a file that ends inside a frame
is said to be cut off. It counts what decoders will show: one entry for each of their frames.

Source: GIF89a 20 and 23; RFC 9649 2.7.1.1 (ANMF); PNG 3rd edition 11.3.6 (acTL, fcTL: a first picture
without an fcTL before it is no frame, a denominator of 0 means 100); ISO/IEC 14496-12 8.4.2 (mdhd) and
8.6.1.2 (stts).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.formats.png_chunks import count_chunks
from mediaflow.geometry import Size
from mediaflow.planning.timing import shown_seconds
from mediaflow.probing.boxes import top_boxes
from mediaflow.probing.reading import HeaderReader
from mediaflow.probing.sequence import read_track
from mediaflow.security.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["frame_seconds"]

_FRAME_DELAY: Final = 12  # offset of the duration in an ANMF chunk
_DELAY_NUMERATOR: Final = 20  # offset in an fcTL chunk
_TRAILER: Final = 0x3B
_EXTENSION: Final = 0x21
_PICTURE: Final = 0x2C
_GRAPHIC_CONTROL: Final = 0xF9
_PADDING: Final = re.compile(rb"[^\x21\x2c\x3b]+")  # at memory speed; a loop would take seconds


class _CutError(Exception):
    """The bytes end inside a block."""


def frame_seconds(
    data: bytes,
    format: str,
    *,
    where: str | None = None,
    canvas: Size | None = None,
    limits: Limits | None = None,
) -> tuple[Fraction, ...]:
    """Return how long each frame is shown, in seconds; 100 ms where the file says 0.

    Args:
        data: The whole file.
        format: Name of its format; one that holds no animations gives nothing.
        where: Location of the file, for messages.
        canvas: Size that no frame may leave; decoders would enlarge the picture for one.
        limits: Limits in force; the walk ends where they are passed.

    Raises:
        TruncatedMediaError: The file ends inside a frame.
        CorruptMediaError: Boxes break the rules, or a frame lies beyond the canvas.
        LimitExceededError: There are more frames or chunks than the limits allow.
    """
    reader = _READERS.get(format)
    if reader is None:
        return ()
    walk = _Walk(canvas=canvas, limits=limits or Limits(), where=where)
    try:
        return shown_seconds(reader(data, walk))
    except _CutError as exc:
        raise TruncatedMediaError(
            f"the animation ends too early, inside a block that goes on after {len(data):,} bytes",
            hint="the file was cut off; fetch or export it again",
            stage="probe",
            where=where,
        ) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """What a walk over a file keeps to."""

    canvas: Size | None
    limits: Limits
    where: str | None

    def check(self, frames: int) -> None:
        self.limits.check("max_frames", frames, where=self.where)

    def check_inside(self, right: int, bottom: int) -> None:
        if self.canvas and (right > self.canvas.width or bottom > self.canvas.height):
            raise CorruptMediaError(
                f"a frame reaches to ({right}, {bottom}), beyond the picture of "
                f"{self.canvas.width}×{self.canvas.height} px",
                stage="probe",
                where=self.where,
            )


def _read_gif(data: bytes, walk: _Walk) -> list[Fraction]:
    found: list[Fraction] = []
    delay = Fraction(0)
    at = 13 + _table_bytes(_byte(data, 10))
    while at < len(data) and data[at] != _TRAILER:
        kind = data[at]
        if kind == _PICTURE:
            edges = data[at + 1 : at + 9]
            left, top, width, height = (
                int.from_bytes(edges[side : side + 2], "little") for side in (0, 2, 4, 6)
            )
            walk.check_inside(left + width, top + height)
            at = _skip_blocks(data, at + 11 + _table_bytes(_byte(data, at + 9)))
            found.append(delay)
            walk.check(len(found))
            delay = Fraction(0)
        elif kind == _EXTENSION:
            if _byte(data, at + 1) == _GRAPHIC_CONTROL and _byte(data, at + 2) >= 4:
                delay = Fraction(_byte(data, at + 4) | _byte(data, at + 5) << 8, 100)
            at = _skip_blocks(data, at + 2)
        else:
            padding = _PADDING.match(data, at)  # decoders step over it as well
            at = len(data) if padding is None else padding.end()
    return found


def _skip_blocks(data: bytes, at: int) -> int:
    while size := _byte(data, at):
        at += size + 1
    return at + 1


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise _CutError
    return data[at]


def _table_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _read_webp(data: bytes, walk: _Walk) -> list[Fraction]:
    found: list[Fraction] = []
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise _CutError
        if data[at : at + 4] == b"ANMF":
            begin = at + 8 + _FRAME_DELAY
            found.append(Fraction(int.from_bytes(data[begin : begin + 3], "little"), 1000))
            walk.check(len(found))
        at += 8 + length + length % 2
    return found


def _read_png(data: bytes, walk: _Walk) -> list[Fraction]:
    found: list[Fraction] = []
    most = walk.limits.max_png_chunks
    walk.limits.check("max_png_chunks", count_chunks(data, most), where=walk.where)
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            raise _CutError
        if kind == b"IEND":
            break
        if kind == b"fcTL":
            begin = at + 8 + _DELAY_NUMERATOR
            over = int.from_bytes(data[begin + 2 : begin + 4], "big") or 100
            found.append(Fraction(int.from_bytes(data[begin : begin + 2], "big"), over))
            walk.check(len(found))
        at += 12 + length
    else:
        raise _CutError
    return found


class _Bytes:
    """Bytes read like a file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size: int | None = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


def _read_avif(data: bytes, walk: _Walk) -> list[Fraction]:
    source = HeaderReader(_Bytes(data))
    for box in top_boxes(source):
        if box.kind == b"moov":
            track = read_track(source, box)
            found = list(track.seconds) if track else []
            walk.check(len(found))
            return found
    return []


_READERS: Final[dict[str, Callable[[bytes, _Walk], list[Fraction]]]] = {
    "avif": _read_avif,
    "gif": _read_gif,
    "png": _read_png,
    "webp": _read_webp,
}

"""Reads the header of a GIF: canvas, transparency, and whether it moves.

Law: blocks are stepped over, pixels are not unpacked. A GIF has no table of frames, so frames are
counted only as far as 64 kB reach: ``frames`` is exact when the end of the file was seen, else None.
A GIF moves when two pictures were seen, or when one was seen, the end was not, and a loop extension
says that more follow. A long GIF without that extension whose second picture lies beyond 64 kB
counts as still.

Source: GIF89a 17 to 27; the NETSCAPE2.0 application extension; browsers and Pillow grow the canvas
to hold the first picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from mediaflow.geometry import Size
from mediaflow.models.info import ColorInfo, ImageInfo
from mediaflow.planning.timing import shown_seconds
from mediaflow.probing.reading import OPTIONAL_BYTES, HeaderReader

__all__ = ["read_gif"]

_EXTENSION: Final = b"\x21"
_PICTURE: Final = b"\x2c"
_TRAILER: Final = b"\x3b"
_GRAPHIC_CONTROL: Final = b"\xf9"
_APPLICATION: Final = b"\xff"
_CLEAR: Final = 2  # disposal method "restore to background", GIF89a 23.c.iv
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


@dataclass(slots=True)
class _Walk:
    """Where a walk over blocks stands, and what it has met."""

    source: HeaderReader
    position: int
    data: bytes = b""
    base: int = 0
    pictures: int = 0
    first: bytes = b""
    control: int = 0
    clears_canvas: bool = False
    is_transparent: bool = False
    has_loop: bool = False
    repeats: int | None = None
    delays: list[Fraction] = field(default_factory=list)
    delay: int = 0
    has_trailer: bool = False
    is_whole: bool = False

    def take(self, length: int) -> bytes:
        """Return the next bytes and step over them; fewer when no more can be read."""
        at = self.position - self.base
        if at + length > len(self.data):
            self.base, at = self.position, 0
            ahead = OPTIONAL_BYTES - self.source.bytes_read
            self.data = self.source.peek(self.position, max(length, 4096), ahead=ahead)
        self.position += length
        return self.data[at : at + length]

    def skip_blocks(self) -> None:
        """Step over sub-blocks up to the empty one that ends them."""
        while (size := self.take(1)) not in (b"\0", b""):
            self.position += size[0]

    def meet(self, descriptor: bytes) -> None:
        """Note a picture and step over all of it but its data.

        Later pictures use transparency to keep what lies below; only the first one's shows, or a
        hole that a picture leaves when its canvas is cleared.
        """
        shows_through = bool(self.control & 1) if not self.pictures else self.clears_canvas
        self.is_transparent = self.is_transparent or shows_through
        self.clears_canvas = self.control >> 2 & 7 == _CLEAR
        self.control = 0
        self.delays.append(Fraction(self.delay, 100))
        self.delay = 0
        self.first = self.first or descriptor
        self.pictures += 1
        self.position += _table_bytes(descriptor[8]) + 1

    def can_tell_more(self) -> bool:
        """Tell whether walking on can still change the answer."""
        size = self.source.size
        return self.pictures < 1 or not self.has_loop or size is None or size <= OPTIONAL_BYTES


def read_gif(source: HeaderReader) -> ImageInfo:
    """Read a GIF's screen descriptor and as many blocks as the allowance holds.

    Raises:
        CorruptMediaError: A side is 0, or the file ends properly without a picture.
        TruncatedMediaError: The file is cut before its first picture.
    """
    screen = source.read(6, 7)
    walk = _Walk(source, 13 + _table_bytes(screen[4]))
    _walk(walk)
    if not walk.pictures:
        if walk.has_trailer:
            raise source.corrupt("the GIF ends without a picture")
        source.read(walk.position, len(_PICTURE) + 9)
    width, height = _extent(screen[0:4])
    right, bottom = (
        there + size
        for there, size in zip(_extent(walk.first[0:4]), _extent(walk.first[4:8]), strict=True)
    )
    size = max(width, right), max(height, bottom)
    if not all(size):
        raise source.corrupt(f"a GIF of {size[0]}×{size[1]} px; each side must be at least 1")
    covers = not walk.first or (walk.first[:4] == bytes(4) and (right, bottom) == size)
    is_animated = walk.pictures > 1 or (walk.has_loop and not walk.is_whole)
    return ImageInfo(
        stored_size=Size(*size),
        color=ColorInfo(model="palette"),
        has_alpha=walk.is_transparent or not covers,
        frames=walk.pictures if walk.is_whole else None,
        is_animated=is_animated,
        loop_plays=_plays(walk) if is_animated else None,
        duration_seconds=(
            float(sum(shown_seconds(walk.delays))) if is_animated and walk.is_whole else None
        ),
        is_progressive=bool(walk.first[8:] and walk.first[8] & 0x40),
    )


def _walk(walk: _Walk) -> None:
    """Step over blocks until the end, or until nothing more can be learned."""
    while walk.can_tell_more():
        block = walk.take(1)
        if block in (b"", _TRAILER):
            walk.has_trailer = block == _TRAILER
            walk.is_whole = walk.has_trailer or walk.source.ends_at(walk.position - 1)
            return
        if block == _EXTENSION:
            _extension(walk)
        elif block == _PICTURE:
            descriptor = walk.take(9)
            if len(descriptor) < 9:
                return
            walk.meet(descriptor)
            if walk.can_tell_more():
                walk.skip_blocks()
        # Any other byte is padding that decoders step over as well.


def _extension(walk: _Walk) -> None:
    label, size = walk.take(1), walk.take(1)
    block = walk.take(size[0]) if size else b""
    if label == _GRAPHIC_CONTROL and block:
        walk.control = block[0]
        walk.delay = int.from_bytes(block[1:3], "little")
    elif label == _APPLICATION and block in _LOOPS:
        walk.has_loop = True
        size = walk.take(1)
        block = walk.take(size[0]) if size else b""
        if block[:1] == b"\1" and len(block) >= 3:
            walk.repeats = int.from_bytes(block[1:3], "little")
    if block:
        walk.skip_blocks()


def _plays(walk: _Walk) -> int | None:
    """Return how often a GIF is played in all: the extension counts repeats, 0 for ever."""
    if walk.repeats is None:
        return 1  # browsers look for it before the first picture only, or after it: all was seen
    return walk.repeats + 1 if walk.repeats else 0


def _table_bytes(flags: int) -> int:
    """Return the length of the colour table that a descriptor's flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _extent(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[0:2], "little"), int.from_bytes(data[2:4], "little")

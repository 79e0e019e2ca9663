"""Reads the header of a PNG: size, depth, colour, transparency, animation.

Law: chunks are stepped over up to the first pixel data; EXIF that follows the pixels is not looked
for. Check sums are the decoder's business. A compressed profile is inflated as far as its
description goes and no further, so that a small chunk cannot unfold into memory.

Source: PNG 3rd edition (W3C 2025) 5.6 (order), 11.2 and 11.3 (chunks), 11.3.2.6 (cICP), 11.3.6
(acTL); a palette picture has 8 bits per channel whatever its index takes (4.6).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mediaflow.geometry import Orientation, Size
from mediaflow.models.info import ColorInfo, ImageInfo
from mediaflow.probing.exif import orientation_in
from mediaflow.probing.icc import Profile, describe_profile
from mediaflow.probing.reading import HeaderReader, Memory, View

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_png"]

MAX_CHUNKS: Final = 1000
"""Chunks before the pixels; half a million of them cost a second and a half elsewhere."""

MAX_SIDE: Final = 2**31 - 1  # PNG 11.2.1

PROFILE_HEAD: Final = 4096
"""Compressed bytes of a profile that are inflated."""

PROFILE_UNFOLDED: Final = 64 * 1024
"""Bytes of a profile that are looked at."""

DEFLATE_RATIO: Final = 1032
"""The most that deflate can unfold (zlib technical notes), so that a claim cannot be absurd."""

_FIRST_CHUNK: Final = 8

_TYPES: Final[dict[int, tuple[Literal["gray", "rgb", "palette"], bool, frozenset[int]]]] = {
    0: ("gray", False, frozenset({1, 2, 4, 8, 16})),
    2: ("rgb", False, frozenset({8, 16})),
    3: ("palette", False, frozenset({1, 2, 4, 8})),
    4: ("gray", True, frozenset({8, 16})),
    6: ("rgb", True, frozenset({8, 16})),
}
"""Colour type: how samples are read, whether they have alpha, which depths are allowed."""


@dataclass(slots=True)
class _Found:
    """What chunks before the pixels have said so far."""

    profile: Profile = field(default_factory=Profile)
    profile_bytes: int = 0
    code_points: bytes = b""
    orientation: Orientation = 1
    is_transparent: bool = False
    frames: int = 1
    plays: int | None = None


def read_png(source: HeaderReader) -> ImageInfo:
    """Read a PNG's chunks up to its first pixel data.

    Raises:
        CorruptMediaError: The first chunk is no valid header, or there is no pixel data.
        TruncatedMediaError: The file ends before its pixel data.
        LimitExceededError: More data stands before the pixels than any real file has.
    """
    start = _FIRST_CHUNK + 8
    length = int.from_bytes(source.read(_FIRST_CHUNK, 4), "big")
    if source.read(_FIRST_CHUNK + 4, 4) != b"IHDR" or length != 13:
        raise source.corrupt("the first chunk of the PNG is no valid IHDR")
    header = source.read(start, 13)
    found = _Found()
    position = start + 13 + 4
    for _ in range(MAX_CHUNKS):
        chunk = source.read(position, 8)
        length, kind = int.from_bytes(chunk[:4], "big"), chunk[4:]
        if kind == b"IDAT":
            return _info(source, header, found)
        if kind == b"IEND":
            raise source.corrupt("the PNG ends without pixel data")
        if length > MAX_SIDE:
            raise source.corrupt(f"a PNG chunk at byte {position:,} claims {length:,} bytes")
        if kind in _READERS:
            _READERS[kind](found, source, position + 8, length)
        position += length + 12
    raise source.corrupt(f"no pixel data within the first {MAX_CHUNKS:,} chunks of the PNG")


def _info(source: HeaderReader, header: bytes, found: _Found) -> ImageInfo:
    width, height = int.from_bytes(header[0:4], "big"), int.from_bytes(header[4:8], "big")
    depth, color_type, interlace = header[8], header[9], header[12]
    if not 1 <= width <= MAX_SIDE or not 1 <= height <= MAX_SIDE:
        raise source.corrupt(f"a PNG of {width}×{height} px; each side must be 1 to {MAX_SIDE:,}")
    if color_type not in _TYPES or depth not in _TYPES[color_type][2]:
        raise source.corrupt(f"a PNG of colour type {color_type} with bit depth {depth}")
    model, has_alpha, _ = _TYPES[color_type]
    said = found.code_points
    return ImageInfo(
        stored_size=Size(width, height),
        orientation=found.orientation,
        bit_depth=8 if model == "palette" else depth,
        color=ColorInfo(
            model=model,
            icc_space=found.profile.space,
            icc_description=found.profile.description,
            icc_bytes=found.profile_bytes,
            primaries=said[0] if said else None,
            transfer=said[1] if said else found.profile.transfer,
            matrix=said[2] if said else None,
            full_range=bool(said[3]) if said else None,
        ),
        has_alpha=has_alpha or found.is_transparent,
        frames=found.frames,
        is_animated=found.frames > 1,
        loop_plays=found.plays if found.frames > 1 else None,
        is_progressive=interlace == 1,
    )


def _read_profile(found: _Found, source: HeaderReader, start: int, length: int) -> None:
    """Read a profile: a name of up to 79 bytes, NUL, method 0, then zlib data."""
    data = source.peek(start, min(length, PROFILE_HEAD), ahead=min(length, PROFILE_HEAD))
    end = data.find(b"\0", 0, 80)
    if end < 1:
        return
    try:
        blob = zlib.decompressobj().decompress(data[end + 2 :], PROFILE_UNFOLDED)
    except zlib.error:
        blob = b""  # an unreadable profile says nothing; that there is one stays known
    declared = min(int.from_bytes(blob[:4], "big"), length * DEFLATE_RATIO)
    found.profile = describe_profile(Memory(blob))
    found.profile_bytes = declared if found.profile.space else len(blob) or length


def _read_code_points(found: _Found, source: HeaderReader, start: int, length: int) -> None:
    found.code_points = source.read(start, 4) if length == 4 else b""


def _read_orientation(found: _Found, source: HeaderReader, start: int, length: int) -> None:
    found.orientation = orientation_in(View(source, (start, length)))


def _read_transparency(found: _Found, source: HeaderReader, start: int, length: int) -> None:
    found.is_transparent = length > 0


def _read_animation(found: _Found, source: HeaderReader, start: int, length: int) -> None:
    data = source.read(start, 8) if length == 8 else bytes(8)
    count = int.from_bytes(data[:4], "big")
    found.plays = int.from_bytes(data[4:], "big")
    found.frames = count if 1 <= count <= MAX_SIDE else 1


_READERS: Final[dict[bytes, Callable[[_Found, HeaderReader, int, int], None]]] = {
    b"acTL": _read_animation,
    b"cICP": _read_code_points,
    b"eXIf": _read_orientation,
    b"iCCP": _read_profile,
    b"tRNS": _read_transparency,
}

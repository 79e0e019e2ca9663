"""Reads the header of a WebP: size, alpha, animation, profile, orientation.

Law: chunks are stepped over by their lengths; only what the VP8X flags announce is looked for, and
the walk ends as soon as all of that is found. EXIF stands at the end of the file and costs one more
request. Frames are counted as far as the allowance reaches; beyond it ``frames`` is None.

Source: RFC 9649 2.5 to 2.7 (container), RFC 6386 9.1 (VP8 frame header), the WebP lossless
bitstream specification 3 (VP8L header).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from mediaflow.geometry import Orientation, Size
from mediaflow.models.info import ColorInfo, ImageInfo
from mediaflow.planning.timing import shown_seconds
from mediaflow.probing.exif import orientation_in
from mediaflow.probing.icc import Profile, describe_profile
from mediaflow.probing.reading import HeaderReader, View

__all__ = ["read_webp"]

MAX_CHUNKS: Final = 5000

_FIRST_CHUNK: Final = 12
_HAS_PROFILE: Final = 0x20
_HAS_ALPHA: Final = 0x10
_HAS_EXIF: Final = 0x08
_HAS_ANIMATION: Final = 0x02
_KEY_FRAME_START: Final = b"\x9d\x01\x2a"  # RFC 6386 9.1
_LOSSLESS_SIGNATURE: Final = 0x2F


@dataclass(slots=True)
class _Found:
    """What the chunks behind VP8X have said so far."""

    profile: Profile = field(default_factory=Profile)
    profile_bytes: int = 0
    orientation: Orientation = 1
    frames: int = 0
    plays: int | None = None
    delays: list[Fraction] = field(default_factory=list)
    is_lossy: bool | None = None
    has_exif: bool = False
    is_whole: bool = False


def read_webp(source: HeaderReader) -> ImageInfo:
    """Read a WebP's first chunk, and the chunks that it announces.

    Raises:
        CorruptMediaError: The first chunk is no picture, or a side is 0.
        TruncatedMediaError: The file ends inside its first chunk's header.
    """
    kind = source.read(_FIRST_CHUNK, 8)[:4]
    if kind == b"VP8 ":
        return _lossy(source)
    if kind == b"VP8L":
        return _lossless(source)
    if kind == b"VP8X":
        return _extended(source)
    raise source.corrupt(f"the WebP starts with a chunk {kind!r}, not with a picture")


def _lossy(source: HeaderReader) -> ImageInfo:
    header = source.read(_FIRST_CHUNK + 8, 10)
    if header[0] & 1 or header[3:6] != _KEY_FRAME_START:
        raise source.corrupt("the WebP does not start with a VP8 key frame")
    width = int.from_bytes(header[6:8], "little") & 0x3FFF
    height = int.from_bytes(header[8:10], "little") & 0x3FFF
    if not width or not height:
        raise source.corrupt(f"a WebP of {width}×{height} px; each side must be at least 1")
    return ImageInfo(
        stored_size=Size(width, height),
        color=ColorInfo(model="rgb"),
        chroma_subsampling="4:2:0",
    )


def _lossless(source: HeaderReader) -> ImageInfo:
    header = source.read(_FIRST_CHUNK + 8, 5)
    bits = int.from_bytes(header[1:5], "little")
    if header[0] != _LOSSLESS_SIGNATURE or bits >> 29:
        raise source.corrupt("the WebP does not start with a VP8L header of version 0")
    return ImageInfo(
        stored_size=Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1),
        color=ColorInfo(model="rgb"),
        has_alpha=bool(bits >> 28 & 1),
    )


def _extended(source: HeaderReader) -> ImageInfo:
    """Read the canvas, then walk the chunks for what the flags announce."""
    length = int.from_bytes(source.read(_FIRST_CHUNK + 4, 4), "little")
    header = source.read(_FIRST_CHUNK + 8, 10)
    if length < 10:
        raise source.corrupt(f"a VP8X chunk of {length} bytes; it must have 10")
    flags = header[0]
    found = _Found()
    _walk(source, found, _FIRST_CHUNK + 8 + length + length % 2, flags)
    announced = bool(flags & _HAS_ANIMATION)
    frames = (found.frames if found.is_whole else None) if announced else 1
    is_animated = announced and frames != 1
    return ImageInfo(
        stored_size=Size(
            int.from_bytes(header[4:7], "little") + 1, int.from_bytes(header[7:10], "little") + 1
        ),
        orientation=found.orientation,
        color=ColorInfo(
            model="rgb",
            icc_space=found.profile.space,
            icc_description=found.profile.description,
            icc_bytes=found.profile_bytes,
            transfer=found.profile.transfer,
        ),
        has_alpha=bool(flags & _HAS_ALPHA),
        frames=frames,
        is_animated=is_animated,
        loop_plays=found.plays if is_animated else None,
        duration_seconds=(
            float(sum(shown_seconds(found.delays))) if is_animated and frames else None
        ),
        chroma_subsampling="4:2:0" if found.is_lossy else None,
    )


def _walk(source: HeaderReader, found: _Found, position: int, flags: int) -> None:
    """Step over chunks until all that the flags announce is found, or no more can be read."""
    for _ in range(MAX_CHUNKS):
        header = source.peek(position, 8)
        if len(header) < 8:
            found.is_whole = source.ends_at(position)
            return
        kind, length = header[:4], int.from_bytes(header[4:], "little")
        start = position + 8
        if kind == b"ICCP" and flags & _HAS_PROFILE:
            found.profile = describe_profile(View(source, (start, length)))
            found.profile_bytes = length
        elif kind == b"EXIF" and flags & _HAS_EXIF:
            found.orientation = _orientation(source, start, length)
            found.has_exif = True
        elif kind == b"ANMF":
            found.frames += 1
            found.delays.append(_milliseconds(source.peek(start + 12, 3)))
        elif kind == b"ANIM":
            count = source.peek(start + 4, 2)
            found.plays = int.from_bytes(count, "little") if len(count) == 2 else None
        elif kind in (b"VP8 ", b"VP8L"):
            found.is_lossy = kind == b"VP8 "
        position = start + length + length % 2
        if _is_enough(found, flags):
            return


def _milliseconds(data: bytes) -> Fraction:
    return Fraction(int.from_bytes(data, "little"), 1000)


def _is_enough(found: _Found, flags: int) -> bool:
    """Tell whether the rest of the file can add nothing."""
    if flags & _HAS_ANIMATION:
        return False
    return found.is_lossy is not None and (found.has_exif or not flags & _HAS_EXIF)


def _orientation(source: HeaderReader, start: int, length: int) -> Orientation:
    """Read EXIF, before which some writers leave the JPEG marker's name."""
    if source.peek(start, 6) == b"Exif\0\0":
        start, length = start + 6, length - 6
    return orientation_in(View(source, (start, length)))

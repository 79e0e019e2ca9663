"""Takes what a picture says of itself out of its file, without touching a px.

A cover in a film may be a photograph with the place where it was taken. Only what is needed to show
it stays: the colour profile, the transform that Adobe's tag tells, what PNG needs for its colours.
What follows the picture goes: a second one (a gain map, a preview) says the same of itself.

Law: structure only, nothing is decoded; what cannot be walked to its end is no cover.

Source: ITU-T T.81 B.1.1; JFIF 1.02 (APP0); ICC.1 B.4 (APP2); Adobe Technical Note 5116 (APP14); PNG
third edition 5.3.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from mediaflow.formats.jpeg_markers import EOI, MAX_MARKERS, SEGMENTS, SOS, markers

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COVER_CODECS", "bare_cover"]

COVER_CODECS: Final = ("mjpeg", "png")
"""FFmpeg's names of the formats of covers."""

JPEG_START: Final = b"\xff\xd8"
JPEG_END: Final = b"\xff\xd9"
COMMENT: Final = 0xFE
APPLICATION: Final = range(0xE0, 0xF0)
JFIF: Final = b"\xff\xe0\x00\x10JFIF\0"
"""How its segment begins that holds no thumbnail."""

JFIF_SIDES: Final = slice(16, 18)
"""Where its segment tells width and height of the thumbnail behind."""

KEPT_SEGMENTS: Final = ((0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
KEPT_CHUNKS: Final = (
    b"PLTE",
    b"bKGD",
    b"cHRM",
    b"cICP",
    b"gAMA",
    b"iCCP",
    b"sBIT",
    b"sRGB",
    b"tRNS",
)
PNG_IMAGE: Final = (b"IHDR", b"IDAT")
PNG_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
CHUNK_FRAME: Final = 12  # length, type and CRC


def bare_cover(data: bytes, codec: str) -> bytes | None:
    """Return a picture without what it says of itself, or None for one that cannot be walked.

    Args:
        data: The whole file.
        codec: ``"mjpeg"`` or ``"png"``.
    """
    parts = list(_jpeg(data) if codec == "mjpeg" else _png(data))
    is_whole = bool(parts) and parts[-1] == (JPEG_END if codec == "mjpeg" else PNG_END)
    return b"".join(parts) if is_whole else None


def _jpeg(data: bytes) -> Iterator[bytes]:
    """Yield the segments of the first picture that stay, and the coded data behind its scans."""
    yield JPEG_START
    end, is_coded, has_scan = len(JPEG_START), False, False
    for marker, place in islice(markers(data), MAX_MARKERS):
        if marker != EOI and marker not in SEGMENTS:
            continue
        if is_coded:
            yield data[end : place - 2]
        if marker == EOI:
            yield JPEG_END if has_scan else b""
            return
        end = place + max(2, int.from_bytes(data[place : place + 2], "big"))
        yield _kept(marker, data[place - 2 : end])
        is_coded = marker == SOS
        has_scan = has_scan or is_coded


def _kept(marker: int, segment: bytes) -> bytes:
    """Return what stays of a segment of a JPEG file."""
    if marker != COMMENT and marker not in APPLICATION:
        return segment
    name = segment[4:]
    if marker == JFIF[1] and name.startswith(JFIF[4:]) and len(segment) >= JFIF_SIDES.stop:
        return JFIF + segment[len(JFIF) : JFIF_SIDES.start] + b"\0\0"
    is_kept = any(marker == kept and name.startswith(start) for kept, start in KEPT_SEGMENTS)
    return segment if is_kept else b""


def _png(data: bytes) -> Iterator[bytes]:
    if not data.startswith(PNG_START):
        return
    yield PNG_START
    at = len(PNG_START)
    while at + CHUNK_FRAME <= len(data):
        end = at + CHUNK_FRAME + int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if name in KEPT_CHUNKS or name in PNG_IMAGE:
            yield data[at:end]
        if name == b"IEND":
            yield data[at:end]
            return
        at = end

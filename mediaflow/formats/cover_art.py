"""Takes what a picture says of itself out of its file, without touching a px.

A cover in a film may be a photograph with the place where it was taken. Only what is needed to show
it stays: the colour profile, the transform that Adobe's tag tells, what PNG needs for its colours.

Law: structure only, nothing is decoded; what cannot be walked to its end is no cover.

Source: ITU-T T.81 B.1.1.4; ICC.1 B.4 (APP2); Adobe Technical Note 5116 (APP14); PNG third edition 5.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COVER_CODECS", "bare_cover"]

COVER_CODECS: Final = ("mjpeg", "png")
"""FFmpeg's names of the formats of covers."""

JPEG_START: Final = b"\xff\xd8"
JPEG_END: Final = b"\xff\xd9"
SOS: Final = 0xDA
COMMENT: Final = 0xFE
APPLICATION: Final = range(0xE0, 0xF0)
KEPT_SEGMENTS: Final = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
PNG_START: Final = b"\x89PNG\r\n\x1a\n"
KEPT_CHUNKS: Final = (b"PLTE", b"bKGD", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"tRNS")
PNG_IMAGE: Final = (b"IHDR", b"IDAT", b"IEND")
CHUNK_FRAME: Final = 12  # length, type and CRC


def bare_cover(data: bytes, codec: str) -> bytes | None:
    """Return a picture without what it says of itself, or None for one that cannot be walked.

    Args:
        data: The whole file.
        codec: ``"mjpeg"`` or ``"png"``.
    """
    parts = list(_jpeg(data) if codec == "mjpeg" else _png(data))
    is_whole = bool(parts) and parts[-1].endswith(
        JPEG_END if codec == "mjpeg" else b"IEND\xaeB`\x82"
    )
    return b"".join(parts) if is_whole else None


def _jpeg(data: bytes) -> Iterator[bytes]:
    if not data.startswith(JPEG_START):
        return
    yield JPEG_START
    at = len(JPEG_START)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == SOS:
            end = data.rfind(JPEG_END)
            yield data[at : end + len(JPEG_END)] if end > at else b""
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if _is_kept(marker, data[at + 4 : end]):
            yield data[at:end]
        at = end


def _is_kept(marker: int, body: bytes) -> bool:
    if marker == COMMENT or marker in APPLICATION:
        return any(marker == kept and body.startswith(name) for kept, name in KEPT_SEGMENTS)
    return True


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
            return
        at = end

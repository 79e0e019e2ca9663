"""What stands at the head of an MP3 file: its ID3 tag, and the frame that describes the others.

Source: id3.org ID3v2.4 3.1 (size of the tag); ISO/IEC 11172-3 2.4.2.3 and 13818-3 (header of a
frame); the Xing, Info and VBRI headers, which stand in a first frame without sound.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FRAME_BYTES", "ID3_BYTES", "id3_size", "info_frame"]

ID3_BYTES: Final = 10
"""Length of the header of an ID3 tag."""

FRAME_BYTES: Final = 2_048
"""Most bytes of one frame, and some."""

_LAYER_3: Final = 1
_MPEG_1: Final = 3
_RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
"""Samples a second by version: MPEG-1, 2 and 2.5."""

_KILOBITS: Final = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second of layer III, by whether it is MPEG-1."""

_WORDS: Final = (b"Xing", b"Info", b"VBRI")


def id3_size(head: bytes) -> int:
    r"""Return the length of the ID3 tag at the head of a file; 0 without one.

    Args:
        head: The first bytes, :data:`ID3_BYTES` or more.

    Example:
        >>> id3_size(b"ID3\\x04\\0\\0\\0\\0\\x02\\x01"), id3_size(b"\\xff\\xfb\\x90\\x00")
        (267, 0)
    """
    if not head.startswith(b"ID3") or len(head) < ID3_BYTES:
        return 0
    size = 0
    for byte in head[6:ID3_BYTES]:  # seven bits each
        size = size << 7 | byte & 0x7F
    return ID3_BYTES + size


def info_frame(data: bytes) -> bytes | None:
    """Return the frame that describes the others, or None where the first one is sound.

    Args:
        data: The file behind its ID3 tag, :data:`FRAME_BYTES` of it.
    """
    frame = data[: _frame_size(data[:4])]
    return frame if any(word in frame for word in _WORDS) else None


def _frame_size(header: bytes) -> int:
    """Return the length of the frame that a header begins; 0 of what is none of layer III."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bits, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if layer != _LAYER_3 or version not in _RATES or rate > 2 or not 0 < bits < 15:
        return 0
    is_first = version == _MPEG_1
    spread = 144_000 if is_first else 72_000
    return spread * _KILOBITS[is_first][bits] // _RATES[version][rate] + padding

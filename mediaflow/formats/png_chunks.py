"""A walk over the chunks of a PNG. Source: PNG third edition 5.3 (chunk layout). Pure."""

from __future__ import annotations

from typing import Final

__all__ = ["count_chunks"]

SIGNATURE_BYTES: Final = 8
FRAME_BYTES: Final = 12  # length, type and CRC of a chunk


def count_chunks(data: bytes, stop_after: int) -> int:
    """Return the number of chunks in a PNG file, or ``stop_after + 1`` when there are more.

    Args:
        data: A whole PNG file; a chunk that is cut off counts.
        stop_after: Largest number of interest.
    """
    position, count = SIGNATURE_BYTES, 0
    while position < len(data) and count <= stop_after:
        count += 1
        position += FRAME_BYTES + int.from_bytes(data[position : position + 4], "big")
    return count

"""Steps over the boxes of ISO base media files.

Law: structure only; what a box means is known by the callers. The number of boxes on one level is
bounded, and a box may not reach beyond its parent.
Source: ISO/IEC 14496-12 4.2 (box header, 64-bit size, size 0 for "to the end").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.probing.reading import HeaderReader

__all__ = ["Box", "child_boxes", "top_boxes"]

MAX_BOXES: Final = 4096
"""Boxes of one level; a HEIC of a thousand tiles has as many items."""

MAX_TOP_BOXES: Final = 64


class Box(NamedTuple):
    """One box: its type, and where its content starts and ends."""

    kind: bytes
    start: int
    end: int


def top_boxes(source: HeaderReader) -> Iterator[Box]:
    """Yield the boxes of a file until it ends; a cut last box is yielded as it claims to be.

    Raises:
        CorruptMediaError: A box is smaller than its header.
        TruncatedMediaError: The file ends inside a box header.
        LimitExceededError: The allowance is used up.
    """
    position = 0
    for _ in range(MAX_TOP_BOXES):
        if source.ends_at(position) or not source.peek(position, 1):
            return
        box = _box(source, position, None)
        yield box
        position = box.end
        if box.end < box.start:
            return


def child_boxes(source: HeaderReader, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that lie between two positions.

    Raises:
        CorruptMediaError: A box is smaller than its header or reaches beyond its parent.
        TruncatedMediaError: The file ends inside a box header.
        LimitExceededError: The allowance is used up.
    """
    position = start
    for _ in range(MAX_BOXES):
        if position + 8 > end:
            return
        box = _box(source, position, end)
        yield box
        position = box.end


def _box(source: HeaderReader, position: int, limit: int | None) -> Box:
    header = source.read(position, 8)
    size, kind, start = int.from_bytes(header[:4], "big"), header[4:], position + 8
    if size == 1:
        size = int.from_bytes(source.read(start, 8), "big")
        start += 8
    if size == 0:
        end = limit if limit is not None else source.size if source.size is not None else 2**63
    else:
        end = position + size
    if end < start or (limit is not None and end > limit):
        raise source.corrupt(f"a box {kind!r} at byte {position:,} claims {size:,} bytes")
    return Box(kind, start, end)

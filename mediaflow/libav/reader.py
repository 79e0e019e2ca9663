"""Lets FFmpeg read an input by position, and nothing but that input.

Law: no name, so that FFmpeg has no path to open by itself; never more bytes than were asked for,
since PyAV copies what it gets without a look at its length; the first error is kept and told by
whoever opened the reader, FFmpeg only sees the end of the file. Small reads are served from blocks
that grow while reading goes on straight, so that a remote input costs few requests.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.frames import ByteReader

__all__ = ["FilmReader"]

HOP_BLOCK: Final = 32 * 1024  # bytes of a request that only looks what stands there
LEAST_BLOCK: Final = 256 * 1024  # bytes of a request after a jump
MOST_BLOCK: Final = 1024 * 1024  # bytes of a request when reading straight on
KEPT_BYTES: Final = 2 * 1024 * 1024  # what is remembered; demuxers go to and fro between streams


class FilmReader:
    """A read-only file without a name over an input.

    Args:
        source: The input.
        check: Asked before each read; what it raises ends the reading.
    """

    def __init__(self, source: ByteReader, check: Callable[[], None]) -> None:
        self._source = source
        self._check = check
        self.size: int = source.size or 0
        """Length of the input in bytes."""

        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._next = 0
        self._ahead = LEAST_BLOCK
        self.error: BaseException | None = None
        """What went wrong first, or None."""

        self.bytes_read: int = 0
        """Bytes that were asked of the input."""

        self.requests: int = 0
        """How often the input was asked."""

    def read(self, length: int = -1) -> bytes:
        """Return up to ``length`` bytes from the position; none at the end and after an error."""
        if self.error is not None:
            return b""
        left = self.size - self._position
        wanted = left if length < 0 else min(length, left)
        if wanted <= 0:
            return b""
        try:
            self._check()
            data = self._bytes(self._position, wanted)
        except BaseException as exc:  # noqa: BLE001  # FFmpeg would lose it; the gate raises it
            self.error = exc
            return b""
        self._position += len(data)
        return data

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes by position, fewer at the end; the position of reading stays.

        Args:
            offset: Position of the first byte.
            length: How many.

        Raises:
            BaseException: Whatever the input or the check raise.
        """
        parts: list[bytes] = []
        end = min(offset + length, self.size)
        while offset < end:
            self._check()
            part = self._bytes(offset, end - offset, HOP_BLOCK)
            if not part:
                break
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seekable(self) -> bool:
        """Return True: every input can be read by position."""
        return True

    def _bytes(self, offset: int, wanted: int, least: int = LEAST_BLOCK) -> bytes:
        for start, block in reversed(self._blocks.items()):
            if start <= offset < start + len(block):
                self._blocks.move_to_end(start)
                return block[offset - start : offset - start + wanted]
        straight = offset == self._next
        self._ahead = min(max(self._ahead, least) * 2, MOST_BLOCK) if straight else least
        length = min(max(wanted, self._ahead), MOST_BLOCK, self.size - offset)
        block = self._source.read_at(offset, length)[:length]
        self.requests += 1
        self.bytes_read += len(block)
        self._next = offset + len(block)
        if block:
            self._blocks[offset] = block
        while len(self._blocks) > 1 and sum(map(len, self._blocks.values())) > KEPT_BYTES:
            self._blocks.popitem(last=False)
        return block[:wanted]

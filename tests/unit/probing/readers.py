"""A source in memory that counts what is asked of it."""

from __future__ import annotations

__all__ = ["CountingReader"]


class CountingReader:
    """Bytes by position, as a store gives them: short at the end, never longer than asked."""

    def __init__(self, data: bytes, *, tells_size: bool = True) -> None:
        self._data = data
        self.size = len(data) if tells_size else None
        self.calls = 0
        self.bytes_read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        assert offset >= 0
        assert length > 0
        piece = self._data[offset : offset + length]
        self.calls += 1
        self.bytes_read += len(piece)
        return piece

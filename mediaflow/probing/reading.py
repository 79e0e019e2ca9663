"""Reads headers by position: buffered, counted, and never more than a fixed number of bytes.

Law: every byte that a probe sees comes through :class:`HeaderReader`. It asks the source for 16 kB
at first and for small pieces afterwards, because each call may be a request to a remote store; what
is skipped is never read. It knows nothing of formats. Two amounts bound the work on any input: facts
that are nice to have are looked for within 64 kB, facts without which there is no answer within 256.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.errors import CorruptMediaError, LimitExceededError, TruncatedMediaError

if TYPE_CHECKING:
    from mediaflow.frames import ByteReader

__all__ = ["HeaderReader", "Memory", "Peekable", "View"]

FIRST_READ: Final = 16 * 1024
"""Bytes of the first request: holds the whole header of most files."""

HOP_READ: Final = 512
"""Bytes read after a jump: enough for a JPEG's tables and frame header behind a large profile."""

OPTIONAL_BYTES: Final = 64 * 1024
"""All that is read for facts that may stay unknown."""

OPTIONAL_CALLS: Final = 40
"""All requests for facts that may stay unknown, such as the number of frames of a long WebP."""

REQUIRED_BYTES: Final = 256 * 1024
"""All that is read for facts that must be found; 480 jumps over 64 kB segments fit in."""


LAST_OFFSET: Final = 2**48
"""Positions that no file reaches; a damaged header must not send a source there."""


class Peekable(Protocol):
    """Something that can be read by position."""

    def peek(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes; fewer at the end or when the allowance is used up."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes.

        Raises:
            TruncatedMediaError: There are fewer.
            LimitExceededError: The allowance is used up.
        """
        ...


class HeaderReader:
    """A source that remembers what it has read and stops at a fixed number of bytes.

    Args:
        source: Where the bytes come from.
        where: Location of the source, for messages.
    """

    __slots__ = ("_chunks", "_source", "bytes_read", "calls", "size", "where")

    def __init__(self, source: ByteReader, *, where: str | None = None) -> None:
        self._source = source
        self._chunks: list[tuple[int, bytes]] = []
        self.bytes_read: int = 0
        self.calls: int = 0
        self.size: int | None = source.size
        self.where: str | None = where

    def peek(self, offset: int, length: int, *, ahead: int = HOP_READ) -> bytes:
        """Return up to ``length`` bytes for a fact that may stay unknown.

        Args:
            offset: Position of the first byte.
            length: How many bytes are wanted.
            ahead: How many bytes to ask the source for, if it must be asked.

        Returns:
            The bytes; fewer at the end of the file, or when 64 kB or 40 requests are used up.
        """
        return self._get(offset, length, ahead, OPTIONAL_BYTES)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes.

        Raises:
            TruncatedMediaError: The file ends before.
            LimitExceededError: The header needs more than 256 kB.
        """
        data = self._get(offset, length, HOP_READ, REQUIRED_BYTES)
        if len(data) == length:
            return data
        if self.size is not None and offset + length > self.size:
            raise TruncatedMediaError(
                f"the file ends at byte {self.size:,} inside its header, which goes on to byte "
                f"{offset + length:,} at least",
                hint="the file was cut off; fetch or export it again",
                stage="probe",
                where=self.where,
            )
        raise LimitExceededError(
            f"the header does not tell the size of the picture within {REQUIRED_BYTES:,} bytes",
            hint="save the file again without its extra data",
            stage="probe",
            where=self.where,
            allowed=REQUIRED_BYTES,
        )

    def prefetch(self, offset: int, length: int) -> None:
        """Fetch a stretch in one request where it fits into the 64 kB; a hint, never a failure."""
        if length > 0 and self.bytes_read + length <= OPTIONAL_BYTES:
            self.peek(offset, length)

    def ends_at(self, offset: int) -> bool:
        """Tell whether the file is known to hold nothing at or after a position."""
        return self.size is not None and offset >= self.size

    def corrupt(self, message: str) -> CorruptMediaError:
        """Return the error for bytes that break the rules of their format."""
        return CorruptMediaError(
            message,
            hint="the file is damaged; fetch or export it again",
            stage="probe",
            where=self.where,
        )

    def _get(self, offset: int, length: int, ahead: int, allowance: int) -> bytes:
        if self.size is not None:
            length = min(length, self.size - offset)
        if length <= 0 or offset > LAST_OFFSET:
            return b""
        end = offset + length
        for start, chunk in reversed(self._chunks):
            if start <= offset and end <= start + len(chunk):
                return chunk[offset - start : end - start]
        return self._fetch(offset, length, ahead, allowance)

    def _fetch(self, offset: int, length: int, ahead: int, allowance: int) -> bytes:
        """Ask the source for what is missing and keep it beside what it continues."""
        start, kept = next(
            (
                held
                for held in reversed(self._chunks)
                if held[0] <= offset <= held[0] + len(held[1])
            ),
            (offset, b""),
        )
        begin = start + len(kept)
        if not self._chunks:
            ahead = FIRST_READ
        elif kept:  # reading on and on asks for more each time, so that requests stay few
            ahead = max(ahead, min(len(kept) // 2, FIRST_READ))
        wanted = max(offset + length - begin, ahead)
        wanted = min(wanted, allowance - self.bytes_read)
        if self.size is not None:
            wanted = min(wanted, self.size - begin)
        if wanted <= 0 or (allowance == OPTIONAL_BYTES and self.calls >= OPTIONAL_CALLS):
            return kept[offset - start : offset - start + length]
        chunk = kept + self._ask(begin, wanted)
        if kept:
            self._chunks.remove((start, kept))
        if chunk:
            self._chunks.append((start, chunk))
        return chunk[offset - start : offset - start + length]

    def _ask(self, begin: int, wanted: int) -> bytes:
        """Ask the source; fewer bytes than wanted tell where the file ends."""
        fresh = self._source.read_at(begin, wanted)[:wanted]
        self.calls += 1
        self.bytes_read += len(fresh)
        if len(fresh) < wanted:
            self.size = begin + len(fresh)
        return fresh


class View:
    """Stretches of a header joined end to end, such as an ICC profile in several JPEG segments.

    Args:
        source: The header that holds the stretches.
        *spans: Offset and length of each stretch, in order.
    """

    __slots__ = ("_source", "_spans", "size")

    def __init__(self, source: HeaderReader, *spans: tuple[int, int]) -> None:
        self._source = source
        self._spans = spans
        self.size: int = sum(length for _, length in spans)

    def peek(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from a position within the joined stretches."""
        parts: list[bytes] = []
        for start, size in self._spans:
            if offset >= size:
                offset -= size
                continue
            part = self._source.peek(start + offset, min(length, size - offset))
            parts.append(part)
            length -= len(part)
            if length == 0 or len(part) < size - offset:
                break
            offset = 0
        return b"".join(parts)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes.

        Raises:
            TruncatedMediaError: The stretches, or what could be read of them, end before.
        """
        data = self.peek(offset, length)
        if len(data) < length:
            raise _cut(offset + length, self.size)
        return data


class Memory:
    """Bytes in memory, read like a file.

    Args:
        data: The bytes.
    """

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size: int = len(data)

    def peek(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes; fewer at the end."""
        return self._data[offset : offset + length]

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes.

        Raises:
            TruncatedMediaError: There are fewer.
        """
        data = self._data[offset : offset + length]
        if len(data) < length:
            raise _cut(offset + length, self.size)
        return data


def _cut(wanted: int, size: int) -> TruncatedMediaError:
    return TruncatedMediaError(
        f"a block of {size:,} bytes goes on to byte {wanted:,}", stage="probe"
    )

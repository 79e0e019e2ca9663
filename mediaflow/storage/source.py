"""What every open input has in common: a size, a name, and bytes by position.

Law: nothing is read before its size is known to be allowed. An input that changes under the
reader is an error, never a mixture of two versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mediaflow.errors import LimitExceededError, SourceChangedError, SpecError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["BaseSource", "BytesSource", "OpenSource", "check_size"]


class OpenSource(Protocol):
    """An input that is open: a `ByteReader` that knows its place and reads itself whole.

    Example:
        >>> from mediaflow.storage import Storage
        >>> with Storage().open(b"hello", max_bytes=10) as source:
        ...     source.read_at(1, 3)
        b'ell'
    """

    @property
    def size(self) -> int | None:
        """Total length in bytes, or None when unknown."""
        ...

    @property
    def uri(self) -> str | None:
        """Where it came from, without secrets; None for bytes and open files."""
        ...

    @property
    def name(self) -> str | None:
        """File name without folders, or None when there is none."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        ...

    def read_all(self) -> bytes:
        """Return everything.

        Raises:
            LimitExceededError: There is more than allowed.
            SourceChangedError: It changed since it was opened.
        """
        ...

    def close(self) -> None:
        """Let go of what this library opened; an open file of the caller stays open."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class BaseSource:
    """What all sources share: place, name and the end of a ``with`` block."""

    __slots__ = ("name", "size", "uri")

    def __init__(self, *, uri: str | None, name: str | None, size: int) -> None:
        self.uri: str | None = uri
        self.name: str | None = name
        self.size: int = size

    def close(self) -> None:
        """Let go of what this library opened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _clamp(self, offset: int, length: int) -> int:
        """Return how many of the wanted bytes there are."""
        if offset < 0 or length < 0:
            raise SpecError(f"offset and length must not be negative, got {offset} and {length}")
        return max(0, min(length, self.size - offset))

    def _changed(self, what: str) -> SourceChangedError:
        place = self.uri or self.name or "the source"
        return SourceChangedError(
            f"{place} changed while it was read: {what}",
            where=self.uri,
            hint="try again when nobody writes to it",
        )


class BytesSource(BaseSource):
    """Bytes in memory; reading all of them copies nothing."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes, *, uri: str | None = None, name: str | None = None) -> None:
        super().__init__(uri=uri, name=name, size=len(data))
        self._data = data

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``."""
        return self._data[offset : offset + self._clamp(offset, length)]

    def read_all(self) -> bytes:
        """Return the very object that was given."""
        return self._data


def check_size(seen: int, max_bytes: int, where: str | None) -> None:
    """Refuse more bytes than allowed.

    Raises:
        LimitExceededError: ``seen`` is above ``max_bytes``.
    """
    if seen > max_bytes:
        raise LimitExceededError(
            f"{where or 'the source'} has {seen:,} bytes or more; the limit is {max_bytes:,}",
            hint="raise limits.max_input_bytes if you trust this input",
            limit="max_input_bytes",
            allowed=max_bytes,
            seen=seen,
            where=where,
        )

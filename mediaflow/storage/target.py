"""What every way of publishing has in common: write where nobody looks, then publish at once.

Law: until ``publish`` returns, the world sees what was there before, or nothing. Leaving without
it leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mediaflow.errors import StorageError

if TYPE_CHECKING:
    import hashlib
    from types import TracebackType
    from typing import Self

    from mediaflow.models.job import IfExists

__all__ = ["StagedFile", "Stored", "Tally"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What was published."""

    uri: str
    """Where it stands, without secrets."""

    bytes: int
    """Length of the file."""

    sha256: str | None
    """Digest in hexadecimal, taken while it was written; None when switched off."""


class StagedFile(Protocol):
    """A file that is being written and that nobody can see yet.

    Example:
        >>> from mediaflow.storage import Storage
        >>> with Storage().stage("memory://a.txt") as staged:
        ...     staged.write(b"hello")
        ...     stored = staged.publish()
        >>> stored.bytes
        5
    """

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes.

        Raises:
            StorageError: They could not be kept, or the file is no longer open.
        """
        ...

    def publish(self) -> Stored:
        """Make the whole file visible under its name, at once.

        Raises:
            OutputExistsError: The name is taken and may not be replaced.
            StorageError: The file could not be published; what was there before is whole.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Tally:
    """Counts and digests what is written, and knows whether more may be.

    Args:
        uri: Where the file will stand, without secrets.
        if_exists: What to do when it is there already.
        digest: Whether to take the SHA-256.
    """

    __slots__ = ("_sha256", "_state", "if_exists", "size", "uri")

    def __init__(self, uri: str, *, if_exists: IfExists, digest: bool) -> None:
        self.uri: str = uri
        self.if_exists = if_exists
        self.size: int = 0
        self._state = "not entered"
        self._sha256: hashlib._Hash | None = None
        if digest:
            import hashlib

            self._sha256 = hashlib.sha256()

    @property
    def may_replace(self) -> bool:
        """Whether an older file of the same name may be replaced."""
        return self.if_exists == "replace"

    def open(self) -> None:
        """Allow writing."""
        self._state = "open"

    def close(self, reason: str) -> None:
        """Refuse writing from now on, for this reason."""
        if self._state == "open":
            self._state = reason

    def check_open(self) -> None:
        """Refuse to go on with a file that is published, failed or left.

        Raises:
            StorageError: The file is not open.
        """
        if self._state != "open":
            raise StorageError(
                f"{self.uri} cannot be written any more: {self._state}",
                where=self.uri,
                retryable=False,
            )

    def add(self, data: memoryview) -> None:
        """Count and digest bytes that were written."""
        self.size += data.nbytes
        if self._sha256 is not None:
            self._sha256.update(data)

    def stored(self) -> Stored:
        """Return the record of the published file."""
        sha256 = self._sha256.hexdigest() if self._sha256 is not None else None
        return Stored(uri=self.uri, bytes=self.size, sha256=sha256)

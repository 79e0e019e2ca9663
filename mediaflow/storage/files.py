"""Reads local paths and open files, by position and within a limit.

Law: a path is opened only when it names a regular file: a FIFO or a device would block or lie. A
stream of unknown length is counted while it is read. A file that is replaced by a rename is read
to its end in the version that was opened; one that is written to is an error.
Source: open(2), pread(2), fstat(2).
"""

from __future__ import annotations

import io
import os
import stat
import threading
from typing import BinaryIO, Final

from mediaflow.errors import SourceError, SpecError
from mediaflow.storage.source import BaseSource, BytesSource, check_size
from mediaflow.storage.translate import translated

__all__ = [
    "DescriptorSource",
    "FileObjectSource",
    "LocalSource",
    "file_name",
    "open_file_object",
    "read_stream",
]

CHUNK: Final = 1024 * 1024
_READ_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a FIFO must not wait for a writer
)
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)


class DescriptorSource(BaseSource):
    """A regular file that is open already.

    Args:
        descriptor: The open file, which it closes.
        uri: Where it is, for people.
        name: Its name without folders.
        max_bytes: Largest allowed size.

    Raises:
        SourceError: It is no regular file.
        LimitExceededError: It is larger than allowed.
    """

    __slots__ = ("_fd", "_identity", "_lock")

    def __init__(
        self, descriptor: int, *, uri: str | None, name: str | None, max_bytes: int
    ) -> None:
        self._fd: int | None = descriptor
        self._lock = threading.Lock()
        try:
            with translated(uri):
                status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                kind = _kind(status.st_mode)
                raise SourceError(f"{uri or name} is {kind}, not a regular file", where=uri)
            check_size(status.st_size, max_bytes, uri)
        except BaseException:
            os.close(descriptor)
            raise
        self._identity = _identity(status)
        super().__init__(uri=uri, name=name, size=status.st_size)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``."""
        return self._read(offset, self._clamp(offset, length))

    def read_all(self) -> bytes:
        """Return the whole file."""
        return self._read(0, self.size)

    def close(self) -> None:
        """Close the file."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def identity(self) -> tuple[int, ...]:
        """Return what tells this content of this file from any other, as far as the system can.

        Raises:
            SourceError: It is closed.
        """
        status = os.fstat(self._open_descriptor())
        return (*_identity(status), status.st_ctime_ns)

    def duplicate(self) -> int:
        """Return another descriptor of the same open file, which the caller closes.

        Raises:
            SourceError: It is closed.
        """
        return os.dup(self._open_descriptor())

    def _open_descriptor(self) -> int:
        if self._fd is None:
            raise SourceError(f"{self.uri} is closed", where=self.uri)
        return self._fd

    def _read(self, offset: int, wanted: int) -> bytes:
        fd = self._open_descriptor()
        with translated(self.uri):
            data = self._pread(fd, offset, wanted)
            if 0 < len(data) < wanted:
                data = self._rest(fd, data, offset, wanted)
            status = os.fstat(fd)
        if len(data) < wanted or _identity(status) != self._identity:
            raise self._changed(f"it had {self.size:,} bytes and has {status.st_size:,}")
        return data

    def _rest(self, fd: int, data: bytes, offset: int, wanted: int) -> bytes:
        """Read on: one call of the system returns 2 GiB at most."""
        parts = [data]
        done = len(data)
        while done < wanted:
            data = self._pread(fd, offset + done, wanted - done)
            if not data:
                break
            parts.append(data)
            done += len(data)
        return b"".join(parts)

    def _pread(self, fd: int, offset: int, length: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(fd, length, offset)
        with self._lock:
            os.lseek(fd, offset, os.SEEK_SET)
            return os.read(fd, length)


class LocalSource(DescriptorSource):
    """A regular local file.

    Args:
        path: Where it is.
        uri: The same for people.
        max_bytes: Largest allowed size.
        follow: Whether a symbolic link at the end of the path is followed.
    """

    __slots__ = ()

    def __init__(self, path: str, *, uri: str, max_bytes: int, follow: bool = True) -> None:
        self._fd = None  # closing one that could not be opened is harmless
        with translated(uri):
            fd = os.open(path, _READ_FLAGS if follow else _READ_FLAGS | _NOFOLLOW)
        super().__init__(fd, uri=uri, name=os.path.basename(path), max_bytes=max_bytes)


class FileObjectSource(BaseSource):
    """An open, seekable binary file of the caller; its position is left where it was.

    Positions count from the start of the file, wherever the caller has stopped in it.
    """

    __slots__ = ("_file", "_lock")

    def __init__(self, file: BinaryIO, *, name: str | None, max_bytes: int) -> None:
        self._file = file
        self._lock = threading.Lock()
        super().__init__(uri=None, name=name, size=self._length(name))
        check_size(self.size, max_bytes, name)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``."""
        wanted = self._clamp(offset, length)
        with self._lock, translated(self.name):
            before = self._file.tell()
            try:
                self._file.seek(offset)
                data = _exactly(self._file, wanted)
            finally:
                self._file.seek(before)
        if len(data) < wanted:
            raise self._changed(f"it ended {wanted - len(data):,} bytes early")
        return data

    def read_all(self) -> bytes:
        """Return the whole file."""
        data = self.read_at(0, self.size)
        length = self._length(self.name)
        if length != self.size:
            raise self._changed(f"it had {self.size:,} bytes and has {length:,}")
        return data

    def _length(self, name: str | None) -> int:
        with self._lock, translated(name):
            before = self._file.tell()
            try:
                return self._file.seek(0, os.SEEK_END) or self._file.tell()
            finally:
                self._file.seek(before)


def open_file_object(file: BinaryIO, *, max_bytes: int) -> BytesSource | FileObjectSource:
    """Return a reader of an open binary file; one that cannot seek is read into memory.

    Raises:
        SpecError: The file is closed or was opened as text.
        LimitExceededError: It holds more than ``max_bytes``.
    """
    name = file_name(file)
    if isinstance(file, io.TextIOBase):
        raise SpecError("the source file is open as text", hint='open it with mode "rb"')
    if getattr(file, "closed", False):
        raise SpecError("the source file is closed")
    with translated(name):
        seekable = file.seekable() if hasattr(file, "seekable") else hasattr(file, "seek")
        if not seekable:
            return BytesSource(read_stream(file, max_bytes, name), name=name)
    return FileObjectSource(file, name=name, max_bytes=max_bytes)


def file_name(file: object) -> str | None:
    """Return the file name of an open file, or None."""
    name = getattr(file, "name", None)
    if not isinstance(name, str) or name.startswith("<"):  # "<stdin>" is no name
        return None
    return os.path.basename(name) or None


def read_stream(file: BinaryIO, max_bytes: int, where: str | None) -> bytes:
    """Read a stream to its end, counting.

    Raises:
        LimitExceededError: It holds more than ``max_bytes``.
        SpecError: It yields text.
    """
    parts: list[bytes] = []
    total = 0
    while True:
        part = _as_bytes(file.read(min(CHUNK, max_bytes + 1 - total)))
        if not part:
            return b"".join(parts)
        parts.append(part)
        total += len(part)
        check_size(total, max_bytes, where)


def _exactly(file: BinaryIO, wanted: int) -> bytes:
    data = _as_bytes(file.read(wanted))
    while 0 < len(data) < wanted:
        more = _as_bytes(file.read(wanted - len(data)))
        if not more:
            break
        data += more
    return data


def _as_bytes(part: object) -> bytes:
    if isinstance(part, bytes):
        return part
    if isinstance(part, bytearray | memoryview):
        return bytes(part)
    raise SpecError(
        f"the source file must yield bytes, got {type(part).__name__}",
        hint='open it with mode "rb", and not as a non-blocking stream',
    )


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"

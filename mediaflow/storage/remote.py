"""Reads through fsspec file systems: S3, GCS, Azure, memory and whatever is installed.

Blocks of 32 KiB are kept, so that a header probe costs one or two requests; the whole input is one
request.

Law: the version is pinned when the input is opened. Answers of two versions are never mixed.
Source: the size of blocks follows a measure: headers of photos lie within 64 KiB.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from mediaflow.errors import SourceError, SourceNotFoundError
from mediaflow.storage.files import read_stream
from mediaflow.storage.source import BaseSource, BytesSource, check_size
from mediaflow.storage.translate import translated

if TYPE_CHECKING:
    from types import TracebackType

    from mediaflow.storage.filesystems import FileSystem
    from mediaflow.storage.location import Location

__all__ = [
    "RemoteSource",
    "exists",
    "info_of",
    "is_folder",
    "open_remote",
    "remove",
]

BLOCK: Final = 32 * 1024
BLOCKS_KEPT: Final = 64
_WITHOUT_FOLDERS: Final = frozenset({"http", "https"})
_VERSION_KEYS: Final = (
    "ETag",
    "LastModified",
    "created",
    "etag",
    "generation",
    "last_modified",
    "modified",
    "mtime",
)


def open_remote(
    location: Location, filesystem: FileSystem, *, max_bytes: int
) -> RemoteSource | BytesSource:
    """Open an input; one whose length the server does not tell is read into memory, counted.

    Raises:
        SourceNotFoundError: There is nothing.
        SourceError: It is a folder.
        LimitExceededError: It holds more than ``max_bytes``.
        StorageError: The storage does not answer, or refuses.
    """
    info = info_of(location, filesystem)
    if info.get("type") == "directory":
        raise SourceError(f"{location.uri} is a folder", where=location.uri)
    size = info.get("size")
    if isinstance(size, int):
        check_size(size, max_bytes, location.uri)
        return RemoteSource(location, filesystem, info=info, size=size)
    with translated(location.uri):
        opened = cast("_Opens", filesystem).open(location.target, "rb")
        with cast("BinaryIO", opened) as file:
            data = read_stream(file, max_bytes, location.uri)
    return BytesSource(data, uri=location.uri, name=location.name)


class _Opens:
    """The one method that is needed where a server does not tell lengths."""

    def open(self, path: str, mode: str) -> object:
        """Open a file."""
        raise NotImplementedError


class RemoteSource(BaseSource):
    """An object that is read by ranges, its version pinned when it was opened."""

    __slots__ = ("_blocks", "_fs", "_info", "_lock", "_target", "_unverified")

    def __init__(
        self, location: Location, filesystem: FileSystem, *, info: dict[str, object], size: int
    ) -> None:
        super().__init__(uri=location.uri, name=location.name, size=size)
        self._target = location
        self._fs = filesystem
        self._info = info
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._unverified = 0

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``, in whole blocks from the server."""
        wanted = self._clamp(offset, length)
        if wanted == 0:
            return b""
        first, last = offset // BLOCK, (offset + wanted - 1) // BLOCK
        if last - first >= BLOCKS_KEPT // 2:
            return self._fetch(offset, offset + wanted)
        with self._lock:
            self._load(first, last)
            data = b"".join(self._blocks[index] for index in range(first, last + 1))
        start = offset - first * BLOCK
        return data[start : start + wanted]

    def read_all(self) -> bytes:
        """Return everything in one request, and check that it is still the same version."""
        data = self._fetch(0, self.size)
        self._verify()
        return data

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # One answer is one version; only several of them could be of different ones.
        if kind is None and self._unverified > 1:
            self._verify()
        super().__exit__(kind, error, trace)

    def _load(self, first: int, last: int) -> None:
        missing = [index for index in range(first, last + 1) if index not in self._blocks]
        if missing:
            start, end = missing[0] * BLOCK, min((missing[-1] + 1) * BLOCK, self.size)
            data = self._fetch(start, end)
            for index in range(missing[0], missing[-1] + 1):
                at = index * BLOCK - start
                self._blocks[index] = data[at : at + BLOCK]
        for index in range(first, last + 1):
            self._blocks.move_to_end(index)
        while len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)

    def _fetch(self, start: int, end: int) -> bytes:
        if start == end:
            return b""
        with translated(self.uri):
            data = self._fs.cat_file(self._target.target, start=start, end=end)
        self._unverified += 1
        if len(data) == self.size and end - start != self.size:
            data = data[start:end]  # a server without ranges sends everything
        if len(data) != end - start:
            self._unverified = 0  # said once is enough
            raise self._changed(f"asked for {end - start:,} bytes, got {len(data):,}")
        return data

    def _verify(self) -> None:
        self._unverified = 0
        if _version(info_of(self._target, self._fs)) != _version(self._info):
            raise self._changed("another version stands there now")


def exists(location: Location, filesystem: FileSystem) -> bool:
    """Return whether something other than a folder stands at a location."""
    return _type_of(location, filesystem) not in {None, "directory"}


def is_folder(location: Location, filesystem: FileSystem) -> bool:
    """Return whether a folder stands at a location; for a store, whether a key lies below it.

    A web server is not asked: HTTP knows no folders, and it may not be up while a job is planned.
    """
    if location.protocol in _WITHOUT_FOLDERS:
        return False
    return _type_of(location, filesystem) == "directory"


def info_of(
    location: Location, filesystem: FileSystem, *, writing: bool = False
) -> dict[str, object]:
    """Return what the storage says now of a location.

    Raises:
        SourceNotFoundError: There is nothing, and the question is about a source.
        StorageError: The storage does not answer, or refuses.
    """
    with translated(location.uri, writing=writing):
        filesystem.invalidate_cache(location.target)  # a kept listing may be old
        return filesystem.info(location.target)


def remove(location: Location, filesystem: FileSystem) -> None:
    """Remove what stands at a location; nothing is no error.

    Raises:
        StorageError: The storage does not answer, or refuses.
    """
    with translated(location.uri, writing=True), suppress(FileNotFoundError):
        filesystem.rm_file(location.target)


def _type_of(location: Location, filesystem: FileSystem) -> object:
    try:
        return info_of(location, filesystem).get("type", "file")
    except SourceNotFoundError:
        return None


def _version(info: dict[str, object]) -> tuple[str, ...]:
    known = (info.get(key) for key in _VERSION_KEYS)
    return (str(info.get("size")), *(str(value) for value in known if value is not None))

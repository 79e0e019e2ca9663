"""Makes an open file of any input, for a process that can open nothing itself.

Law: a local file is handed on as it is open, so that both sides see one version; anything else is
copied into a file without a name, never more than its size was said to be.

Source: memfd_create(2), open(2) for O_TMPFILE.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SourceChangedError
from mediaflow.storage.files import DescriptorSource
from mediaflow.storage.translate import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mediaflow.storage.source import OpenSource

__all__ = ["descriptor_of", "spooled"]

PART_BYTES: Final = 1024 * 1024
IN_MEMORY_BYTES: Final = 64 * 1024 * 1024
"""What is larger is spooled to disk."""


def descriptor_of(
    source: OpenSource, check: Callable[[], None], *, scratch: str | None = None
) -> int:
    """Return a descriptor of the bytes of a source, which the caller closes.

    Args:
        source: The open input; it stays open.
        check: Asked before each part of a copy; what it raises ends it.
        scratch: Folder for a copy, or None for the system's own.

    Raises:
        SourceError: It cannot be read, or is not what it was when it was opened.
        StorageError: It cannot be read, or there is no room for a copy.
    """
    if isinstance(source, DescriptorSource):
        return source.duplicate()
    if source.size is None:
        return spooled((source.read_all(),), 0, scratch=scratch)
    return spooled(_parts(source, source.size, check), source.size, scratch=scratch)


def spooled(parts: Iterable[bytes], size: int, *, scratch: str | None = None) -> int:
    """Return a descriptor of a new file without a name, which the caller closes.

    Args:
        parts: What it holds.
        size: How much that is, about; what is large goes to disk.
        scratch: Folder for it, or None for the system's own.

    Raises:
        StorageError: There is no room.
    """
    with translated("a scratch file"):
        if size <= IN_MEMORY_BYTES and hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("mediaflow", os.MFD_CLOEXEC)
        else:
            with tempfile.TemporaryFile(prefix="mediaflow-", dir=scratch) as file:
                descriptor = os.dup(file.fileno())
        try:
            for part in parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def _parts(source: OpenSource, size: int, check: Callable[[], None]) -> Iterator[bytes]:
    for offset in range(0, size, PART_BYTES):
        check()
        part = source.read_at(offset, PART_BYTES)
        if len(part) < min(PART_BYTES, size - offset):
            raise SourceChangedError(f"{source.uri or 'the source'} ended early", where=source.uri)
        yield part

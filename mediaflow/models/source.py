"""Where an input is: a location, bytes, an open file.

Law: what a caller may write loosely is made exact here, once; nothing is opened or looked up.
"""

from __future__ import annotations

import os
import posixpath
from typing import BinaryIO, Protocol, TypeAlias, TypeGuard, cast, runtime_checkable

from mediaflow.errors import SpecError
from mediaflow.redact import printable, redact

__all__ = [
    "FilesystemPath",
    "Source",
    "as_location",
    "as_source",
    "describe_source",
    "is_filesystem_path",
]


@runtime_checkable
class FilesystemPath(Protocol):
    """A path that brings its own fsspec filesystem, such as a ``UPath``."""

    @property
    def fs(self) -> object:
        """The filesystem."""
        ...

    @property
    def path(self) -> str:
        """The path inside the filesystem."""
        ...


Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | FilesystemPath
"""Where the input is: a location, the bytes themselves, a binary file, or a ``UPath``."""


def is_filesystem_path(value: object) -> TypeGuard[FilesystemPath]:
    """Return whether a value is a path that brings its own filesystem.

    The class is asked, not the value: a ``UPath`` makes its filesystem when the attribute is read.
    """
    has_fs = hasattr(type(value), "fs") or "fs" in getattr(value, "__dict__", {})
    return has_fs and not hasattr(value, "read")


def as_source(value: object) -> Source:
    """Return a source in one of the forms that rooms expect.

    Raises:
        SpecError: The value is no path, URL, bytes or binary file.
    """
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, bytes) or _is_binary_file(value) or is_filesystem_path(value):
        return cast("Source", value)
    return as_location("source", value)


def describe_source(source: Source) -> str:
    """Return a short text for messages, without secrets and control characters."""
    return printable(_described(source))


def _described(source: Source) -> str:
    if isinstance(source, bytes):
        return f"<{len(source)} bytes>"
    if isinstance(source, str):
        return _without_query(source)
    if is_filesystem_path(source):
        return _without_query(str(source))
    name = getattr(source, "name", None)
    return f"<file {posixpath.basename(name)}>" if isinstance(name, str) else "<file object>"


def _without_query(location: str) -> str:
    """Return one location without what may be a signature, whatever its path looks like."""
    place, found, _ = location.partition("?")
    return redact(f"{place}?***" if found and "//" in place else location)


def as_location(name: str, value: object) -> str:
    """Return a location as text.

    Args:
        name: What messages call it.
        value: What the caller wrote.

    Raises:
        SpecError: The value is no path or URL.
    """
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise SpecError(
            f"{name} must be a path or URL{', bytes or a binary file' if name == 'source' else ''}, "
            f"got {type(value).__name__}",
            field=name,
        )
    if not text or "\0" in text:
        raise SpecError(
            f"{name} must not be empty or hold a NUL character, got {text!r}", field=name
        )
    return text


def _is_binary_file(value: object) -> bool:
    return callable(getattr(value, "read", None)) and not isinstance(value, str)

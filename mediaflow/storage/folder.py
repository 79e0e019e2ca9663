"""Holds a folder open while a file is made in it, and makes the folder when it is missing.

Law: every name is said relative to one descriptor, so that a folder that is moved or exchanged in
the meantime cannot lead a file astray. What was made here and is not used is removed again.
Source: openat(2), mkdir(2), fsync(2) on folders.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import Final

__all__ = ["RETRIES", "Folder"]

RETRIES: Final = 10  # a neighbour that gives up may remove the folder that it made
_DIRECTORY: Final = getattr(os, "O_DIRECTORY", 0)
_FLAGS: Final = _DIRECTORY | getattr(os, "O_CLOEXEC", 0)
_NO_SYNC: Final = frozenset({errno.EBADF, errno.EINVAL, errno.ENOTSUP, errno.EACCES})


class Folder:
    """A folder held open, made with its parents when it is missing.

    Args:
        path: The folder; ``""`` is the current one.
    """

    __slots__ = ("fd", "made", "path")

    def __init__(self, path: str) -> None:
        self.path: str = path or os.curdir
        self.made: list[str] = []
        self.fd: int | None = None

    def open(self) -> None:
        """Open the folder, making what is missing; may be called again after it was removed."""
        self.close()
        for attempt in range(RETRIES):
            try:
                if _DIRECTORY:
                    self.fd = self._descriptor()
                else:
                    self._make()
                return
            except FileNotFoundError:
                if attempt == RETRIES - 1:
                    raise
            with contextlib.suppress(FileNotFoundError):  # removed again while it was made
                self._make()

    def _descriptor(self) -> int:
        try:
            return os.open(self.path, os.O_RDONLY | _FLAGS)
        except PermissionError:
            # A folder may be writable without being readable; only its fsync is then left out.
            return os.open(self.path, getattr(os, "O_PATH", os.O_RDONLY) | _FLAGS)

    def _make(self) -> None:
        missing: list[str] = []
        path = self.path
        while path and not os.path.isdir(path):
            missing.append(path)
            path = os.path.dirname(path)
        for folder in reversed(missing):
            try:
                os.mkdir(folder)
            except FileExistsError:
                # Missing again: a neighbour removed it, and the caller tries once more.
                if not stat.S_ISDIR(os.stat(folder).st_mode):
                    raise NotADirectoryError(errno.ENOTDIR, f"{folder} is no folder") from None
            else:
                self.made.append(folder)

    def remove_made(self) -> None:
        """Remove the folders that were made, as far as nobody uses them."""
        for folder in reversed(self.made):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        self.made = []

    def at(self, name: str) -> str:
        """Return how a name in the folder is said beside ``dir_fd=folder.fd``."""
        return name if self.fd is not None else os.path.join(self.path, name)

    def lstat(self, name: str) -> os.stat_result | None:
        """Return what stands under a name, links not followed, or None."""
        try:
            return os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def sync(self) -> None:
        """Make the names in the folder, and those of folders made for it, outlast a power cut."""
        if self.fd is None:
            return
        _sync(self.fd)
        for folder in self.made:
            parent = os.open(os.path.dirname(folder) or os.curdir, os.O_RDONLY | _DIRECTORY)
            try:
                _sync(parent)
            finally:
                os.close(parent)

    def close(self) -> None:
        """Let go of the folder."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as exc:
        # A folder that may not be read is held by a descriptor that cannot be synced, and some
        # network file systems know no fsync of folders.
        if exc.errno not in _NO_SYNC:
            raise

"""Publishes local files atomically: unnamed while written, then linked or renamed into place.

On Linux the bytes go into an unnamed file (``O_TMPFILE``) of the destination folder, which a
killed process cannot leave behind; elsewhere, and on file systems without it, into a hidden
``.mediaflow-<pid>-<random>.tmp`` beside the destination. A symbolic link at the destination is
itself replaced, never followed. A new file gets the mode that the umask gives; one that replaces
a regular file keeps that file's mode.

Law: only the folder of the destination is touched, through one descriptor of it.
Source: open(2) on O_TMPFILE, linkat(2), rename(2), fsync(2) on folders.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat
from typing import TYPE_CHECKING, Final

from mediaflow.errors import OutputExistsError, StorageError
from mediaflow.security.janitor import hold
from mediaflow.storage.folder import RETRIES, Folder
from mediaflow.storage.target import Stored, Tally
from mediaflow.storage.translate import translated

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from mediaflow.models.job import IfExists

__all__ = ["LocalStaged", "check_writable", "remove_empty_folder", "remove_file"]

_TMPFILE: Final = getattr(os, "O_TMPFILE", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
# EPERM is what ext4 answers in a folder that was just removed; a named file says ENOENT there.
_NO_TMPFILE: Final = frozenset({errno.EINVAL, errno.EISDIR, errno.EOPNOTSUPP, errno.EPERM})
_NO_LINKS: Final = frozenset({errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
_DESCRIPTORS: Final = "/proc/self/fd"
_PERMISSIONS: Final = 0o777


class LocalStaged:
    """A local file that has no name yet.

    Args:
        path: Where it will stand.
        uri: The same for people.
        if_exists: Whether an older file is replaced; anything else refuses.
        durable: Whether file and folder are synced to the device before it counts as published.
        digest: Whether to take the SHA-256.
    """

    __slots__ = ("_durable", "_fd", "_folder", "_name", "_tally", "_temporary")

    def __init__(
        self, path: str, *, uri: str, if_exists: IfExists, durable: bool, digest: bool
    ) -> None:
        folder, self._name = os.path.split(path)
        self._folder = Folder(folder)
        self._tally = Tally(uri, if_exists=if_exists, digest=digest)
        self._durable = durable
        self._fd: int | None = None
        self._temporary: str | None = None

    def __enter__(self) -> Self:
        with translated(self._tally.uri, writing=True):
            try:
                self._open()
            except BaseException:
                self._leave("it could not be opened")
                raise
        self._tally.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave("it was left unpublished")

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; see `StagedFile.write`."""
        self._tally.check_open()
        fd = self._descriptor()
        view = memoryview(data).cast("B")
        with translated(self._tally.uri, writing=True):
            try:
                done = 0
                while done < view.nbytes:
                    done += os.write(fd, view[done:])
            except BaseException:
                self._leave("an earlier write failed")
                raise
        self._tally.add(view)

    def publish(self) -> Stored:
        """Give the file its name; see `StagedFile.publish`."""
        self._tally.check_open()
        with translated(self._tally.uri, writing=True):
            try:
                self._publish()
            except BaseException:
                self._leave("publishing failed")
                raise
        self._folder.made = []  # they hold a published file now
        self._leave("it is published")
        return self._tally.stored()

    def _descriptor(self) -> int:
        if self._fd is None:
            raise StorageError(f"{self._tally.uri} is closed", where=self._tally.uri)
        return self._fd

    def _open(self) -> None:
        if self._name in {"", os.curdir, os.pardir}:
            raise StorageError(
                f"{self._tally.uri} names a folder, not a file",
                where=self._tally.uri,
                retryable=False,
            )
        self._folder.open()
        self._check_old(self._folder.lstat(self._name))
        for attempt in range(RETRIES):
            try:
                self._fd = self._open_temporary()
            except FileNotFoundError:
                if attempt == RETRIES - 1:
                    raise
                self._folder.open()
            else:
                return

    def _check_old(self, old: os.stat_result | None) -> None:
        if old is None:
            return
        if stat.S_ISDIR(old.st_mode):
            raise StorageError(
                f"{self._tally.uri} is a folder", where=self._tally.uri, retryable=False
            )
        if not self._tally.may_replace:
            raise self._exists()

    def _exists(self) -> OutputExistsError:
        return OutputExistsError(
            f"{self._tally.uri} exists already",
            hint='pass if_exists="replace" to replace it',
            where=self._tally.uri,
        )

    def _open_temporary(self) -> int:
        folder = self._folder
        if _TMPFILE and folder.fd is not None and _can_name_descriptors():
            try:
                return os.open(os.curdir, _TMPFILE | os.O_WRONLY | _BINARY, 0o666, dir_fd=folder.fd)
            except OSError as exc:
                if exc.errno not in _NO_TMPFILE:
                    raise
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        name = _hidden_name()
        fd = os.open(folder.at(name), flags, 0o666, dir_fd=folder.fd)
        if not hold(fd):
            os.close(fd)
            raise FileNotFoundError(errno.ENOENT, f"{name} is swept away")  # and tried again
        self._temporary = name
        return fd

    def _publish(self) -> None:
        old = self._folder.lstat(self._name)
        self._check_old(old)
        fd = self._descriptor()
        if old is not None and stat.S_ISREG(old.st_mode) and hasattr(os, "fchmod"):
            with contextlib.suppress(PermissionError):  # file systems without modes
                os.fchmod(fd, old.st_mode & _PERMISSIONS)
        if self._durable:
            os.fsync(fd)
        if self._temporary is not None and os.name == "nt":
            self._fd = None
            os.close(fd)  # Windows renames only what is closed; elsewhere it is held till then
        for attempt in range(RETRIES):
            try:
                self._place(is_new=old is None)
                break
            except FileNotFoundError:
                if attempt == RETRIES - 1 or self._temporary is not None:
                    raise
                self._folder.open()
        if self._durable:
            self._folder.sync()

    def _place(self, *, is_new: bool) -> None:
        """Give the written file its name, without a moment at which the name holds half a file."""
        if self._temporary is None and (is_new or not self._tally.may_replace):
            try:
                self._link(self._name)
            except FileExistsError:
                if not self._tally.may_replace:
                    raise self._exists() from None
            else:
                return
        if self._temporary is None:
            name = _hidden_name()
            hold(self._descriptor())
            self._link(name)
            self._temporary = name
        if not self._tally.may_replace:
            self._rename_to_free_name(self._temporary)
        else:
            self._replace(self._temporary)
        self._temporary = None

    def _link(self, name: str) -> None:
        """Name the unnamed file; refuses a name that is taken."""
        os.link(
            f"{_DESCRIPTORS}/{self._descriptor()}",
            self._folder.at(name),
            dst_dir_fd=self._folder.fd,
            follow_symlinks=True,
        )

    def _rename_to_free_name(self, temporary: str) -> None:
        folder = self._folder
        try:
            os.link(
                folder.at(temporary),
                folder.at(self._name),
                src_dir_fd=folder.fd,
                dst_dir_fd=folder.fd,
            )
        except FileExistsError:
            raise self._exists() from None
        except OSError as exc:
            if exc.errno not in _NO_LINKS:
                raise
            # A file system without links: the check and the rename are two steps here.
            self._check_old(folder.lstat(self._name))
            self._replace(temporary)
        else:
            os.unlink(folder.at(temporary), dir_fd=folder.fd)

    def _replace(self, temporary: str) -> None:
        folder = self._folder
        os.replace(
            folder.at(temporary),
            folder.at(self._name),
            src_dir_fd=folder.fd,
            dst_dir_fd=folder.fd,
        )

    def _leave(self, reason: str) -> None:
        """Remove every trace that is not published; may be called more than once."""
        self._tally.close(reason)
        folder = self._folder
        if self._fd is not None:
            fd, self._fd = self._fd, None
            with contextlib.suppress(OSError):
                os.close(fd)
        if self._temporary is not None:
            name, self._temporary = self._temporary, None
            with contextlib.suppress(OSError):
                os.unlink(folder.at(name), dir_fd=folder.fd)
        folder.close()
        folder.remove_made()


@functools.cache
def _can_name_descriptors() -> bool:
    return os.path.isdir(_DESCRIPTORS)


def _hidden_name() -> str:
    return f".mediaflow-{os.getpid()}-{os.urandom(6).hex()}.tmp"


def check_writable(path: str, uri: str) -> None:
    """Refuse a place whose nearest existing folder is no folder or may not be written.

    Raises:
        StorageError: Nothing can be written there.
    """
    folder = os.path.dirname(path) or os.curdir
    while not os.path.isdir(folder):
        if not os.path.lexists(folder):
            folder = os.path.dirname(folder) or os.curdir
            continue
        raise StorageError(
            f"cannot write {uri}: {os.path.basename(folder)!r} on the way is a file",
            where=uri,
            retryable=False,
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(
            f"cannot write {uri}: its folder is read-only", where=uri, retryable=False
        )


def remove_file(path: str, uri: str) -> None:
    """Remove a file, or a link but not what it leads to; none is no error.

    Raises:
        StorageError: It cannot be removed.
    """
    with translated(uri, writing=True), contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def remove_empty_folder(path: str) -> None:
    """Remove a folder that holds nothing; one that is used, or missing, stays as it is."""
    with contextlib.suppress(OSError):
        os.rmdir(path)

"""Private folders, files that are being written, and what removes those that are left behind.

Law: who uses a folder or file holds a lock on it, which the kernel lets go with its last holder,
however that one ends: a process id says nothing in another container, or after the next start. Only
what bears our name, belongs to this user and is locked by nobody is removed. Rubbish costs room, never a
job: a sweep raises nothing, however deep the rubbish lies.

Source: flock(2), renameat(2).
"""

from __future__ import annotations

import math
import os
import re
import secrets
import shutil
import stat
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Final

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # asked before each use

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["PrivateFolder", "hold", "remove_folder", "sweep"]

NAMES: Final = re.compile(
    r"mediaflow-\d+-[a-z0-9_]{8}\.private|\.mediaflow-(\d+-[0-9a-f]{12}|[a-z0-9_]{8})\.tmp"
)
"""Private folders; files beside their target and files on their way to a bucket, as they are written."""

RETRIES: Final = 10
SWEEP_SECONDS: Final = 1.0
"""How long the sweep before a first private folder may take."""

_FLAGS: Final = (
    getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)
_FOLDER: Final = os.O_RDONLY | _FLAGS | getattr(os, "O_DIRECTORY", 0)
_swept: set[str] = set()
_sweeping = threading.Lock()


class PrivateFolder:
    """A new folder for this process alone; it goes by :meth:`remove`, at the latest at exit.

    The first one in a place sweeps that place.

    Args:
        place: Where it is made, or None for the system's own place for such.

    Raises:
        OSError: It cannot be made.
    """

    def __init__(self, place: str | None = None) -> None:
        place = tempfile.gettempdir() if place is None else place
        _sweep_once(place)
        self.path: str
        """Where it is."""

        self.path, lock = _made(place)
        self._end = weakref.finalize(self, _remove, self.path, lock, os.getpid())

    def __repr__(self) -> str:
        return f"<PrivateFolder {self.path}>"

    def remove(self) -> None:
        """Remove it with all that it holds; may be called more than once."""
        self._end()


def hold(descriptor: int) -> bool:
    """Lock an open file or folder until it is closed.

    Returns:
        Whether no sweep was quicker, which would have removed it. True as well where nothing can be
        locked: nobody sweeps there.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(descriptor).st_nlink > 0
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True


def sweep(
    folder: str | PathLike[str] | None = None, *, most_seconds: float | None = None
) -> tuple[str, ...]:
    """Remove what processes left behind in a folder that were killed.

    These are private folders, and hidden files beside outputs: those stay only on file systems without
    unnamed files, or when the end came within the moment of replacing an older output. What is in use,
    by whatever process, stays.

    Args:
        folder: Where to look, not below; None for the system's own place for temporary files.
        most_seconds: When to give up; None looks at all.

    Returns:
        Names of what was removed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sweep(folder)
        ()
    """
    if fcntl is None:
        return ()
    until = time.monotonic() + (math.inf if most_seconds is None else most_seconds)
    removed = []
    place = tempfile.gettempdir() if folder is None else os.fspath(folder)
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if time.monotonic() > until:
                break
            if NAMES.fullmatch(entry.name) and _is_removed(entry.path):
                removed.append(entry.name)
    return tuple(sorted(removed))


def remove_folder(path: str) -> None:
    """Remove a folder with all that it holds, as far as that can be; follow no link.

    Whoever filled it may have nested folders until paths are too long and stacks too small: what lies
    below is moved up before it is emptied, so that one level is open at a time.
    """
    if os.rename not in os.supports_dir_fd or os.scandir not in os.supports_fd:
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        top = os.open(path, _FOLDER)
        try:
            waiting = _emptied(top, top)
            while waiting:
                name = waiting.pop()
                with suppress(OSError):
                    waiting += _moved_up(name, top)
        finally:
            os.close(top)
    with suppress(OSError):
        os.rmdir(path)


def _moved_up(name: str, top: int) -> list[str]:
    """Remove a folder; return the names in the top folder of those that it held."""
    folder = os.open(name, _FOLDER, dir_fd=top)
    try:
        found = _emptied(folder, top)
    finally:
        os.close(folder)
    with suppress(OSError):
        os.rmdir(name, dir_fd=top)
    return found


def _emptied(folder: int, top: int) -> list[str]:
    """Remove the files of a folder; return the names in the top folder that its folders got."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    moved = []
    for name, is_folder in found:
        with suppress(OSError):
            if is_folder:
                moved.append(secrets.token_hex(16))
                os.rename(name, moved[-1], src_dir_fd=folder, dst_dir_fd=top)
            else:
                os.unlink(name, dir_fd=folder)
    return moved


def _sweep_once(place: str) -> None:
    """Sweep a place that this process has not swept yet."""
    key = os.path.abspath(place)
    with _sweeping:
        is_new = key not in _swept
        _swept.add(key)
    if is_new:
        sweep(place, most_seconds=SWEEP_SECONDS)


def _is_removed(path: str) -> bool:
    """Remove what nobody holds; tell whether it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid():
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_ISDIR(status.st_mode):
            remove_folder(path)
        elif stat.S_ISREG(status.st_mode):
            os.unlink(path)
    except OSError:  # it is in use, or cannot be locked or removed
        return False
    finally:
        os.close(descriptor)
    return not os.path.lexists(path)


def _made(place: str) -> tuple[str, int | None]:
    """Make a folder and hold it; one that a sweep removes before it is held is made again."""
    for _ in range(RETRIES):
        path = tempfile.mkdtemp(prefix=f"mediaflow-{os.getpid()}-", suffix=".private", dir=place)
        if fcntl is None:
            return path, None
        with suppress(FileNotFoundError):
            descriptor = _opened(path)
            if hold(descriptor) and os.path.isdir(path):
                return path, descriptor
            os.close(descriptor)
    raise OSError(f"no folder can be kept in {place}")


def _opened(path: str) -> int:
    """Open a folder that was just made; one that cannot be opened does not stay."""
    try:
        return os.open(path, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        raise
    except OSError:
        os.rmdir(path)
        raise


def _remove(path: str, lock: int | None, owner: int) -> None:
    """Remove a folder; a process that was forked from its owner leaves it alone."""
    if os.getpid() != owner:
        return
    remove_folder(path)
    if lock is not None:
        with suppress(OSError):
            os.close(lock)

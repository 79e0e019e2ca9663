"""Which folders a locked process may use, by Landlock's rules.

Law: all rights that the kernel knows are denied; those granted are to read, and to write, make,
move and remove plain files and folders. Nothing is granted on the network, and no signal leaves.
Source: Linux ``Documentation/userspace-api/landlock.rst``, versions 1 to 9 of its interface.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.security.kernel import Kernel

__all__ = ["HOLDS_ALL_THREADS", "enforce", "file_rights", "grant", "new_rules"]

HOLDS_ALL_THREADS: Final = 8
"""First version that can be put in force for all threads of a process."""

_ALL_THREADS: Final = 1 << 3  # LANDLOCK_RESTRICT_SELF_TSYNC

_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_FOLDER: Final = 1 << 3
_REMOVE_FOLDER: Final = 1 << 4
_REMOVE_FILE: Final = 1 << 5
_MAKE_FOLDER: Final = 1 << 7
_MAKE_FILE: Final = 1 << 8
_MOVE: Final = 1 << 13  # LANDLOCK_ACCESS_FS_REFER, version 2: between folders
_CUT_OFF: Final = 1 << 14  # LANDLOCK_ACCESS_FS_TRUNCATE, version 3

_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16, 9: 17}
"""Number of rights on files, from the version on; the first version has execute to make-symlink."""

_NETWORK: Final = (4, 0b11)  # version 4: bind and connect TCP
_SCOPES: Final = (6, 0b11)  # version 6: abstract unix sockets, signals

_READ: Final = _READ_FILE | _READ_FOLDER
_WRITE: Final = (
    _READ
    | _WRITE_FILE
    | _REMOVE_FOLDER
    | _REMOVE_FILE
    | _MAKE_FOLDER
    | _MAKE_FILE
    | _MOVE
    | _CUT_OFF
)


def file_rights(version: int) -> int:
    """Return all rights on files that a version of the interface knows, as bits.

    Example:
        >>> hex(file_rights(1)), hex(file_rights(7))
        ('0x1fff', '0xffff')
    """
    return (1 << max(count for first, count in _FILE_RIGHTS.items() if first <= version)) - 1


def new_rules(kernel: Kernel, version: int) -> int:
    """Return the descriptor of rules that deny all a version knows; they are not in force yet.

    Raises:
        OSError: The kernel refuses them.
    """
    network = _NETWORK[1] if version >= _NETWORK[0] else 0
    scopes = _SCOPES[1] if version >= _SCOPES[0] else 0
    return kernel.new_ruleset(file_rights(version), network, scopes)


def grant(
    kernel: Kernel,
    version: int,
    ruleset: int,
    *,
    writable: Sequence[str],
    readable: Sequence[str],
) -> None:
    """Except places from rules that are not in force yet.

    Args:
        kernel: Where the rules were made.
        version: Version of its interface.
        ruleset: Descriptor of the rules.
        writable: Folders whose files may be read, written, made, moved and removed.
        readable: Folders or files that may be read.

    Raises:
        SpecError: Something writable is no folder.
        StorageError: A place cannot be opened.
    """
    known = file_rights(version)
    for path in writable:
        _grant(kernel, ruleset, path, _WRITE & known, "writable")
    for path in readable:
        _grant(kernel, ruleset, path, _READ & known, "readable")


def enforce(kernel: Kernel, version: int, ruleset: int) -> None:
    """Put the rules in force for this thread and those it starts, or for all where possible."""
    kernel.enforce_ruleset(ruleset, _ALL_THREADS if version >= HOLDS_ALL_THREADS else 0)


def _grant(kernel: Kernel, ruleset: int, path: str, rights: int, how: str) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as exc:
        raise StorageError(
            f"cannot be made {how} in a sandbox: {exc.strerror}", where=path
        ) from exc
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            if how == "writable":
                raise SpecError("only a folder can be made writable in a sandbox", where=path)
            rights &= _READ_FILE  # rights of folders are refused on a file
        kernel.allow_beneath(ruleset, place, rights)
    finally:
        os.close(place)

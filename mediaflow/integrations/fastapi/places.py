"""Locations of a service: relative texts within one root, opened without following links.

Law: a location is checked as text, then each folder is opened within the one before; a symbolic
link, a device or a pipe is nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediaflow.errors import ForbiddenLocationError, SourceNotFoundError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "absolute",
    "check_location",
    "folder_of",
    "open_file",
    "relative",
    "remove_file",
]

_COMPONENT: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f/\\:\ud800-\udfff]{1,255}")
MAX_NAME: Final = 255  # bytes, in the file systems that are used
MAX_LOCATION: Final = 1_024
PUBLIC: Final = "public"


def folder_of(principal: str | None) -> str:
    """Return the name of a principal's own folder."""
    if principal is None:
        return PUBLIC
    return "u" + hashlib.sha256(principal.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def check_location(location: object) -> str:
    """Return a relative location that is plainly written.

    Raises:
        SpecError: It is no text.
        ForbiddenLocationError: It is absolute, climbs, hides or holds what no name may hold.
    """
    if not isinstance(location, str) or not location:
        raise SpecError("a location must be text", field="source")
    parts = location.split("/")
    if len(location) > MAX_LOCATION or any(
        part.startswith(".") or not _COMPONENT.fullmatch(part) or len(part.encode()) > MAX_NAME
        for part in parts
    ):
        raise ForbiddenLocationError(
            "a location here is a relative path of plain names",
            hint="use the location that an upload or a job returned",
        )
    return location


def absolute(root: str, location: str) -> str:
    """Return a checked location as a path of this machine."""
    return str(Path(root) / check_location(location.rstrip("/")))


def relative(root: str, uri: str) -> str:
    """Return a path within the root as a location; empty where it is none."""
    prefix = root.rstrip(os.sep) + os.sep
    return uri.removeprefix(prefix) if uri.startswith(prefix) else ""


def open_file(root: str, location: str) -> int:
    """Open a regular file for reading and return its descriptor.

    Raises:
        SourceNotFoundError: There is no such file.
    """
    with _folder_of_file(root, location) as (folder, name):
        try:
            found = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except OSError:
            raise SourceNotFoundError("there is no such file") from None
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise SourceNotFoundError("there is no such file")
    return found


def remove_file(root: str, location: str) -> int:
    """Remove a regular file and return how many bytes it had.

    Raises:
        SourceNotFoundError: There is no such file.
    """
    with _folder_of_file(root, location) as (folder, name):
        try:
            known = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(known.st_mode):
                raise SourceNotFoundError("there is no such file")
            os.unlink(name, dir_fd=folder)
        except OSError:
            raise SourceNotFoundError("there is no such file") from None
    return known.st_size


@contextmanager
def _folder_of_file(root: str, location: str) -> Iterator[tuple[int, str]]:
    """Open the folder of a location, one after the other; yield its descriptor and the name."""
    *folders, name = check_location(location).split("/")
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            try:
                inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            except OSError:
                raise SourceNotFoundError("there is no such file") from None
            os.close(here)
            here = inner
        yield here, name
    finally:
        os.close(here)

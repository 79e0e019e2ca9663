"""Turns what systems and storage packages raise into this library's errors.

Law: classes are caught by name. Those of optional packages are looked up among the modules that
are loaded: a package that was never imported cannot have raised anything.
Source: errno(3); RFC 9110 15 for the status codes that object stores answer with.
"""

from __future__ import annotations

import errno
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mediaflow.errors import (
    MediaflowError,
    SourceError,
    SourceNotFoundError,
    StorageError,
    UnsupportedError,
)
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["foreign_errors", "translate", "translated"]

REASON_LENGTH: Final = 300  # some packages answer with a page
_BUILT_IN: Final = (EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_OPTIONAL: Final = (
    ("aiohttp", ("ClientError",)),
    ("azure.core.exceptions", ("AzureError",)),
    ("botocore.exceptions", ("BotoCoreError", "ClientError")),
    ("gcsfs.retry", ("HttpError",)),
    ("google.auth.exceptions", ("GoogleAuthError",)),
    ("paramiko.ssh_exception", ("SSHException",)),
)
_MISSING: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_NO_REGULAR_FILE: Final = frozenset({errno.EISDIR, errno.ENXIO, errno.ENODEV})
_LASTING: Final = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,
        errno.EINVAL,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENOTEMPTY,
        errno.EPERM,
        errno.EROFS,
    }
)
_LASTING_TYPES: Final = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)
_NO_CREDENTIALS: Final = frozenset(
    {"GoogleAuthError", "NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError"}
)
_WRONG_REQUEST: Final = frozenset({"ParamValidationError"})  # botocore's word for a bad name
_RETRIED_STATUS: Final = frozenset({408, 425, 429})
_STATUS_DENIED: Final = frozenset({401, 403})
_STATUS_GONE: Final = frozenset({404, 410})
_STATUS_SERVER: Final = 500
_STATUS_CLIENT: Final = 400


def foreign_errors() -> tuple[type[BaseException], ...]:
    """Return the classes that storage may raise with the packages that are loaded now."""
    found: list[type[BaseException]] = list(_BUILT_IN)
    for module_name, names in _OPTIONAL:
        module = sys.modules.get(module_name)
        classes = [getattr(module, name, None) for name in names]
        found += [cls for cls in classes if isinstance(cls, type)]
    return tuple(found)


@contextmanager
def translated(where: str | None, *, writing: bool = False) -> Iterator[None]:
    """Raise this library's error for whatever storage raises in the block.

    Args:
        where: The location, for the message.
        writing: Whether bytes go out: a missing folder or bucket is then no missing source.

    Raises:
        SourceNotFoundError: There is nothing to read.
        SourceError: What stands there is no file.
        StorageError: Bytes could not be moved; ``retryable`` says whether time may heal it.
        UnsupportedError: The storage package has no such operation.
    """
    try:
        yield
    except MediaflowError:
        raise
    except foreign_errors() as exc:
        raise translate(exc, where, writing=writing) from _printable(exc)


def translate(exc: BaseException, where: str | None, *, writing: bool = False) -> MediaflowError:
    """Return this library's error for one that storage raised."""
    exc = _behind(exc)
    place = where or ("the output" if writing else "the source")
    reason = _reason(exc)
    status = _status(exc)
    code = exc.errno if isinstance(exc, OSError) else None
    if isinstance(exc, NotImplementedError):
        verb = "written" if writing else "read"
        return UnsupportedError(f"{place} cannot be {verb} this way: {reason}", where=where)
    missing = isinstance(exc, FileNotFoundError) or code in _MISSING or status in _STATUS_GONE
    if not writing and missing:
        return SourceNotFoundError(f"there is nothing at {place}", where=where)
    if not writing and (isinstance(exc, IsADirectoryError) or code in _NO_REGULAR_FILE):
        return SourceError(f"{place} is no regular file", where=where)
    verb = "write" if writing else "read"
    return StorageError(
        f"cannot {verb} {place}: {reason}",
        where=where,
        retryable=_may_heal(exc, code, status),
        hint=_hint(exc, code, status, missing=missing),
    )


def _behind(exc: BaseException) -> BaseException:
    """Return what really happened: fsspec's HTTP calls a server out of reach a missing file."""
    cause = exc.__cause__
    lost = isinstance(exc, FileNotFoundError) and "Connect" in type(cause).__name__
    return cause if lost and cause is not None else exc


def _printable(exc: BaseException) -> BaseException | None:
    """Return the cause, unless its text would show a secret in a traceback."""
    text = str(exc)
    return exc if redact(text) == text else None


def _reason(exc: BaseException) -> str:
    text = str(getattr(exc, "strerror", None) or exc) or type(exc).__name__
    return textwrap.shorten(text, REASON_LENGTH)


def _status(exc: BaseException) -> int | None:
    """Return the HTTP status behind an error of any storage package, or None."""
    for link in (exc, exc.__cause__):
        response = getattr(link, "response", None)
        if isinstance(response, dict):
            metadata = response.get("ResponseMetadata")
            found = metadata.get("HTTPStatusCode") if isinstance(metadata, dict) else None
            if isinstance(found, int):
                return found
        for name in ("status", "status_code", "code"):
            found = getattr(link, name, None)
            if isinstance(found, int):
                return found
    return None


def _may_heal(exc: BaseException, code: int | None, status: int | None) -> bool:
    if isinstance(exc, TimeoutError | ConnectionError):
        return True
    if isinstance(exc, PermissionError | NotImplementedError | ValueError):
        return False
    if isinstance(exc, _LASTING_TYPES) or code in _LASTING:
        return False
    if status is not None and _STATUS_CLIENT <= status < _STATUS_SERVER:
        return status in _RETRIED_STATUS
    return type(exc).__name__ not in _NO_CREDENTIALS | _WRONG_REQUEST


def _hint(exc: BaseException, code: int | None, status: int | None, *, missing: bool) -> str | None:
    if isinstance(exc, PermissionError) or status in _STATUS_DENIED:
        return "check the permissions, or the credentials of the storage profile"
    if type(exc).__name__ in _NO_CREDENTIALS:
        return "name a storage profile with credentials in the file that MEDIAFLOW_PROFILES names"
    if missing:
        return "create the folder or bucket first"
    if code == errno.ENOSPC:
        return "make room on the device"
    return None

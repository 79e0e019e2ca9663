"""What is wrong with a request: a status, and a stable type for each kind.

Law: a path of this machine, a trace or a secret never stands in an answer.
Source: RFC 9457.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mediaflow.errors import (
    ForbiddenLocationError,
    JobCancelledError,
    JobTimeoutError,
    LimitExceededError,
    MediaflowError,
    MissingExtraError,
    OutputExistsError,
    SourceError,
    SourceNotFoundError,
    SpecError,
    StorageError,
    UnidentifiedMediaError,
    UnsupportedError,
    WorkerLostError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RETRY_AFTER", "TYPE", "Problem", "hidden", "problem_of"]

RETRY_AFTER: Final[Mapping[str, str]] = {"Retry-After": "5"}
"""Header of what may be tried again soon."""

TYPE: Final = "urn:mediaflow:error:"
_STATUS: Final[tuple[tuple[type[MediaflowError], int], ...]] = (
    (ForbiddenLocationError, 403),
    (SpecError, 422),
    (MissingExtraError, 501),
    (UnsupportedError, 422),
    (SourceNotFoundError, 404),
    (UnidentifiedMediaError, 415),
    (LimitExceededError, 413),
    (SourceError, 422),
    (OutputExistsError, 409),
    (StorageError, 503),
    (WorkerLostError, 503),
    (JobTimeoutError, 503),
    (JobCancelledError, 409),
)
_PATH: Final = re.compile(r"(?<![\w:/.])/(?:[^\s'\"/]+/)*[^\s'\"/,;)]*")


class Problem(Exception):  # noqa: N818  # the word of RFC 9457
    """An answer that says what is wrong.

    Args:
        status: HTTP status.
        code: Stable name of the kind.
        detail: What happened, for people.
        headers: Further headers, such as ``Retry-After``.
    """

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status: int = status
        self.code: str = code
        self.detail: str = detail
        self.headers: dict[str, str] = dict(headers or {})


def hidden(text: str) -> str:
    """Return a message without paths of this machine."""
    return _PATH.sub("…", text)


def problem_of(error: MediaflowError) -> Problem:
    """Return the answer to an error of the library."""
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    # what helps to find a file is said of paths, and a caller has locations
    hint = "" if isinstance(error, SourceNotFoundError) else hidden(error.hint or "")
    detail = hidden(error.message) + (f" ({hint})" if hint else "")
    return Problem(status, error.code, detail, RETRY_AFTER if status == 503 else None)

"""Errors as JSON, for borders between processes.

Law: what comes from the other side is data: it names one of this library's errors or is refused, and
is never longer than a person reads. Nothing is unpickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import mediaflow.errors as library
from mediaflow.errors import MediaflowError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.models.serde import Json

__all__ = ["error_from_dict", "error_to_dict"]

MOST_TEXT: Final = 4_000  # characters of a message or a detail
MOST_DETAILS: Final = 32


def _errors() -> Iterator[tuple[str, type[MediaflowError]]]:
    for name in library.__all__:
        found = getattr(library, name)
        if isinstance(found, type) and issubclass(found, MediaflowError):
            yield name, found


ERRORS: Final[dict[str, type[MediaflowError]]] = dict(_errors())


def error_to_dict(error: MediaflowError) -> dict[str, Json]:
    """Return an error as plain JSON values; details that are no plain values travel as text.

    Args:
        error: The error. The result that an :class:`OutputsFailedError` has does not travel.
    """
    details: dict[str, Json] = {
        name: value if isinstance(value, str | int | float | None) else repr(value)[:MOST_TEXT]
        for name, value in error.details.items()
        if name != "result"
    }
    return {"error": _class_of(error).__name__, "message": error.message, "details": details}


def error_from_dict(data: Mapping[str, object]) -> MediaflowError:
    """Return the error that :func:`error_to_dict` wrote.

    Raises:
        SpecError: It is none.
    """
    name, message, details = (data.get(key) for key in ("error", "message", "details"))
    cls = ERRORS.get(name) if isinstance(name, str) else None
    is_whole = isinstance(message, str) and isinstance(details, Mapping)
    if cls is None or not is_whole or len(cast("Mapping[str, object]", details)) > MOST_DETAILS:
        raise SpecError("what came from the other process is no error of this library")
    plain = {str(key): _plain(one) for key, one in cast("Mapping[str, object]", details).items()}
    for own in ("message", "result", "self"):
        plain.pop(own, None)
    return cls(str(message)[:MOST_TEXT], **plain)


def _class_of(error: MediaflowError) -> type[MediaflowError]:
    """Return the nearest class that the other side knows, too."""
    return next(cls for cls in type(error).__mro__ if cls in ERRORS.values())


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value[:MOST_TEXT]
    return value if isinstance(value, int | float | None) else None

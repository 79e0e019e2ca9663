"""Says in an error which part of a joined film is at fault. Pure."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mediaflow.errors import JobCancelledError, JobTimeoutError, MediaflowError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["named", "naming"]


def named(error: MediaflowError, label: str) -> MediaflowError:
    """Return the same error with the name of a part before its message.

    Args:
        error: Any error but those that end a job from outside.
        label: What messages call the part.
    """
    if error.message.startswith(label):
        return error
    return type(error)(f"{label}: {error.message}", **error.details)


@contextmanager
def naming(label: str) -> Iterator[None]:
    """Put the name of a part before the message of what is raised inside.

    Args:
        label: What messages call the part, without secrets.

    Raises:
        MediaflowError: What was raised, of the same class.
    """
    try:
        yield
    except (JobCancelledError, JobTimeoutError):
        raise
    except MediaflowError as exc:
        raise named(exc, label) from exc

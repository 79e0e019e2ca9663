"""What a client and the workers of a Dask cluster call the same things.

Law: names and numbers only; loads nothing.
"""

from __future__ import annotations

from typing import Final

__all__ = ["POLL_SECONDS", "TOPIC", "begun_name", "key_of", "stop_name"]

TOPIC: Final = "mediaflow"
"""The one topic of all events: a client has one handler for a topic."""

POLL_SECONDS: Final = 0.25
"""A look at an event of the scheduler takes 3 to 5 ms of a job's time."""


def key_of(name: str) -> str:
    """Return the key of a call's task, which dashboards show."""
    return f"{TOPIC}-{name}"


def stop_name(name: str) -> str:
    """Return the name of the event that asks a call to stop."""
    return f"{TOPIC}-cancel-{name}"


def begun_name(name: str, attempt: int) -> str:
    """Return the name of the event that says that a try of a call has begun."""
    return f"{TOPIC}-begun-{name}-{attempt}"

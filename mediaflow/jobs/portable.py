"""A job that another process can run: places that mean the same there, and nothing that cannot travel.

Law: a field whose type takes a ``UPath`` is a place, wherever it stands; nothing is opened. What is
refused is refused here, with the name of what can be done instead.
"""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar, cast, get_args

from mediaflow.errors import SpecError
from mediaflow.models.shape import hints_of
from mediaflow.models.source import FilesystemPath, describe_source, is_filesystem_path
from mediaflow.redact import redact
from mediaflow.storage.location import FILE, locate

if TYPE_CHECKING:
    from mediaflow.models.job import Job
    from mediaflow.models.source import Source

__all__ = ["portable"]

T = TypeVar("T")

PROFILES: Final = "name a storage profile, which the environment of the other process describes"
LONGEST: Final = 4_000  # characters of a location, as many as are searched for secrets


def portable(job: Job) -> Job:
    """Return the same job as another process of this machine, or of its file system, can run it.

    Local paths become absolute.

    Raises:
        SpecError: Something in it cannot travel: bytes, an open file, a file system of the caller's
            own, a place in the memory of this process, or credentials.
    """
    to = job.to if job.to is None else _folder_or_template(job.to)
    return replace(_walk(replace(job, to=None)), to=to)


def _walk(value: T) -> T:
    """Return a spec with all places in it made portable."""
    if isinstance(value, tuple):
        return cast("T", tuple(_walk(item) for item in value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, object] = {}
    for field in fields(value):
        old = getattr(value, field.name)
        is_place = field.init and FilesystemPath in get_args(hints_of(type(value))[field.name])
        new = _place(old) if is_place and not _is_spec(old) else _walk(old)
        if new is not old and new != old:
            changed[field.name] = new
    return replace(value, **changed) if changed else value


def _is_spec(value: object) -> bool:
    return value is None or (is_dataclass(value) and not is_filesystem_path(value))


def _place(place: Source) -> str:
    """Return a place of an input as text."""
    text = _text(place)
    _check_secrets(text)
    location = locate(text, {})
    if location.protocol == "memory":
        raise SpecError(
            f"{text!r} cannot travel to another process: memory:// is private to one process",
            hint="use a folder or a bucket that both can reach",
        )
    is_relative = location.protocol == FILE and not os.path.isabs(location.path)
    return os.path.join(os.getcwd(), location.path) if is_relative else text


def _folder_or_template(to: object) -> str:
    """Return where outputs go; braces of the working folder are no fields of the template."""
    text = _text(cast("Source", to))
    place = _place(text)
    if place == text:
        return text
    folder = _literal(os.getcwd())
    if os.path.isdir(place):
        return os.path.join(folder, _literal(os.path.relpath(place)), "")
    return os.path.join(folder, locate(text, {}).path)


def _text(place: Source) -> str:
    if isinstance(place, str):
        return place
    if is_filesystem_path(place):
        location = locate(place, {})
        if location.is_local:
            return location.path
        raise SpecError(
            f"{location.uri!r} brings a file system of its own, which cannot travel to another process",
            hint=f"write the location as text; for its credentials {PROFILES}",
        )
    raise SpecError(
        f"{describe_source(place)} cannot travel to another process",
        hint="save it under a path or URL that both can reach, and pass that",
    )


def _check_secrets(text: str) -> None:
    if len(text) > LONGEST:
        raise SpecError(
            f"a location of {len(text):,} characters cannot travel; at most {LONGEST:,}"
        )
    if redact(text) != text:
        raise SpecError(
            f"{redact(text)!r} holds a query or credentials, which never leave this process",
            hint=PROFILES,
        )


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")

"""What a model class looks like: its fields, their types, its tag. Shared by serde and schema."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["VERSION", "data_fields", "hints_of", "is_required", "kind_of", "open_members"]

VERSION: Final = 1
"""Version of the JSON form of all models."""


def hints_of(cls: type[object]) -> dict[str, object]:
    """Return the resolved type of every field of a model."""
    return _hints(cast("Hashable", cls))


@cache
def _hints(cls: Hashable) -> dict[str, object]:
    return get_type_hints(cls)


def data_fields(cls: type[object]) -> tuple[Field[Any], ...]:
    """Return the fields that the constructor takes; none for a class that is no model."""
    return tuple(field for field in fields(cls) if field.init) if is_dataclass(cls) else ()


def is_required(field: Field[Any]) -> bool:
    """Return whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def kind_of(cls: type[object]) -> str | None:
    """Return the tag that tells a model from its siblings, or None."""
    for field in data_fields(cls):
        if field.name == "kind":
            return None if field.default is MISSING else cast("str", field.default)
    return None


def open_members(cls: object) -> Callable[[str], type[object]] | None:
    """Return the look-up of an open base's classes by ``kind``, or None for any other class."""
    if isinstance(cls, type) and "resolver" in cls.__dict__:
        return cast("Callable[[str], type[object]]", cast("Any", cls).member_of_kind)
    return None

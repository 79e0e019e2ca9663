"""Models as plain JSON values: what ``to_dict`` writes.

Law: it knows fields and no class by name. What is no model and no plain value does not travel, nor
does a secret; the message says where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, is_dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from mediaflow.errors import SpecError
from mediaflow.models.shape import data_fields, is_required

if TYPE_CHECKING:
    from mediaflow.models.schema import Json

__all__ = ["PLAIN", "Place", "words_of", "written"]

PLAIN: Final = frozenset({type(None), bool, int, float, str})
"""Types whose values are JSON as they are."""

Place: TypeAlias = "str | tuple[Place, str | int]"
"""A place in the JSON: a text, or a place and a step from there. Only errors need it as text."""

_Swap: TypeAlias = Callable[[object], object]


class _Field(NamedTuple):
    """A field as it is written."""

    name: str
    is_kept: bool
    """Whether it is written even where defaults are left out."""

    default: object
    make: Callable[[], object] | None
    """What makes its default value, where each instance has its own."""

    is_secret: bool
    """Whether it never leaves its process."""


def written(
    value: object, place: Place, omit_defaults: bool, swap: _Swap | None
) -> Json:  # called for each value of a plan
    """Return a value as plain JSON values.

    Args:
        value: A model, or what a field of one may hold.
        place: Where it stands, for messages.
        omit_defaults: Leave out fields that have their default value.
        swap: Given each value within it, returns what is written in its place; None for none.

    Raises:
        SpecError: It cannot travel.
    """
    if swap is not None:
        value = swap(value)
    if type(value) in PLAIN:
        return cast("Json", value)
    if is_dataclass(value) and not isinstance(value, type):
        return _model(value, place, omit_defaults, swap)
    match value:
        case tuple() | list():
            items = enumerate(value)
            return [written(item, (place, index), omit_defaults, swap) for index, item in items]
        case bool() | int() | float() | str():
            return value
        case Fraction():
            return str(value)
        case datetime():
            return value.isoformat()
        case frozenset():
            return [written(item, place, omit_defaults, swap) for item in sorted(value)]
        case Mapping():
            named = ((str(name), item) for name, item in value.items())
            return {name: written(item, (place, name), omit_defaults, swap) for name, item in named}
    raise SpecError(f"{words_of(place)}: a {type(value).__name__} cannot travel as JSON")


def words_of(place: Place) -> str:
    """Return a place as text.

    Example:
        >>> words_of((("$", "outputs"), 2))
        '$.outputs[2]'
    """
    if isinstance(place, str):
        return place
    before, step = place
    return f"{words_of(before)}[{step}]" if isinstance(step, int) else f"{words_of(before)}.{step}"


def _model(value: object, place: Place, omit: bool, swap: _Swap | None) -> Json:
    data: dict[str, Json] = {}
    for name, is_kept, default, make, is_secret in _fields(cast("Hashable", type(value))):
        item = getattr(value, name)
        if omit and not is_kept and item == (default if make is None else make()):
            continue
        if is_secret:
            raise SpecError(
                f"{words_of((place, name))}: a secret never travels as JSON",
                hint="keep it in its process; replace(job, callback=None) goes without",
            )
        is_plain = swap is None and type(item) in PLAIN
        data[name] = item if is_plain else written(item, (place, name), omit, swap)
    return data


@cache
def _fields(cls: Hashable) -> tuple[_Field, ...]:
    """Return the fields of a model as they are written."""
    return tuple(
        _Field(
            name=field.name,
            is_kept=field.name == "kind" or is_required(field),
            default=field.default,
            make=None if field.default_factory is MISSING else field.default_factory,
            is_secret="secret" in field.metadata,
        )
        for field in data_fields(cast("type[object]", cls))
    )

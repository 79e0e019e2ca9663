"""JSON for any frozen dataclass of this library: to_dict, from_dict, json_schema.

Law: it walks type hints and knows no class by name. Unknown keys are refused with the nearest
known name; every message carries the JSON path. Tagged unions are told apart by their ``kind``.
Open bases (encoder options, filters) find their classes by their own look-up.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import is_dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache, partial
from typing import (
    Final,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

from mediaflow.errors import SpecError
from mediaflow.models.schema import Json, json_schema
from mediaflow.models.shape import (
    VERSION,
    data_fields,
    hints_of,
    is_required,
    kind_of,
    open_members,
)
from mediaflow.models.written import PLAIN, Place, words_of, written
from mediaflow.registry import did_you_mean

__all__ = ["Json", "from_dict", "json_schema", "open_members", "to_dict"]

T = TypeVar("T")

_Loader: TypeAlias = Callable[[object, Place], object]
"""Reads a value at a place of the JSON."""

MAX_NUMBER: Final = 200  # characters of an exact number or a time


def to_dict(
    value: object, *, omit_defaults: bool = False, swap: Callable[[object], object] | None = None
) -> dict[str, Json]:
    """Return a model as plain JSON values; a job carries the version of its form.

    Args:
        value: An instance of a model of this library.
        omit_defaults: Leave out fields that have their default value.
        swap: Given each value within it, returns what is written in its place.

    Raises:
        SpecError: A field holds something that cannot travel, such as a file object or a secret.
    """
    data = written(value, "$", omit_defaults, swap)
    if not isinstance(data, dict):
        raise SpecError(f"expected a model, got {type(value).__name__}")
    return {"version": VERSION, **data} if hasattr(value, "json_version") else data


def from_dict(cls: type[T], data: Mapping[str, object], *, path: str = "$") -> T:
    """Build a model from JSON values.

    Args:
        cls: The class to build.
        data: What :func:`to_dict` returns, or a hand-written equal of it.
        path: What messages call the place of ``data``.

    Raises:
        SpecError: A key is unknown, a value has the wrong type, or a rule of the class is broken.
    """
    return cast("T", _load(cls, data, path))


def _load(hint: object, value: object, place: Place) -> object:
    return _loader(hint)(value, place)


@cache
def _loader(hint: Hashable) -> _Loader:
    """Return what reads values of a type; types are taken apart once."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return partial(_load_literal, arguments)
    if origin in (Union, types.UnionType):
        return _union_loader(arguments)
    if origin is tuple:
        return _tuple_loader(arguments)
    if origin is frozenset:
        return partial(_load_frozenset, _tuple_loader((*arguments, ...)))
    if origin is dict:
        return partial(_load_dict, _loader(arguments[1]))
    if isinstance(hint, type):
        return _class_loader(hint)
    return partial(_load_nothing, hint)


def _load_frozenset(load: _Loader, value: object, place: Place) -> object:
    return frozenset(cast("tuple[object, ...]", load(value, place)))


def _load_dict(load: _Loader, value: object, place: Place) -> object:
    items = _mapping(value, place).items()
    return {str(name): load(item, (place, str(name))) for name, item in items}


def _load_nothing(hint: object, value: object, place: Place) -> object:
    raise SpecError(f"{words_of(place)}: no rule to read {hint!r}")


def _class_loader(cls: type[object]) -> _Loader:
    members = open_members(cls)
    if members is not None:
        return partial(_load_open, cls, members)
    if is_dataclass(cls):
        return partial(_load_instance, cls)
    return partial(_load_plain, cls)


def _load_open(
    cls: type[object], members: Callable[[str], type[object]], value: object, place: Place
) -> object:
    if isinstance(value, Mapping):
        return _load_member(members, value, place)
    return (
        _load_instance(cls, value, place) if is_dataclass(cls) else _load_plain(cls, value, place)
    )


def _load_instance(cls: type[object], value: object, place: Place) -> object:
    if type(value) is dict:
        return _load_model(cls, value, place)
    if isinstance(value, cls):
        return value
    return _load_model(cls, _mapping(value, place, cls.__name__), place)


def _load_plain(cls: type[object], value: object, place: Place) -> object:
    if type(value) is cls:
        return value
    if cls in (Fraction, datetime) and isinstance(value, str):
        return _parse(cls, value, place)
    if cls is float and isinstance(value, int) and not isinstance(value, bool):
        return _float(value, place)
    if isinstance(value, cls) and not (isinstance(value, bool) and cls is int):
        return value
    raise _mismatch(place, cls.__name__, value)


def _float(value: int, place: Place) -> float:
    try:
        return float(value)
    except OverflowError as exc:
        raise SpecError(f"{words_of(place)}: a number is too large") from exc


def _parse(cls: type[object], text: str, place: Place) -> object:
    try:
        if len(text) > MAX_NUMBER or "e" in text.lower():  # 1e999999999 is short and endless
            raise ValueError(text[:MAX_NUMBER])
        if cls is not Fraction:
            return datetime.fromisoformat(text)
        is_whole = text.isascii() and text.isdecimal()  # most are, and read in no time
        return Fraction(int(text) if is_whole else text)
    except (ValueError, ZeroDivisionError) as exc:
        what = "number or fraction" if cls is Fraction else "time (ISO 8601)"
        raise SpecError(
            f"{words_of(place)}: {text!r:.80} is no {what}", value=text[:MAX_NUMBER]
        ) from exc


def _load_member(
    look_up: Callable[[str], type[object]], value: Mapping[str, object], place: Place
) -> object:
    kind = value.get("kind")
    if not isinstance(kind, str):
        raise SpecError(f"{words_of(place)}: field 'kind' is missing", field="kind")
    try:
        cls = look_up(kind)
    except SpecError as exc:
        raise _at(exc, (place, "kind")) from exc
    return _load_model(cls, value, place)


@cache
def _fields_of(
    cls: Hashable,
) -> tuple[Mapping[str, tuple[_Loader, frozenset[object]]], tuple[str, ...]]:
    """Return what reads each field of a model, and the names of those it cannot do without."""
    model = cast("type[object]", cls)
    hints, known = hints_of(model), data_fields(model)
    readers = {
        field.name: (_loader(hints[field.name]), _as_they_are(hints[field.name])) for field in known
    }
    return readers, tuple(field.name for field in known if is_required(field))


def _as_they_are(hint: object) -> frozenset[object]:
    """Return the types whose values a hint reads as they are."""
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    found: set[object] = {one for one in members if one is type(None)}
    for kind in PLAIN - found:
        likely = _likely(members, kind)
        if likely and likely[0] is kind:
            found.add(kind)
    return frozenset(found)


def _load_model(cls: type[object], value: Mapping[str, object], place: Place) -> object:
    known, required = _fields_of(cast("Hashable", cls))
    if value.get("version", VERSION) != VERSION:
        raise SpecError(
            f"{words_of(place)}: version {value['version']!r} is not supported; this is {VERSION}"
        )
    arguments: dict[str, object] = {}
    for name, item in value.items():
        reader = known.get(name)
        if reader is not None:
            load, as_they_are = reader
            is_read = type(item) in as_they_are
            arguments[name] = item if is_read else load(item, (place, name))
        elif name != "version":
            near = did_you_mean(str(name), list(known))
            raise SpecError(f"{words_of(place)}: unknown field {name!r}{near}", field=str(name))
    for name in required:
        if name not in arguments:
            raise SpecError(f"{words_of(place)}: field {name!r} is missing", field=name)
    try:
        return cls(**arguments)
    except SpecError as exc:
        raise _at(exc, place) from exc


def _load_literal(choices: tuple[object, ...], value: object, place: Place) -> object:
    for choice in choices:
        if type(choice) is type(value) and choice == value:
            return choice
    near = did_you_mean(str(value), [str(choice) for choice in choices])
    listed = ", ".join(repr(choice) for choice in choices)
    raise SpecError(f"{words_of(place)}: {value!r} is not one of {listed}{near}", value=value)


def _union_loader(members: tuple[object, ...]) -> _Loader:
    models = tuple(member for member in members if is_dataclass(member))
    plain = tuple(member for member in members if member is not type(None))
    if len(plain) == 1:
        return partial(_load_optional, _loader(plain[0]))
    return partial(_load_union, plain, models, type(None) in members)


def _load_optional(load: _Loader, value: object, place: Place) -> object:
    return None if value is None else load(value, place)


def _load_union(
    members: tuple[object, ...],
    models: tuple[object, ...],
    is_optional: bool,
    value: object,
    place: Place,
) -> object:
    if value is None and is_optional:
        return None
    if models and (type(value) is dict or isinstance(value, Mapping)):
        return _load(_by_kind(models, value, place), value, place)
    for member in _likely(members, cast("Hashable", type(value))):
        with suppress(SpecError):
            return _load(member, value, place)
    problems: list[tuple[object, SpecError]] = []
    for member in members:
        try:
            return _load(member, value, place)
        except SpecError as exc:
            problems.append((member, exc))
    for member, problem in problems:
        if get_origin(member) is Literal and isinstance(value, str):
            raise problem
    names = " | ".join(getattr(member, "__name__", str(member)) for member, _ in problems)
    raise _mismatch(place, names, value)


@cache
def _likely(members: Hashable, kind: Hashable) -> tuple[object, ...]:
    """Return the members of a union that may read values of a type; the others refuse all of them."""
    given = cast("tuple[object, ...]", members)
    if kind not in PLAIN:
        return given
    return tuple(member for member in given if _may_read(member, cast("type[object]", kind)))


def _may_read(member: object, kind: type[object]) -> bool:
    """Return whether a type may read values of a plain type; where it is hard to tell, it may."""
    origin = get_origin(member)
    if origin is Literal:
        return any(type(choice) is kind for choice in get_args(member))
    if origin in (tuple, frozenset, dict) or is_dataclass(member):
        return False
    if member in (Fraction, datetime):
        return kind is str
    return member is kind or member not in PLAIN or (member is float and kind is int)


def _by_kind(models: tuple[object, ...], value: Mapping[str, object], place: Place) -> object:
    """Return the member of a union that a mapping's tag means."""
    if len(models) == 1:
        return models[0]
    by_kind, fallback = _kinds_of(models)
    if fallback is not None:
        return fallback
    kind = value.get("kind")
    if kind is None or isinstance(kind, str):
        found = by_kind.get(kind)
        if found is not None:
            return found
    near = did_you_mean(str(kind), [str(name) for name in by_kind])
    listed = ", ".join(repr(name) for name in by_kind if name)
    raise SpecError(f"{words_of(place)}.kind: {kind!r} is not one of {listed}{near}", value=kind)


@cache
def _kinds_of(models: tuple[Hashable, ...]) -> tuple[Mapping[str | None, object], object]:
    """Return the members of a union by their tags, and the open base among them, or None."""
    by_kind = {kind_of(cast("type[object]", model)): model for model in models}
    return by_kind, next((model for model in models if open_members(model) is not None), None)


def _tuple_loader(arguments: tuple[object, ...]) -> _Loader:
    if arguments[-1] is Ellipsis:
        return partial(_load_row, _loader(arguments[0]))
    loaders = tuple(_loader(argument) for argument in arguments)
    return partial(_load_tuple, loaders)


def _load_row(load: _Loader, value: object, place: Place) -> object:
    """Read so many values of one type."""
    items = _items(value, place)
    return tuple([load(item, (place, index)) for index, item in enumerate(items)])


def _load_tuple(loaders: tuple[_Loader, ...], value: object, place: Place) -> object:
    items = _items(value, place)
    if len(loaders) != len(items):
        raise SpecError(f"{words_of(place)}: expected {len(loaders)} items, got {len(items)}")
    pairs = enumerate(zip(loaders, items, strict=True))
    return tuple([load(item, (place, index)) for index, (load, item) in pairs])


def _items(value: object, place: Place) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise _mismatch(place, "list", value)
    return value


def _mapping(value: object, place: Place, expected: str = "object") -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _mismatch(place, expected, value)
    return value


def _mismatch(place: Place, expected: str, value: object) -> SpecError:
    return SpecError(
        f"{words_of(place)}: expected {expected}, got {type(value).__name__} {value!r:.80}"
    )


def _at(error: SpecError, place: Place) -> SpecError:
    """Return the same error with the JSON place before its message."""
    path = words_of(place)
    if error.message.startswith("$") or error.message.startswith(path):
        return error
    return type(error)(f"{path}: {error.message}", **error.details)

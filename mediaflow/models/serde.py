"""JSON for any frozen dataclass of this library: to_dict, from_dict, json_schema.

Law: it walks type hints and knows no class by name. Unknown keys are refused with the nearest
known name; every message carries the JSON path. Tagged unions are told apart by their ``kind``.
Open bases (encoder options, filters) find their classes by their own look-up.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, is_dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache, partial
from typing import Any, Final, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin

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
from mediaflow.registry import did_you_mean

__all__ = ["Json", "from_dict", "json_schema", "open_members", "to_dict"]

T = TypeVar("T")

_Loader: TypeAlias = Callable[[object, str], object]
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
    data = _dump(value, "$", omit_defaults, swap)
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


def _dump(
    value: object, path: str, omit: bool, swap: Callable[[object], object] | None = None
) -> Json:
    if swap is not None:
        value = swap(value)
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Fraction():
            return str(value)
        case datetime():
            return value.isoformat()
        case tuple() | list():
            return [_dump(item, f"{path}[{index}]", omit, swap) for index, item in enumerate(value)]
        case frozenset():
            return [_dump(item, path, omit, swap) for item in sorted(value)]
        case Mapping():
            return {
                str(name): _dump(item, f"{path}.{name}", omit, swap) for name, item in value.items()
            }
    if not is_dataclass(value) or isinstance(value, type):
        raise SpecError(f"{path}: a {type(value).__name__} cannot travel as JSON")
    data: dict[str, Json] = {}
    for field in data_fields(type(value)):
        item = getattr(value, field.name)
        if omit and field.name != "kind" and _is_default(field, item):
            continue
        if "secret" in field.metadata:
            raise SpecError(
                f"{path}.{field.name}: a secret never travels as JSON",
                hint="keep it in its process; replace(job, callback=None) goes without",
            )
        data[field.name] = _dump(item, f"{path}.{field.name}", omit, swap)
    return data


def _is_default(field: Field[Any], item: object) -> bool:
    if field.default is not MISSING:
        return bool(item == field.default)
    return field.default_factory is not MISSING and bool(item == field.default_factory())


def _load(hint: object, value: object, path: str) -> object:
    return _loader(hint)(value, path)


@cache
def _loader(hint: Hashable) -> _Loader:
    """Return what reads values of a type; types are taken apart once."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return partial(_load_literal, arguments)
    if origin in (Union, types.UnionType):
        return _union_loader(arguments)
    if origin is tuple:
        return partial(_load_tuple, arguments)
    if origin is frozenset:
        return partial(_load_frozenset, (*arguments, ...))
    if origin is dict:
        return partial(_load_dict, arguments[1])
    if isinstance(hint, type):
        return _class_loader(hint)
    return partial(_load_nothing, hint)


def _load_frozenset(arguments: tuple[object, ...], value: object, path: str) -> object:
    return frozenset(cast("tuple[object, ...]", _load_tuple(arguments, value, path)))


def _load_dict(hint: object, value: object, path: str) -> object:
    items = _mapping(value, path).items()
    return {str(name): _load(hint, item, f"{path}.{name}") for name, item in items}


def _load_nothing(hint: object, value: object, path: str) -> object:
    raise SpecError(f"{path}: no rule to read {hint!r}")


def _class_loader(cls: type[object]) -> _Loader:
    members = open_members(cls)
    if members is not None:
        return partial(_load_open, cls, members)
    if is_dataclass(cls):
        return partial(_load_instance, cls)
    return partial(_load_plain, cls)


def _load_open(
    cls: type[object], members: Callable[[str], type[object]], value: object, path: str
) -> object:
    if isinstance(value, Mapping):
        return _load_member(members, value, path)
    return _load_instance(cls, value, path) if is_dataclass(cls) else _load_plain(cls, value, path)


def _load_instance(cls: type[object], value: object, path: str) -> object:
    if isinstance(value, cls):
        return value
    return _load_model(cls, _mapping(value, path, cls.__name__), path)


def _load_plain(cls: type[object], value: object, path: str) -> object:
    if type(value) is cls:
        return value
    if cls in (Fraction, datetime) and isinstance(value, str):
        return _parse(cls, value, path)
    if cls is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, cls) and not (isinstance(value, bool) and cls is int):
        return value
    raise _mismatch(path, cls.__name__, value)


def _parse(cls: type[object], text: str, path: str) -> object:
    try:
        if len(text) > MAX_NUMBER or "e" in text.lower():  # 1e999999999 is short and endless
            raise ValueError(text[:MAX_NUMBER])
        return Fraction(text) if cls is Fraction else datetime.fromisoformat(text)
    except (ValueError, ZeroDivisionError) as exc:
        what = "number or fraction" if cls is Fraction else "time (ISO 8601)"
        raise SpecError(f"{path}: {text!r:.80} is no {what}", value=text[:MAX_NUMBER]) from exc


def _load_member(
    look_up: Callable[[str], type[object]], value: Mapping[str, object], path: str
) -> object:
    kind = value.get("kind")
    if not isinstance(kind, str):
        raise SpecError(f"{path}: field 'kind' is missing", field="kind")
    try:
        cls = look_up(kind)
    except SpecError as exc:
        raise _at(exc, f"{path}.kind") from exc
    return _load_model(cls, value, path)


@cache
def _fields_of(cls: Hashable) -> tuple[Mapping[str, _Loader], tuple[str, ...]]:
    """Return what reads each field of a model, and the names of those it cannot do without."""
    model = cast("type[object]", cls)
    hints, known = hints_of(model), data_fields(model)
    loaders = {field.name: _loader(hints[field.name]) for field in known}
    return loaders, tuple(field.name for field in known if is_required(field))


def _load_model(cls: type[object], value: Mapping[str, object], path: str) -> object:
    known, required = _fields_of(cast("Hashable", cls))
    if value.get("version", VERSION) != VERSION:
        raise SpecError(f"{path}: version {value['version']!r} is not supported; this is {VERSION}")
    arguments: dict[str, object] = {}
    for name, item in value.items():
        load = known.get(name)
        if load is not None:
            arguments[name] = load(item, f"{path}.{name}")
        elif name != "version":
            near = did_you_mean(str(name), list(known))
            raise SpecError(f"{path}: unknown field {name!r}{near}", field=str(name))
    for name in required:
        if name not in arguments:
            raise SpecError(f"{path}: field {name!r} is missing", field=name)
    try:
        return cls(**arguments)
    except SpecError as exc:
        raise _at(exc, path) from exc


def _load_literal(choices: tuple[object, ...], value: object, path: str) -> object:
    for choice in choices:
        if type(choice) is type(value) and choice == value:
            return choice
    near = did_you_mean(str(value), [str(choice) for choice in choices])
    listed = ", ".join(repr(choice) for choice in choices)
    raise SpecError(f"{path}: {value!r} is not one of {listed}{near}", value=value)


def _union_loader(members: tuple[object, ...]) -> _Loader:
    models = tuple(member for member in members if is_dataclass(member))
    plain = tuple(member for member in members if member is not type(None))
    return partial(_load_union, plain, models, type(None) in members)


def _load_union(
    members: tuple[object, ...],
    models: tuple[object, ...],
    is_optional: bool,
    value: object,
    path: str,
) -> object:
    if value is None and is_optional:
        return None
    if models and isinstance(value, Mapping):
        return _load(_by_kind(models, value, path), value, path)
    problems: list[tuple[object, SpecError]] = []
    for member in members:
        try:
            return _load(member, value, path)
        except SpecError as exc:
            problems.append((member, exc))
    for member, problem in problems:
        if len(problems) == 1 or (get_origin(member) is Literal and isinstance(value, str)):
            raise problem
    names = " | ".join(getattr(member, "__name__", str(member)) for member, _ in problems)
    raise _mismatch(path, names, value)


def _by_kind(models: tuple[object, ...], value: Mapping[str, object], path: str) -> object:
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
    raise SpecError(f"{path}.kind: {kind!r} is not one of {listed}{near}", value=kind)


@cache
def _kinds_of(models: tuple[Hashable, ...]) -> tuple[Mapping[str | None, object], object]:
    """Return the members of a union by their tags, and the open base among them, or None."""
    by_kind = {kind_of(cast("type[object]", model)): model for model in models}
    return by_kind, next((model for model in models if open_members(model) is not None), None)


def _load_tuple(arguments: tuple[object, ...], value: object, path: str) -> object:
    if not isinstance(value, list | tuple):
        raise _mismatch(path, "list", value)
    hints = arguments
    if arguments[-1] is Ellipsis:
        hints = (arguments[0],) * len(value)
    if len(hints) != len(value):
        raise SpecError(f"{path}: expected {len(hints)} items, got {len(value)}")
    pairs = enumerate(zip(hints, value, strict=True))
    return tuple(_load(hint, item, f"{path}[{index}]") for index, (hint, item) in pairs)


def _mapping(value: object, path: str, expected: str = "object") -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _mismatch(path, expected, value)
    return value


def _mismatch(path: str, expected: str, value: object) -> SpecError:
    return SpecError(f"{path}: expected {expected}, got {type(value).__name__} {value!r:.80}")


def _at(error: SpecError, path: str) -> SpecError:
    """Return the same error with the JSON path before its message."""
    if error.message.startswith("$") or error.message.startswith(path):
        return error
    return type(error)(f"{path}: {error.message}", **error.details)

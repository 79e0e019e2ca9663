"""JSON for any frozen dataclass of this library: to_dict, from_dict, json_schema.

Law: it walks type hints and knows no class by name. Unknown keys are refused with the nearest
known name; every message carries the JSON path. Tagged unions are told apart by their ``kind``.
Open bases (encoder options, filters) find their classes by their own look-up.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, is_dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin

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
        SpecError: A field holds something that cannot travel, such as a file object.
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
        data[field.name] = _dump(item, f"{path}.{field.name}", omit, swap)
    return data


def _is_default(field: Field[Any], item: object) -> bool:
    if field.default is not MISSING:
        return bool(item == field.default)
    return field.default_factory is not MISSING and bool(item == field.default_factory())


def _load(hint: object, value: object, path: str) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _load_literal(arguments, value, path)
    if origin in (Union, types.UnionType):
        return _load_union(arguments, value, path)
    if origin is tuple:
        return _load_tuple(arguments, value, path)
    if origin is frozenset:
        return frozenset(cast("tuple[object, ...]", _load_tuple((*arguments, ...), value, path)))
    if origin is dict:
        return {
            str(name): _load(arguments[1], item, f"{path}.{name}")
            for name, item in _mapping(value, path).items()
        }
    if isinstance(hint, type):
        return _load_class(hint, value, path)
    raise SpecError(f"{path}: no rule to read {hint!r}")


def _load_class(cls: type[object], value: object, path: str) -> object:
    members = open_members(cls)
    if members is not None and isinstance(value, Mapping):
        return _load_member(members, value, path)
    if is_dataclass(cls):
        return (
            value
            if isinstance(value, cls)
            else _load_model(cls, _mapping(value, path, cls.__name__), path)
        )
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


def _load_model(cls: type[object], value: Mapping[str, object], path: str) -> object:
    known = {field.name: field for field in data_fields(cls)}
    if value.get("version", VERSION) != VERSION:
        raise SpecError(f"{path}: version {value['version']!r} is not supported; this is {VERSION}")
    arguments: dict[str, object] = {}
    for name, item in value.items():
        if name in known:
            arguments[name] = _load(hints_of(cls)[name], item, f"{path}.{name}")
        elif name != "version":
            near = did_you_mean(str(name), list(known))
            raise SpecError(f"{path}: unknown field {name!r}{near}", field=str(name))
    for name, field in known.items():
        if name not in arguments and is_required(field):
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


def _load_union(members: tuple[object, ...], value: object, path: str) -> object:
    if value is None and type(None) in members:
        return None
    if isinstance(value, Mapping):
        models = [member for member in members if is_dataclass(member)]
        if models:
            return _load(_by_kind(models, value, path), value, path)
    problems: list[tuple[object, SpecError]] = []
    for member in members:
        if member is not type(None):
            try:
                return _load(member, value, path)
            except SpecError as exc:
                problems.append((member, exc))
    for member, problem in problems:
        if len(problems) == 1 or (get_origin(member) is Literal and isinstance(value, str)):
            raise problem
    names = " | ".join(getattr(member, "__name__", str(member)) for member, _ in problems)
    raise _mismatch(path, names, value)


def _by_kind(models: Sequence[object], value: Mapping[str, object], path: str) -> object:
    """Return the member of a union that a mapping's tag means."""
    by_kind = {kind_of(cast("type[object]", model)): model for model in models}
    kind = value.get("kind")
    for model in models:
        if open_members(model) is not None or len(models) == 1:
            return model
    if kind is None or isinstance(kind, str):
        found = by_kind.get(kind)
        if found is not None:
            return found
    near = did_you_mean(str(kind), [str(name) for name in by_kind])
    listed = ", ".join(repr(name) for name in by_kind if name)
    raise SpecError(f"{path}.kind: {kind!r} is not one of {listed}{near}", value=kind)


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

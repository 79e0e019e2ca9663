"""JSON for any frozen dataclass of this library: to_dict, from_dict, json_schema.

Law: it walks type hints and knows no class by name. Unknown keys are refused with the nearest
known name; every message carries the JSON path. Tagged unions are told apart by their ``kind``.
Open bases (encoder options, filters) find their classes through :func:`open_members`.
Source: JSON Schema 2020-12.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from mediaflow.errors import SpecError
from mediaflow.registry import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

__all__ = ["Json", "from_dict", "json_schema", "open_members", "to_dict"]

Json = Union[None, bool, int, float, str, "list[Json]", "dict[str, Json]"]
T = TypeVar("T")

VERSION: Final = 1
_SCALARS: Final[dict[object, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
}


def to_dict(value: object, *, omit_defaults: bool = False) -> dict[str, Json]:
    """Return a model as plain JSON values.

    Args:
        value: An instance of a model of this library.
        omit_defaults: Leave out fields that have their default value.

    Raises:
        SpecError: A field holds something that cannot travel, such as a file object.
    """
    data = _dump(value, "$", omit_defaults)
    if not isinstance(data, dict):
        raise SpecError(f"expected a model, got {type(value).__name__}")
    return data


def from_dict(cls: type[T], data: Mapping[str, object]) -> T:
    """Build a model from JSON values.

    Args:
        cls: The class to build.
        data: What :func:`to_dict` returns, or a hand-written equal of it.

    Raises:
        SpecError: A key is unknown, a value has the wrong type, or a rule of the class is broken.
    """
    return cast("T", _load(cls, data, "$"))


def json_schema(cls: type[object]) -> dict[str, Json]:
    """Return the JSON Schema (2020-12) of a model."""
    definitions: dict[str, Json] = {}
    root = _schema(cls, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **cast("dict[str, Json]", root),
        "$defs": definitions,
    }


def _hints(cls: type[object]) -> dict[str, object]:
    return _cached_hints(cast("Hashable", cls))


@cache
def _cached_hints(cls: Hashable) -> dict[str, object]:
    return get_type_hints(cls)


def _data_fields(cls: type[object]) -> tuple[Field[Any], ...]:
    return tuple(field for field in fields(cast("Any", cls)) if field.init)


def _dump(value: object, path: str, omit: bool) -> Json:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Fraction():
            return str(value)
        case datetime():
            return value.isoformat()
        case tuple() | list():
            return [_dump(item, f"{path}[{index}]", omit) for index, item in enumerate(value)]
        case frozenset():
            return [_dump(item, path, omit) for item in sorted(value)]
        case dict():
            return {str(name): _dump(item, f"{path}.{name}", omit) for name, item in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        raise SpecError(f"{path}: a {type(value).__name__} cannot travel as JSON")
    data: dict[str, Json] = {}
    for field in _data_fields(type(value)):
        item = getattr(value, field.name)
        if omit and field.name != "kind" and _is_default(field, item):
            continue
        data[field.name] = _dump(item, f"{path}.{field.name}", omit)
    return data


def _is_default(field: Field[Any], item: object) -> bool:
    if field.default is not MISSING:
        return bool(item == field.default)
    if field.default_factory is not MISSING:
        return bool(item == field.default_factory())
    return False


def _load(hint: object, value: object, path: str) -> object:
    origin = get_origin(hint)
    if hint is Any or hint is object:
        return value
    if origin is Literal:
        return _load_literal(get_args(hint), value, path)
    if origin in (Union, types.UnionType):
        return _load_union(get_args(hint), value, path)
    if origin is tuple:
        return _load_tuple(get_args(hint), value, path)
    if origin is frozenset:
        return frozenset(
            cast("tuple[object, ...]", _load_tuple((*get_args(hint), ...), value, path))
        )
    if origin is dict:
        return _load_mapping(get_args(hint)[1], value, path)
    if isinstance(hint, type):
        return _load_class(hint, value, path)
    raise SpecError(f"{path}: no rule to read {hint!r}")


def _load_class(cls: type[object], value: object, path: str) -> object:
    members = open_members(cls)
    if members is not None and isinstance(value, dict):
        return _load_dataclass(members(str(value.get("kind"))), value, path)
    if is_dataclass(cls):
        return value if isinstance(value, cls) else _load_dataclass(cls, value, path)
    if cls is Fraction and isinstance(value, str | int):
        return Fraction(value)
    if cls is datetime and isinstance(value, str):
        return datetime.fromisoformat(value)
    if cls is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, cls) and not (cls is int and isinstance(value, bool)):
        return value
    raise _mismatch(path, cls.__name__, value)


def _load_dataclass(cls: type[object], value: object, path: str) -> object:
    if not isinstance(value, dict):
        raise _mismatch(path, cls.__name__, value)
    known = {field.name: field for field in _data_fields(cls)}
    version = value.get("version", VERSION)
    if "version" not in known and "version" in value and version != VERSION:
        raise SpecError(f"{path}: version {version!r} is not supported; this is {VERSION}")
    arguments: dict[str, object] = {}
    for name, item in value.items():
        if name == "version" and "version" not in known:
            continue
        if name not in known:
            near = did_you_mean(str(name), list(known))
            raise SpecError(f"{path}: unknown field {name!r}{near}", field=str(name))
        arguments[name] = _load(_hints(cls)[name], item, f"{path}.{name}")
    for name, field in known.items():
        if name not in arguments and field.default is MISSING and field.default_factory is MISSING:
            raise SpecError(f"{path}: field {name!r} is missing", field=name)
    return cls(**arguments)


def _load_literal(choices: tuple[object, ...], value: object, path: str) -> object:
    if value in choices:
        return value
    near = did_you_mean(str(value), [str(choice) for choice in choices])
    listed = ", ".join(repr(choice) for choice in choices)
    raise SpecError(f"{path}: {value!r} is not one of {listed}{near}", value=value)


def _load_union(members: tuple[object, ...], value: object, path: str) -> object:
    if value is None and type(None) in members:
        return None
    models = [member for member in members if is_dataclass(member)]
    if isinstance(value, dict) and models:
        return _load(_by_kind(models, value, path), value, path)
    problems: list[SpecError] = []
    for member in members:
        if member is type(None):
            continue
        try:
            return _load(member, value, path)
        except SpecError as exc:
            problems.append(exc)
    if len(problems) == 1:
        raise problems[0]
    names = " | ".join(getattr(member, "__name__", str(member)) for member in members)
    raise _mismatch(path, names, value)


def _by_kind(models: Sequence[object], value: Mapping[str, object], path: str) -> object:
    by_kind = {_kind(cast("type[object]", model)): model for model in models}
    kind = value.get("kind")
    if kind in by_kind:
        return by_kind[cast("str", kind)]
    if kind is None and len(models) == 1:
        return models[0]
    if kind is None and None in by_kind:
        return by_kind[None]
    near = did_you_mean(str(kind), [str(name) for name in by_kind])
    listed = ", ".join(repr(name) for name in by_kind if name)
    raise SpecError(f"{path}.kind: {kind!r} is not one of {listed}{near}", value=kind)


def _kind(cls: type[object]) -> str | None:
    for field in _data_fields(cls):
        if field.name == "kind":
            return cast("str", field.default)
    return None


def _load_tuple(arguments: tuple[object, ...], value: object, path: str) -> object:
    if not isinstance(value, list | tuple):
        raise _mismatch(path, "list", value)
    if len(arguments) == 2 and arguments[1] is Ellipsis:  # tuple[X, ...]
        return tuple(
            _load(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value)
        )
    if len(arguments) != len(value):
        raise SpecError(f"{path}: expected {len(arguments)} items, got {len(value)}")
    pairs = zip(arguments, value, strict=True)
    return tuple(_load(hint, item, f"{path}[{i}]") for i, (hint, item) in enumerate(pairs))


def _load_mapping(hint: object, value: object, path: str) -> object:
    if not isinstance(value, dict):
        raise _mismatch(path, "object", value)
    return {str(name): _load(hint, item, f"{path}.{name}") for name, item in value.items()}


def _mismatch(path: str, expected: str, value: object) -> SpecError:
    return SpecError(f"{path}: expected {expected}, got {type(value).__name__} {value!r:.80}")


def open_members(cls: type[object]) -> Callable[[str], type[object]] | None:
    """Return the look-up of an open base's classes by ``kind``, or None for a closed class."""
    look_up = cls.__dict__.get("member_of_kind")
    return None if look_up is None else cast("Any", cls).member_of_kind


def _schema(hint: object, definitions: dict[str, Json]) -> Json:
    origin = get_origin(hint)
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(member, definitions) for member in get_args(hint)]}
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _schema(get_args(hint)[0], definitions)}
    if origin is dict:
        return {
            "type": "object",
            "additionalProperties": _schema(get_args(hint)[1], definitions),
        }
    if hint in (Fraction, datetime):
        return {"type": "string"}
    if isinstance(hint, type) and is_dataclass(hint):
        return _schema_of_model(hint, definitions)
    if isinstance(hint, type) and open_members(hint) is not None:
        return {"type": "object", "required": ["kind"]}
    return {}


def _schema_of_model(cls: type[object], definitions: dict[str, Json]) -> Json:
    name = cls.__name__
    reference: Json = {"$ref": f"#/$defs/{name}"}
    if open_members(cls) is not None:
        return {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]}
    if name in definitions:
        return reference
    definitions[name] = {}
    properties: dict[str, Json] = {}
    required: list[Json] = []
    for field in _data_fields(cls):
        properties[field.name] = (
            {"const": cast("str", field.default)}
            if field.name == "kind"
            else _schema(_hints(cls)[field.name], definitions)
        )
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(field.name)
    definitions[name] = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return reference

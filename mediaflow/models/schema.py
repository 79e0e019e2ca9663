"""JSON Schema for any model. Source: JSON Schema 2020-12, Core and Validation."""

from __future__ import annotations

import types
from dataclasses import is_dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

from mediaflow.models.shape import (
    VERSION,
    data_fields,
    hints_of,
    is_required,
    kind_of,
    open_members,
)

__all__ = ["Json", "json_schema"]

Json = Union[None, bool, int, float, str, "list[Json]", "dict[str, Json]"]
Definitions = dict[str, Json]

_SCALARS: Final[dict[object, str]] = {
    bool: "boolean",
    datetime: "string",
    float: "number",
    Fraction: "string",
    int: "integer",
    str: "string",
    type(None): "null",
}


def json_schema(cls: type[object]) -> dict[str, Json]:
    """Return the JSON Schema (2020-12) of a model.

    Args:
        cls: A model class of this library.

    Example:
        >>> from mediaflow.models.outputs import OutputSpec
        >>> json_schema(OutputSpec)["$ref"]
        '#/$defs/OutputSpec'
    """
    definitions: Definitions = {}
    root = cast("dict[str, Json]", _schema(cls, definitions))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "$defs": definitions,
    }


def _schema(hint: object, definitions: Definitions) -> Json:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        members = [_schema(member, definitions) for member in arguments]
        return {"anyOf": [member for member in members if member]}  # {} is what JSON cannot hold
    if origin is tuple and arguments[-1] is not Ellipsis:
        items: Json = [_schema(item, definitions) for item in arguments]
        count = len(arguments)
        return {"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if open_members(hint) is not None:
        kind: Json = {"kind": {"type": "string"}}
        return {"type": "object", "properties": kind, "required": ["kind"]}
    if isinstance(hint, type) and is_dataclass(hint):
        return _model(cast("type[object]", hint), definitions)
    return {}


def _model(cls: type[object], definitions: Definitions) -> Json:
    name = cls.__name__
    reference: Json = {"$ref": f"#/$defs/{name}"}
    if name in definitions:
        return reference
    definitions[name] = {}  # a model may hold itself
    hints: dict[str, Any] = hints_of(cls)
    properties: dict[str, Json] = {"version": {"const": VERSION}}
    for field in data_fields(cls):
        if field.name == "kind" and len(get_args(hints["kind"])) <= 1:
            properties["kind"] = {"const": kind_of(cls)}
        elif field.name != "version":
            properties[field.name] = _schema(hints[field.name], definitions)
    definitions[name] = {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in data_fields(cls) if is_required(field)],
        "additionalProperties": False,
    }
    return reference

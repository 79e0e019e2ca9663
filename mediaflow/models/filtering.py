"""Filters as callers write them become a tuple of filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

from mediaflow.errors import SpecError
from mediaflow.models.plugins import Filter
from mediaflow.models.serde import from_dict

__all__ = ["MAX_FILTERS", "as_filters"]

MAX_FILTERS: Final = 32  # of one output; each may cost a pass over the picture


def as_filters(value: object) -> tuple[Filter, ...]:
    """Return filters, or dicts of them, as a tuple.

    Raises:
        SpecError: Something else is among them, or there are too many.
    """
    if isinstance(value, Filter) or _is_filter_class(value):
        raise _refusal(value, "filters must be a tuple of filters", "write filters=({},)")
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise SpecError(
            f"filters must be a tuple of filters, got {value!r:.80}",
            hint="for example filters=(filters.Sepia(0.4),)",
            field="filters",
        )
    items = tuple(value)
    if len(items) > MAX_FILTERS:
        raise SpecError(
            f"an output takes up to {MAX_FILTERS} filters, got {len(items)}", field="filters"
        )
    return tuple(_as_filter(item, index) for index, item in enumerate(items))


def _as_filter(item: object, index: int) -> Filter:
    if isinstance(item, Filter):
        return item
    if isinstance(item, Mapping):
        return from_dict(Filter, cast("Mapping[str, object]", item), path=f"filters[{index}]")
    text = f"filters[{index}] must be a filter such as filters.Sepia(0.4)"
    if _is_filter_class(item):
        raise _refusal(item, text, "write {}")
    raise SpecError(f"{text}, got {item!r:.80}", field="filters")


def _is_filter_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Filter)


def _refusal(value: object, text: str, hint: str) -> SpecError:
    cls = value if isinstance(value, type) else type(value)
    made = f"{cls.__name__}({'' if isinstance(value, type) else '…'})"
    got = f"the class {cls.__name__}" if isinstance(value, type) else f"one {cls.__name__}"
    return SpecError(f"{text}, got {got}", hint=hint.format(made), field="filters")

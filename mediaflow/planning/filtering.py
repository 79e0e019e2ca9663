"""Which pictures filters are applied to. Pure.

Law: several looks of one geometry share one decode and one scale: a plain picture is planned, and
each look is made from it as it is. A filtered picture is never the origin of another one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaflow.geometry import Placement, Point
from mediaflow.models.plugins import Filter
from mediaflow.planning.cost import seconds_to_filter
from mediaflow.planning.steps import ColorAction

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Wanted", "twin_of", "with_plain_twins"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One picture that at least one output needs."""

    placement: Placement
    color: ColorAction
    background: str
    filters: tuple[Filter, ...] = ()
    linear: bool = False
    moves: bool = False
    still_at: float | str | None = None


def with_plain_twins(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return all pictures, largest first, with the plain ones that filtered ones share.

    Args:
        wanted: The picture of each output.
    """
    unique = list(dict.fromkeys(wanted))
    shared = Counter(_plain(want) for want in unique if want.filters)
    extra = [plain for plain, users in shared.items() if users > 1]
    every = dict.fromkeys([*unique, *extra])
    return sorted(every, key=_order)


def _order(want: Wanted) -> tuple[int, bool, float]:
    """Return the sort key: the largest, the plain before its looks, the longest to filter."""
    content = want.placement.content
    cost = seconds_to_filter(want.filters, content)
    return -content.pixels, bool(want.filters), -cost  # the longest must not start last


def twin_of(want: Wanted, others: Sequence[Wanted]) -> int | None:
    """Return the index of the plain picture that a filtered one is made from as it is, or None."""
    plain = _plain(want)
    return others.index(plain) if want.filters and plain in others else None


def _plain(want: Wanted) -> Wanted:
    """Return the same picture before filters and padding."""
    content = want.placement.content
    placement = replace(want.placement, canvas=content, offset=Point(0, 0))
    return replace(want, placement=placement, background="white", filters=())

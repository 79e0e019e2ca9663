"""Which children jobs get, by what a processor was asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from mediaflow.models.checking import check_choice

if TYPE_CHECKING:
    from mediaflow.executors.pool import ChildPool
    from mediaflow.security.limits import Trust

__all__ = ["Isolation", "children_for"]

Isolation: TypeAlias = Literal["none", "worker", "job"]
"""Where sources are taken apart."""


def children_for(isolation: Isolation | None, trust: Trust, *, threads: int) -> ChildPool | None:
    """Return a pool of children, or None where jobs run in this process.

    Args:
        isolation: What was asked; None follows ``trust``.
        trust: Whose files are processed.
        threads: Threads that native code of one child may use.

    Raises:
        SpecError: ``isolation`` is none of its words.
    """
    if isolation is None:
        isolation = "worker" if trust == "strangers" else "none"
    check_choice("isolation", isolation, get_args(Isolation))
    if isolation == "none":
        return None
    from mediaflow.executors.children import StartOptions, start_child
    from mediaflow.executors.pool import ChildPool

    start = StartOptions(module="mediaflow.jobs.child", threads=threads)
    made = partial(start_child, start)
    return ChildPool(made, recycle=1) if isolation == "job" else ChildPool(made)

"""Where jobs run: in the caller's thread or in threads of our own.

Law: an executor is a ``concurrent.futures.Executor``; it knows callables and nothing of media.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

__all__ = ["executors", "get_executor"]

executors: Final[Registry[Callable[[int], Executor]]] = Registry(
    "executor",
    group="mediaflow.executors",
    builtin={
        "inline": Entry("mediaflow.executors.inline:make"),
        "threads": Entry("mediaflow.executors.threads:make"),
    },
)


def get_executor(name: str, workers: int) -> Executor:
    """Return a new executor.

    Args:
        name: A name of the table.
        workers: How many jobs may run at once.

    Raises:
        UnknownNameError: No executor has that name.
        SpecError: ``workers`` is below 1.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise SpecError(
            f"workers must be a whole number of at least 1, got {workers!r}", field="workers"
        )
    return executors[name](workers)

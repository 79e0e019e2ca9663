"""Where jobs run: in the caller's thread, in threads or processes, or on a cluster.

Law: an executor is a ``concurrent.futures.Executor``; it knows callables and nothing of media.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast

from mediaflow.errors import SpecError
from mediaflow.executors.inline import InlineExecutor
from mediaflow.executors.threads import available_threads
from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MAX_ATTEMPTS",
    "AnyExecutor",
    "ClusterClient",
    "Engine",
    "clusters",
    "engine_of",
    "executors",
    "get_executor",
]

MAX_ATTEMPTS: Final = 3
"""How often a cluster begins a job whose workers die under it."""

executors: Final[Registry[Callable[[int], Executor]]] = Registry(
    "executor",
    group="mediaflow.executors",
    builtin={
        "inline": Entry("mediaflow.executors.inline:make"),
        "threads": Entry("mediaflow.executors.threads:make"),
    },
)

clusters: Final[Registry[Callable[[object, int], Executor]]] = Registry(
    "cluster",
    group="mediaflow.clusters",
    builtin={"dask": Entry("mediaflow.executors.dask:make", extra="dask")},
)

_SCHEMES: Final = {"tcp": "dask", "tls": "dask"}  # Dask's own schedulers go by these


class ClusterClient(Protocol):
    """A client of a cluster, such as ``distributed.Client``."""

    @property
    def scheduler(self) -> object:
        """What the client is connected to."""
        ...


AnyExecutor: TypeAlias = str | Executor | ClusterClient
"""A name, an address such as ``"dask://host:8786"``, an executor of the standard library's kind, or
a Dask ``Client``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An executor, and what a processor has to know of it."""

    executor: Executor
    workers: int | None
    """How many jobs run at once on this machine; None for those of others, and where nobody says."""

    is_own: bool
    """Whether it was made here, and ends with its processor."""

    @property
    def shares_memory(self) -> bool:
        """Whether calls run in this process, so that anything can be handed over."""
        kinds = (InlineExecutor, ThreadPoolExecutor)
        return bool(getattr(self.executor, "shares_memory", isinstance(self.executor, kinds)))


def get_executor(name: str, workers: int) -> Executor:
    """Return a new executor.

    Args:
        name: A name of the table.
        workers: How many jobs may run at once.

    Raises:
        UnknownNameError: No executor has that name.
        SpecError: ``workers`` is below 1.
    """
    _check_count("workers", workers)
    return executors[name](workers)


def engine_of(
    wanted: AnyExecutor, workers: int | None = None, *, max_attempts: int = MAX_ATTEMPTS
) -> Engine:
    """Return where jobs run.

    Args:
        wanted: A name, an address, an executor or a client.
        workers: How many jobs run at once; None takes what the executor says.
        max_attempts: How often a cluster begins a job.

    Raises:
        UnknownNameError: No executor has that name.
        MissingExtraError: The package of the cluster is not installed.
        SpecError: A value is not what its argument takes.
    """
    _check_count("max_attempts", max_attempts)
    if workers is not None:
        _check_count("workers", workers)
    if isinstance(wanted, Executor):
        slots = workers or cast("int | None", getattr(wanted, "_max_workers", None))
        return Engine(executor=wanted, workers=slots, is_own=False)
    cluster = _cluster_of(wanted)
    if cluster is not None:
        return Engine(executor=clusters[cluster](wanted, max_attempts), workers=None, is_own=True)
    if not isinstance(wanted, str):
        raise SpecError(
            f"executor must be a name, an Executor or a Dask Client, got {type(wanted).__name__}",
            hint="for example executor='threads'",
            field="executor",
        )
    slots = workers or (1 if wanted == "inline" else available_threads())
    return Engine(executor=get_executor(wanted, slots), workers=slots, is_own=True)


def _cluster_of(wanted: object) -> str | None:
    """Return the name of the cluster that an address or a client belongs to, if it is one."""
    if isinstance(wanted, str):
        scheme, found, _ = wanted.partition("://")
        return _SCHEMES.get(scheme, scheme) if found else None
    names = {(cls.__module__.partition(".")[0], cls.__name__) for cls in type(wanted).__mro__}
    return "dask" if ("distributed", "Client") in names else None


def _check_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SpecError(f"{name} must be a whole number of at least 1, got {value!r}", field=name)

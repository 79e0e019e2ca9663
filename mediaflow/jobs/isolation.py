"""Which children jobs get, by what a processor was asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, get_args

from mediaflow.errors import UnsupportedError
from mediaflow.models.checking import check_choice
from mediaflow.models.isolation import Isolation
from mediaflow.security.sandbox import SandboxMode, sandbox_support

if TYPE_CHECKING:
    from mediaflow.executors.pool import ChildPool
    from mediaflow.security.limits import Trust

__all__ = ["children_for", "isolation_for"]

SPARE_FORKS: Final = 2
"""Children for one job each that wait: one for the next job, one for that after it. Making one takes
longer than a small job."""


def isolation_for(isolation: Isolation | None, trust: Trust) -> Isolation:
    """Return where sources are taken apart.

    Args:
        isolation: What was asked; None follows ``trust``.
        trust: Whose files are processed.

    Raises:
        SpecError: ``isolation`` is none of its words.
    """
    if isolation is None:
        return "worker" if trust == "strangers" else "none"
    check_choice("isolation", isolation, get_args(Isolation))
    return isolation


def children_for(
    isolation: Isolation | None,
    trust: Trust,
    *,
    sandbox: SandboxMode,
    threads: int,
    scratch: str | None = None,
) -> ChildPool | None:
    """Return a pool of children, or None where jobs run in this process.

    Args:
        isolation: What was asked; None follows ``trust``.
        trust: Whose files are processed.
        sandbox: How children are locked.
        scratch: Folder for the private folders of children, or None for the system's own.
        threads: Threads that native code of one child may use.

    Raises:
        SpecError: ``isolation`` or ``sandbox`` is none of its words.
        UnsupportedError: A full sandbox is required, and this system has none.
    """
    isolation = isolation_for(isolation, trust)
    check_choice("sandbox", sandbox, get_args(SandboxMode))
    if isolation == "none":
        return None
    from mediaflow.executors.pool import ChildPool
    from mediaflow.executors.starting import StartOptions, start_child
    from mediaflow.executors.zygote import Zygote

    support = sandbox_support()
    if sandbox == "require" and support.level != "full":
        raise UnsupportedError(
            f"a full sandbox is required, and this system has only: {support}",
            hint='sandbox="auto" takes what there is',
        )
    is_locked = sandbox != "off" and support.level == "full"
    options = {"sandbox": sandbox}
    start = StartOptions(
        module="mediaflow.jobs.child", options=options, threads=threads, scratch=scratch
    )
    if isolation == "worker":
        return ChildPool(partial(start_child, start), is_locked=is_locked)
    zygote = Zygote(start)
    return ChildPool(
        zygote.child, spare=SPARE_FORKS, recycle=1, is_locked=is_locked, end=zygote.close
    )

"""Locks this process so that whoever takes it over reaches nothing.

Law: it locks, for good, and tells what came of it; it imports no codec and starts no process. The
order is fixed: the caller imports and warms up what is needed and closes what is not, then come
limits of resources, no_new_privs, Landlock and seccomp. Descriptors that are open stay usable.
A kernel or a platform that lacks a part gives a lower level, which is told and never hidden.
Source: landlock(7), seccomp(2).
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.security import landlock
from mediaflow.security.allowed_calls import rules_for
from mediaflow.security.kernel import Kernel
from mediaflow.security.rlimits import ResourceCaps, limit_resources
from mediaflow.security.sandbox_report import SandboxLevel, SandboxReport, look
from mediaflow.security.seccomp import assemble
from mediaflow.security.syscalls import MACHINES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ResourceCaps",
    "SandboxLevel",
    "SandboxMode",
    "SandboxReport",
    "lock_down",
    "sandbox_support",
]

SandboxMode: TypeAlias = Literal["auto", "require", "off"]
"""Lock as far as the platform can; refuse to work where it cannot do all; do not lock."""

_USUAL_CAPS: Final = ResourceCaps()

_RANDOM: Final = "/dev/urandom"
"""Readable wherever something may be written: FFmpeg's muxers of Matroska and Ogg draw numbers from it,
and measure the jitter of a clock for 0.1 s a file without it."""


def sandbox_support(*, kernel: Kernel | None = None) -> SandboxReport:
    """Tell what :func:`lock_down` could put in force here, without locking anything."""
    return look(kernel or Kernel()).report()


def lock_down(
    *,
    writable: Sequence[str] = (),
    readable: Sequence[str] = (),
    mode: SandboxMode = "auto",
    caps: ResourceCaps = _USUAL_CAPS,
    kernel: Kernel | None = None,
) -> SandboxReport:
    """Lock this process, for good.

    Call it while there is one thread and after everything is imported. Afterwards files open only
    beneath the given folders; where none is given or Landlock is missing, no path opens at all and
    only descriptors work.

    Args:
        writable: Folders whose files may be read, written, made, moved and removed.
        readable: Folders or files that may be read.
        mode: ``"auto"`` locks as far as possible, ``"require"`` refuses anything below ``"full"``
            before it changes a thing, ``"off"`` does nothing.
        caps: Limits of resources.
        kernel: What stands for the kernel; None is the real one.

    Returns:
        What is in force now.

    Raises:
        SpecError: The mode is unknown, or something writable is no folder.
        StorageError: A folder cannot be opened.
        UnsupportedError: ``"require"``, and a part is missing.
    """
    if mode not in get_args(SandboxMode):
        message = f"sandbox must be 'auto', 'require' or 'off', got {mode!r}"
        raise SpecError(message, field="sandbox")
    if mode == "off":
        return SandboxReport(level="none", lacks=("sandbox: switched off",))
    used = kernel or Kernel()
    found = look(used)
    found.mind_threads(used)
    version = found.landlock_version
    ruleset = found.attempt("landlock", partial(landlock.new_rules, used, version))
    try:
        if ruleset is not None:
            reads = (*readable, _RANDOM) if writable and os.path.exists(_RANDOM) else readable
            landlock.grant(used, version, ruleset, writable=writable, readable=reads)
        if mode == "require":
            found.require_all("possible here")
        found.attempt("rlimits", partial(limit_resources, used, caps))
        found.attempt("no_new_privs", used.forbid_new_privileges)
        if ruleset is not None:
            found.attempt("landlock", partial(landlock.enforce, used, version, ruleset))
    finally:
        if ruleset is not None:
            os.close(ruleset)
    has_files = found.has("landlock") and bool(writable or readable)
    found.attempt("seccomp", partial(_refuse_calls, used, has_files=has_files))
    if mode == "require":
        found.require_all("this process is half locked and must end")
    return found.report()


def _refuse_calls(kernel: Kernel, *, has_files: bool) -> None:
    machine = MACHINES[kernel.machine()]
    rules = rules_for(machine, process_id=os.getpid(), has_files=has_files)
    kernel.install_filter(assemble(machine, rules))

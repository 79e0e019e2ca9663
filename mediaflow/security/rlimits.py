"""Limits of resources that a process puts on itself.

Law: a limit is only ever lowered, and both of its values are, so that a taken-over process cannot
raise it again. A parent that wants a limit for each job moves the soft one from outside.
Source: getrlimit(2).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError

if TYPE_CHECKING:
    from mediaflow.security.kernel import Kernel

__all__ = ["ResourceCaps", "limit_resources"]

OPEN_FILES: Final = 64  # an isolated job has a few descriptors, codecs none of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCaps:
    """Most that a process may use. Core dumps, which would hold the input, are always off."""

    memory_bytes: int | None = None
    """Address space, RLIMIT_AS. It counts what is reserved as well: each thread takes some."""

    cpu_seconds: int | None = None
    """Processor time of the whole process, RLIMIT_CPU: SIGXCPU then, SIGKILL a second later."""

    file_bytes: int | None = None
    """Size of any one file that is written, RLIMIT_FSIZE; writing on fails with EFBIG."""

    open_files: int | None = OPEN_FILES
    """Highest descriptor plus one, RLIMIT_NOFILE."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                message = f"caps.{field.name} must be a whole number of at least 1, got {value!r}"
                raise SpecError(message, field=field.name, value=value)


def limit_resources(kernel: Kernel, caps: ResourceCaps) -> None:
    """Lower the limits of this process, for good.

    Raises:
        OSError: The platform refuses one of them; those before it are in force.
    """
    cpu = caps.cpu_seconds
    wishes = {
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_AS": _both(caps.memory_bytes),
        "RLIMIT_CPU": None if cpu is None else (cpu, cpu + 1),
        "RLIMIT_FSIZE": _both(caps.file_bytes),
        "RLIMIT_NOFILE": _both(caps.open_files),
    }
    for name, wish in wishes.items():
        if wish is None:
            continue
        hard = kernel.hard_limit(name)
        most = wish[1] if hard is None else min(hard, wish[1])
        kernel.set_limit(name, min(wish[0], most), most)


def _both(value: int | None) -> tuple[int, int] | None:
    return None if value is None else (value, value)

"""What confines a process: the report, and how one is put together.

Law: words and levels; the one thing asked of a kernel is what it has. A part is in force or it is
lacking with a reason; nothing is left out.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

from mediaflow.errors import UnsupportedError
from mediaflow.security.landlock import HOLDS_ALL_THREADS
from mediaflow.security.syscalls import MACHINES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.security.kernel import Kernel

__all__ = ["PARTS", "Findings", "SandboxLevel", "SandboxReport", "look"]

SandboxLevel: TypeAlias = Literal["full", "partial", "none"]
"""All parts in force; at least Landlock or seccomp; neither of the two."""

T = TypeVar("T")

PARTS: Final = ("rlimits", "no_new_privs", "landlock", "seccomp")

_REASONS: Final = {
    errno.EACCES: "may not be used here",
    errno.EINVAL: "the kernel has none",
    errno.ENOSYS: "the kernel has none",
    errno.EOPNOTSUPP: "the kernel has it switched off",
    errno.EPERM: "may not be used here, as by the rules of a container",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReport:
    """What confines a process, and what does not.

    Example:
        >>> parts = ("rlimits", "no_new_privs", "landlock", "seccomp")
        >>> print(SandboxReport(level="full", parts=parts, landlock_version=7))
        full (rlimits, no_new_privs, landlock ABI 7, seccomp)
    """

    level: SandboxLevel
    """How much that is, in one word."""

    parts: tuple[str, ...] = ()
    """What is in force: of ``rlimits``, ``no_new_privs``, ``landlock`` and ``seccomp``."""

    lacks: tuple[str, ...] = ()
    """What is missing and why, in words."""

    landlock_version: int | None = None
    """Version of Landlock's interface; None without it."""

    def __str__(self) -> str:
        names = [
            f"landlock ABI {self.landlock_version}" if part == "landlock" else part
            for part in self.parts
        ]
        return "; ".join((f"{self.level} ({', '.join(names) or 'nothing'})", *self.lacks))


@dataclass(slots=True)
class Findings:
    """What a kernel has, less what fails while it is put in force."""

    landlock_version: int = 0
    lacks: dict[str, str] = field(default_factory=dict)
    """Why, by part."""

    def has(self, part: str) -> bool:
        """Tell whether nothing speaks against a part."""
        return part not in self.lacks

    def attempt(self, part: str, step: Callable[[], T]) -> T | None:
        """Take a step towards a part unless that is missing; note why it fails."""
        if not self.has(part):
            return None
        try:
            return step()
        except OSError as exc:
            self.lacks[part] = _reason(exc)
            return None

    def mind_threads(self, kernel: Kernel) -> None:
        """Do without Landlock where it would leave other threads free."""
        others = kernel.threads() - 1
        if others and self.has("landlock") and self.landlock_version < HOLDS_ALL_THREADS:
            self.lacks["landlock"] = f"{others} other threads run, which it would leave free"

    def require_all(self, what: str) -> None:
        """Refuse a lower level than the full one.

        Raises:
            UnsupportedError: A part is missing.
        """
        if self.lacks:
            raise UnsupportedError(
                f"sandbox='require' needs all of {', '.join(PARTS)}; {what}: {self.report()}",
                hint="use Linux from 5.13 on x86-64 or aarch64, and lock before threads start; "
                "sandbox='auto' makes do with less",
                lacks=self.report().lacks,
            )

    def report(self) -> SandboxReport:
        """Return what is in force if nothing else fails."""
        confines = sum(self.has(part) for part in ("landlock", "seccomp"))
        return SandboxReport(
            level="none" if not confines else "partial" if self.lacks else "full",
            parts=tuple(part for part in PARTS if self.has(part)),
            lacks=tuple(f"{part}: {self.lacks[part]}" for part in PARTS if not self.has(part)),
            landlock_version=self.landlock_version if self.has("landlock") else None,
        )


def look(kernel: Kernel) -> Findings:
    """Return what a kernel has, without changing anything."""
    found = Findings()
    if not kernel.can_limit():
        found.lacks["rlimits"] = "the platform has none"
    if kernel.platform() != "linux":
        without = f"there is none on {kernel.platform()}"
        found.lacks |= dict.fromkeys(("no_new_privs", "landlock", "seccomp"), without)
        return found
    found.landlock_version = found.attempt("landlock", kernel.landlock_version) or 0
    if kernel.machine() in MACHINES:
        found.attempt("seccomp", kernel.check_seccomp)
    else:
        found.lacks["seccomp"] = f"no table for {kernel.machine()}"
    return found


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, f"refused with {error.strerror!r}")

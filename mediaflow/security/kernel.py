"""The few calls of the kernel that a sandbox is made of, through ctypes.

Law: calls and their errors; what to ask for stands in the neighbours. Nothing is loaded at import,
and each failure is an OSError. Tests put a poorer kernel in the place of this one.
Source: landlock(7), seccomp(2), prctl(2), ``linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
import threading
from functools import cache
from typing import Final

from mediaflow.security.syscalls import MACHINES

__all__ = ["Kernel"]

_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_ADD_RULE: Final = 445
_LANDLOCK_RESTRICT_SELF: Final = 446
_SAME_LANDLOCK_NUMBERS: Final = frozenset(
    {"aarch64", "loongarch64", "ppc64le", "riscv64", "s390x", "x86_64"}
)
_GET_VERSION: Final = 1  # LANDLOCK_CREATE_RULESET_VERSION
_PATH_BENEATH: Final = 1  # LANDLOCK_RULE_PATH_BENEATH
_SET_MODE_FILTER: Final = 1  # SECCOMP_SET_MODE_FILTER
_GET_ACTION_AVAIL: Final = 2  # SECCOMP_GET_ACTION_AVAIL
_ALL_THREADS: Final = 1  # SECCOMP_FILTER_FLAG_TSYNC
_KILL_PROCESS: Final = 0x8000_0000  # SECCOMP_RET_KILL_PROCESS
_SET_NO_NEW_PRIVS: Final = 38  # PR_SET_NO_NEW_PRIVS
_INSTRUCTION_BYTES: Final = 8


class Kernel:
    """The kernel below this process."""

    def platform(self) -> str:
        """Return what ``sys.platform`` says."""
        return sys.platform

    def machine(self) -> str:
        """Return the machine that this process is built for, as ``uname -m`` says it.

        A process of 32 bits uses other numbers than its kernel, so it is called otherwise.
        """
        name = os.uname().machine
        return name if struct.calcsize("P") == 8 else f"{name} in 32 bits"

    def threads(self) -> int:
        """Return how many threads this process has, those of libraries included."""
        try:
            return len(os.listdir("/proc/self/task"))
        except OSError:  # /proc is not mounted; threads of libraries remain unseen
            return threading.active_count()

    def can_limit(self) -> bool:
        """Tell whether the platform has limits of resources."""
        try:
            import resource  # noqa: F401  # asked for, not used
        except ImportError:  # Windows
            return False
        return True

    def hard_limit(self, name: str) -> int | None:
        """Return a hard limit, such as that of ``"RLIMIT_AS"``; None without one."""
        import resource

        _, hard = resource.getrlimit(getattr(resource, name))
        return None if hard == resource.RLIM_INFINITY else hard

    def set_limit(self, name: str, soft: int, hard: int) -> None:
        """Set both values of a limit."""
        import resource

        try:
            resource.setrlimit(getattr(resource, name), (soft, hard))
        except ValueError as exc:  # how Python words EINVAL and EPERM here
            raise OSError(errno.EPERM, str(exc)) from exc

    def forbid_new_privileges(self) -> None:
        """Make set-user-id programs start without their privileges, for good."""
        _prctl(_SET_NO_NEW_PRIVS, 1)

    def landlock_version(self) -> int:
        """Return the version of Landlock's interface, from 1.

        Raises:
            OSError: There is none (ENOSYS), it is switched off (EOPNOTSUPP), or it may not be used.
        """
        if self.machine() not in _SAME_LANDLOCK_NUMBERS:
            raise OSError(errno.ENOSYS, f"no numbers for {self.machine()}")
        return _call(_LANDLOCK_CREATE_RULESET, None, 0, _GET_VERSION)

    def new_ruleset(self, files: int, network: int, scopes: int) -> int:
        """Return the descriptor of a new set of rules that denies the given rights."""
        rights = struct.pack("=QQQ", files, network, scopes)  # struct landlock_ruleset_attr
        return _call(_LANDLOCK_CREATE_RULESET, rights, len(rights), 0)

    def allow_beneath(self, ruleset: int, place: int, rights: int) -> None:
        """Grant rights beneath an open folder, or on an open file."""
        rule = struct.pack("=Qi", rights, place)  # struct landlock_path_beneath_attr
        _call(_LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)

    def enforce_ruleset(self, ruleset: int, flags: int) -> None:
        """Put a set of rules in force, for good."""
        _call(_LANDLOCK_RESTRICT_SELF, ruleset, flags)

    def check_seccomp(self) -> None:
        """Make sure that filters can be installed that end a process.

        Raises:
            OSError: They cannot.
        """
        number = MACHINES[self.machine()].numbers["seccomp"]
        _call(number, _GET_ACTION_AVAIL, 0, struct.pack("=I", _KILL_PROCESS))

    def install_filter(self, program: bytes) -> None:
        """Put a filter of system calls in force for all threads, for good."""
        number = MACHINES[self.machine()].numbers["seccomp"]
        code = ctypes.create_string_buffer(program, len(program))
        head = struct.pack("@HP", len(program) // _INSTRUCTION_BYTES, ctypes.addressof(code))
        odd_thread = _call(number, _SET_MODE_FILTER, _ALL_THREADS, head)
        if odd_thread != 0:
            raise OSError(errno.EBUSY, f"thread {odd_thread} has a filter of its own")


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _call(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call; on Linux's 64-bit machines a variadic call passes plain registers."""
    passed = [
        ctypes.c_char_p(value) if isinstance(value, (bytes, type(None))) else ctypes.c_long(value)
        for value in arguments
    ]
    return _checked(int(_libc().syscall(ctypes.c_long(number), *passed)))


def _prctl(option: int, value: int) -> None:
    arguments = [ctypes.c_ulong(number) for number in (value, 0, 0, 0)]
    _checked(int(_libc().prctl(ctypes.c_int(option), *arguments)))


def _checked(result: int) -> int:
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result

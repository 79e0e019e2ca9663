"""Which system calls a locked process may make, and with what arguments.

Law: a table; numbers stand in ``syscalls``, and ``seccomp`` makes a program of both. Nothing here
starts a program or a process, opens a socket, reaches another process, or loosens a limit.
Files are opened only where Landlock says which: a filter cannot read a path.
Source: the calls that CPython, Pillow, FFmpeg and its encoders were seen to make on Linux.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from mediaflow.security.seccomp import Condition, Rule

if TYPE_CHECKING:
    from mediaflow.security.syscalls import Machine

__all__ = ["FILES", "PLAIN", "rules_for"]

PLAIN: Final = (
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "close_range",
    "dup",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_wait",
    "exit",
    "exit_group",
    "fadvise64",
    "fallocate",
    "fdatasync",
    "fstat",
    "fsync",
    "ftruncate",
    "futex",
    "getcpu",
    "getcwd",
    "getegid",
    "geteuid",
    "getgid",
    "getpeername",
    "getpid",
    "getppid",
    "getrandom",
    "getrusage",
    "getsockname",
    "getsockopt",
    "gettid",
    "gettimeofday",
    "getuid",
    "lseek",
    "madvise",
    "membarrier",
    "memfd_create",
    "mincore",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "nanosleep",
    "newfstatat",
    "poll",
    "ppoll",
    "pread64",
    "preadv",
    "pselect6",
    "pwrite64",
    "pwritev",
    "read",
    "readv",
    "recvfrom",
    "recvmsg",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_yield",
    "select",
    "sendmsg",
    "set_robust_list",
    "shutdown",
    "sigaltstack",
    "sysinfo",
    "uname",
    "write",
    "writev",
)
"""Allowed with any arguments: memory, time, threads, and descriptors that are open already."""

FILES: Final = (
    "access",
    "faccessat",
    "faccessat2",
    "getdents64",
    "lstat",
    "mkdir",
    "mkdirat",
    "readlink",
    "readlinkat",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "stat",
    "statx",
    "unlink",
    "unlinkat",
)
"""Allowed where Landlock confines them; links, modes, owners and times of files are not."""

_THREAD: Final = 0x0001_0900  # CLONE_VM | CLONE_SIGHAND | CLONE_THREAD
_THREAD_MAY: Final = 0x007D_0F00
"""What glibc and musl start threads with: the three above, and CLONE_FS, FILES, SYSVSEM, SETTLS,
PARENT_SETTID, CHILD_CLEARTID and DETACHED. A new namespace is in none of them."""

_O_ACCMODE: Final = 0o3
_O_TRUNC: Final = 0o1000
_O_TMPFILE: Final = 0o20_000_000  # without the bit of O_DIRECTORY, which differs by machine
_OPENINGS: Final = (0, 1, 2, _O_TRUNC | 1, _O_TRUNC | 2)
"""Ways to open a file. To cut one off needs the right to write: Landlock knows no other rule for it
before its third version. Files without a name are refused, since Landlock never lets them get one:
whoever makes them falls back to a name while there is nothing to lose."""

_FCNTL: Final = (
    0,  # F_DUPFD
    1,  # F_GETFD
    2,  # F_SETFD
    3,  # F_GETFL
    4,  # F_SETFL
    1030,  # F_DUPFD_CLOEXEC
    1031,  # F_SETPIPE_SZ
    1032,  # F_GETPIPE_SZ
    1033,  # F_ADD_SEALS
    1034,  # F_GET_SEALS
)
"""Not F_SETOWN and F_SETSIG, which make the kernel send signals to other processes."""

_IOCTL: Final = (
    0x5421,  # FIONBIO
    0x541B,  # FIONREAD
    0x5450,  # FIONCLEX
    0x5451,  # FIOCLEX
)
_PRCTL: Final = (
    15,  # PR_SET_NAME: codecs name their threads
    16,  # PR_GET_NAME
    0x5356_4D41,  # PR_SET_VMA: C libraries name their memory
)
_ZERO: Final = (0,)

_ERRORS: Final = {
    "clone3": errno.ENOSYS,  # C libraries then use clone, whose flags a filter can read
    "ioctl": errno.ENOTTY,  # CPython then uses fcntl, and takes a file for no terminal
}
"""What a refused call fails with where it is not EPERM."""


def rules_for(machine: Machine, *, process_id: int, has_files: bool) -> tuple[Rule, ...]:
    """Return the rules for a process that is about to be locked.

    Args:
        machine: Where it runs.
        process_id: Its own, the only one that it may send signals to.
        has_files: Whether paths may be used, since Landlock is in force.
    """
    plain = (*PLAIN, *FILES) if has_files else PLAIN
    numbers = tuple(machine.numbers[name] for name in plain if name in machine.numbers)
    conditions = _conditions(process_id) | (_openings() if has_files else {})
    return (
        Rule(numbers=numbers),
        *(
            Rule(
                numbers=(machine.numbers[name],),
                conditions=required,
                error=_ERRORS.get(name, errno.EPERM),
            )
            for name, required in conditions.items()
            if name in machine.numbers
        ),
    )


def _conditions(process_id: int) -> dict[str, tuple[Condition, ...] | None]:
    thread = _THREAD | ~_THREAD_MAY & 0xFFFF_FFFF
    return {
        "clone": (Condition(argument=0, mask=thread, values=(_THREAD,)),),
        "clone3": None,
        "fcntl": (Condition(argument=1, values=_FCNTL),),
        "ioctl": (Condition(argument=1, values=_IOCTL),),
        "prctl": (Condition(argument=0, values=_PRCTL),),
        "prlimit64": (
            Condition(argument=0, values=_ZERO),
            Condition(argument=2, values=_ZERO, wide=True),  # limits are read, never set
        ),
        "sendto": (Condition(argument=4, values=_ZERO, wide=True),),  # to the peer, to no address
        "tgkill": (Condition(argument=0, values=(process_id,)),),
    }


def _openings() -> dict[str, tuple[Condition, ...] | None]:
    mask = _O_TMPFILE | _O_TRUNC | _O_ACCMODE
    return {
        "open": (Condition(argument=1, mask=mask, values=_OPENINGS),),
        "openat": (Condition(argument=2, mask=mask, values=_OPENINGS),),
    }

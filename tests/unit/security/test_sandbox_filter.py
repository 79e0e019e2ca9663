"""The filter of system calls, asked as the kernel asks it, for both machines."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

from mediaflow.security.allowed_calls import FILES, PLAIN, rules_for
from mediaflow.security.seccomp import ALLOW, KILL_PROCESS, REFUSE, assemble
from mediaflow.security.syscalls import MACHINES
from tests import bpf

EPERM = REFUSE | errno.EPERM
ENOSYS = REFUSE | errno.ENOSYS
ENOTTY = REFUSE | errno.ENOTTY
PID = 4321
HIGH = 1 << 32

# What glibc 2.36 passes to clone for pthread_create and for fork (strace of both).
PTHREAD = 0x003D_0F00
FORK = 0x0120_0011

# Calls that must never pass, by their numbers: x86-64 (unistd_64.h), aarch64 (asm-generic/unistd.h).
NEVER = [
    ("accept", 43, 202),
    ("bind", 49, 200),
    ("bpf", 321, 280),
    ("chmod", 90, 53),
    ("connect", 42, 203),
    ("execve", 59, 221),
    ("execveat", 322, 281),
    ("io_uring_setup", 425, 425),
    ("keyctl", 250, 219),
    ("kill", 62, 129),
    ("linkat", 265, 37),
    ("mount", 165, 40),
    ("open_by_handle_at", 304, 265),
    ("perf_event_open", 298, 241),
    ("pidfd_getfd", 438, 438),
    ("process_vm_writev", 311, 271),
    ("ptrace", 101, 117),
    ("setns", 308, 268),
    ("socket", 41, 198),
    ("symlinkat", 266, 36),
    ("tkill", 200, 130),
    ("unshare", 272, 97),
    ("userfaultfd", 323, 282),
]

# name, arguments, answer
BY_ARGUMENTS = [
    ("clone", (PTHREAD,), ALLOW),
    ("clone", (PTHREAD | 0x0040_0000,), ALLOW),  # musl
    ("clone", (FORK,), EPERM),
    ("clone", (PTHREAD & ~0x0001_0000,), EPERM),  # a process that shares memory
    ("clone", (PTHREAD | 0x4000_0000,), EPERM),  # in a network of its own
    ("clone", (PTHREAD | 17,), EPERM),  # with a signal at its end
    ("clone3", (0, 88), ENOSYS),
    ("fcntl", (3, 3), ALLOW),
    ("fcntl", (3, 8), EPERM),
    ("fcntl", (3, 10), EPERM),
    ("ioctl", (3, 0x5421), ALLOW),
    ("ioctl", (0, 0x5412), ENOTTY),  # TIOCSTI types into a terminal
    ("openat", (0, 0, 0o1001), ALLOW),
    ("openat", (0, 0, 0o2000102), ALLOW),  # O_RDWR | O_CREAT | O_CLOEXEC
    ("openat", (0, 0, 0o1000), EPERM),
    ("openat", (0, 0, 0o20200002), EPERM),  # O_RDWR | O_TMPFILE on x86-64
    ("openat", (0, 0, 0o20040002), EPERM),  # the same on aarch64
    ("openat", (0, 0, 3), EPERM),
    ("prctl", (15,), ALLOW),
    ("prctl", (1, 0), EPERM),  # PR_SET_PDEATHSIG
    ("prctl", (38, 1), EPERM),
    ("prlimit64", (0, 7, 0, 1), ALLOW),
    ("prlimit64", (0, 7, HIGH, 1), EPERM),
    ("prlimit64", (0, 7, 8, 1), EPERM),
    ("prlimit64", (1, 7, 0, 1), EPERM),
    ("sendto", (3, 1, 1, 0, 0, 0), ALLOW),
    ("sendto", (3, 1, 1, 0, HIGH, 16), EPERM),
    ("sendto", (3, 1, 1, 0, 16, 16), EPERM),
    ("tgkill", (PID, 77, 6), ALLOW),
    ("tgkill", (PID + 1, 77, 6), EPERM),
]

HEADERS = {
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
}

every_machine = pytest.mark.parametrize("name", sorted(MACHINES))


def asked(name: str, number: int, *arguments: int, has_files: bool = True) -> int:
    machine = MACHINES[name]
    program = assemble(machine, rules_for(machine, process_id=PID, has_files=has_files))
    return bpf.answer(program, mark=machine.audit_mark, number=number, arguments=arguments)


def numbers_in(header: Path) -> dict[str, int]:
    """Return what a header of the kernel defines, names that stand for others included."""
    text = header.read_text(encoding="utf-8")
    found = {
        name: int(number)
        for name, number in re.findall(
            r"#define __NR(?:3264)?_(\w+)\s+(\d+)\s*$", text, re.MULTILINE
        )
    }
    aliases = re.findall(r"#define __NR_(\w+)\s+__NR3264_(\w+)", text)
    return found | {name: found[other] for name, other in aliases if other in found}


@every_machine
def test_numbers_are_those_of_the_kernels_header(name: str) -> None:
    if not HEADERS[name].exists():
        pytest.skip(f"{HEADERS[name]} is not installed (linux-libc-dev)")
    known = numbers_in(HEADERS[name])

    assert dict(MACHINES[name].numbers) == {call: known[call] for call in MACHINES[name].numbers}


def test_calls_without_a_number_are_those_that_aarch64_never_had() -> None:
    missing = set(MACHINES["x86_64"].numbers) - set(MACHINES["aarch64"].numbers)

    assert missing == {
        "access",
        "epoll_wait",
        "lstat",
        "mkdir",
        "open",
        "poll",
        "readlink",
        "rename",
        "rmdir",
        "select",
        "stat",
        "unlink",
    }


@every_machine
def test_no_number_stands_twice(name: str) -> None:
    numbers = list(MACHINES[name].numbers.values())

    assert len(set(numbers)) == len(numbers)


def test_lists_are_sorted_and_have_numbers() -> None:
    assert list(PLAIN) == sorted(set(PLAIN))
    assert list(FILES) == sorted(set(FILES))
    assert list(MACHINES["x86_64"].numbers) == sorted(MACHINES["x86_64"].numbers)
    assert set(PLAIN) | set(FILES) <= set(MACHINES["x86_64"].numbers)
    assert not set(PLAIN) & set(FILES)


@every_machine
def test_plain_calls_pass(name: str) -> None:
    numbers = MACHINES[name].numbers
    answers = {call: asked(name, numbers[call], 1, 2) for call in PLAIN if call in numbers}

    assert set(answers.values()) == {ALLOW}


@every_machine
def test_paths_pass_only_where_landlock_confines_them(name: str) -> None:
    calls = {*FILES, "open", "openat"} & set(MACHINES[name].numbers)
    numbers = [MACHINES[name].numbers[call] for call in sorted(calls)]

    assert {asked(name, number) for number in numbers} == {ALLOW}
    assert {asked(name, number, has_files=False) for number in numbers} == {EPERM}


@every_machine
@pytest.mark.parametrize(("x86_64", "aarch64"), [row[1:] for row in NEVER])
def test_dangerous_call_fails(name: str, x86_64: int, aarch64: int) -> None:
    number = {"x86_64": x86_64, "aarch64": aarch64}[name]

    assert asked(name, number) == EPERM


@every_machine
@pytest.mark.parametrize(("call", "arguments", "expected"), BY_ARGUMENTS)
def test_arguments_decide(name: str, call: str, arguments: tuple[int, ...], expected: int) -> None:
    assert asked(name, MACHINES[name].numbers[call], *arguments) == expected


def test_open_without_a_folder_minds_its_own_flags() -> None:
    number = MACHINES["x86_64"].numbers["open"]

    assert asked("x86_64", number, 0, 0o1001) == ALLOW
    assert asked("x86_64", number, 0, 0o1000) == EPERM


@every_machine
def test_another_machines_call_ends_the_process(name: str) -> None:
    machine = MACHINES[name]
    program = assemble(machine, rules_for(machine, process_id=PID, has_files=True))
    marks = {0x4000_0003, 0x4000_0028, 0xC000_003E, 0xC000_00B7} - {machine.audit_mark}

    answers = {bpf.answer(program, mark=mark, number=0) for mark in marks}

    assert answers == {KILL_PROCESS}  # i386, arm and the other of the two


def test_second_table_of_x86_64_ends_the_process() -> None:
    assert asked("x86_64", 0x4000_0000) == KILL_PROCESS
    assert asked("x86_64", 0x4000_0000 | 512) == KILL_PROCESS


@every_machine
def test_all_other_calls_fail(name: str) -> None:
    rules = rules_for(MACHINES[name], process_id=PID, has_files=True)
    allowed = {number for rule in rules for number in rule.numbers}
    others = [number for number in range(451) if number not in allowed]

    assert len(others) > 330
    assert {asked(name, number, *[1] * 6) for number in others} == {EPERM}
    assert {asked(name, number) for number in (451, 462, 1000)} == {ENOSYS}


@every_machine
def test_filter_is_one_that_the_kernel_accepts(name: str) -> None:
    machine = MACHINES[name]
    program = assemble(machine, rules_for(machine, process_id=PID, has_files=True))
    code = bpf.instructions(program)

    assert len(code) <= 4096  # BPF_MAXINSNS
    ends = [at + 1 + max(yes, no) for at, (kind, yes, no, _) in enumerate(code) if kind & 7 == 5]
    assert max(ends) < len(code)
    assert code[-1][0] == 0x06

"""Turns rules about system calls into a program for the kernel's packet filter.

Law: arithmetic on numbers. It makes bytes and calls nothing, and knows no call by name.
A filter sees numbers and registers, never what a pointer points to: paths are Landlock's business.
Source: Linux ``Documentation/userspace-api/seccomp_filter.rst``, ``linux/filter.h``,
``linux/seccomp.h``.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.security.syscalls import Machine

__all__ = ["ALLOW", "KILL_PROCESS", "REFUSE", "Condition", "Rule", "assemble"]

KILL_PROCESS: Final = 0x8000_0000
REFUSE: Final = 0x0005_0000
"""The call fails with the number of an error that stands in the low 16 bits."""
ALLOW: Final = 0x7FFF_0000

NEWEST_NUMBER: Final = 450  # set_mempolicy_home_node, Linux 5.17

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_MASK: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_IF_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K
_INSTRUCTION: Final = struct.Struct("=HBBI")  # struct sock_filter
_NUMBER_AT: Final = 0  # struct seccomp_data: nr, arch, instruction pointer, six arguments
_MACHINE_AT: Final = 4
_ARGUMENTS_AT: Final = 16
_LOW_WORD: Final = 0xFFFF_FFFF

_Code: TypeAlias = list[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What an argument of a call must be, all of it or some of its bits."""

    argument: int
    """Which one, from 0."""

    values: tuple[int, ...]
    """What it may be, after the mask; 32 bits each."""

    mask: int = _LOW_WORD
    """The bits that are looked at."""

    wide: bool = False
    """Whether the kernel reads 64 bits, of which the upper half must then be 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What happens to one system call, or to several alike."""

    numbers: tuple[int, ...]
    """Their numbers on the machine, 255 at most: the filter jumps no further."""

    conditions: tuple[Condition, ...] | None = ()
    """All of them must hold for the call to be allowed; None refuses it always."""

    error: int = errno.EPERM
    """Error that a refused call fails with."""


def assemble(machine: Machine, rules: Iterable[Rule]) -> bytes:
    """Return the program that allows what the rules allow, and nothing else.

    Calls of another machine's table end the process: their numbers mean something else. Numbers
    that are newer than the tables are answered with ENOSYS, as by an older kernel, so that C
    libraries fall back to what they did before. All others fail with EPERM.

    Args:
        machine: Whose numbers the rules use.
        rules: For each call that is not simply refused.

    Returns:
        Instructions of 8 bytes each, as ``struct sock_filter`` lays them out.
    """
    code: _Code = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IF_EQUAL, 1, 0, machine.audit_mark),
        (_RETURN, 0, 0, KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine.foreign_from is not None:
        code += [
            (_IF_AT_LEAST, 0, 1, machine.foreign_from),
            (_RETURN, 0, 0, KILL_PROCESS),
        ]
    for rule in rules:
        answer = _answer(rule)
        *others, last = rule.numbers
        jumps = enumerate(reversed(range(1, len(rule.numbers))))
        code += [(_IF_EQUAL, over, 0, others[at]) for at, over in jumps]
        code += [(_IF_EQUAL, 0, len(answer), last), *answer]
    code += [
        (_IF_AT_LEAST, 0, 1, NEWEST_NUMBER + 1),
        (_RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (_RETURN, 0, 0, REFUSE | errno.EPERM),
    ]
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in code)


def _answer(rule: Rule) -> _Code:
    """Return the instructions for a call whose number matched; each way through them returns."""
    refuse = (_RETURN, 0, 0, REFUSE | rule.error)
    if rule.conditions is None:
        return [refuse]
    code: _Code = []
    for condition in rule.conditions:
        low_word = _ARGUMENTS_AT + 8 * condition.argument  # both machines are little-endian
        code.append((_LOAD, 0, 0, low_word))
        if condition.mask != _LOW_WORD:
            code.append((_MASK, 0, 0, condition.mask))
        left = len(condition.values)
        for value in condition.values:  # a match jumps over the other values and the refusal
            code.append((_IF_EQUAL, left, 0, value))
            left -= 1
        code.append(refuse)
        if condition.wide:
            code += [(_LOAD, 0, 0, low_word + 4), (_IF_EQUAL, 1, 0, 0), refuse]
    return [*code, (_RETURN, 0, 0, ALLOW)]

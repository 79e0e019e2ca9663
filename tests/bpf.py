"""Runs a filter of system calls as the kernel does, to ask it what it answers.

Source: Linux ``Documentation/networking/filter.rst``, the instructions that seccomp accepts.
"""

from __future__ import annotations

import struct

__all__ = ["answer", "instructions"]


def instructions(program: bytes) -> list[tuple[int, int, int, int]]:
    """Return code, jump if true, jump if false and operand of each instruction."""
    return list(struct.iter_unpack("=HBBI", program))


def answer(program: bytes, *, mark: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """Return what the filter answers to one call."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, mark, 0, *padded)
    code, at, word = instructions(program), 0, 0
    for _ in range(len(code)):
        kind, if_true, if_false, operand = code[at]
        match kind:
            case 0x20:
                (word,) = struct.unpack_from("<I", data, operand)
                at += 1
            case 0x54:
                word &= operand
                at += 1
            case 0x15:
                at += 1 + (if_true if word == operand else if_false)
            case 0x35:
                at += 1 + (if_true if word >= operand else if_false)
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"instruction {kind:#x} is not one of those")
    raise AssertionError("the filter does not come to an end")

"""What the system tells of the memory of a process.

Law: a platform that tells nothing, and a process that is gone, are no error. Linux alone keeps a peak
that can be set back.

Source: proc_pid_status(5) for ``VmHWM``, proc_pid_clear_refs(5) for the value 5, proc_pid_statm(5).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

__all__ = ["address_space_bytes", "forget_peak", "peak_rss_bytes", "resident_bytes"]

FORGET_PEAK: Final = b"5"
PEAK: Final = b"VmHWM:"
KIBIBYTE: Final = 1024  # the file says kB and means KiB
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def forget_peak(process: int | None = None) -> bool:
    """Let the peak of a process's memory start again from what it holds now.

    Args:
        process: Its number; None for this one.

    Returns:
        Whether the system did so.
    """
    try:
        with open(f"/proc/{process or 'self'}/clear_refs", "wb") as file:
            file.write(FORGET_PEAK)
    except OSError:
        return False
    return True


def peak_rss_bytes(process: int | None = None) -> int | None:
    """Return the most memory that a process held since its start, or since its peak was forgotten.

    Args:
        process: Its number; None for this one.

    Returns:
        Bytes in memory at once; None where the system does not tell.
    """
    try:
        with open(f"/proc/{process or 'self'}/status", "rb") as file:
            words = file.read().partition(PEAK)[2].split(maxsplit=1)
    except OSError:
        return None
    return int(words[0]) * KIBIBYTE if words else None


def resident_bytes(process: int) -> int | None:
    """Return the memory that a process holds now; None where the system does not tell."""
    return _pages(process, 1)


def address_space_bytes(process: int) -> int | None:
    """Return the address space that a process has now; None where the system does not tell."""
    return _pages(process, 0)


def _pages(process: int, column: int) -> int | None:
    with suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/statm", "rb") as file:
        return int(file.read().split()[column]) * PAGE_BYTES
    return None

"""What the system tells of the memory of a process.

Law: a platform that tells nothing, and a process that is gone, are no error. Linux alone keeps a peak
that can be set back.

Source: proc_pid_status(5) for ``VmHWM``, proc_pid_clear_refs(5) for the value 5, proc_pid_statm(5).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from typing import Self

__all__ = ["ProcessMemory", "forget_peak", "peak_rss_bytes"]

FORGET_PEAK: Final = b"5"
PEAK: Final = b"VmHWM:"
KIBIBYTE: Final = 1024  # the file says kB and means KiB
MOST_READ: Final = 8192  # bytes; a status has about 1,500
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def forget_peak() -> bool:
    """Let the peak of this process's memory start again from what it holds now.

    Returns:
        Whether the system did so.
    """
    with ProcessMemory("self") as memory:
        return memory.forget_peak()


def peak_rss_bytes() -> int | None:
    """Return the most memory that this process held since its start, or since its peak was forgotten.

    Returns:
        Bytes in memory at once; None where the system does not tell.
    """
    with ProcessMemory("self") as memory:
        return memory.peak_rss_bytes()


class ProcessMemory:
    """The memory of one process, which may be asked often: its files are opened once.

    They stand for that process for good, even when its number is given to another one.

    Args:
        process: Its number, or ``"self"``.
    """

    def __init__(self, process: int | Literal["self"]) -> None:
        self._folder = f"/proc/{process}/"
        self._open: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its files; may be called more than once."""
        while self._open:
            _, descriptor = self._open.popitem()
            os.close(descriptor)

    def forget_peak(self) -> bool:
        """Let the peak start again from what it holds now.

        Returns:
            Whether the system did so.
        """
        try:
            os.write(self._file("clear_refs", os.O_WRONLY), FORGET_PEAK)
        except OSError:
            return False
        return True

    def peak_rss_bytes(self) -> int | None:
        """Return the most memory that it held since its start, or since its peak was forgotten.

        Returns:
            Bytes in memory at once; None where the system does not tell.
        """
        words = self._read("status").partition(PEAK)[2].split(maxsplit=1)
        return int(words[0]) * KIBIBYTE if words else None

    def resident_bytes(self) -> int | None:
        """Return the memory that it holds now; None where the system does not tell."""
        return self._pages(1)

    def address_space_bytes(self) -> int | None:
        """Return the address space that it has now; None where the system does not tell."""
        return self._pages(0)

    def _pages(self, column: int) -> int | None:
        with suppress(ValueError, IndexError):
            return int(self._read("statm").split()[column]) * PAGE_BYTES
        return None

    def _read(self, name: str) -> bytes:
        """Return what a file says now; nothing where there is none, or no process any more."""
        try:
            file = self._file(name, os.O_RDONLY)
            return os.pread(file, MOST_READ, 0)
        except OSError:
            return b""

    def _file(self, name: str, flags: int) -> int:
        """Return the descriptor of a file."""
        if name not in self._open:
            self._open[name] = os.open(self._folder + name, flags)
        return self._open[name]

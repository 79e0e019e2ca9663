"""What a process holds: descriptors, threads, children, memory, files in its scratch folder.

Source: proc(5).
"""

from __future__ import annotations

import gc
import os
import threading
import time
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

__all__ = ["Around", "around", "children_of", "living_with", "resident_bytes", "settled"]

PAGE: Final = os.sysconf("SC_PAGE_SIZE")
LOOK_SECONDS: Final = 0.02


@dataclass(frozen=True, kw_only=True)
class Around:
    """What is held at one moment."""

    descriptors: int
    threads: int
    children: int
    files: int

    def is_within(self, other: Around) -> bool:
        """Return whether nothing of it is more than in another moment."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(mine <= theirs for mine, theirs in pairs)


def around(scratch: Path) -> Around:
    """Return what this process holds, and how much lies in its scratch folder."""
    gc.collect()
    return Around(
        descriptors=len(os.listdir("/proc/self/fd")),
        threads=threading.active_count(),
        children=len(children_of(os.getpid())),
        files=len(os.listdir(scratch)),
    )


def settled(before: Around, scratch: Path, seconds: float = 10.0) -> Around:
    """Return what is held as soon as it is no more than before, or at the end of the time."""
    until = time.monotonic() + seconds
    while not (now := around(scratch)).is_within(before) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    return now


def children_of(parent: int) -> list[int]:
    """Return the processes that live below one."""
    below: dict[int, list[int]] = {}
    for pid, state, above in _processes():
        if state != "Z":
            below.setdefault(above, []).append(pid)
    found = list(below.get(parent, ()))
    for pid in found:
        found += below.get(pid, ())
    return found


def living_with(marker: str) -> list[int]:
    """Return the processes whose command line or folder has a word; those that wait for burial do not live."""
    found = []
    for pid, state, _ in _processes():
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            folder = os.readlink(f"/proc/{pid}/cwd")
            if state != "Z" and pid != os.getpid() and (marker in words or marker in folder):
                found.append(pid)
    return found


def resident_bytes(pid: int | None = None) -> int:
    """Return the resident memory of a process; 0 for one that is gone."""
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1]) * PAGE
    return 0


def _processes() -> list[tuple[int, str, int]]:
    """Return id, state and parent of all processes."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            state, parent = Path(f"/proc/{name}/stat").read_text().rpartition(") ")[2].split()[:2]
            found.append((int(name), state, int(parent)))
    return found

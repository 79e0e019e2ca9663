"""Ends a child when its parent ends.

Law: one call of the kernel. It follows the *thread* that started the child, not its process: start
children from one thread that lives as long as they shall.
Source: prctl(2), PR_SET_PDEATHSIG.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from functools import cache
from typing import Final

__all__ = ["die_with_parent"]

_SET_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG


def die_with_parent(parent: int | None = None) -> bool:
    """Have this process killed when the thread that started it ends.

    Call it first thing in a child, and before it is locked. A parent that is gone already sends
    nothing any more, so the child then ends at once.

    Args:
        parent: Process id of the parent, as it told it; None takes the present one, which misses
            a parent that ended before this call.

    Returns:
        Whether the platform can; where it cannot, watch for the end of a pipe.
    """
    if sys.platform != "linux":
        return False
    expected = os.getppid() if parent is None else parent
    arguments = [ctypes.c_ulong(number) for number in (signal.SIGKILL, 0, 0, 0)]
    if _libc().prctl(ctypes.c_int(_SET_PARENT_DEATH_SIGNAL), *arguments) == -1:
        return False
    if os.getppid() != expected:
        os.kill(os.getpid(), signal.SIGKILL)
    return True


@cache
def _libc() -> ctypes.CDLL:
    """Return the C library; who forks children has loaded it for them."""
    return ctypes.CDLL(None, use_errno=True)

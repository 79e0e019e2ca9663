"""How much the folders of a service hold.

Law: a figure is as old as a few seconds at most, and what is known to have come is added at once.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Final

from mediaflow.integrations.fastapi.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Quota"]

FRESH_SECONDS: Final = 10.0


class Quota:
    """Bounds the bytes of each caller's folder.

    Args:
        root: Folder of the service.
        limit: Most bytes in the folder of one caller; None for no bound.
        clock: Seconds that never go back.
    """

    def __init__(
        self, root: str, limit: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._root = root
        self._limit = limit
        self._clock = clock
        self._known: dict[str, tuple[float, int]] = {}

    async def check(self, folder: str, more: int = 0) -> None:
        """Refuse what a folder has no room for.

        Args:
            folder: Name of a caller's folder.
            more: Bytes that are to come, as far as they are known.

        Raises:
            Problem: The folder is full.
        """
        if self._limit is None:
            return
        wanted = max(more, 1)
        until, held = self._known.get(folder, (0.0, 0))
        if until <= self._clock() or held + wanted > self._limit:  # files may have gone meanwhile
            held = await asyncio.to_thread(_held_bytes, os.path.join(self._root, folder))
            self._known[folder] = (self._clock() + FRESH_SECONDS, held)
        if held + wanted > self._limit:
            words = f"your files may have {self._limit} bytes in all; remove some"
            raise Problem(413, "quota_exceeded", words)

    def add(self, folder: str, count: int) -> None:
        """Count bytes that have come."""
        if folder in self._known:
            until, held = self._known[folder]
            self._known[folder] = (until, held + count)


def _held_bytes(folder: str) -> int:
    """Return the bytes of all files in a folder; what goes away meanwhile does not count."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                continue
    return total

"""Hands frames from the thread that makes them to one that encodes them, a few at a time.

Law: whoever waits is woken when the other side ends, for whatever reason; nobody waits for ever.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["QUEUED_FRAMES", "Channel", "StoppedError"]

ItemT = TypeVar("ItemT")

QUEUED_FRAMES: Final = 2
"""Frames that wait for an encoder; more would only cost memory, encoders are slower than scaling."""


class StoppedError(Exception):
    """The other side ended early; its reason is the channel's error.

    The reason itself is not raised again: each thread that did would hang its frames, and so its
    encoder, on the one exception.
    """


class Channel(Generic[ItemT]):
    """A short queue between two threads that either side may end."""

    def __init__(self) -> None:
        self._items: deque[ItemT] = deque()
        self._changed = threading.Condition()
        self._is_complete = False
        self._is_abandoned = False
        self.error: BaseException | None = None
        """What stopped the side that puts, or None."""

    def put(self, item: ItemT) -> bool:
        """Add an item, waiting for room; False when nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < QUEUED_FRAMES or self._is_abandoned)
            if self._is_abandoned:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def finish(self, error: BaseException | None = None) -> None:
        """Say that no more items come, because all were put or because of an error; the first stays."""
        with self._changed:
            self._is_complete = True
            self.error = self.error or error
            self._changed.notify_all()

    def abandon(self) -> None:
        """Say that no more items are taken."""
        with self._changed:
            self._is_abandoned = True
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[ItemT]:
        """Yield the items as they come.

        Raises:
            StoppedError: The other side ended early.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._items) or self._is_complete)
                if self.error is not None:
                    raise StoppedError
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item

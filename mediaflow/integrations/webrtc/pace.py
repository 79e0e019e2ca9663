"""How many messages a peer may send: a bucket that fills with time.

Law: it knows no messages and no loop; the clock is handed in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace", "Verdict"]

Verdict: TypeAlias = Literal["take", "refuse", "ignore", "flood"]
"""What to do with a message: take it, refuse it, say nothing, or end the peer."""

A_SECOND: Final = 30.0
"""A slider that is drawn sends as many as a screen has frames; a page sends fewer."""
AT_ONCE: Final = 60.0
FLOOD: Final = 1_000
"""Messages beyond its pace after which a peer is no page that stumbled."""


class Pace:
    """Messages of one peer.

    Args:
        a_second: How many may come in the long run.
        at_once: How many may come together.
        flood: How many beyond that end the peer.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        a_second: float = A_SECOND,
        at_once: float = AT_ONCE,
        *,
        flood: int = FLOOD,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._flood = flood
        self._clock = clock
        self._left = at_once
        self._seen = clock()
        self._beyond = 0

    def verdict(self) -> Verdict:
        """Count a message and return what to do with it; of a run beyond the pace one is refused."""
        now = self._clock()
        self._left = min(self._at_once, self._left + (now - self._seen) * self._a_second)
        self._seen = now
        if self._left >= 1:
            self._left -= 1
            self._beyond = 0
            return "take"
        self._beyond += 1
        if self._beyond > self._flood:
            return "flood"
        return "refuse" if self._beyond == 1 else "ignore"

"""Hands every event to every sink.

Law: a sink is somebody else's code. What it raises is logged and counted and goes no further.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from mediaflow.models.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Fanout", "Sink"]

Sink: TypeAlias = Callable[[Event], object]
"""Takes one event; what it returns is ignored."""

_logger = logging.getLogger(__name__)


class Fanout:
    """Hands every event to every sink, in order.

    Args:
        sinks: Callables that take one event each.
    """

    def __init__(self, sinks: Iterable[Sink]) -> None:
        self._sinks = tuple(sinks)
        self.failures: int = 0
        """How often a sink raised."""

    def __call__(self, event: Event) -> None:
        """Pass one event on."""
        for sink in self._sinks:
            try:
                sink(event)
            except Exception:  # a sink is foreign code; the job must not end by it
                self.failures += 1
                _logger.warning("an event sink failed on %s", type(event).__name__, exc_info=True)

"""Brings the events of a cluster to the calls that they are about.

A client has one handler for a topic, and all clients of a cluster hear all events: so there is one
of these for each client, and it knows its own calls by their names.

Law: calls are held weakly, and whoever hears an event only keeps it: this is the client's own thread.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

from mediaflow.executors.dask.names import TOPIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from distributed import Client

__all__ = ["Hearer", "Topic", "topic_of"]


class Hearer(Protocol):
    """A call that wants its events."""

    name: str

    def hear(self, message: Mapping[str, object]) -> None:
        """Keep a message; called in the thread of the client's loop."""
        ...


class Topic:
    """The calls of one client."""

    def __init__(self) -> None:
        self._hearers: WeakValueDictionary[str, Hearer] = WeakValueDictionary()

    def add(self, hearer: Hearer, client: Client) -> None:
        """Bring events to a call from now on.

        A client that lost its scheduler has to subscribe again, so each call does.
        """
        self._hearers[hearer.name] = hearer
        client.subscribe_topic(TOPIC, self.take)

    def drop(self, name: str) -> None:
        """Bring no more events to a call."""
        self._hearers.pop(name, None)

    def take(self, event: tuple[float, object]) -> None:
        """Hand over what the scheduler sent: a time, and the message of a worker."""
        _, message = event
        if isinstance(message, dict):
            hearer = self._hearers.get(str(message.get("name")))
            if hearer is not None:
                hearer.hear(cast("Mapping[str, object]", message))


_topics: Final[WeakKeyDictionary[Client, Topic]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def topic_of(client: Client) -> Topic:
    """Return the one topic of a client."""
    with _lock:
        if client not in _topics:
            _topics[client] = Topic()
        return _topics[client]

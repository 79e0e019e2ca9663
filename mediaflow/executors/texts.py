"""Executors of other processes: what travels is JSON, and the function that reads it by its name.

Law: this room knows callables and texts and nothing of media. Nothing that a caller holds in memory
travels; an answer is text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from mediaflow.executors.relay import Relay

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

__all__ = ["PoolTexts", "Tell", "TextCall", "TextExecutor", "Ticket"]

Tell: TypeAlias = Callable[[Mapping[str, object]], object]
"""Takes one event of a running call, as plain JSON values."""


class TextCall(Protocol):
    """A function of a module, which workers import by its name.

    Its text is a JSON object; an executor that runs it again writes the try into ``attempt``.
    """

    def __call__(
        self, text: str, emit: Tell | None = None, cancelled: Callable[[], bool] | None = None
    ) -> str:
        """Do what the text says; return the answer."""
        ...


class Ticket(Protocol):
    """A call that is on its way."""

    @property
    def future(self) -> Future[str]:
        """The answer; a call that was stopped before it began raises ``JobCancelledError``."""
        ...

    def stop(self) -> None:
        """Ask for the end; may be called more than once, and returns at once."""
        ...


@runtime_checkable
class TextExecutor(Protocol):
    """An executor that has more to offer than a future: events on the way, and a way to stop."""

    def submit_text(self, call: TextCall, text: str, *, name: str, on_event: Tell) -> Ticket:
        """Run a call in another process.

        Args:
            call: The function, known by its name.
            text: Its argument, a JSON object.
            name: Name of this call, which no other has.
            on_event: Called with each event of the call, in order and in one thread.

        Raises:
            RuntimeError: The executor takes no more calls.
        """
        ...


class PoolTexts:
    """Any executor of the standard library's kind, such as a pool of processes.

    It has no channel: no event comes, and a call that has begun runs to its end.

    Args:
        executor: The executor, which is not shut down here.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit_text(self, call: TextCall, text: str, *, name: str, on_event: Tell) -> Ticket:
        """Run a call; see `TextExecutor.submit_text`."""
        del name, on_event
        return Relay(self._executor.submit(call, text))

"""One call on its way through a Dask cluster: its future here, its task there, the tries between.

Law: events of an older try, and those that came already, are dropped. The end is told after the
last event.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import distributed

    from mediaflow.executors.texts import Tell, TextCall

__all__ = ["DaskTicket"]


class DaskTicket:
    """A call and what is known of it.

    Args:
        call: The function.
        text: Its argument.
        name: Its name.
        on_event: Takes its events.
        later: Runs something in the one thread that tells events.
        stop: Asks the executor to stop this call.
    """

    def __init__(
        self,
        call: TextCall,
        text: str,
        name: str,
        on_event: Tell,
        later: Callable[..., object],
        stop: Callable[[DaskTicket], object],
    ) -> None:
        self.call: TextCall = call
        self.text: str = text
        self.name: str = name
        self.begun: int = 0  # tries that have begun, as far as anybody said
        self.is_stopped: bool = False
        self.is_withdrawn: bool = False
        self.task: distributed.Future | None = None
        self._future: Future[str] = Future()
        self._on_event = on_event
        self._later = later
        self._stop = stop
        self._last = (0, 0)

    @property
    def future(self) -> Future[str]:
        """The answer."""
        return self._future

    def stop(self) -> None:
        """Ask for the end; the executor finds out whether the call has begun."""
        self._stop(self)

    def hear(self, message: Mapping[str, object]) -> None:
        """Keep a message of a worker and tell it in the right thread."""
        self.begun = cast("int", message["attempt"])
        if not self._future.done():
            self._later(self._tell, message)

    def end(self, answer: str | BaseException) -> None:
        """Give the future its answer, once, after all events that are under way."""
        self.text = ""  # a handle that is remembered need not remember this
        self._later(self._end, answer)

    def _tell(self, message: Mapping[str, object]) -> None:
        this = cast("int", message["attempt"]), cast("int", message["sequence"])
        if this <= self._last or self._future.done():
            return
        self._last = this
        event = message["event"]
        if event is not None:
            self._on_event(cast("Mapping[str, object]", event))

    def _end(self, answer: str | BaseException) -> None:
        if self._future.done():
            return
        if isinstance(answer, str):
            self._future.set_result(answer)
        else:
            self._future.set_exception(answer)

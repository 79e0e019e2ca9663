"""A job as asyncio sees it.

Law: who stops listening or waiting leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from mediaflow.models.events import Finished

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from mediaflow import processor as blocking
    from mediaflow.models.callback import CallbackState
    from mediaflow.models.events import Event, Status
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.result import JobResult

__all__ = ["JobHandle"]


class JobHandle:
    """What :meth:`Processor.submit` returns; see :class:`mediaflow.processor.JobHandle`."""

    def __init__(self, handle: blocking.JobHandle) -> None:
        self._handle = handle

    def __repr__(self) -> str:
        return repr(self._handle)

    @property
    def id(self) -> str:
        """Name of the job."""
        return self._handle.id

    @property
    def status(self) -> Status:
        """Where the job stands."""
        return self._handle.status

    @property
    def progress(self) -> float:
        """How far the job has come, 0 to 1."""
        return self._handle.progress

    @property
    def error(self) -> str | None:
        """Why the job failed, or None."""
        return self._handle.error

    @property
    def error_code(self) -> str | None:
        """Stable code of the error once the job has ended, or None."""
        return self._handle.error_code

    @property
    def created_at(self) -> datetime:
        """When the job was submitted (UTC)."""
        return self._handle.created_at

    @property
    def completed_at(self) -> datetime | None:
        """When the job ended (UTC), or None while it runs."""
        return self._handle.completed_at

    @property
    def metadata(self) -> MediaInfo | None:
        """Facts about the original, or None before they are known."""
        return self._handle.metadata

    @property
    def callback(self) -> CallbackState | None:
        """What became of the job's callback, or None where it has none."""
        return self._handle.callback

    async def result(self, timeout: float | None = None) -> JobResult:  # noqa: ASYNC109  # parity
        """Await the result; cancelling this call cancels the job."""
        future = asyncio.wrap_future(self._handle.future)
        # nobody may be left to ask for the outcome once this call is cancelled or has timed out
        future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        try:
            return await asyncio.wait_for(asyncio.shield(future), timeout)
        except asyncio.CancelledError:
            self._handle.cancel()
            raise
        except TimeoutError as exc:
            if future.done():
                return future.result()
            raise self._handle.timeout_error(timeout) from exc

    @property
    def outcome(self) -> JobResult | None:
        """What came out; see :class:`mediaflow.processor.JobHandle`."""
        return self._handle.outcome

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109  # parity
        """Wait until the job has ended, however it did; cancelling this call leaves the job alone.

        Returns:
            Whether it has ended.
        """
        future = asyncio.wrap_future(self._handle.future)
        # what made it fail is for who asks for the result
        future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        done, _ = await asyncio.wait({future}, timeout=timeout)
        return bool(done)

    def listen(self, listener: Callable[[Event], object]) -> Callable[[], None]:
        """Hand all events so far and to come to a callable, in order and on this loop.

        Returns:
            A function that ends it.
        """
        loop = asyncio.get_running_loop()
        waiting: deque[Event] = deque()

        def deliver() -> None:
            while waiting:
                listener(waiting.popleft())

        def take(event: Event) -> None:
            waiting.append(event)
            if len(waiting) == 1:  # else a call that is on its way takes it along
                loop.call_soon_threadsafe(deliver)

        return self._handle.listen(take)

    async def events(self) -> AsyncIterator[Event]:
        """Yield all events from the first to the last."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        stop = self.listen(queue.put_nowait)
        try:
            while True:
                event = await queue.get()
                yield event
                if isinstance(event, Finished):
                    return
        finally:
            stop()

    def cancel(self) -> None:
        """Ask the job to stop."""
        self._handle.cancel()

"""Keeps the newest frame of a source and works on one frame at a time.

One task reads the source as fast as it comes, into a slot that holds one frame; one thread works.
Who asks gets the newest frame, worked on; a frame that nobody asked for in time is dropped and
counted. So the age of what comes out is bound by the work on two frames, however slow that is.

Law: it knows no aiortc and no pixels; the source, the work and the clock are handed in. No code of
a caller runs on the loop. A failure of the work ends the stream and is kept, never raised.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from mediaflow.errors import MediaflowError, ProcessingError
from mediaflow.integrations.webrtc.ladder import Level

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mediaflow.integrations.webrtc.ladder import Ladder

__all__ = ["Pump", "SourceEnded", "TrackStats"]

FrameT = TypeVar("FrameT")

RECENT: Final = 120
"""Frames that means and percentiles look back at: four seconds at 30 a second."""
GRACE_SECONDS: Final = 5.0
"""How long a close waits for work that has begun; a thread cannot be ended from outside."""


class SourceEnded(Exception):  # noqa: N818  # as StopAsyncIteration: no fault of anybody
    """Raised when no frame will come any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackStats:
    """What a live track has done so far."""

    frames_in: int = 0
    """Frames that the source gave."""

    frames_out: int = 0
    """Frames that were handed on."""

    dropped: int = 0
    """Frames that a newer one replaced, or that were too old when their turn came."""

    processing_ms_last: float | None = None
    """Work on the last frame."""

    processing_ms_mean: float | None = None
    """Mean of the last 120 frames."""

    latency_ms_p50: float | None = None
    """From a frame's arrival to its handing on: the median of the last 120 frames."""

    latency_ms_p95: float | None = None
    """The same, 95 % of them were faster."""

    level: Level = "full"
    """How much of the effect is shown."""

    error: MediaflowError | None = None
    """Why the track ended, if not because its source did."""


class Pump(Generic[FrameT]):
    """Frames of one source, worked on.

    Args:
        read: Waits for the next frame of the source.
        work: Is called in the thread with a frame and a level; returns a new frame.
        ladder: Chooses the level.
        max_age_seconds: A frame that waited longer for its turn is dropped.
        ends: What ``read`` raises when the source is at its end.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[FrameT]],
        work: Callable[[FrameT, Level], FrameT],
        *,
        ladder: Ladder,
        max_age_seconds: float,
        ends: tuple[type[Exception], ...] = (SourceEnded,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.work: Callable[[FrameT, Level], FrameT] = work
        """May be replaced while frames come; the next frame gets the new one."""
        self._read = read
        self._ladder = ladder
        self._max_age = max_age_seconds
        self._ends = ends
        self._clock = clock
        self._slot: tuple[FrameT, float] | None = None
        self._fresh = asyncio.Event()
        self._turn = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._working: asyncio.Future[tuple[FrameT, float]] | None = None
        self._ended = False
        self._error: MediaflowError | None = None
        self._in = self._out = self._dropped = 0
        self._took: deque[float] = deque(maxlen=RECENT)
        self._ages: deque[float] = deque(maxlen=RECENT)

    async def next(self) -> FrameT:
        """Wait for a frame that is newer than the last one; return it, worked on.

        Raises:
            SourceEnded: There is none: the source ended, work failed, or this was stopped.
        """
        async with self._turn:
            self._start()
            frame, came = await self._newest()
            assert self._thread is not None  # noqa: S101  # _start() came before
            loop = asyncio.get_running_loop()
            self._working = loop.run_in_executor(
                self._thread, self._timed, self.work, frame, self._ladder.level
            )
            await asyncio.wait({self._working})
            made = self._outcome(self._working)
            self._out += 1
            self._ages.append(self._clock() - came)
            return made

    def stop(self) -> None:
        """End the stream: nothing is read and no work begins any more."""
        self._ended = True
        self._drop()
        self._fresh.set()
        if self._reader is not None:
            self._reader.cancel()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def aclose(self) -> None:
        """End the stream and wait until its task and its thread are gone."""
        self.stop()
        if self._reader is not None:
            await asyncio.wait({self._reader})
        if self._working is not None:
            done, _ = await asyncio.wait({self._working}, timeout=GRACE_SECONDS)
            if done and self._thread is not None:
                self._thread.shutdown(wait=True)  # it is idle: it ends at once

    def stats(self) -> TrackStats:
        """Return what was done so far."""
        return TrackStats(
            frames_in=self._in,
            frames_out=self._out,
            dropped=self._dropped,
            processing_ms_last=_ms(self._took[-1] if self._took else None),
            processing_ms_mean=_ms(sum(self._took) / len(self._took) if self._took else None),
            latency_ms_p50=_ms(_percentile(self._ages, 0.5)),
            latency_ms_p95=_ms(_percentile(self._ages, 0.95)),
            level=self._ladder.level,
            error=self._error,
        )

    def _start(self) -> None:
        if self._reader is None:
            if self._ended:
                raise SourceEnded
            self._thread = ThreadPoolExecutor(1, "mediaflow-live")
            self._reader = asyncio.get_running_loop().create_task(self._drain())
            self._reader.add_done_callback(self._read_all)

    async def _drain(self) -> None:
        while True:
            frame = await self._read()
            self._in += 1
            self._drop()
            self._slot = (frame, self._clock())
            self._fresh.set()
            await asyncio.sleep(0)  # a source that never waits would hold the loop

    def _read_all(self, reader: asyncio.Task[None]) -> None:
        """Note that the source ended; a frame that waits is still handed on."""
        exc = None if reader.cancelled() else reader.exception()
        if exc is not None and not isinstance(exc, self._ends):
            self._error = _typed(exc, "the source of a live track failed")
        self._ended = True
        self._fresh.set()

    async def _newest(self) -> tuple[FrameT, float]:
        while True:
            await self._fresh.wait()
            if self._slot is None and self._ended:
                raise SourceEnded
            if self._slot is not None and self._clock() - self._slot[1] > self._max_age:
                self._drop()
            slot, self._slot = self._slot, None
            if not self._ended:
                self._fresh.clear()
            if slot is not None:
                return slot

    def _drop(self) -> None:
        self._dropped += self._slot is not None
        self._slot = None

    def _timed(
        self, work: Callable[[FrameT, Level], FrameT], frame: FrameT, level: Level
    ) -> tuple[FrameT, float]:
        began = self._clock()
        made = work(frame, level)
        return made, self._clock() - began

    def _outcome(self, working: asyncio.Future[tuple[FrameT, float]]) -> FrameT:
        if working.cancelled():
            raise SourceEnded
        exc = working.exception()
        if exc is not None:
            self._error = _typed(exc, "a filter failed on a live frame")
            self.stop()
            raise SourceEnded from exc
        made, seconds = working.result()
        self._took.append(seconds)
        self._ladder.took(seconds, self._clock())
        return made


def _typed(exc: BaseException, what: str) -> MediaflowError:
    if isinstance(exc, MediaflowError):
        return exc
    error = ProcessingError(f"{what} with {type(exc).__name__}: {exc}", stage="transform")
    error.__cause__ = exc
    return error


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _percentile(values: deque[float], share: float) -> float | None:
    """Return the nearest rank: the smallest value that so large a share does not exceed."""
    if not values:
        return None
    rank = -int(-share * len(values) // 1)  # rounded up
    return sorted(values)[rank - 1]

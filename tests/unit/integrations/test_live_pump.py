"""The pump of a live track: the newest frame, one at a time, and nothing left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from mediaflow.errors import LimitExceededError, ProcessingError
from mediaflow.integrations.webrtc.ladder import Ladder
from mediaflow.integrations.webrtc.pump import Pump, SourceEnded
from tests.measure import own_threads

pytestmark = pytest.mark.anyio


class Source:
    """Gives the frames that a test puts in; raises what a test puts in."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[int | Exception] = asyncio.Queue()

    async def read(self) -> int:
        item = await self.frames.get()
        if isinstance(item, Exception):
            raise item
        return item

    async def give(self, *items: int | Exception) -> None:
        for item in items:
            self.frames.put_nowait(item)
        for _ in range(3 * len(items) + 3):  # lets the reader run; no time passes
            await asyncio.sleep(0)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _negated(frame: int, level: str) -> int:
    return -frame


def _pump(
    source: Source,
    work: Callable[[int, str], int] = _negated,
    clock: Callable[[], float] | None = None,
) -> Pump[int]:
    return Pump(source.read, work, ladder=Ladder(1.0), max_age_seconds=1.0, clock=clock or Clock())


async def test_only_the_newest_frame_is_worked_on() -> None:
    source = Source()
    pump = _pump(source)
    await source.give(1)
    first = await pump.next()

    await source.give(2, 3, 4)
    second = await pump.next()

    stats = pump.stats()
    assert (first, second) == (-1, -4)
    assert (stats.frames_in, stats.frames_out, stats.dropped) == (4, 2, 2)
    await pump.aclose()


async def test_source_is_drained_while_work_is_slow() -> None:
    source, begun, release = Source(), threading.Event(), threading.Event()

    def slow(frame: int, level: str) -> int:
        begun.set()
        release.wait(30)
        return frame

    pump = _pump(source, slow)
    await source.give(1)
    waiting = asyncio.ensure_future(pump.next())
    while not begun.is_set():  # noqa: ASYNC110  # it is set by a thread
        await asyncio.sleep(0.001)
    await source.give(2, 3, 4)
    meanwhile = (source.frames.qsize(), pump.stats().frames_in)
    release.set()

    assert meanwhile == (0, 4)
    assert (await waiting, await pump.next()) == (1, 4)
    await pump.aclose()


async def test_latency_counts_from_arrival_to_handing_on() -> None:
    source, clock = Source(), Clock()

    def work(frame: int, level: str) -> int:
        clock.now += 0.25
        return frame

    pump = _pump(source, work, clock)
    waiting = asyncio.ensure_future(pump.next())
    await source.give(1)
    await waiting
    await source.give(2)
    clock.now += 0.5  # it waits for its turn
    await pump.next()

    stats = pump.stats()
    assert stats.processing_ms_last == stats.processing_ms_mean == 250
    assert (stats.latency_ms_p50, stats.latency_ms_p95) == (250, 750)
    await pump.aclose()


async def test_frame_that_waited_too_long_is_skipped() -> None:
    source, clock = Source(), Clock()
    pump = _pump(source, clock=clock)
    await source.give(1)
    await pump.next()
    await source.give(2)
    clock.now += 1.5  # more than the second that a frame may wait

    waiting = asyncio.ensure_future(pump.next())
    await source.give(3)

    assert await waiting == -3
    assert pump.stats().dropped == 1
    await pump.aclose()


async def test_new_work_is_for_the_next_frame() -> None:
    source = Source()
    pump = _pump(source)
    await source.give(1)
    first = await pump.next()

    pump.work = lambda frame, level: frame * 10
    await source.give(2)

    assert (first, await pump.next()) == (-1, 20)
    await pump.aclose()


async def test_work_is_told_the_level_of_the_ladder() -> None:
    source, clock, levels = Source(), Clock(), []

    def slow(frame: int, level: str) -> int:
        levels.append(level)
        clock.now += 2
        return frame

    pump = _pump(source, slow, clock)
    for number in range(9):
        await source.give(number)
        await pump.next()

    assert levels == ["full"] * 4 + ["half"] * 4 + ["through"]
    assert pump.stats().level == "through"
    await pump.aclose()


async def test_end_of_the_source_hands_on_the_last_frame_first() -> None:
    source = Source()
    pump = _pump(source)
    await source.give(1)
    await pump.next()

    await source.give(2, SourceEnded())

    assert await pump.next() == -2
    with pytest.raises(SourceEnded):
        await pump.next()
    assert pump.stats().error is None
    await pump.aclose()


async def test_end_of_the_source_wakes_who_waits() -> None:
    source = Source()
    pump = _pump(source)
    waiting = asyncio.ensure_future(pump.next())
    await source.give(SourceEnded())

    with pytest.raises(SourceEnded):
        await asyncio.wait_for(waiting, 10)
    await pump.aclose()


async def test_failure_of_the_source_is_kept_typed() -> None:
    source = Source()
    pump = _pump(source)
    waiting = asyncio.ensure_future(pump.next())
    await source.give(ZeroDivisionError("odd"))

    with pytest.raises(SourceEnded):
        await asyncio.wait_for(waiting, 10)
    error = pump.stats().error
    assert isinstance(error, ProcessingError)
    assert "ZeroDivisionError: odd" in error.message
    await pump.aclose()


@pytest.mark.parametrize(
    ("raised", "kept"),
    [(ValueError("odd"), ProcessingError), (LimitExceededError("large"), LimitExceededError)],
)
async def test_failure_of_the_work_ends_the_stream(
    raised: Exception, kept: type[Exception]
) -> None:
    source = Source()

    def fail(frame: int, level: str) -> int:
        raise raised

    pump = _pump(source, fail)
    await source.give(1)

    for _ in range(2):
        with pytest.raises(SourceEnded):
            await asyncio.wait_for(pump.next(), 10)
    assert type(pump.stats().error) is kept
    await pump.aclose()


async def test_close_leaves_no_thread_and_no_task() -> None:
    threads, tasks = own_threads(), asyncio.all_tasks()
    source = Source()
    pump = _pump(source)
    await source.give(1)
    await pump.next()
    working = own_threads() - threads

    await pump.aclose()

    assert len(working) == 1
    assert own_threads() == threads
    assert asyncio.all_tasks() == tasks


async def test_stop_wakes_who_waits() -> None:
    source = Source()
    pump = _pump(source)
    waiting = asyncio.ensure_future(pump.next())
    await asyncio.sleep(0)
    pump.stop()

    with pytest.raises(SourceEnded):
        await asyncio.wait_for(waiting, 10)
    await pump.aclose()


async def test_nothing_begins_after_a_stop() -> None:
    pump = _pump(Source())
    pump.stop()

    with pytest.raises(SourceEnded):
        await pump.next()
    assert pump.stats().frames_in == 0

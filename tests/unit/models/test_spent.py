"""Every second of a job counts to one stage, and what other processes took is added."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from mediaflow.errors import SourceError
from mediaflow.models import spent
from mediaflow.models.spent import Spent, StageTime, Tally


class Clock:
    """A clock that goes on only when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(spent, "time", made)
    return made


def test_a_stage_within_another_is_not_counted_twice(clock: Clock) -> None:
    tally = Tally()

    with tally.timed("encode"):
        clock.now += 1
        with tally.timed("decode"):
            clock.now += 2
            with tally.timed("read"):
                clock.now += 4
        clock.now += 8
        with tally.timed("decode"):
            clock.now += 16

    assert tally.stages == (
        StageTime(stage="read", seconds=4),
        StageTime(stage="decode", seconds=18),
        StageTime(stage="encode", seconds=9),
    )


def test_a_stage_that_fails_is_counted_too(clock: Clock) -> None:
    tally = Tally()

    def fail() -> None:
        clock.now += 3
        raise SourceError("no")

    with pytest.raises(SourceError), tally.timed("plan"):
        fail()

    assert tally.stages == (StageTime(stage="plan", seconds=3),)


def test_only_the_making_of_a_frame_counts_as_decoding(clock: Clock) -> None:
    def frames() -> Iterator[str]:
        for name in "ab":
            clock.now += 5
            yield name
        clock.now += 1  # the end has to be found, too

    tally = Tally()

    taken = []
    for frame in tally.each_decoded(frames()):
        clock.now += 100
        taken.append(frame)

    assert taken == ["a", "b"]
    assert tally.frames_decoded == 2
    assert tally.stages == (StageTime(stage="decode", seconds=11),)


def test_nothing_is_lost_when_threads_count_at_once() -> None:
    tally = Tally()

    def count() -> None:
        for _ in range(2000):
            tally.read(3)
            tally.decoded()
            tally.add("encode", 0.5)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert tally.bytes_in == 8 * 2000 * 3
    assert tally.frames_decoded == 8 * 2000
    assert tally.stages == (StageTime(stage="encode", seconds=8 * 2000 * 0.5),)


def test_what_another_process_took_is_added(clock: Clock) -> None:
    tally = Tally()
    child = Spent(
        stages=(StageTime(stage="decode", seconds=2), StageTime(stage="encode", seconds=5)),
        cpu_seconds=6.5,
        peak_rss_bytes=10_000,
        frames_decoded=48,
        bytes_in=700,
    )

    tally.read(50)
    with tally.timed("encode"):
        clock.now += 8  # of which the child tells 7; one second was its start and what went between
        tally.take(child)

    assert tally.stages == (
        StageTime(stage="decode", seconds=2),
        StageTime(stage="encode", seconds=6),
    )
    assert (tally.frames_decoded, tally.bytes_in) == (48, 750)
    assert tally.elsewhere is child

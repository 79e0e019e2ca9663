"""Events reach every sink; a sink that fails is counted, logged and passed by."""

from __future__ import annotations

import io
import logging

import pytest

from mediaflow.models.events import Event, Finished, Progress, Started, Status, Written
from mediaflow.report import Fanout, ProgressLine

EVENTS: list[Event] = [
    Started(job_id="a", sequence=0),
    Progress(job_id="a", sequence=1, fraction=0.05, stage="plan"),
    Progress(job_id="a", sequence=2, fraction=0.5, stage="encode", output="webp"),
    Written(job_id="a", sequence=3, output="webp", uri="a.webp", bytes=5),
    Finished(job_id="a", sequence=4, status="completed"),
]


def test_every_sink_gets_every_event_in_order() -> None:
    first: list[Event] = []
    second: list[Event] = []
    fanout = Fanout([first.append, second.append])

    for event in EVENTS:
        fanout(event)

    assert first == second == EVENTS
    assert fanout.failures == 0


def test_sink_that_raises_is_counted_and_the_next_is_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("a sink of somebody else")

    seen: list[Event] = []
    fanout = Fanout([fail, seen.append])

    with caplog.at_level(logging.WARNING, "mediaflow"):
        for event in EVENTS:
            fanout(event)

    assert seen == EVENTS
    assert fanout.failures == len(EVENTS)
    assert "sink failed on Started" in caplog.text


def test_interrupt_in_a_sink_is_not_swallowed() -> None:
    def stop(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Fanout([stop])(EVENTS[0])


def test_progress_is_one_line_that_is_written_over() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)

    for event in EVENTS:
        line(event)

    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert text.count("\r") == 3
    assert "[###############---------------]  50% encode" in text
    assert "completed" in text


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_bar_of_a_job_that_ended_early_is_not_full(status: Status) -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    for event in EVENTS[:3]:
        line(event)

    line(Finished(job_id="a", sequence=5, status=status, error="why"))

    last = stream.getvalue().rpartition("\r")[2]
    assert status in last
    assert "#" * 30 not in last

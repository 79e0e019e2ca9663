"""What a room may ask while a job runs."""

from __future__ import annotations

import pytest

from mediaflow.errors import JobCancelledError, JobTimeoutError
from mediaflow.models.context import Budget, Context
from mediaflow.models.events import Progress


def test_context_alone_is_quiet_and_allows_everything():
    context = Context(job_id="j")

    context.progress(0.5, "decode")
    context.check()

    assert context.may_publish() is True
    assert context.cancelled() is False
    assert context.scratch is None
    assert context.budget == Budget(threads=1, bytes=1024**3)


def test_cancelled_job_stops_at_the_next_check():
    context = Context(job_id="j", cancelled=lambda: True)

    with pytest.raises(JobCancelledError, match="job j was cancelled"):
        context.check()


def test_events_are_numbered_from_zero_without_gaps():
    events = []
    context = Context(job_id="j", emit=events.append)

    first = context.next_sequence()
    context.progress(0.1, "plan")
    context.progress(0.2, "encode", "a")
    last = context.next_sequence()

    assert [first, *(event.sequence for event in events), last] == [0, 1, 2, 3]


def test_progress_says_where_the_job_is():
    events = []

    Context(job_id="j", emit=events.append).progress(0.25, "encode", "a")

    assert events == [Progress(job_id="j", sequence=0, fraction=0.25, stage="encode", output="a")]


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ([0.1, 0.5, 0.2, 0.7], [0.1, 0.5, 0.5, 0.7]),
        ([-1.0, 0.0], [0.0, 0.0]),
        ([0.9, 1.5, 1.0], [0.9, 1.0, 1.0]),
    ],
)
def test_progress_never_falls_and_never_leaves_0_to_1(told, heard):
    events = []
    context = Context(job_id="j", emit=events.append)

    for fraction in told:
        context.progress(fraction, "encode")

    assert [event.fraction for event in events] == heard


def test_job_that_takes_too_long_stops_at_the_next_check():
    now = [5.0]
    context = Context(job_id="j", clock=lambda: now[0], deadline=7.0)

    context.check()
    now[0] = 7.0

    with pytest.raises(JobTimeoutError, match="job j took longer than it may") as caught:
        context.check()
    assert caught.value.retryable is False

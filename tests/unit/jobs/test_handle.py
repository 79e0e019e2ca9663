"""A handle follows its job: state, progress, events, result."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import mediaflow as mf
from mediaflow.errors import JobTimeoutError, OutputsFailedError
from mediaflow.jobs.handle import JobHandle
from mediaflow.models.events import Event, Finished, Progress, Started
from tests.media import photo_jpeg

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = photo_jpeg(32, 24)


def _started() -> Started:
    return Started(job_id="a", sequence=0)


def _progress(fraction: float) -> Progress:
    return Progress(job_id="a", sequence=1, fraction=fraction, stage="encode")


def _finished(status: str = "completed", error: str | None = None) -> Finished:
    return Finished(job_id="a", sequence=2, status=status, error=error)  # type: ignore[arg-type]  # one of six words


def test_new_handle_is_pending() -> None:
    before = datetime.now(UTC)

    handle = JobHandle("a")

    assert (handle.id, handle.status, handle.progress) == ("a", "pending", 0)
    assert (handle.error, handle.completed_at, handle.metadata) == (None, None, None)
    assert before <= handle.created_at <= datetime.now(UTC)
    assert not handle.cancelled()
    assert repr(handle) == "<JobHandle a pending 0%>"


def test_events_move_the_state() -> None:
    handle = JobHandle("a")

    handle.take(_started())
    assert handle.status == "processing"
    handle.take(_progress(0.5))
    assert handle.progress == 0.5
    handle.take(_finished())
    assert (handle.status, handle.progress) == ("completed", 1.0)
    assert handle.completed_at is not None
    assert handle.completed_at >= handle.created_at


@pytest.mark.parametrize("status", ["failed", "cancelled", "partial"])
def test_job_that_did_not_complete_keeps_its_progress_and_error(status: str) -> None:
    handle = JobHandle("a")
    for event in (_started(), _progress(0.4), _finished(status, "why")):
        handle.take(event)

    assert (handle.status, handle.progress, handle.error) == (status, 0.4, "why")


def test_listener_gets_all_events_whenever_it_comes() -> None:
    handle = JobHandle("a")
    early: list[Event] = []
    late: list[Event] = []

    handle.listen(early.append)
    handle.take(_started())
    handle.listen(late.append)
    handle.take(_finished())

    assert early == late == [_started(), _finished()]


def test_events_wait_for_those_to_come() -> None:
    handle = JobHandle("a")
    handle.take(_started())
    timer = threading.Timer(0.05, lambda: [handle.take(_progress(0.5)), handle.take(_finished())])
    timer.start()

    seen = list(handle.events())

    timer.join()
    assert seen == [_started(), _progress(0.5), _finished()]
    assert list(handle.events()) == seen


def test_wait_that_takes_too_long_is_a_timeout_with_a_hint() -> None:
    handle = JobHandle("a")

    with pytest.raises(JobTimeoutError, match=r"job a still runs after 0\.01 s") as caught:
        handle.result(timeout=0.01)

    assert isinstance(caught.value, TimeoutError)
    assert caught.value.hint
    assert caught.value.retryable


def test_timeout_of_the_job_itself_is_passed_on() -> None:
    handle = JobHandle("a")
    handle.future.set_exception(JobTimeoutError("the job took too long"))

    with pytest.raises(JobTimeoutError, match="the job took too long"):
        handle.result(timeout=5)


def test_cancelling_is_a_wish_that_is_kept() -> None:
    handle = JobHandle("a")

    handle.cancel()
    handle.cancel()

    assert handle.cancelled()
    assert handle.status == "pending"


def test_nobody_can_end_the_future_but_the_job() -> None:
    assert not JobHandle("a").future.cancel()


def test_slow_listener_does_not_hold_up_those_who_ask() -> None:
    handle = JobHandle("a")
    inside, go_on = threading.Event(), threading.Event()
    handle.listen(lambda _: (inside.set(), go_on.wait(10)))
    job = threading.Thread(target=handle.take, args=(_started(),))
    job.start()
    inside.wait(10)

    other = threading.Thread(target=handle.listen, args=(lambda _: None,))
    other.start()
    other.join(1)
    held_up = other.is_alive()

    go_on.set()
    job.join()
    other.join()
    assert not held_up


def test_outcome_is_told_once_the_job_ended_and_also_where_outputs_failed(tmp_path: Path) -> None:
    good, bad = mf.ImageOutput("webp", name="good"), mf.ImageOutput("png", name="bad")
    place = tmp_path / "out"
    place.mkdir()
    (place / "image.png").mkdir()  # a file cannot stand where a folder does

    with mf.Processor(workers=1) as processor:
        handle = processor.submit(PICTURE, [good, bad], to=f"{place}/")
        has_ended = handle.wait(60)
    outcome = handle.outcome

    assert JobHandle("new").outcome is None
    assert has_ended
    assert outcome is not None
    assert [output.status for output in outcome.outputs] == ["completed", "failed"]
    assert handle.error_code == "outputs_failed"
    with pytest.raises(OutputsFailedError):
        handle.result()


def test_job_that_came_to_nothing_has_no_outcome(tmp_path: Path) -> None:
    with mf.Processor(workers=1) as processor:
        handle = processor.submit(b"text", mf.ImageOutput("webp"), to=f"{tmp_path}/")
        has_ended = handle.wait(60)

    assert (has_ended, handle.status, handle.outcome) == (True, "failed", None)
    assert (JobHandle("new").error_code, handle.error_code) == (None, "unidentified")


def test_waiting_for_a_job_that_goes_on_ends_in_time() -> None:
    assert not JobHandle("a").wait(0.01)

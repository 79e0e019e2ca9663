"""Whatever comes back of a job that was sent away, its handle tells a straight story."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import JobCancelledError
from mediaflow.jobs.envelope import pack, unpack
from mediaflow.jobs.remote import run_envelope
from tests.media import photo_jpeg

OUT = mf.ImageOutput("webp", width=30)


class Ticket:
    """A call whose end the test decides."""

    def __init__(self) -> None:
        self.future: Future[str] = Future()
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1


class Cluster(Executor):
    """Keeps what it is sent; events and answers come from the test."""

    threads = 3

    def submit_text(
        self, call: object, text: str, *, name: str, on_event: Callable[[Any], object]
    ) -> Ticket:
        self.call, self.text, self.name, self.tell = call, text, name, on_event
        self.ticket = Ticket()
        return self.ticket


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def handle(cluster: Cluster, tmp_path: Path) -> mf.JobHandle:
    """Return the handle of a job that is away."""
    (tmp_path / "photo.jpg").write_bytes(photo_jpeg(60, 40))
    limits = mf.Limits(max_memory_bytes=5_000_000)
    made = mf.Processor(cluster, limits=limits, trust="strangers", isolation="job", sandbox="off")
    return made.submit(tmp_path / "photo.jpg", OUT, to=f"{tmp_path}/out/")


def progress(fraction: float) -> dict[str, object]:
    return {
        "kind": "progress",
        "job_id": "x",
        "sequence": 7,
        "fraction": fraction,
        "stage": "encode",
    }


def started(attempt: int) -> dict[str, object]:
    return {"kind": "started", "job_id": "x", "sequence": 0, "attempt": attempt}


def test_envelope_says_all_that_the_processor_was_told(
    cluster: Cluster, handle: mf.JobHandle
) -> None:
    envelope = unpack(cluster.text)

    assert cluster.call is run_envelope
    assert cluster.name == f"{handle.id}-1"
    assert (envelope.job_id, envelope.created_at) == (handle.id, handle.created_at)
    assert (envelope.trust, envelope.isolation, envelope.sandbox) == ("strangers", "job", "off")
    assert (envelope.threads, envelope.memory_bytes) == (3, 5_000_000)
    assert envelope.limits.max_memory_bytes == 5_000_000


def test_second_try_is_told_and_progress_never_falls(
    cluster: Cluster, handle: mf.JobHandle
) -> None:
    for event in (started(1), progress(0.5), started(2), progress(0.2), progress(0.7)):
        cluster.tell(event)
    cluster.ticket.future.set_exception(mf.errors.WorkerLostError("gone"))

    events = list(handle.events())
    assert [event.sequence for event in events] == list(range(6))
    assert [event.attempt for event in events if isinstance(event, mf.Started)] == [1, 2]
    fractions = [event.fraction for event in events if isinstance(event, mf.Progress)]
    assert fractions == [0.5, 0.5, 0.7]
    assert {event.job_id for event in events} == {handle.id}


def test_end_is_told_by_the_answer_alone(cluster: Cluster, handle: mf.JobHandle) -> None:
    cluster.tell(started(1))
    cluster.tell({"kind": "finished", "job_id": "x", "sequence": 1, "status": "failed"})
    before = handle.status
    here = replace(unpack(cluster.text), isolation="none")
    cluster.ticket.future.set_result(run_envelope(pack(here)))

    assert before == "processing"
    assert handle.result(10).status == handle.status == "completed"
    assert [event.kind for event in handle.events()] == ["started", "finished"]
    assert handle.metadata == handle.result(10).source


def test_event_that_is_none_is_logged_and_left_out(
    cluster: Cluster, handle: mf.JobHandle, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.tell({**progress(0.5), "fraction": "half"})
    cluster.tell({"kind": "surprise"})
    cluster.ticket.future.set_exception(JobCancelledError("stopped"))

    assert [event.kind for event in handle.events()] == ["finished"]
    assert handle.status == "cancelled"
    assert "an event that is none" in caplog.text


def test_cancel_reaches_the_executor(cluster: Cluster, handle: mf.JobHandle) -> None:
    handle.cancel()

    assert cluster.ticket.stops == 1
    assert handle.status == "pending"  # the job ends when the executor says so

"""A job that crashes, hangs, eats memory or opens a file costs itself, and the others nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.errors import JobTimeoutError, LimitExceededError, ProcessingError
from tests.rig import size
from tests.rig.losses import THUMB, crashed, faulty, late_by, named, painted, replaced


def test_one_crash_among_many_jobs_costs_one_job(tmp_path: Path) -> None:
    jobs = size(60, 1_000)

    crash = crashed(tmp_path, jobs)

    assert crash.failed == {jobs // 2: "WorkerLostError"}
    assert (crash.right, crash.stray) == (jobs - 1, 0)


def test_a_lost_child_is_replaced_by_one_that_is_warm(tmp_path: Path) -> None:
    seconds = replaced(tmp_path, losses=size(2, 10), pause=2.5)

    assert max(seconds) <= size(1.5, 0.3)


@pytest.mark.parametrize("deed", ["hang", "freeze"])
def test_a_job_that_is_late_is_killed_soon_after_its_limit(deed: str, tmp_path: Path) -> None:
    late = late_by(tmp_path, [1] * size(1, 10), deed)

    assert len(late) == size(1, 10)
    assert min(late) >= 0
    assert max(late) <= size(0.6, 0.1)


def test_a_job_has_its_time_once_and_not_for_each_step(tmp_path: Path) -> None:
    slow = named(painted(tmp_path / "photo.jpg"), "dawdle")

    with faulty() as processor:
        with pytest.raises(JobTimeoutError, match="longer than the 1 s"):
            processor.process(
                slow, THUMB, to=tmp_path / "out/", limits=mf.Limits(max_job_seconds=1)
            )
        assert processor.process(slow, THUMB, to=tmp_path / "out/").status == "completed"


def test_a_job_that_eats_memory_is_ended_and_the_next_one_is_right(tmp_path: Path) -> None:
    picture = painted(tmp_path / "photo.jpg")

    with faulty() as processor:
        with pytest.raises(LimitExceededError, match="memory"):
            processor.process(named(picture, "eat"), THUMB, to=tmp_path / "out/")
        result = processor.process(picture, THUMB, to=tmp_path / "out/")

    assert result.outputs[0].sha256 == mf.process(picture, THUMB, to=tmp_path).outputs[0].sha256


def test_a_job_that_opens_a_file_is_refused_where_it_is_locked_and_only_there(
    tmp_path: Path,
) -> None:
    bad = named(painted(tmp_path / "photo.jpg"), "open")

    with faulty() as processor, pytest.raises(ProcessingError, match="PermissionError"):
        processor.process(bad, THUMB, to=tmp_path / "out/")
    with faulty(sandbox="off") as processor:
        assert processor.process(bad, THUMB, to=tmp_path / "out/").status == "completed"


def test_a_processor_that_is_closed_at_once_lets_its_job_end(tmp_path: Path) -> None:
    picture = painted(tmp_path / "photo.jpg")
    slow = named(picture, "dawdle")

    with faulty("threads", 1) as processor:
        processor.process(picture, THUMB, to=tmp_path / "out/")
        handle = processor.submit(slow, THUMB, to=tmp_path / "out/")
        next(event for event in handle.events() if event.kind == "progress")
        processor.close(wait=False)
        result = handle.result(60)

    assert result.status == "completed"

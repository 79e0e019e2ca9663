"""A job that is cancelled stops before its next step and leaves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow import errors
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Context
from tests.measure import listing, open_descriptors, own_threads
from tests.media import photo_jpeg

SOURCE = photo_jpeg(640, 480)
OLD = b"the old output, which must stay whole"
Output = mf.ImageOutput


@pytest.fixture(params=["inline", "threads"])
def processor(request: pytest.FixtureRequest) -> Iterator[mf.Processor]:
    with mf.Processor(request.param, workers=1) as made:
        yield made


STAGES: list[tuple[str, Callable[[mf.Event], bool]]] = [
    ("at the start", lambda event: isinstance(event, mf.Started)),
    ("after the plan", lambda event: isinstance(event, mf.Progress) and event.stage == "plan"),
    ("after decoding", lambda event: isinstance(event, mf.Progress) and event.stage == "decode"),
    ("while encoding", lambda event: isinstance(event, mf.Progress) and event.stage == "encode"),
]


@pytest.mark.parametrize("is_time", [row[1] for row in STAGES], ids=[row[0] for row in STAGES])
def test_cancelled_job_leaves_nothing(
    processor: mf.Processor, tmp_path: Path, is_time: Callable[[mf.Event], bool]
) -> None:
    (tmp_path / "image_webp.webp").write_bytes(OLD)
    files, descriptors, threads = listing(tmp_path), open_descriptors(), own_threads()
    seen: list[mf.Event] = []

    def stop(event: mf.Event) -> None:
        seen.append(event)
        if is_time(event):
            processor.cancel(event.job_id)

    handle = processor.submit(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/", on_event=stop)

    with pytest.raises(errors.JobCancelledError):
        handle.result(60)
    assert (handle.status, seen[-1].kind) == ("cancelled", "finished")
    assert handle.progress < 1
    assert listing(tmp_path) == files
    assert open_descriptors() == descriptors
    assert len(own_threads() - threads) <= 1


def test_cancelling_what_is_published_changes_nothing(
    processor: mf.Processor, tmp_path: Path
) -> None:
    handle = processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
    result = handle.result(60)

    handle.cancel()

    assert handle.status == "completed"
    assert handle.result() == result
    assert list(listing(tmp_path)) == ["image.webp"]


@pytest.mark.parametrize("stage", ["plan", "decode", "encode"])
def test_job_that_takes_too_long_leaves_nothing(stage: str, tmp_path: Path) -> None:
    now = [0.0]

    def take(event: mf.Event) -> None:
        if isinstance(event, mf.Progress) and event.stage == stage:
            now[0] = 60.0

    limits = mf.Limits(max_job_seconds=60)
    job = mf.Job(SOURCE, [Output("webp"), Output("png")], to=tmp_path, limits=limits)
    context = Context(job_id="late", emit=take, clock=lambda: now[0])

    with pytest.raises(errors.JobTimeoutError, match="late took longer"):
        run_job(job, Environment(), context)
    assert not list(listing(tmp_path))

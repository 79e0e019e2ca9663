"""The blocking shell: jobs run in threads or at once, are remembered, cancelled and ended."""

from __future__ import annotations

import contextvars
import os
import subprocess
import sys
import threading
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow import errors
from mediaflow.image.pillow import PillowBackend
from tests.measure import own_threads
from tests.media import photo_jpeg

SOURCE = photo_jpeg(320, 240)
Output = mf.ImageOutput


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Hold every job at its encoder until the event is set."""
    event = threading.Event()
    real = PillowBackend.encode

    def wait(self: PillowBackend, picture: Any, step: Any) -> Any:
        event.wait(30)
        return real(self, picture, step)

    monkeypatch.setattr(PillowBackend, "encode", wait)
    return event


def test_submit_does_not_wait(tmp_path: Path, gate: threading.Event) -> None:
    with mf.Processor(workers=1) as made:
        handles = [
            made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/{number}/") for number in range(3)
        ]
        assert [handle.future.done() for handle in handles] == [False, False, False]
        assert handles[2].status == "pending"
        gate.set()

    assert [handle.status for handle in handles] == ["completed"] * 3


def test_inline_job_is_done_before_submit_returns(tmp_path: Path) -> None:
    with mf.Processor("inline") as made:
        handle = made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")

    assert handle.status == "completed"
    assert handle.result(0).outputs[0].format == "webp"


def test_handle_and_result_agree(tmp_path: Path) -> None:
    with mf.Processor() as made:
        handle = made.submit(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/")
        result = handle.result(60)

    assert handle.id == result.id
    assert (handle.status, handle.progress, handle.error) == ("completed", 1, None)
    assert handle.metadata == result.source
    assert handle.metadata is not None
    assert (handle.metadata.width, handle.metadata.height) == (320, 240)
    assert handle.created_at == result.created_at
    assert handle.completed_at is not None
    assert handle.completed_at.utcoffset() == timedelta(0)
    assert handle.completed_at >= result.created_at
    assert [event.kind for event in handle.events()][-1] == "finished"


def test_metadata_is_known_before_the_job_has_ended(tmp_path: Path, gate: threading.Event) -> None:
    with mf.Processor(workers=1) as made:
        handle = made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        for event in handle.events():
            if isinstance(event, mf.Progress) and event.stage == "decode":
                break
        known = handle.metadata
        status = handle.status
        gate.set()

    assert known is not None
    assert status == "processing"


def test_jobs_are_found_by_their_id(tmp_path: Path) -> None:
    with mf.Processor() as made:
        handles = [
            made.submit(SOURCE, Output("webp", width=8), to=f"{tmp_path}/{number}/")
            for number in range(3)
        ]

        assert made.jobs() == tuple(handles)
        assert made.job(handles[1].id) is handles[1]
        for name in ("job", "cancel"):
            with pytest.raises(errors.UnknownNameError, match="no job 'x'"):
                getattr(made, name)("x")


def test_history_is_bounded_and_keeps_what_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mediaflow.jobs.handles.HISTORY", 3)

    with mf.Processor("inline") as made:
        handles = [
            made.submit(SOURCE, Output("webp", width=8), to=f"{tmp_path}/") for _ in range(6)
        ]

        assert made.jobs() == tuple(handles[-len(made.jobs()) :])
        assert 3 <= len(made.jobs()) <= 4


def test_cancel_by_id_stops_a_job_that_waits(tmp_path: Path, gate: threading.Event) -> None:
    with mf.Processor(workers=1) as made:
        first = made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/a/")
        second = made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/b/")
        made.cancel(second.id)
        gate.set()

        assert first.result(30).status == "completed"
        with pytest.raises(errors.JobCancelledError):
            second.result(30)
    assert second.status == "cancelled"
    assert not (tmp_path / "b").exists()


def test_leaving_the_block_waits_for_all_jobs(tmp_path: Path) -> None:
    with mf.Processor(workers=2) as made:
        handles = [
            made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/{number}/") for number in range(4)
        ]

    assert [handle.status for handle in handles] == ["completed"] * 4
    assert own_threads() == set()


def test_leaving_the_block_by_an_error_cancels_all_jobs(
    tmp_path: Path, gate: threading.Event
) -> None:
    handles: list[mf.JobHandle] = []

    def work() -> None:
        with mf.Processor(workers=1) as made:
            handles.extend(
                made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/{number}/")
                for number in range(3)
            )
            threading.Timer(0.05, gate.set).start()
            raise RuntimeError("the caller's own")

    with pytest.raises(RuntimeError, match="the caller's own"):
        work()

    assert [handle.status for handle in handles] == ["cancelled"] * 3
    assert list(tmp_path.rglob("*.webp")) == []


def test_closed_processor_takes_no_job_and_remembers_none(tmp_path: Path) -> None:
    made = mf.Processor()
    made.close()

    with pytest.raises(errors.MediaflowError):
        made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
    assert made.jobs() == ()


def test_closing_twice_is_fine() -> None:
    made = mf.Processor()

    made.close()
    made.close(wait=False)


def test_result_of_a_job_that_takes_long_times_out_and_the_job_goes_on(
    tmp_path: Path, gate: threading.Event
) -> None:
    with mf.Processor(workers=1) as made:
        handle = made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        with pytest.raises(errors.JobTimeoutError):
            handle.result(0.01)
        gate.set()

        assert handle.result(30).status == "completed"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"executor": "thread"}, "did you mean 'threads'"),
        ({"workers": 0}, "workers must be"),
        ({"workers": 2.5}, "workers must be"),
        ({"trust": "me"}, "trust must be 'own' or 'strangers', got 'me'"),
    ],
)
def test_wrong_word_is_refused_with_value_and_rule(words: dict[str, Any], expected: str) -> None:
    with pytest.raises(errors.SpecError, match=expected):
        mf.Processor(**words)


def test_wrong_request_is_refused_by_submit_itself(tmp_path: Path) -> None:
    with mf.Processor() as made:
        with pytest.raises(errors.SpecError):
            made.submit(SOURCE, [])
        assert made.jobs() == ()


def test_wrong_input_is_told_by_the_result(tmp_path: Path) -> None:
    with mf.Processor() as made:
        handle = made.submit(tmp_path / "no.jpg", Output("webp"), to=f"{tmp_path}/")
        with pytest.raises(errors.SourceNotFoundError):
            handle.result(30)

    assert handle.status == "failed"
    assert "no.jpg" in str(handle.error)
    assert handle.completed_at is not None
    assert [event.kind for event in handle.events()][-1] == "finished"


def test_bug_of_a_back_end_ends_the_job_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("a bug")

    monkeypatch.setattr(PillowBackend, "transform", fail)
    monkeypatch.setattr(PillowBackend, "decode_ahead", fail)

    with mf.Processor() as made:
        handle = made.submit(SOURCE, Output("webp", width=9), to=f"{tmp_path}/")
        with pytest.raises(AttributeError, match="a bug"):
            handle.result(30)

    assert handle.status == "failed"
    assert [event.kind for event in handle.events()][-1] == "finished"


def test_context_variables_of_the_caller_are_seen_by_the_job(tmp_path: Path) -> None:
    request = contextvars.ContextVar("request", default="none")
    request.set("42")
    seen: set[str] = set()

    with mf.Processor() as made:
        made.submit(
            SOURCE,
            Output("webp"),
            to=f"{tmp_path}/",
            on_event=lambda _: seen.add(request.get()),
        ).result(30)

    assert seen == {"42"}


def test_limits_of_the_processor_hold_for_every_verb(tmp_path: Path) -> None:
    with mf.Processor(limits=mf.Limits(max_pixels=1000)) as made:
        for ask in (
            lambda: made.probe(SOURCE),
            lambda: made.compare(SOURCE, SOURCE),
            lambda: made.plan(SOURCE, Output("webp"), to=f"{tmp_path}/"),
            lambda: made.process(SOURCE, Output("webp"), to=f"{tmp_path}/"),
        ):
            with pytest.raises(errors.LimitExceededError):
                ask()
        job = mf.Job(SOURCE, Output("webp"), to=f"{tmp_path}/", limits=mf.Limits())
        assert made.process(job).status == "completed"


def test_strangers_may_not_name_any_location(tmp_path: Path) -> None:
    with (
        mf.Processor(trust="strangers") as made,
        pytest.raises(errors.ForbiddenLocationError),
    ):
        made.process("http://127.0.0.1:9/a.jpg", Output("webp"), to=f"{tmp_path}/")


def test_storage_of_the_processor_is_used(tmp_path: Path) -> None:
    storage = mf.Storage({"site": mf.Profile(protocol="file", root=str(tmp_path))})

    with mf.Processor(storage=storage) as made:
        result = made.process(SOURCE, Output("webp"), to="site://thumbs/")

    assert (tmp_path / "thumbs/image.webp").is_file()
    assert str(tmp_path) not in result.outputs[0].uri


def test_plan_decodes_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(PillowBackend, "decode", lambda *_: pytest.fail("a pixel was decoded"))

    plan = mf.plan(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/out/")

    assert [step.format for step in plan.encodes] == ["jpeg", "webp", "avif"]
    assert plan.peak_bytes > 0
    assert plan.estimated_seconds > 0
    assert list(tmp_path.iterdir()) == []


def test_failed_job_does_not_keep_its_input_alive(tmp_path: Path) -> None:
    with mf.Processor("inline") as made:
        handle = made.submit(SOURCE[: len(SOURCE) // 2], Output("webp"), to=f"{tmp_path}/")
        with pytest.raises(errors.TruncatedMediaError) as caught:
            handle.result()
    assert caught.value.__cause__ is not None
    held = [
        names
        for frame, _ in traceback.walk_tb(caught.value.__cause__.__traceback__)
        for names in frame.f_locals
    ]

    assert "data" not in held


def test_submit_that_meets_a_closing_processor_leaves_no_handle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = mf.Processor()
    made._executor.shutdown()

    with pytest.raises(errors.SpecError, match="closed"):
        made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
    assert made.jobs() == ()
    made.close()


def test_ended_jobs_are_forgotten_after_the_last_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediaflow.jobs.handles.HISTORY", 2)
    with mf.Processor("inline") as made:
        handles = [made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/{n}/") for n in range(5)]

        assert made.jobs() == tuple(handles[3:])


def test_listener_that_was_ended_hears_no_more(tmp_path: Path, gate: threading.Event) -> None:
    heard: list[mf.Event] = []
    with mf.Processor(workers=1) as made:
        handle = made.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        handle.listen(heard.append)()
        before = len(heard)
        gate.set()
        handle.result(30)

    assert len(heard) == before


def test_storage_without_a_policy_takes_that_of_strangers() -> None:
    with (
        mf.Processor("inline", trust="strangers", storage=mf.Storage()) as made,
        pytest.raises(errors.ForbiddenLocationError, match="'ftp' is not allowed"),
    ):
        made.probe("ftp://127.0.0.1:1/x.jpg")


def test_storage_with_a_policy_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(SOURCE)
    policy = mf.UriPolicy(roots=(str(tmp_path / "elsewhere"),))

    with (
        mf.Processor("inline", trust="strangers", storage=mf.Storage(policy=policy)) as made,
        pytest.raises(errors.ForbiddenLocationError, match="outside"),
    ):
        made.probe(tmp_path / "a.jpg")


FORKED = """
import os, sys
import mediaflow as mf

processor = mf.Processor(workers=1)
child = os.fork()
if child == 0:
    try:
        processor.submit("a.jpg", mf.ImageOutput("png"), to=sys.argv[1])
    except mf.errors.SpecError as error:
        os._exit(7 if "forked" in error.message else 1)
    os._exit(2)
processor.close()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_processor_of_the_parent_takes_nothing_after_a_fork(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED, str(tmp_path)], capture_output=True, check=True, timeout=100
    )

    assert done.stdout.strip() == b"7"

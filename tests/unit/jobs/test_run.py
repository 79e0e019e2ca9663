"""One job from request to result: events in order, good outputs published, nothing left behind."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import mediaflow as mf
from mediaflow import errors
from mediaflow.image.pillow import PillowBackend
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Budget, Context
from tests.measure import listing, open_descriptors, own_threads
from tests.media import alpha_png, encode, photo_jpeg

SOURCE = photo_jpeg(640, 480)
OLD = b"the old output, which must stay whole"
Output = mf.ImageOutput


@pytest.fixture(params=["inline", "threads"])
def processor(request: pytest.FixtureRequest) -> Iterator[mf.Processor]:
    with mf.Processor(request.param, workers=1) as made:
        yield made


@pytest.fixture
def no_webp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the encoder of WebP fail, and no other."""
    real = PillowBackend.encode

    def fail(self: PillowBackend, picture: Any, step: Any) -> Any:
        if step.format == "webp":
            raise errors.EncodeError("the encoder failed (a test)", stage="encode")
        return real(self, picture, step)

    monkeypatch.setattr(PillowBackend, "encode", fail)


def _kinds(events: list[mf.Event]) -> list[str]:
    return [event.kind for event in events]


def test_events_come_in_order_and_progress_never_falls(
    processor: mf.Processor, tmp_path: Path
) -> None:
    seen: list[mf.Event] = []

    result = processor.process(
        SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/", on_event=seen.append
    )

    fractions = [event.fraction for event in seen if isinstance(event, mf.Progress)]
    assert [event.sequence for event in seen] == list(range(len(seen)))
    assert {event.job_id for event in seen} == {result.id}
    assert isinstance(seen[0], mf.Started)
    assert isinstance(seen[-1], mf.Finished)
    assert _kinds(seen).count("started") == _kinds(seen).count("finished") == 1
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] == 1


def test_each_output_is_announced_where_it_stands(processor: mf.Processor, tmp_path: Path) -> None:
    seen: list[mf.Event] = []

    result = processor.process(
        SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/", on_event=seen.append
    )

    written = {event.output: event for event in seen if isinstance(event, mf.Written)}
    assert {o.name: (o.uri, o.bytes) for o in result.outputs} == {
        name: (event.uri, event.bytes) for name, event in written.items()
    }


def test_progress_moves_while_one_encoder_after_the_other_works(tmp_path: Path) -> None:
    seen: list[mf.Event] = []
    after_each: list[float] = []
    real = PillowBackend.encode

    def watch(self: PillowBackend, picture: Any, step: Any) -> Any:
        after_each.append(max(e.fraction for e in seen if isinstance(e, mf.Progress)))
        return real(self, picture, step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PillowBackend, "encode", watch)
        patch.setenv("MEDIAFLOW_THREADS", "1")
        mf.process(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/", on_event=seen.append)

    assert len(set(after_each)) == 4


def test_result_says_what_stands_where(processor: mf.Processor, tmp_path: Path) -> None:
    import hashlib

    result = processor.process(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/")

    assert result.status == "completed"
    assert result.progress == 1
    assert result.error is None
    assert result.created_at <= result.completed_at
    assert result.created_at.utcoffset() is not None
    assert result.metadata is result.source is not None
    for output in result.outputs:
        data = Path(output.uri).read_bytes()
        assert output.bytes == len(data)
        assert output.sha256 == hashlib.sha256(data).hexdigest()
        assert output.seconds >= 0
    assert result.report.peak_bytes_planned > 0
    assert result["optimized"].format == "jpeg"
    with pytest.raises(errors.UnknownNameError, match="optimized"):
        result["optimised"]


def test_result_and_its_error_survive_pickling(tmp_path: Path, no_webp: None) -> None:
    with pytest.raises(errors.OutputsFailedError) as caught:
        mf.process(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/")

    again = pickle.loads(pickle.dumps(caught.value))

    assert again.result == caught.value.result
    assert str(again) == str(caught.value)
    assert mf.from_dict(mf.JobResult, mf.to_dict(again.result)) == again.result


@pytest.mark.parametrize("on_failure", ["raise", "partial"])
def test_good_outputs_are_published_when_another_fails(
    processor: mf.Processor, tmp_path: Path, no_webp: None, on_failure: Any
) -> None:
    seen: list[mf.Event] = []
    handle = processor.submit(
        SOURCE,
        mf.recipes.web_images(),
        to=f"{tmp_path}/",
        on_failure=on_failure,
        on_event=seen.append,
    )

    result = _result_or_the_one_of_the_error(handle)

    assert (result.status, handle.status) == ("partial", "partial")
    assert [output.status for output in result.outputs] == ["completed", "failed", "completed"]
    assert result["webp"].error == "the encoder failed (a test)"
    assert result["webp"].error_code == "encode_failed"
    assert result.progress == pytest.approx(2 / 3)
    assert "1 of 3 outputs failed" in str(result.error)
    assert sorted(listing(tmp_path)) == ["image_avif.avif", "image_optimized.jpg"]
    finished = seen[-1]
    assert isinstance(finished, mf.Finished)
    assert (finished.status, finished.error) == ("partial", result.error)


def _result_or_the_one_of_the_error(handle: mf.JobHandle) -> mf.JobResult:
    try:
        return handle.result(60)
    except errors.OutputsFailedError as exc:
        return exc.result


def test_failure_raises_unless_a_partial_result_was_asked(tmp_path: Path, no_webp: None) -> None:
    with pytest.raises(errors.OutputsFailedError):
        mf.process(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/")

    result = mf.process(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/", on_failure="partial")
    assert result.status == "partial"


def test_all_outputs_failed_is_a_failed_job(tmp_path: Path, no_webp: None) -> None:
    result = mf.process(SOURCE, Output("webp"), to=f"{tmp_path}/", on_failure="partial")

    assert (result.status, result.progress) == ("failed", 0)
    assert listing(tmp_path) == {}


def test_old_output_stays_whole_when_its_encoder_fails(tmp_path: Path, no_webp: None) -> None:
    (tmp_path / "a.webp").write_bytes(OLD)

    with pytest.raises(errors.OutputsFailedError):
        mf.process(SOURCE, Output("webp"), to=f"{tmp_path}/a.webp")

    assert listing(tmp_path) == {"a.webp": OLD}


@pytest.mark.parametrize("broken", ["transform", "decode", "decode_ahead", "preview"])
def test_back_end_that_fails_anywhere_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, processor: mf.Processor, tmp_path: Path, broken: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise errors.ProcessingError("a test")

    files, descriptors, threads = listing(tmp_path), open_descriptors(), own_threads()
    monkeypatch.setattr(PillowBackend, broken, fail)
    monkeypatch.setattr(PillowBackend, "decode" if broken == "decode_ahead" else broken, fail)
    seen: list[mf.Event] = []

    outcome = processor.submit(
        SOURCE,
        Output("png", width=100),
        to=f"{tmp_path}/deep/er/",
        on_event=seen.append,
        on_failure="partial",
    )
    error = outcome.future.exception(60)

    assert isinstance(seen[-1], mf.Finished)
    if broken != "preview":
        assert isinstance(error, errors.ProcessingError) or outcome.result().status == "failed"
        assert listing(tmp_path) == files
    assert open_descriptors() == descriptors
    assert len(own_threads() - threads) <= 1  # the worker of the pool itself


def test_preview_that_fails_costs_no_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> bytes:
        raise errors.EncodeError("a test")

    monkeypatch.setattr(PillowBackend, "preview", fail)

    result = mf.process(SOURCE, Output("png", width=100), to=f"{tmp_path}/")

    assert (result.status, result.preview) == ("completed", None)


def test_strict_turns_a_notice_into_the_failure_of_its_output(tmp_path: Path) -> None:
    specs = [Output("jpeg"), Output("webp")]

    result = mf.process(alpha_png(), specs, to=f"{tmp_path}/", strict=True, on_failure="partial")

    assert [output.status for output in result.outputs] == ["failed", "completed"]
    assert "transparency" in str(result["jpeg"].error)
    assert [notice.code for notice in result["jpeg"].notices] == ["alpha_flattened"]
    assert list(listing(tmp_path)) == ["image.webp"]


def test_strict_lets_a_lossless_job_pass(tmp_path: Path) -> None:
    result = mf.process(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/", strict=True)

    assert result.status == "completed"


def test_sink_that_raises_never_touches_the_job(tmp_path: Path) -> None:
    def fail(event: mf.Event) -> None:
        raise RuntimeError(event.kind)

    result = mf.process(SOURCE, Output("webp"), to=f"{tmp_path}/", on_event=fail)

    assert result.status == "completed"


def test_html_of_a_result_reads_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = mf.process(
        alpha_png(), [Output("jpeg", name="<b>&"), Output("webp")], to=f"{tmp_path}/<a&b>/"
    )
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    monkeypatch.setattr("builtins.open", lambda *_, **__: pytest.fail("a file was opened"))
    monkeypatch.setattr("os.open", lambda *_, **__: pytest.fail("a file was opened"))

    html = result._repr_html_()

    assert 'src="data:image/' in html  # the smallest output itself: it is tiny
    assert "transparency laid on white" in html
    assert "<a&b>" not in html
    assert "&lt;a&amp;b&gt;" in html


def test_source_may_be_a_path_a_text_bytes_or_an_open_file(tmp_path: Path) -> None:
    place = tmp_path / "photo.jpg"
    place.write_bytes(SOURCE)
    made = set()

    with open(place, "rb") as file:
        file.seek(100)  # positions count from the start, and the file stays where it was
        for source in (place, str(place), SOURCE, bytearray(SOURCE), memoryview(SOURCE), file):
            result = mf.process(source, Output("webp", width=64), to=f"{tmp_path}/out.webp")
            made.add(result.outputs[0].sha256)
        assert not file.closed
        assert file.tell() == 100

    assert len(made) == 1


def test_many_jobs_leave_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    mf.process(SOURCE, Output("webp", width=64), to=f"{tmp_path}/")
    descriptors, threads = open_descriptors(), own_threads()

    with mf.Processor(workers=4) as processor:
        handles = [
            processor.submit(SOURCE, Output("webp", width=64), to=f"{tmp_path}/{number}/")
            for number in range(40)
        ]
        for handle in handles[::3]:
            handle.cancel()
    ended = [handle.status for handle in handles]

    assert set(ended) <= {"completed", "cancelled"}
    assert open_descriptors() == descriptors
    assert own_threads() == threads
    assert sorted(path.parent.name for path in tmp_path.rglob("*/*.webp")) == sorted(
        str(number) for number, status in enumerate(ended) if status == "completed"
    )


def test_picture_of_one_px_goes_the_whole_way(tmp_path: Path) -> None:
    source = encode(Image.new("RGB", (1, 1), (10, 20, 30)), "PNG")

    result = mf.process(source, mf.recipes.thumbnails(), to=f"{tmp_path}/")

    assert {(output.width, output.height) for output in result.outputs} == {(1, 1)}


def test_parent_of_a_source_in_the_working_folder_is_that_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "p.jpg").write_bytes(SOURCE)
    monkeypatch.chdir(tmp_path / "album")

    plan = mf.plan("p.jpg", Output("webp"), to="out/{parent}_{stem}.webp")

    assert plan.encodes[0].uri == "out/album_p.webp"


def test_plan_does_not_show_a_signed_place() -> None:
    plan = mf.plan(SOURCE, Output("webp"), to="https://host/a.webp?X-Amz-Signature=hush")

    assert "hush" not in repr(plan)
    assert "hush" not in str(plan)


@pytest.mark.parametrize(("room", "in_turn"), [(1, True), (1024**3, False)])
def test_encoders_take_turns_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, in_turn: bool
) -> None:
    real, seen = PillowBackend.encode, set()

    def watch(self: PillowBackend, picture: Any, step: Any) -> Any:
        seen.add(threading.current_thread() is threading.main_thread())
        return real(self, picture, step)

    monkeypatch.setattr(PillowBackend, "encode", watch)
    job = mf.Job(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/")
    context = Context(job_id="j", budget=Budget(threads=4, bytes=room))

    run_job(job, Environment(), context)

    assert seen == {in_turn}

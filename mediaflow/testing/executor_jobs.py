"""What every executor must do for the jobs of a processor.

Inherit the suite that fits, give the fixture ``executor``, and run it with pytest::

    class TestMyExecutor(OtherProcessContract):
        @pytest.fixture
        def executor(self): ...

`JobExecutorContract` is for all, `WaitingJobContract` for those with a queue, `OtherProcessContract`
for those whose jobs run in other processes.

Law: a job gives the same files, errors and last event wherever it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import (
    JobCancelledError,
    OutputsFailedError,
    SourceNotFoundError,
    SpecError,
    TruncatedMediaError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediaflow.executors import AnyExecutor

__all__ = ["JobExecutorContract", "OtherProcessContract", "WaitingJobContract"]

WAIT_SECONDS: Final = 60.0
MANY: Final = 8
LARGE: Final = (1600, 1200)  # keeps a worker busy for a while
SMALL: Final = (240, 160)


class JobExecutorContract:
    """Same files, same errors, events in order."""

    @pytest.fixture
    def executor(self) -> AnyExecutor:
        """Return what ``Processor(executor=...)`` takes; it may be shared by all tests."""
        raise NotImplementedError

    @pytest.fixture
    def processor(self, executor: AnyExecutor) -> Iterator[mf.Processor]:
        """Return a processor that is closed after the test."""
        with mf.Processor(executor) as made:
            yield made

    def test_files_are_those_of_an_inline_run(
        self, processor: mf.Processor, tmp_path: Path
    ) -> None:
        photo = _photo(tmp_path)

        there = processor.process(photo, mf.recipes.thumbnails(), to=f"{tmp_path}/there/")
        here = mf.process(photo, mf.recipes.thumbnails(), to=f"{tmp_path}/here/")

        assert there.status == "completed"
        assert [one.sha256 for one in there.outputs] == [one.sha256 for one in here.outputs]
        assert _contents(tmp_path / "there") == _contents(tmp_path / "here")
        assert there.source == here.source
        assert there.report.attempt == 1

    def test_source_is_taken_apart_in_a_child_there(
        self, executor: AnyExecutor, tmp_path: Path
    ) -> None:
        photo = _photo(tmp_path)

        with mf.Processor(executor, isolation="worker") as processor:
            there = processor.process(photo, mf.ImageOutput("png"), to=f"{tmp_path}/there/")
        here = mf.process(photo, mf.ImageOutput("png"), to=f"{tmp_path}/here/")

        assert there.status == "completed"
        assert _contents(tmp_path / "there") == _contents(tmp_path / "here")
        assert there.source == here.source

    def test_outputs_stand_beside_a_source_without_a_place(
        self, processor: mf.Processor, tmp_path: Path
    ) -> None:
        photo = _photo(tmp_path)

        processor.process(photo, mf.ImageOutput("png", suffix="_small", width=40))

        assert (tmp_path / "photo_small.png").is_file()

    def test_error_arrives_as_what_it_is(self, processor: mf.Processor, tmp_path: Path) -> None:
        cut = tmp_path / "cut.jpg"
        whole = _photo(tmp_path).read_bytes()
        cut.write_bytes(whole[: len(whole) // 2])

        handles = [
            processor.submit(source, mf.ImageOutput("webp"), to=f"{tmp_path}/out/")
            for source in (tmp_path / "no.jpg", cut)
        ]

        with pytest.raises(SourceNotFoundError, match=r"no\.jpg") as caught:
            handles[0].result(WAIT_SECONDS)
        assert caught.value.hint
        with pytest.raises(TruncatedMediaError):
            handles[1].result(WAIT_SECONDS)
        assert [handle.status for handle in handles] == ["failed", "failed"]
        assert not (tmp_path / "out").exists()

    def test_failed_output_arrives_with_those_that_are_fine(
        self, processor: mf.Processor, tmp_path: Path
    ) -> None:
        outputs = [mf.ImageOutput("png"), mf.ImageOutput("gif")]  # a GIF loses colours

        with pytest.raises(OutputsFailedError) as caught:
            processor.process(_photo(tmp_path), outputs, to=f"{tmp_path}/out/", strict=True)

        assert [one.status for one in caught.value.result.outputs] == ["completed", "failed"]
        assert _names(tmp_path / "out") == ["photo.png"]

    def test_events_come_in_order_and_finished_is_the_last(
        self, processor: mf.Processor, tmp_path: Path
    ) -> None:
        heard: list[mf.Event] = []
        handle = processor.submit(
            _photo(tmp_path),
            mf.ImageOutput("webp"),
            to=f"{tmp_path}/out/",
            on_event=heard.append,
        )

        handle.result(WAIT_SECONDS)
        events = list(handle.events())

        assert heard == events
        assert [event.sequence for event in events] == list(range(len(events)))
        assert isinstance(events[0], mf.Started)
        assert [event.kind for event in events].count("finished") == 1
        assert events[-1] == mf.Finished(
            job_id=handle.id, sequence=len(events) - 1, status="completed"
        )
        assert {event.job_id for event in events} == {handle.id}
        fractions = [event.fraction for event in events if isinstance(event, mf.Progress)]
        assert fractions == sorted(fractions)

    def test_handle_knows_what_it_ran(self, processor: mf.Processor, tmp_path: Path) -> None:
        handle = processor.submit(_photo(tmp_path), mf.ImageOutput("webp"), to=f"{tmp_path}/out/")

        result = handle.result(WAIT_SECONDS)

        assert (handle.status, handle.progress, handle.error) == ("completed", 1.0, None)
        assert handle.metadata == result.source
        assert handle.completed_at is not None
        assert result.id == handle.id
        assert result.created_at == handle.created_at

    def test_every_job_has_an_id_of_its_own(self, processor: mf.Processor, tmp_path: Path) -> None:
        photo = _photo(tmp_path)
        handles = [
            processor.submit(photo, mf.ImageOutput("webp", width=20), to=f"{tmp_path}/{n}/")
            for n in range(MANY)
        ]

        results = [handle.result(WAIT_SECONDS) for handle in handles]

        assert len({result.id for result in results}) == MANY
        assert [result.id for result in results] == [handle.id for handle in handles]
        assert all((tmp_path / str(n) / "photo.webp").is_file() for n in range(MANY))

    def test_leaving_the_block_waits_and_takes_no_more(
        self, executor: AnyExecutor, tmp_path: Path
    ) -> None:
        photo = _photo(tmp_path)
        with mf.Processor(executor) as made:
            handles = [
                made.submit(photo, mf.ImageOutput("webp"), to=f"{tmp_path}/{n}/") for n in range(3)
            ]

        assert [handle.status for handle in handles] == ["completed"] * 3
        with pytest.raises(SpecError, match="closed"):
            made.submit(photo, mf.ImageOutput("webp"), to=f"{tmp_path}/")

    def test_executor_serves_one_processor_after_the_other(
        self, executor: AnyExecutor, tmp_path: Path
    ) -> None:
        photo = _photo(tmp_path)

        for n in range(2):
            with mf.Processor(executor) as made:
                result = made.process(photo, mf.ImageOutput("webp"), to=f"{tmp_path}/{n}/")
            assert result.status == "completed"


class WaitingJobContract(JobExecutorContract):
    """Jobs that wait for their turn can be stopped."""

    def test_job_that_waits_is_cancelled_at_once(
        self, processor: mf.Processor, tmp_path: Path
    ) -> None:
        photo = _photo(tmp_path, LARGE)
        handles = [
            processor.submit(photo, mf.ImageOutput("png"), to=f"{tmp_path}/{n}/")
            for n in range(MANY)
        ]

        handles[-1].cancel()
        handles[-1].cancel()

        with pytest.raises(JobCancelledError):
            handles[-1].result(WAIT_SECONDS)
        assert handles[-1].status == "cancelled"
        last = list(handles[-1].events())[-1]
        assert isinstance(last, mf.Finished)
        assert last.status == "cancelled"
        assert not (tmp_path / str(MANY - 1)).exists()
        assert {handle.result(WAIT_SECONDS).status for handle in handles[:-1]} == {"completed"}


class OtherProcessContract(WaitingJobContract):
    """Nothing travels but JSON, and places mean the same on the other side."""

    def test_relative_paths_start_at_the_caller_s_folder(
        self, processor: mf.Processor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _photo(tmp_path)
        monkeypatch.chdir(tmp_path)

        processor.process("photo.jpg", mf.ImageOutput("webp"), to="out/{stem}_{width}.webp")

        assert _names(tmp_path / "out") == [f"photo_{SMALL[0]}.webp"]

    @pytest.mark.parametrize(
        ("source", "to", "rule"),
        [
            ("memory://a.jpg", "/out/", "private to one process"),
            ("/a.jpg", "memory://out/", "private to one process"),
            (b"\xff\xd8\xff", "/out/", "cannot travel to another process"),
            ("s3://id:hush@bucket/a.jpg", "/out/", "never leave this process"),
        ],
    )
    def test_what_cannot_travel_is_refused_by_submit(
        self, processor: mf.Processor, source: str | bytes, to: str, rule: str
    ) -> None:
        with pytest.raises(SpecError, match=rule) as caught:
            processor.submit(source, mf.ImageOutput("webp"), to=to)

        assert caught.value.hint
        assert processor.jobs() == ()

    def test_callable_in_a_spec_is_refused_by_submit(self, processor: mf.Processor) -> None:
        inverted = mf.filters.OnFrames(lambda pixels: 255 - pixels)

        with pytest.raises(SpecError, match="cannot travel"):
            processor.submit("/a.jpg", mf.ImageOutput("webp", filters=(inverted,)), to="/out/")

    def test_storage_of_the_processor_s_own_is_refused(self, executor: AnyExecutor) -> None:
        with pytest.raises(SpecError, match="storage=") as caught:
            mf.Processor(executor, storage=mf.Storage())

        assert "profiles" in str(caught.value.hint)


def _photo(folder: Path, size: tuple[int, int] = SMALL) -> Path:
    """Write a picture whose colours change from side to side."""
    path = folder / "photo.jpg"
    ramp = Image.linear_gradient("L")
    bands = (ramp, ramp.rotate(90), ramp.rotate(180))
    Image.merge("RGB", bands).resize(size).save(path, quality=90)
    return path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

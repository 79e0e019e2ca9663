"""A report tells what a job took: every figure is one that something else tells as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import EncodeError
from mediaflow.image.pillow import PillowBackend
from mediaflow.jobs.calls import spent_from, spent_to_dict
from mediaflow.jobs.meter import Meter
from mediaflow.models import spent
from mediaflow.models.spent import Spent, Tally
from mediaflow.storage import Storage
from tests.film import counting_film, ffprobe
from tests.media import alpha_png, animated, photo_jpeg

SOURCE = photo_jpeg(640, 480)
FRAMES = 30


class Clock:
    """A clock that goes on only where a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def slow(self, function: Callable[..., Any], seconds: float) -> Callable[..., Any]:
        """Return a function that takes some time more."""

        def slowed(*given: Any, **named: Any) -> Any:
            self.now += seconds
            return function(*given, **named)

        return slowed


def _stages(report: mf.JobReport) -> dict[str, float]:
    return {one.stage: one.seconds for one in report.stages}


def _lengths(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return counting_film(tmp_path_factory.mktemp("film") / "a.mp4", frames=FRAMES)


def test_picture_is_decoded_once_and_encoded_for_each_output(tmp_path: Path) -> None:
    report = mf.process(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/").report

    assert (report.frames_decoded, report.frames_encoded) == (1, 4)
    assert report.bytes_in == len(SOURCE)
    assert report.bytes_out == _lengths(tmp_path)


def test_times_of_the_stages_add_up(tmp_path: Path) -> None:
    report = mf.process(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/").report

    stages = _stages(report)
    assert list(stages) == ["plan", "read", "decode", "transform", "encode", "store"]
    assert all(seconds > 0 for seconds in stages.values())
    assert sum(stages.values()) <= report.seconds


def test_time_lies_where_the_work_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = Clock()
    for name, seconds in {"decode": 1, "transform": 20, "encode": 300}.items():
        monkeypatch.setattr(PillowBackend, name, clock.slow(getattr(PillowBackend, name), seconds))
    monkeypatch.setattr(Storage, "stage", clock.slow(Storage.stage, 4000))
    monkeypatch.setattr(spent, "time", clock)
    monkeypatch.setenv("MEDIAFLOW_THREADS", "1")
    outputs = [mf.ImageOutput("webp", width=64), mf.ImageOutput("jpeg", width=32)]

    report = mf.process(SOURCE, outputs, to=f"{tmp_path}/").report

    assert _stages(report) == {
        "plan": 0,
        "read": 0,
        "decode": 1,
        "transform": 2 * 20,
        "encode": 2 * 300,
        "store": 2 * 4000,
    }


def test_second_inputs_are_read_too(tmp_path: Path) -> None:
    mark = alpha_png()
    output = mf.ImageOutput("webp", filters=(mf.filters.Watermark(mark),))

    report = mf.process(SOURCE, output, to=f"{tmp_path}/").report

    assert report.bytes_in == len(SOURCE) + len(mark)


def test_what_exists_costs_nothing(tmp_path: Path) -> None:
    output = mf.ImageOutput("webp", width=64)
    mf.process(SOURCE, output, to=f"{tmp_path}/")

    report = mf.process(SOURCE, output, to=f"{tmp_path}/", if_exists="skip").report

    assert (report.frames_decoded, report.frames_encoded) == (0, 0)
    assert (report.bytes_in, report.bytes_out) == (0, 0)


def test_output_that_failed_was_not_encoded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = PillowBackend.encode

    def fail(self: PillowBackend, picture: Any, step: Any) -> Any:
        if step.format == "webp":
            raise EncodeError("the encoder failed (a test)", stage="encode")
        return real(self, picture, step)

    monkeypatch.setattr(PillowBackend, "encode", fail)
    outputs = [mf.ImageOutput("webp"), mf.ImageOutput("jpeg")]

    report = mf.process(SOURCE, outputs, to=f"{tmp_path}/", on_failure="partial").report

    assert (report.frames_decoded, report.frames_encoded) == (1, 1)
    assert report.bytes_out == _lengths(tmp_path)


def test_frames_of_an_animation_are_counted(tmp_path: Path) -> None:
    source = animated("gif", frames=5)

    report = mf.process(source, mf.ImageOutput("webp"), to=f"{tmp_path}/").report

    assert (report.frames_decoded, report.frames_encoded) == (5, 5)
    assert {"decode", "transform", "encode"} <= set(_stages(report))


def test_film_is_decoded_once_for_its_renditions(film: Path, tmp_path: Path) -> None:
    outputs = [mf.VideoOutput("mp4", height=72), mf.VideoOutput("mp4", height=48, suffix="s")]

    result = mf.process(film, outputs, to=f"{tmp_path}/")

    counted = [
        int(
            ffprobe(output.uri, "-count_frames", "-select_streams", "v", "-show_streams")[
                "streams"
            ][0]["nb_read_frames"]
        )
        for output in result.outputs
    ]
    report = result.report
    assert (report.frames_decoded, report.frames_encoded) == (FRAMES, sum(counted))
    assert report.bytes_in >= film.stat().st_size  # the head of it is read twice at most
    assert report.bytes_in <= 2 * film.stat().st_size
    assert report.bytes_out == _lengths(tmp_path)
    stages = _stages(report)
    assert list(stages) == ["plan", "read", "decode", "encode", "store"]
    assert sum(stages.values()) <= report.seconds


def test_copied_frames_are_neither_decoded_nor_encoded(film: Path, tmp_path: Path) -> None:
    report = mf.process(film, mf.VideoOutput("mkv", codec="copy"), to=f"{tmp_path}/").report

    assert (report.frames_decoded, report.frames_encoded) == (0, 0)
    assert report.bytes_in > 0


def test_sheets_of_a_storyboard_are_published_bytes(film: Path, tmp_path: Path) -> None:
    report = mf.process(film, mf.StoryboardOutput(), to=f"{tmp_path}/").report

    assert report.bytes_out == _lengths(tmp_path)
    assert report.frames_decoded > 0


def test_stills_are_counted_one_by_one(film: Path, tmp_path: Path) -> None:
    outputs = [mf.StillOutput(at=at, suffix=f"_{at}") for at in (0.0, 0.5)]

    report = mf.process(film, outputs, to=f"{tmp_path}/").report

    assert report.frames_encoded == 2
    assert 2 <= report.frames_decoded <= FRAMES


def test_sound_alone_has_no_frames(film: Path, tmp_path: Path) -> None:
    report = mf.process(film, mf.AudioOutput("flac"), to=f"{tmp_path}/").report

    assert (report.frames_decoded, report.frames_encoded) == (0, 0)
    assert _stages(report)["decode"] > 0
    assert report.bytes_in > 0


def test_job_within_another_hides_the_figures_of_both(tmp_path: Path) -> None:
    inner: list[mf.JobResult] = []
    output = mf.ImageOutput("webp", width=64)

    def begin_another(event: mf.Event) -> None:
        if event.kind == "written":
            inner.append(mf.process(SOURCE, output, to=f"{tmp_path}/inner/"))

    outer = mf.process(SOURCE, output, to=f"{tmp_path}/outer/", on_event=begin_another)
    later = mf.process(SOURCE, output, to=f"{tmp_path}/later/")

    assert outer.report.cpu_seconds is outer.report.peak_rss_bytes is None
    assert inner[0].report.cpu_seconds is inner[0].report.peak_rss_bytes is None
    assert later.report.cpu_seconds is not None


def test_job_that_failed_leaves_the_next_one_its_figures(tmp_path: Path) -> None:
    with pytest.raises(mf.errors.SourceError):
        mf.process(b"no picture at all", mf.ImageOutput("webp"), to=f"{tmp_path}/")

    report = mf.process(SOURCE, mf.ImageOutput("webp"), to=f"{tmp_path}/").report

    assert report.cpu_seconds is not None


def test_report_and_result_are_plain_data(tmp_path: Path) -> None:
    result = mf.process(SOURCE, mf.ImageOutput("webp", width=64), to=f"{tmp_path}/")

    data = json.loads(json.dumps(result.to_dict()))

    assert mf.from_dict(mf.JobResult, data) == result
    assert data["report"] == result.report.to_dict() == mf.to_dict(result.report)


@pytest.mark.parametrize("isolation", ["worker", "job"])
def test_child_that_made_the_outputs_is_measured(
    film: Path, tmp_path: Path, isolation: Any
) -> None:
    output = mf.VideoOutput("mp4", height=48)
    plain = mf.process(film, output, to=f"{tmp_path}/plain/").report

    with (
        Meter(),  # another job of this process does not hide what the child took
        mf.Processor("inline", isolation=isolation) as processor,
    ):
        report = processor.process(film, output, to=f"{tmp_path}/isolated/").report

    assert (report.frames_decoded, report.frames_encoded) == (FRAMES, FRAMES)
    assert report.bytes_in == plain.bytes_in
    assert list(_stages(report)) == list(_stages(plain))
    assert sum(_stages(report).values()) <= report.seconds
    assert report.cpu_seconds is not None
    assert report.cpu_seconds > 0
    assert report.peak_rss_bytes is not None
    assert report.peak_rss_bytes > 0


SPENT: dict[str, Any] = {
    "stages": {"encode": 0.5},
    "cpu_seconds": 0.5,
    "frames_decoded": 1,
    "bytes_in": 70,
}


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        SPENT | {"cpu_seconds": -1.0},
        SPENT | {"cpu_seconds": float("inf")},
        SPENT | {"cpu_seconds": True},
        SPENT | {"bytes_in": -1},
        SPENT | {"frames_decoded": 1.5},
        SPENT | {"stages": {"encode": float("nan")}},
        SPENT | {"stages": {"encode": -1.0}},
        SPENT | {"stages": {"<b>": 1.0}},
        SPENT | {"stages": [["encode", 1.0]]},
        SPENT | {"peak_rss_bytes": 1},
        {"stages": {}},
    ],
)
def test_child_that_says_nonsense_of_its_work_is_refused(said: object) -> None:
    with pytest.raises(mf.errors.MediaflowError):
        spent_from(said)


def test_what_a_child_says_of_its_work_is_read_as_it_was() -> None:
    tally = Tally(frames_decoded=3, bytes_in=70)
    tally.add("encode", 0.5)
    tally.add("read", 0.25)

    said = json.loads(json.dumps(spent_to_dict(tally, 0.75)))

    assert spent_from(said) == Spent(
        stages=tally.stages, cpu_seconds=0.75, frames_decoded=3, bytes_in=70
    )

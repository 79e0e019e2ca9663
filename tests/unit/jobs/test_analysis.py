"""An analysis in a job: its data on the result, its file where it was asked, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow import errors
from mediaflow.image.pillow import PillowBackend
from tests.measure import listing
from tests.media import encode, photo, photo_jpeg

SOURCE = photo_jpeg(640, 480)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every analysis fail."""

    def fail(self: PillowBackend, picture: Any, step: Any) -> Any:
        raise errors.EncodeError("a test")

    monkeypatch.setattr(PillowBackend, "analyze", fail)


def test_data_stands_on_the_result_and_nothing_is_written(tmp_path: Path) -> None:
    result = mf.process(SOURCE, mf.AnalysisOutput(), to=f"{tmp_path}/")

    (output,) = result.outputs
    assert (output.status, output.format, output.name) == ("completed", "json", "analysis")
    assert (output.width, output.height) == (640, 480)
    assert (output.uri, output.bytes, output.sha256, output.has_file) == ("", 0, None, False)
    assert isinstance(output.data, mf.PlaceholderData)
    assert output.data.aspect_ratio == pytest.approx(4 / 3)
    assert listing(tmp_path) == {}
    assert result.preview is not None


def test_stored_data_is_the_same_as_json(tmp_path: Path) -> None:
    result = mf.process(SOURCE, mf.AnalysisOutput(store=True), to=f"{tmp_path}/")

    (output,) = result.outputs
    stored = json.loads((tmp_path / "image_analysis.json").read_text())
    assert mf.from_dict(mf.PlaceholderData, stored) == output.data
    assert output.bytes == (tmp_path / "image_analysis.json").stat().st_size
    assert output.sha256 is not None
    assert output.has_file


def test_bytes_need_no_place_when_nothing_is_a_file() -> None:
    assert mf.process(SOURCE, mf.AnalysisOutput()).outputs[0].data is not None
    with pytest.raises(errors.SpecError, match="outputs need a place"):
        mf.process(SOURCE, mf.AnalysisOutput(store=True))


@pytest.mark.parametrize("workers", [1, 3])
def test_outputs_keep_their_order_and_share_one_decode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    decodes: list[object] = []
    real = PillowBackend.decode

    def counted(self: PillowBackend, *arguments: Any) -> Any:
        decodes.append(arguments)
        return real(self, *arguments)

    monkeypatch.setattr(PillowBackend, "decode", counted)
    with mf.Processor("threads", workers=workers) as processor:
        result = processor.process(
            SOURCE,
            [mf.AnalysisOutput(), *mf.recipes.thumbnails(), mf.AnalysisOutput(store=True)],
            to=f"{tmp_path}/",
        )

    assert [output.name for output in result.outputs] == [
        "analysis",
        "thumb_150",
        "thumb_300",
        "thumb_800",
        "thumb_300_webp",
        "analysis_2",
    ]
    assert result["analysis"].data == result["analysis_2"].data
    assert all(output.data is None for output in result.outputs[1:5])
    assert len(decodes) == 1


def test_result_with_data_survives_json(tmp_path: Path) -> None:
    result = mf.process(SOURCE, [mf.AnalysisOutput(), mf.ImageOutput("png")], to=f"{tmp_path}/")

    assert mf.from_dict(mf.JobResult, mf.to_dict(result)) == result
    assert "<code>analysis</code>" in result._repr_html_()


def test_failed_analysis_leaves_the_pictures(tmp_path: Path, broken: None) -> None:
    outputs = [mf.AnalysisOutput(store=True), mf.ImageOutput("png", width=64)]

    result = mf.process(SOURCE, outputs, to=f"{tmp_path}/", on_failure="partial")

    assert [output.status for output in result.outputs] == ["failed", "completed"]
    assert (result["analysis"].data, result["analysis"].error) == (None, "a test")
    assert list(listing(tmp_path)) == ["image.png"]


def test_notice_fails_it_when_the_job_is_strict() -> None:
    source = encode(photo(64, 48), "GIF", save_all=True, append_images=[photo(64, 48).rotate(9)])

    assert [note.code for note in mf.process(source, mf.AnalysisOutput()).notices] == [
        "animation_flattened"
    ]
    with pytest.raises(errors.OutputsFailedError, match="strict"):
        mf.process(source, mf.AnalysisOutput(), strict=True)


def test_events_tell_of_files_only(tmp_path: Path) -> None:
    seen: list[mf.Event] = []

    mf.process(
        SOURCE,
        [mf.AnalysisOutput(), mf.AnalysisOutput(store=True, name="kept")],
        to=f"{tmp_path}/",
        on_event=seen.append,
    )

    assert [event.output for event in seen if isinstance(event, mf.Written)] == ["kept"]
    assert {event.output for event in seen if isinstance(event, mf.Progress)} > {"analysis", "kept"}


def test_stored_data_that_exists_may_be_kept(tmp_path: Path) -> None:
    for _ in range(2):
        result = mf.process(
            SOURCE, mf.AnalysisOutput(store=True), to=f"{tmp_path}/", if_exists="skip"
        )

    assert (result.outputs[0].status, result.outputs[0].data) == ("skipped", None)


def test_one_that_is_not_stored_is_found_again_whatever_exists(tmp_path: Path) -> None:
    outputs = [mf.ImageOutput("png", width=64), mf.AnalysisOutput()]
    for _ in range(2):
        result = mf.process(SOURCE, outputs, to=f"{tmp_path}/", if_exists="skip")

    assert [output.status for output in result.outputs] == ["skipped", "completed"]
    assert result["analysis"].data is not None


def test_output_that_is_left_out_is_skipped_with_a_notice(tmp_path: Path) -> None:
    result = mf.process(
        SOURCE, mf.recipes.responsive((320, 1280, 1920), ("webp",)), to=f"{tmp_path}/"
    )

    last = result.outputs[-1]
    assert result.status == "completed"
    assert (last.status, last.bytes, last.notices[0].code) == ("skipped", 0, "duplicate_skipped")
    assert sorted(listing(tmp_path)) == ["image_1280.webp", "image_320.webp"]


def test_left_out_outputs_fail_no_strict_job(tmp_path: Path) -> None:
    outputs = mf.recipes.responsive((1280, 1920), ("webp",))

    result = mf.process(SOURCE, outputs, to=f"{tmp_path}/", strict=True)

    assert result.status == "completed"


def test_second_run_with_all_in_place_reads_nothing(tmp_path: Path) -> None:
    outputs = mf.recipes.responsive((320, 1280, 1920), ("webp",))
    for _ in range(2):
        result = mf.process(SOURCE, outputs, to=f"{tmp_path}/", if_exists="skip")

    assert [output.notices[0].code for output in result.outputs] == [
        "exists_skipped",
        "exists_skipped",
        "duplicate_skipped",
    ]

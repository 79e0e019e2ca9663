"""A job that comes as text runs like any other and is answered by text."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import JobCancelledError, OutputsFailedError, SourceNotFoundError, SpecError
from mediaflow.jobs import remote
from mediaflow.jobs.envelope import Envelope, pack
from mediaflow.jobs.remote import result_of, run_envelope
from mediaflow.security.limits import Limits
from tests.media import photo_jpeg


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_jpeg(60, 40))
    return path


def packed(source: Path, *outputs: object, **words: Any) -> str:
    strict = words.pop("strict", False)
    wanted = outputs or (mf.ImageOutput("webp"),)
    job = mf.Job(source, wanted, to=f"{source.parent}/out/", strict=strict)
    return pack(Envelope(**{"job_id": "j1", "job": job, "limits": Limits()} | words))


def test_result_is_that_of_the_job_itself(photo: Path) -> None:
    here = mf.process(photo, mf.ImageOutput("png", width=30), to=f"{photo.parent}/here/")
    there = result_of(run_envelope(packed(photo, mf.ImageOutput("png", width=30))))

    assert there.id == "j1"
    assert there.outputs[0].sha256 == here.outputs[0].sha256
    assert (photo.parent / "out/photo.png").is_file()
    assert there.source == here.source
    # the times of two runs differ, and the plans of two places name these
    same = {"id": "", "created_at": here.created_at, "completed_at": here.completed_at}
    assert replace(there, outputs=(), report=here.report, **same) == replace(
        here, outputs=(), id=""
    )


def test_function_travels_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(run_envelope)) is run_envelope


def test_events_are_plain_json_and_say_the_try(photo: Path) -> None:
    told: list[Mapping[str, object]] = []

    result = result_of(run_envelope(packed(photo, attempt=2), told.append))

    assert [json.loads(json.dumps(event)) for event in told] == told
    assert (told[0]["kind"], told[0]["attempt"]) == ("started", 2)
    assert told[-1]["kind"] == "finished"
    assert result.report.attempt == 2


def test_progress_comes_ten_times_a_second_at_most(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Mapping[str, object]] = []
    monkeypatch.setattr(remote.time, "monotonic", lambda: 5.0)

    run_envelope(packed(photo), told.append)

    assert [event["kind"] for event in told] == ["started", "progress", "written", "finished"]


def test_error_of_the_job_is_an_answer(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"no\.jpg") as caught:
        result_of(run_envelope(packed(tmp_path / "no.jpg")))

    assert caught.value.hint


def test_text_that_is_no_envelope_is_an_answer_too() -> None:
    with pytest.raises(SpecError, match="no JSON"):
        result_of(run_envelope("{"))


def test_failed_outputs_bring_the_result_of_the_others(photo: Path) -> None:
    outputs = (mf.ImageOutput("webp"), mf.ImageOutput("gif"))  # a GIF has fewer colours

    with pytest.raises(OutputsFailedError) as caught:
        result_of(run_envelope(packed(photo, *outputs, strict=True)))

    assert [output.status for output in caught.value.result.outputs] == ["completed", "failed"]
    assert caught.value.result.status == "partial"


def test_job_that_nobody_wants_any_more_publishes_nothing(photo: Path) -> None:
    with pytest.raises(JobCancelledError):
        result_of(run_envelope(packed(photo), cancelled=lambda: True))

    assert not (photo.parent / "out").exists()


def test_children_are_those_that_the_envelope_asks_for(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def children_for(isolation: object, trust: object, **words: object) -> None:
        asked.append((isolation, trust, words))

    monkeypatch.setattr(remote, "children_for", children_for)
    text = packed(photo, isolation="job", trust="strangers", sandbox="off", threads=9)

    for _ in range(2):
        result_of(run_envelope(text))

    # once for both jobs: children outlive them
    assert asked == [("job", "strangers", {"sandbox": "off", "threads": 9})]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"error": 1}',
        '{"error": {"error": "Exit"}}',
        '{"error": {"error": "OutputsFailedError", "message": "", "details": {}}}',
    ],
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="came from the other process is"):
        result_of(text)

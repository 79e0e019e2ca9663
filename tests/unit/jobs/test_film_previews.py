"""Previews of a film from request to files."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import OutputExistsError, OutputsFailedError, TruncatedMediaError
from mediaflow.testing.preview_films import Painted, read_track, scene_film

SCENES = mf.AnalysisOutput(what=("scenes",), name="scenes", store=True, suffix="_scenes")
BOARD = mf.StoryboardOutput(interval_seconds=1, width=80)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "my film.mp4"
    return scene_film(path, (Painted(20), Painted(20, "blurred"), Painted(20)), gop=5)


@pytest.fixture(scope="module")
def made(film, tmp_path_factory):
    to = tmp_path_factory.mktemp("made")
    outputs = [mf.StillOutput("best", name="best"), BOARD, SCENES, mf.AnalysisOutput(name="said")]
    return mf.process(film, outputs, to=f"{to}/")


def test_a_storyboard_is_a_track_and_its_sheets(made):
    board = made["storyboard"]

    track = Path(board.uri)
    assert (track.name, board.format) == ("my film_storyboard.vtt", "vtt")
    assert (board.frames, board.width, board.height) == (6, 80, 45)
    assert board.duration_seconds == 6.0
    (sheet,) = board.files
    assert Path(sheet.uri) == track.with_name("my film_storyboard_1.jpg")
    data = Path(sheet.uri).read_bytes()
    assert (sheet.bytes, sheet.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    with Image.open(sheet.uri) as picture:
        assert (picture.format, *picture.size) == ("JPEG", sheet.width, sheet.height)
        assert picture.size == (6 * 80, 45)
    cues = read_track(track.read_text(encoding="utf-8"))
    assert [cue.start for cue in cues] == [Fraction(n) for n in range(6)]
    assert {cue.sheet for cue in cues} == {"my film_storyboard_1.jpg"}


def test_scenes_are_data_and_a_file(made):
    data = made["scenes"].data

    assert isinstance(data, mf.ScenesData)
    assert [scene.start_seconds for scene in data.scenes] == [0.0, 2.0, 4.0]
    stored = json.loads(Path(made["scenes"].uri).read_text(encoding="utf-8"))
    assert mf.from_dict(mf.ScenesData, stored) == data


def test_the_best_still_is_the_frame_at_its_time_in_full(film, made, tmp_path):
    other = mf.process(film, [mf.StillOutput("best", format="png")], to=f"{tmp_path}/")

    with Image.open(other["png"].uri) as picture:
        assert picture.size == (160, 90)
    assert made["best"].status == "completed"
    twins = [
        mf.process(film, [mf.StillOutput(n / 10, format="png")], to=f"{tmp_path}/{n}/")["png"]
        for n in range(0, 60, 5)
    ]
    same = [n for n, twin in enumerate(twins) if twin.sha256 == other["png"].sha256]
    assert len(same) == 1
    assert same[0] not in range(4, 8)  # seconds 2 and 3 are blurred


def test_the_best_still_is_described_without_a_file(made):
    said = made["said"]

    assert isinstance(said.data, mf.PlaceholderData)
    assert (said.uri, said.bytes) == ("", 0)
    assert said.data.aspect_ratio == pytest.approx(160 / 90)


def test_a_result_travels_with_its_files(made):
    again = mf.from_dict(mf.JobResult, mf.to_dict(made))

    assert again == made


def test_what_is_there_is_kept_replaced_or_refused(film, tmp_path):
    def run(if_exists):
        return mf.process(film, BOARD, to=f"{tmp_path}/", if_exists=if_exists)

    first = run("replace")["storyboard"]
    assert run("skip")["storyboard"].status == "skipped"
    Path(first.uri).unlink()
    with pytest.raises(OutputExistsError):
        run("error")
    assert run("skip")["storyboard"].status == "completed"
    assert run("replace")["storyboard"].sha256 == first.sha256


def test_strict_refuses_pictures_that_repeat(film, tmp_path):
    board = mf.StoryboardOutput(interval_seconds=0.1)
    with pytest.raises(OutputsFailedError, match="show 12 different frames"):
        mf.process(film, board, to=f"{tmp_path}/", strict=True)

    assert list(tmp_path.iterdir()) == []


def test_a_film_that_is_cut_off_is_refused_or_salvaged(film, tmp_path):
    data = film.read_bytes()
    short = tmp_path / "short.mkv"
    whole = scene_film(tmp_path / "whole.mkv", (Painted(60),), gop=5)
    short.write_bytes(whole.read_bytes()[: len(data) // 2])

    with pytest.raises(TruncatedMediaError):
        mf.process(short, BOARD, to=f"{tmp_path}/")
    left = mf.process(short, [BOARD, SCENES], to=f"{tmp_path}/", fail_on="none")

    assert [output.status for output in left.outputs] == ["completed", "completed"]
    for output in left.outputs:
        assert "source_salvaged" in [notice.code for notice in output.notices]


def test_progress_goes_on_while_keyframes_are_walked_over(film, tmp_path):
    events = []

    mf.process(film, BOARD, to=f"{tmp_path}/", on_event=events.append)

    fractions = [event.fraction for event in events if isinstance(event, mf.Progress)]
    assert fractions == sorted(fractions)
    assert any(0.1 < fraction < 0.85 for fraction in fractions)

"""Subtitles leave a film as files of their own, through the front door."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction

import pytest

import mediaflow as mf
from mediaflow.errors import OutputsFailedError, SpecError
from mediaflow.formats.subtitles import parse_subtitles
from mediaflow.testing.film_texts import TextTrack, subtitled_film
from tests.film import counting_film, cut

TEXTS = tuple((at * 100, at * 100 + 90, f"<i>line</i> {at}") for at in range(20))


@pytest.fixture
def film(tmp_path):
    source = counting_film(tmp_path / "film.mkv", size=(64, 48))
    return subtitled_film(tmp_path / "talk.mkv", source, TextTrack(texts=TEXTS, language="eng"))


def test_file_stands_beside_the_others(film, tmp_path):
    outputs = [mf.SubtitleOutput("vtt", suffix=".en"), mf.StillOutput(width=32)]

    result = mf.process(film, outputs, to=f"{tmp_path}/out/")

    assert result.status == "completed"
    assert result["en"].uri.endswith("out/talk.en.vtt")
    assert (result["en"].format, result["en"].notices) == ("vtt", ())
    cues = parse_subtitles((tmp_path / "out/talk.en.vtt").read_bytes())
    assert [cue.text for cue in cues] == [text for _, _, text in TEXTS]
    assert [cue.start for cue in cues] == [Fraction(at, 10) for at in range(20)]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg")
def test_ffmpeg_takes_the_same_out(tmp_path):
    source = counting_film(tmp_path / "film.mkv", size=(64, 48), sound=None)
    film = subtitled_film(tmp_path / "talk.mkv", source, TextTrack(texts=TEXTS))
    mf.process(film, mf.SubtitleOutput("srt"), to=f"{tmp_path}/out/")

    theirs = tmp_path / "theirs.srt"
    subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-map", "0:s:0", theirs], check=True)

    ours = (tmp_path / "out/talk.srt").read_bytes()
    assert parse_subtitles(ours) == parse_subtitles(theirs.read_bytes())


def test_name_alone_says_it_all(film, tmp_path):
    result = mf.process(film, f"{tmp_path}/{{stem}}.srt")
    short = mf.process(film, {"format": "vtt", "filename_suffix": ".x"}, to=f"{tmp_path}/")

    assert [one.format for one in (*result.outputs, *short.outputs)] == ["srt", "vtt"]
    assert (tmp_path / "talk.srt").exists()
    assert (tmp_path / "talk.x.vtt").exists()


@pytest.mark.parametrize("words", [{"width": 3}, {"quality": 50}])
def test_text_has_no_size_and_no_quality(film, tmp_path, words):
    with pytest.raises(SpecError, match="is text"):
        mf.process(film, f"{tmp_path}/talk.srt", **words)
    with pytest.raises(SpecError, match="is text"):
        mf.process(film, {"format": "srt", **words}, to=f"{tmp_path}/")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg")
def test_real_film_has_the_subtitles_that_ffmpeg_finds(media, tmp_path):
    film = media / "video/nasa_13013.mp4"
    theirs = tmp_path / "theirs.srt"
    subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-map", "0:s:0", theirs], check=True)

    mf.process(film, f"{tmp_path}/ours.vtt")

    cues = parse_subtitles((tmp_path / "ours.vtt").read_bytes())
    assert cues == parse_subtitles(theirs.read_bytes())
    assert len(cues) == 4


def test_strict_refuses_what_is_lost(tmp_path):
    source = counting_film(tmp_path / "film.mkv", size=(64, 48))
    film = subtitled_film(tmp_path / "talk.mkv", source, TextTrack(codec="ass"))

    with pytest.raises(OutputsFailedError, match="fonts"):
        mf.process(film, mf.SubtitleOutput(), to=f"{tmp_path}/out/", strict=True)
    result = mf.process(film, mf.SubtitleOutput(), to=f"{tmp_path}/out/")
    assert [notice.code for notice in result.notices] == ["subtitles_simplified"]


def test_no_film_has_a_million_subtitles(film, tmp_path, monkeypatch):
    monkeypatch.setattr("mediaflow.video.sidecar.MAX_CUES", 5)
    outputs = [mf.SubtitleOutput(), mf.StillOutput()]

    result = mf.process(film, outputs, to=f"{tmp_path}/out/", on_failure="partial")

    assert result.status == "partial"
    assert result["vtt"].error_code == "limit_exceeded"
    assert not (tmp_path / "out/talk.vtt").exists()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_film_that_is_cut_off_gives_what_is_left_or_an_error(film, tmp_path, share):
    cut(film, share)

    result = mf.process(film, mf.SubtitleOutput(end=2), to=f"{tmp_path}/out/", fail_on="none")

    cues = parse_subtitles((tmp_path / "out/talk.vtt").read_bytes())
    assert [cue.text for cue in cues] == [text for _, _, text in TEXTS[: len(cues)]]
    assert 0 < len(cues) < len(TEXTS)
    assert result.status == "completed"


def test_output_comes_back_from_json(film, tmp_path):
    job = mf.Job(film, [mf.SubtitleOutput("srt", language="eng", start=1)], to=f"{tmp_path}/o/")

    assert mf.from_dict(mf.Job, mf.to_dict(job)) == job

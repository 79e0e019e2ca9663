"""How a film is brought within its limit: by which passes, and what is left of them."""

from __future__ import annotations

import os
from pathlib import Path

import av
import pytest

import mediaflow as mf
from mediaflow.errors import StorageError
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.libav.passes import Statistics, two_pass_codecs
from mediaflow.models.context import Context
from mediaflow.testing.busy_films import busy_film
from mediaflow.testing.film_making import FilmFiles, planned, run_renditions
from mediaflow.video.backend import video_backends

BOTH = ("h264", "hevc")
"""Codecs that hand statistics over in a file, which both generations of PyAV can."""

has_statistics = pytest.mark.skipif(
    int(av.__version__.split(".")[0]) < 19, reason="PyAV 18 hands no statistics over"
)


@pytest.fixture
def film(tmp_path):
    return busy_film(tmp_path / "film.mkv", frames=25, sound=None)


def made(film, folder, **words):
    """Make one film in a folder and return its bytes."""
    wanted = mf.VideoOutput("mkv", effort=4, rate=mf.MaxBytes(20_000), **words)
    result = mf.process(str(film), wanted, to=f"{folder}/out/")
    return Path(result.outputs[0].uri).read_bytes()


def test_statistics_in_files_need_no_newer_pyav():
    assert {*BOTH} <= {*two_pass_codecs()} <= {*BOTH, "av1", "vp9"}
    assert list(two_pass_codecs()) == sorted(two_pass_codecs())


@has_statistics
def test_pyav_19_hands_statistics_over():
    assert two_pass_codecs() == ("av1", "h264", "hevc", "vp9")


def test_encoder_itself_says_that_it_made_a_second_pass(film, tmp_path):
    assert b"rc=2pass" in made(film, tmp_path, codec="h264", metadata="keep")


@has_statistics
@pytest.mark.parametrize("codec", ["av1", "vp9"])
def test_second_pass_gets_what_the_first_one_left(film, tmp_path, monkeypatch, codec):
    given = []
    give = Statistics.give
    monkeypatch.setattr(
        Statistics, "give", lambda self, context: given.append(self._text) or give(self, context)
    )

    made(film, tmp_path, codec=codec)

    assert given[0] is None
    assert all(isinstance(text, str) and len(text) > 100 for text in given[1:])
    assert len(given) >= 2


@pytest.mark.parametrize(("codec", "beside"), [("h264", "mbtree"), ("hevc", "cutree")])
def test_statistics_stand_in_the_scratch_folder_and_are_gone_with_the_job(
    film, tmp_path, codec, beside
):
    scratch, seen = tmp_path / "scratch", set()
    scratch.mkdir()

    def look():
        seen.update(path.name for path in scratch.rglob("statistics*"))
        return False

    wanted = mf.VideoOutput("mp4", codec=codec, rate=mf.MaxBytes(20_000))
    job = mf.Job(str(film), [wanted], to=f"{tmp_path}/")
    run_job(job, Environment(), Context(job_id="job", scratch=str(scratch), cancelled=look))

    assert {"statistics", f"statistics.{beside}"} <= seen
    assert [*scratch.iterdir()] == []


def test_nothing_is_written_beside_the_scratch_folder(film, tmp_path, monkeypatch):
    elsewhere = tmp_path / "here"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    made(film, tmp_path, codec="h264")
    made(film, tmp_path, codec="hevc")

    assert os.listdir(elsewhere) == []


def test_a_folder_that_cannot_be_written_fails_that_output_alone(film, tmp_path):
    outputs = [
        mf.VideoOutput("mp4", rate=mf.MaxBytes(20_000), effort=1, name="bound"),
        mf.VideoOutput("mp4", rate=mf.Crf(30), effort=1, name="free"),
    ]
    plan = planned(film, *outputs)
    context = Context(job_id="job", scratch=str(tmp_path / "missing"))

    bound, free = run_renditions(video_backends["libav"], plan, film, FilmFiles(tmp_path), context)

    assert isinstance(bound.error, StorageError)
    assert (free.error, free.frames) == (None, 25)


def test_output_that_cannot_be_written_is_told_and_leaves_nothing(film, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    plan = planned(film, mf.VideoOutput("mp4", rate=mf.MaxBytes(20_000), effort=1, name="bound"))
    context = Context(job_id="job", scratch=str(scratch))

    files = FilmFiles(tmp_path, denied=["bound"])
    one = run_renditions(video_backends["libav"], plan, film, files, context)[0]

    assert one.error is not None
    assert one.step == plan.renditions[0]
    assert [*scratch.iterdir()] == []

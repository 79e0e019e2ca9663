from __future__ import annotations

from pathlib import Path

import pytest

import mediaflow as mf
from tests.film import counting_film


@pytest.mark.parametrize("name", ["mkv", "mov", "mp4", "webm"])
def test_language_of_a_track_is_written_to_every_container(tmp_path: Path, name: str) -> None:
    film = counting_film(tmp_path / "film.mkv", frames=10, languages=("fra",))

    wanted = mf.VideoOutput(name, effort=0, suffix="_web")
    mf.process(film, wanted, to=f"{tmp_path}/out/")

    assert mf.probe(tmp_path / "out" / f"film_web.{name}").audio[0].language == "fra"


def test_track_without_a_language_gets_none(tmp_path: Path) -> None:
    film = counting_film(tmp_path / "film.mkv", frames=10, languages=(None,))

    mf.process(film, mf.VideoOutput("mkv", effort=0, suffix="_web"), to=f"{tmp_path}/out/")

    assert mf.probe(tmp_path / "out" / "film_web.mkv").audio[0].language is None

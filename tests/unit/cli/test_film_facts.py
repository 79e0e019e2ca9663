"""The table of a film: words for people, and nothing about what is unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.cli.film_facts import clock, film_facts
from mediaflow.geometry import Size
from mediaflow.models.streams import AttachedPicture, ContainerInfo, LoudnessTags, OtherStream, Tag
from tests.film import counting_film, quadrant_film
from tests.film_infos import film_info, sound_info, video


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0:00.0"),
        (59.96, "1:00.0"),
        (61.25, "1:01.2"),
        (3_599.99, "1:00:00.0"),
        (3_723.5, "1:02:03.5"),
    ],
)
def test_a_length_is_shown_as_a_clock_shows_it(seconds, words):
    assert clock(seconds) == words


def test_a_picture_is_said_in_one_line():
    stream = replace(
        video(1440, 1080),
        display_size=Size(1080, 1920),
        orientation=6,
        sample_aspect_ratio=Fraction(4, 3),
        frame_rate_average=Fraction(30_000, 1_001),
        is_variable_rate=True,
        field_order="top_first",
        hdr="hlg",
        language="eng",
    )

    said = dict(film_facts(replace(film_info(), video=(stream,))))[f"picture #{stream.index}"]

    for words in (
        "1080×1920 (stored as 1440×1080)",
        "about 29.97 fps (variable)",
        "turned by 90° clockwise",
        "interlaced, top field first",
        "HDR (HLG)",
        "eng",
    ):
        assert words in said


def test_sound_has_no_picture_line():
    assert not [name for name, _ in film_facts(sound_info()) if name.startswith("picture")]


def test_what_a_sound_file_says_of_itself_is_one_line_each():
    (sound,) = sound_info().audio
    heard = replace(sound, samples=48_000, encoder_delay_samples=576, padding_samples=0)
    picture = AttachedPicture(
        kind="front_cover", mime_type="image/png", bytes=4_321, size=Size(20, 10)
    )
    cover = OtherStream(index=1, kind="attached_picture", codec="png", picture=picture)
    broken = OtherStream(
        index=2, kind="attached_picture", codec="png", picture=AttachedPicture(bytes=9)
    )
    container = ContainerInfo(
        demuxer="mp3",
        tags=(Tag("lyrics", "one\n\ntwo" + "x" * 200),),
        loudness_tags=LoudnessTags(reference_lufs=-18.0, track_gain_db=-3.5, album_gain_db=1.0),
    )
    info = replace(sound_info(), container=container, audio=(heard,), others=(cover, broken))

    said = dict(film_facts(info))

    assert "48,000 samples (576 before)" in said[f"sound #{sound.index}"]
    assert said["other #1"] == "attached picture, png, front cover, 20×10, 4,321 bytes"
    assert said["other #2"] == "attached picture, png, 9 bytes, no picture that is known"
    assert said["loudness"] == "track -3.50 dB, album +1.00 dB to -18 LUFS"
    assert said["tag lyrics"].startswith("one / twox")
    assert len(said["tag lyrics"]) == 100


def test_probe_shows_a_film_as_a_viewer_does(run, tmp_path: Path) -> None:
    path = quadrant_film(tmp_path / "turned.mp4", 6, size=(160, 96))

    done = run("probe", path)

    assert done.exit_code == 0
    assert "160×96 (stored as 96×160)" in done.stdout
    assert "turned by 90° clockwise" in done.stdout
    assert "behind the media" in done.stdout


def test_a_deep_probe_counts_frames(run, tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=25)

    shallow = run("probe", path, "--json")
    deep = run("probe", path, "--deep", "--json")

    assert json.loads(shallow.stdout)["video"][0]["frames_from_packets"] is None
    assert json.loads(deep.stdout)["video"][0]["frames_from_packets"] == 25
    assert mf.from_dict(mf.MediaInfo, json.loads(deep.stdout)) == mf.probe(path, deep=True)

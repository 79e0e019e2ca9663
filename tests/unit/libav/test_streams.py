"""Facts of streams: turns, colours, covers and tags; films are painted by code."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.geometry import Size, matrix_orientation
from mediaflow.libav.gate import open_input
from mediaflow.libav.streams import read_facts
from mediaflow.libav.tags import clean_text, merged_tags
from mediaflow.models.streams import Tag
from mediaflow.security.limits import Limits
from tests.film import MATRICES, counting_film
from tests.unit.probing.readers import CountingReader


def facts_of(path, name):
    with open_input(CountingReader(path.read_bytes()), format=name, limits=Limits()) as container:
        return read_facts(container)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_display_matrix_is_one_of_eight_turns(orientation):
    a, b, c, d = (part * 65_536 for part in MATRICES[orientation])

    assert matrix_orientation(a, b, c, d) == orientation


@pytest.mark.parametrize("matrix", [(0, 0, 0, 0), (1, 1, -1, 1), (-(2**31), 0, 0, 0), (1, 0, 1, 1)])
def test_a_matrix_that_is_no_quarter_turn_is_left_alone(matrix):
    assert matrix_orientation(*matrix) == 1


def test_codecs_rates_and_sizes_are_those_that_were_written(tmp_path):
    path = counting_film(tmp_path / "film.mp4", frames=25, size=(160, 90), fps=25, gop=10)

    facts = facts_of(path, "mp4")

    (video,) = facts.video
    assert (video.codec, video.pixel_format, video.bit_depth) == ("h264", "yuv420p", 8)
    assert (video.coded_size, video.display_size) == (Size(160, 90), Size(160, 90))
    assert video.frame_rate_average == video.frame_rate_base == 25
    assert video.is_variable_rate is False
    assert video.keyframe_seconds == pytest.approx(10 / 25)
    assert video.frames_from_header == 25
    assert [sound.codec for sound in facts.audio] == ["aac"]
    assert facts.container.duration_seconds_from_header == pytest.approx(1.0, abs=0.05)


def test_frames_in_another_order_than_shown_are_no_variable_rate(tmp_path):
    path = counting_film(tmp_path / "film.mp4", frames=25, fps=25, b_frames=2)

    assert facts_of(path, "mp4").video[0].is_variable_rate is False


def test_unequal_steps_are_a_variable_rate(tmp_path):
    times = [Fraction(at, 10) for at in (0, 1, 2, 5, 6, 9, 10)]
    path = counting_film(tmp_path / "film.mp4", pts=times)

    assert facts_of(path, "mp4").video[0].is_variable_rate is True


def test_an_index_of_keyframes_alone_says_nothing_of_the_rate(tmp_path):
    path = counting_film(tmp_path / "film.mkv", frames=25, fps=25)

    video = facts_of(path, "matroska").video[0]

    assert (video.is_variable_rate, video.keyframe_seconds) == (None, None)


def test_untagged_colours_are_unknown(tmp_path):
    path = counting_film(tmp_path / "film.mp4", frames=5)

    color = facts_of(path, "mp4").video[0].color

    assert (color.primaries, color.transfer, color.matrix) == (None, None, None)


def test_text_of_strangers_is_made_harmless():
    assert clean_text("a\x00b\x1b[31m\udcff\ud800") == "a b [31m��"
    assert len(clean_text("x" * 5_000)) == 1_000


def test_tags_are_merged_with_the_container_first_and_bounded():
    streams = ({"TITLE": "stream", "Artist": "one", "language": "eng"},)

    assert merged_tags(({"title": "container", "empty": " "}, *streams)) == (
        Tag("artist", "one"),
        Tag("title", "container"),
    )
    assert len(merged_tags([{f"tag{number}": "x" for number in range(500)}])) == 200

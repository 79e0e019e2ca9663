"""Facts of streams: turns, colours, covers and tags; films are painted by code."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest

from mediaflow.geometry import Size, matrix_orientation
from mediaflow.libav.compat import GENERATION
from mediaflow.libav.gate import open_input
from mediaflow.libav.mastering import mastering_of
from mediaflow.libav.streams import read_facts
from mediaflow.libav.tags import clean_text, merged_tags
from mediaflow.models.streams import MasteringDisplay, Tag
from mediaflow.security.limits import Limits
from tests.film import MATRICES, counting_film
from tests.hostile_films import box, rebuilt
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
    streams = ({"TITLE": "stream", "Artist": "one", "major_brand": "isom"},)

    assert merged_tags(({"title": "container", "empty": " "}, *streams)) == (
        Tag("artist", "one"),
        Tag("title", "container"),
    )
    assert len(merged_tags([{f"tag{number}": "x" for number in range(500)}])) == 200


def test_brightness_is_what_was_written(tmp_path):
    path = counting_film(
        tmp_path / "film.mp4", frames=5, codec="mpeg4", color=(9, 16, 9), sound=None
    )
    # green, blue, red and white, in 1/50,000 (ISO/IEC 23001-8 and 14496-12 12.1.5)
    chroma = (13_250, 34_500, 7_500, 3_000, 34_000, 16_000, 15_635, 16_450)
    display = box(b"mdcv", struct.pack(">8H2I", *chroma, 10_000_000, 50))  # 1/10,000 cd/m²
    light = box(b"clli", struct.pack(">2H", 1_000, 400))

    def lit(content):  # version, flags and count, then the one entry of the film
        entry = content[16:] + display + light
        return content[:8] + box(content[12:16], entry)

    path.write_bytes(rebuilt(path.read_bytes(), {b"stsd": lit}))

    (video,) = facts_of(path, "mp4").video

    if GENERATION < 19:
        assert video.mastering is None
    else:
        assert video.mastering == MasteringDisplay(
            max_luminance=1_000.0,
            min_luminance=0.005,
            max_content_light=1_000,
            max_frame_average_light=400,
            chromaticities=(0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329),
        )
    assert video.hdr == "pq"


@pytest.mark.parametrize(
    "sides",
    [
        {},
        {"mastering_display_metadata": bytes(88)},
        {"mastering_display_metadata": bytes(87) + b"\1"},
        {"mastering_display_metadata": b"\1\0\0\0" * 10, "content_light_level": b"\1"},
        {"content_light_level": bytes(8)},
    ],
)
def test_side_data_that_say_nothing_are_nothing(sides):
    assert mastering_of(sides) is None

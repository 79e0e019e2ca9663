"""What a stream came out as is checked, and says what follows from its numbers."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from mediaflow.errors import SpecError
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.models.stream_data import StreamData, TextTrackData
from tests.streams import picture, sound, streams


def test_paths_are_told_from_the_manifests():
    track = picture("v720")

    assert track.init == "v720/init.mp4"
    assert track.segments == ("v720/seg_00001.m4s", "v720/seg_00002.m4s", "v720/seg_00003.m4s")
    assert TextTrackData(folder="en").file == "en/subtitles.vtt"


def test_more_segments_than_five_digits_have_six():
    track = sound("a", durations=(1,) * 100_000, sizes=(1,) * 100_000)

    assert track.segments[-2:] == ("a/seg_99999.m4s", "a/seg_100000.m4s")


def test_lengths_are_exact():
    track = picture("v", timescale=30_000, durations=(180_180, 180_180, 1_001))

    assert track.seconds == (
        Fraction(6_006, 1_000),
        Fraction(6_006, 1_000),
        Fraction(1_001, 30_000),
    )
    assert track.duration == Fraction(361_361, 30_000)


def test_rates_are_of_the_greatest_segment_and_of_all_rounded_up():
    track = sound("a", timescale=3, durations=(9, 3, 6), sizes=(1_000, 500, 100))

    assert track.peak_bit_rate == 4_000  # 500 bytes in one second
    assert track.mean_bit_rate == 2_134  # 1,600 bytes in six seconds are 2,133.3 bit/s


def test_a_stream_lasts_as_long_as_its_longest_track():
    data = StreamData(
        video=(picture("v"),),  # 14 s in segments of up to 6 s
        audio=(sound("a", timescale=1, durations=(7, 8), sizes=(1, 1)),),
    )

    assert (data.duration, data.longest_segment) == (15, 8)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"folder": ""}, "folder"),
        ({"folder": "A"}, "folder"),
        ({"folder": "../up"}, "folder"),
        ({"folder": "a/b"}, "folder"),
        ({"folder": "a b"}, "folder"),
        ({"folder": "a" * 65}, "folder"),
        ({"folder": None}, "folder"),
        ({"codecs": ""}, "codecs"),
        ({"codecs": 'avc1"'}, "codecs"),
        ({"codecs": "avc1,mp4a"}, "codecs"),
        ({"timescale": 0}, "timescale"),
        ({"timescale": None}, "timescale"),
        ({"timescale": 25.0}, "timescale"),
        ({"first": -1}, "first"),
        ({"init_bytes": 0}, "init_bytes"),
        ({"durations": (1, 0, 1)}, "durations"),
        ({"durations": (1, True, 1)}, "durations"),
        ({"sizes": (1, 1.5, 1)}, "sizes"),
        ({"sizes": (1, 1)}, "sizes"),
        ({"durations": (), "sizes": ()}, "sizes"),
        ({"width": 0}, "width"),
        ({"width": 1_280, "height": 65_537}, "height"),
        ({"channels": 0}, "channels"),
        ({"sample_rate": 0}, "sample_rate"),
        ({"frame_rate": 25.0}, "frame_rate"),
        ({"video_range": "HDR"}, "video_range"),
        ({"language": "en_US"}, "language"),
        ({"language": ""}, "language"),
        ({"language": 'en"'}, "language"),
        ({"label": 'say "no"'}, "label"),
        ({"label": "two\nlines"}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"is_default": 1}, "is_default"),
    ],
    ids=str,
)
def test_wrong_word_of_a_track_is_refused_by_its_name(words, field):
    with pytest.raises(SpecError) as caught:
        picture(**({"folder": "v"} | words))

    assert caught.value.details["field"] == field


def test_a_track_is_a_picture_or_a_sound():
    with pytest.raises(SpecError, match="kind must be one of audio, video"):
        replace(picture("v"), kind="text")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"folder": "A"}, "folder"),
        ({"language": "en_US"}, "language"),
        ({"label": "two\nlines"}, "label"),
        ({"is_default": None}, "is_default"),
        ({"is_forced": "no"}, "is_forced"),
    ],
    ids=str,
)
def test_wrong_word_of_a_text_is_refused_by_its_name(words, field):
    with pytest.raises(SpecError) as caught:
        TextTrackData(**({"folder": "t"} | words))

    assert caught.value.details["field"] == field


@pytest.mark.parametrize(
    ("tracks", "field"),
    [
        ({"video": (sound("a"),)}, "video"),
        ({"audio": (picture("v"),)}, "audio"),
        ({"video": ("v",)}, "video"),
        ({"audio": (sound("a"),), "texts": (sound("b"),)}, "texts"),
        ({}, "video"),
        ({"texts": (TextTrackData(folder="t"),)}, "video"),
        ({"video": (picture("x"),), "audio": (sound("x"),)}, "folder"),
        ({"audio": (sound("x"),), "texts": (TextTrackData(folder="x"),)}, "folder"),
    ],
    ids=["sound", "picture", "name", "text", "none", "only text", "one folder", "text's folder"],
)
def test_tracks_that_are_no_stream_are_refused(tracks, field):
    with pytest.raises(SpecError) as caught:
        StreamData(**tracks)

    assert caught.value.details["field"] == field


def test_lists_become_tuples():
    data = StreamData(video=[picture("v", durations=[1, 1], sizes=[5, 5])])

    assert isinstance(data.video, tuple)
    assert (data.video[0].durations, data.video[0].sizes) == ((1, 1), (5, 5))


@given(streams())
def test_a_stream_survives_json_and_pickle(data):
    assert from_dict(StreamData, json.loads(json.dumps(to_dict(data)))) == data
    assert pickle.loads(pickle.dumps(data)) == data


@given(streams())
def test_rates_carry_every_segment_and_all_of_them(data):
    for track in (*data.video, *data.audio):
        peak, mean = track.peak_bit_rate, track.mean_bit_rate

        sent = list(zip(track.sizes, track.seconds, strict=True))
        assert all(8 * size <= peak * length for size, length in sent)
        assert any(8 * size > (peak - 1) * length for size, length in sent)
        assert (mean - 1) * track.duration < 8 * sum(track.sizes) <= mean * track.duration

"""Outputs of films check what can be checked without a source."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.formats import JpegOptions, video_codecs
from mediaflow.models.encoding import Bitrate, Crf
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.job import Job
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.serde import from_dict, to_dict


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"width": 0}, "width"),
        ({"height": "1001%"}, "height"),
        ({"fit": "insde"}, "fit"),
        ({"rotate": 45}, "rotate"),
        ({"rotate": True}, "rotate"),
        ({"crop": (0, 0, 1, 1)}, "crop"),
        ({"rate": 23}, "rate"),
        ({"rate": Crf(20), "quality": 70}, "rate"),
        ({"quality": 0}, "quality"),
        ({"effort": 10}, "effort"),
        ({"fps": 0}, "fps"),
        ({"fps": float("nan")}, "fps"),
        ({"keyframe_seconds": 61}, "keyframe_seconds"),
        ({"start": -1}, "start"),
        ({"start": 2, "end": 2}, "end"),
        ({"faststart": 1}, "faststart"),
        ({"audio": "aac"}, "audio"),
        ({"options": {"crff": 1}}, "options"),
        ({"name": ""}, "name"),
        ({"suffix": "a/b"}, "suffix"),
    ],
    ids=str,
)
def test_wrong_word_of_a_film_is_refused_by_its_name(words, field):
    with pytest.raises(SpecError) as caught:
        VideoOutput("mp4", **words)

    assert caught.value.details["field"] == field


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"codec": ""}, "codec"),
        ({"bit_rate": 5_999}, "bit_rate"),
        ({"sample_rate": 44_100.0}, "sample_rate"),
        ({"channels": 9}, "channels"),
        ({"language": 5}, "language"),
    ],
    ids=str,
)
def test_wrong_word_of_a_sound_track_is_refused_by_its_name(words, field):
    with pytest.raises(SpecError) as caught:
        AudioTrack(**words)

    assert caught.value.details["field"] == field


def test_bit_rate_in_thousands_is_refused_with_the_right_unit():
    with pytest.raises(SpecError) as caught:
        AudioTrack(bit_rate=96)

    assert caught.value.hint == "bits a second: bit_rate=96_000 is 96 kbit/s"


@pytest.mark.parametrize("at", [None, -1, "101%", "x", float("inf")])
def test_still_is_at_a_moment(at):
    with pytest.raises(SpecError):
        StillOutput(at)


@pytest.mark.parametrize(
    "words", [{"fps": 0}, {"duration": 0}, {"start": -1}, {"loop": -1}, {"loop": 65_536}], ids=str
)
def test_preview_has_a_length_and_a_rate(words):
    with pytest.raises(SpecError):
        PreviewOutput("gif", **words)


@pytest.mark.parametrize(
    ("make", "value"), [(Crf, -1), (Crf, 64), (Crf, True), (Bitrate, 999), (Bitrate, 1e6)]
)
def test_rate_is_refused_beyond_every_codec(make, value):
    with pytest.raises(SpecError):
        make(value)


def test_option_that_no_codec_has_is_refused_in_json():
    data = {"kind": "video", "format": "mp4", "options": {"kind": "h264", "crff": 20}}

    with pytest.raises(SpecError, match="crff"):
        Job("a.mov", [data])


@pytest.mark.parametrize("codec", ["av1", "h264", "hevc", "vp9"])
def test_options_of_every_codec_come_back_from_json(codec):
    output = VideoOutput("mkv", codec=codec, options=video_codecs[codec].default_options)

    assert from_dict(VideoOutput, to_dict(output)) == output


@pytest.mark.parametrize(("field", "kind"), [("fit", "image"), ("effort", "video")])
def test_short_form_says_which_output_has_a_field(field, kind):
    with pytest.raises(SpecError, match="the short form has no field") as caught:
        Job("a.mov", [{"format": "mp4", field: 1}])

    assert f'"kind": "{kind}"' in caught.value.hint


def test_options_of_pictures_are_kept_for_planning_to_refuse():
    assert VideoOutput(options=JpegOptions()).options == JpegOptions()

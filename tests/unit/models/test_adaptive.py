"""What is wanted of a stream is checked as far as it can be without the source."""

from __future__ import annotations

import json

import pytest

from mediaflow.errors import SpecError
from mediaflow.filters import Sepia
from mediaflow.models.adaptive import Rendition, StreamOutput
from mediaflow.models.encoding import Bitrate, Crf, Lossless, Quality
from mediaflow.models.film import AudioTrack
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.recipes.film import adaptive


def test_a_stream_is_for_both_protocols_in_segments_of_six_seconds():
    output = StreamOutput()

    assert (output.renditions, output.segment_seconds, output.protocols) == (
        "auto",
        6.0,
        ("hls", "dash"),
    )
    assert (output.audio, output.subtitles, output.kind) == ((AudioTrack(),), "carry", "stream")


@pytest.mark.parametrize("rate", [None, Crf(23), Bitrate(2_000_000), Quality(70)])
def test_a_rendition_spends_by_any_of_three_rates(rate):
    assert Rendition(720, rate=rate).rate == rate


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"height": None}, "height"),
        ({"height": 15}, "height"),
        ({"height": 8_193}, "height"),
        ({"height": "720"}, "height"),
        ({"height": True}, "height"),
        ({"rate": 23}, "rate"),
        ({"rate": Lossless()}, "rate"),
        ({"codec": "avc"}, "codec"),
    ],
    ids=str,
)
def test_wrong_word_of_a_rendition_is_refused_by_its_name(words, field):
    with pytest.raises(SpecError) as caught:
        Rendition(**({"height": 720} | words))

    assert caught.value.details["field"] == field


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"renditions": ()}, "renditions"),
        ({"renditions": "all"}, "renditions"),
        ({"renditions": (720,)}, "renditions"),
        ({"renditions": Rendition(720)}, "renditions"),
        ({"renditions": tuple(Rendition(height) for height in range(100, 113))}, "renditions"),
        ({"renditions": (Rendition(720), Rendition(720, rate=Crf(20)))}, "renditions"),
        ({"segment_seconds": 0.9}, "segment_seconds"),
        ({"segment_seconds": 30.1}, "segment_seconds"),
        ({"segment_seconds": float("nan")}, "segment_seconds"),
        ({"segment_seconds": "6"}, "segment_seconds"),
        ({"protocols": ()}, "protocols"),
        ({"protocols": "hls"}, "protocols"),
        ({"protocols": ("hls", "smooth")}, "protocols"),
        ({"audio": "aac"}, "audio"),
        ({"audio": ("aac",)}, "audio"),
        ({"audio": (AudioTrack(),) * 9}, "audio"),
        ({"subtitles": "burn"}, "subtitles"),
        ({"storyboard": None}, "storyboard"),
        ({"fps": 0}, "fps"),
        ({"effort": 10}, "effort"),
        ({"filters": ("sepia",)}, "filters"),
        ({"start": -1}, "start"),
        ({"start": 2, "end": 2}, "end"),
        ({"name": ""}, "name"),
        ({"suffix": "a/b"}, "suffix"),
    ],
    ids=str,
)
def test_wrong_word_of_a_stream_is_refused_by_its_name(words, field):
    with pytest.raises(SpecError) as caught:
        StreamOutput(**words)

    assert caught.value.details["field"] == field


def test_one_height_may_be_there_in_two_codecs():
    rungs = (Rendition(720), Rendition(720, codec="hevc"))

    assert StreamOutput(renditions=rungs).renditions == rungs


def test_bounds_are_allowed():
    rungs = tuple(Rendition(height) for height in range(100, 112))

    assert len(StreamOutput(renditions=rungs).renditions) == 12
    assert [StreamOutput(segment_seconds=each).segment_seconds for each in (1, 30)] == [1, 30]
    assert len(StreamOutput(audio=(AudioTrack(),) * 8).audio) == 8


@pytest.mark.parametrize(
    ("said", "protocols"),
    [
        (["dash", "hls"], ("hls", "dash")),
        (("dash",), ("dash",)),
        (("hls", "hls"), ("hls",)),
    ],
)
def test_protocols_are_in_one_order_and_once(said, protocols):
    assert StreamOutput(protocols=said).protocols == protocols


@pytest.mark.parametrize(
    ("said", "audio"),
    [
        (None, ()),
        ((), ()),
        (AudioTrack("opus"), (AudioTrack("opus"),)),
        ([AudioTrack("opus"), AudioTrack("aac")], (AudioTrack("opus"), AudioTrack("aac"))),
    ],
)
def test_sounds_are_taken_loosely_and_kept_as_a_tuple(said, audio):
    assert StreamOutput(audio=said).audio == audio


def test_a_stream_survives_json():
    output = StreamOutput(
        renditions=[Rendition(720, rate=Crf(20)), Rendition(360, codec="vp9", rate=Quality(60))],
        audio=(AudioTrack("aac", bit_rate=96_000),),
        protocols=("dash",),
        filters=(Sepia(),),
        start=1.5,
        end=9.0,
        suffix="_web",
    )

    assert from_dict(StreamOutput, json.loads(json.dumps(to_dict(output)))) == output


def test_adaptive_leaves_the_ladder_to_the_film():
    (output,) = adaptive()

    assert (output.renditions, output.segment_seconds) == ("auto", 6.0)
    assert output.protocols == ("hls", "dash")

"""Specs of footage: what is taken, what is refused, how they travel."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.film import VideoOutput
from mediaflow.models.footage import ToneMap
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.serde import from_dict, json_schema, to_dict


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"bit_depth": 12}, "bit_depth"),
        ({"bit_depth": True}, "bit_depth"),
        ({"bit_depth": 8, "dynamic_range": "keep"}, "bit_depth"),
        ({"dynamic_range": "hdr"}, "dynamic_range"),
        ({"deinterlace": "yes"}, "deinterlace"),
        ({"deinterlace": True}, "deinterlace"),
        ({"max_fps": 0}, "max_fps"),
        ({"max_fps": 60, "fps": 30}, "max_fps"),
        ({"speed": 0.2}, "speed"),
        ({"speed": 5}, "speed"),
        ({"fade_in": -1}, "fade_in"),
        ({"fade_out": "1"}, "fade_out"),
        ({"start": 1, "end": 3, "fade_in": 1, "fade_out": 1.5}, "fade_out"),
        ({"end": 3, "speed": 2, "fade_in": 1, "fade_out": 1}, "fade_out"),
        ({"tone_map": "hable"}, "tone_map"),
        ({"speed": 2, "audio": "copy"}, "audio"),
        ({"fade_in": 1, "audio": "copy"}, "audio"),
    ],
)
def test_what_cannot_be_is_refused(words, field):
    with pytest.raises(SpecError) as caught:
        VideoOutput(**words)

    assert caught.value.details["field"] == field


@pytest.mark.parametrize("output", [StillOutput, PreviewOutput])
def test_pictures_take_a_tone_map_and_nothing_else(output):
    assert output(tone_map=ToneMap("reinhard")).tone_map.curve == "reinhard"
    with pytest.raises(SpecError, match="ToneMap"):
        output(tone_map=None)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"curve": "bt2446"}, "curve"),
        ({"curve": 3}, "curve"),
        ({"peak_nits": 100}, "peak_nits"),
        ({"peak_nits": 20_000}, "peak_nits"),
    ],
)
def test_a_tone_map_that_cannot_be_is_refused(words, field):
    with pytest.raises(SpecError) as caught:
        ToneMap(**words)

    assert caught.value.details["field"] == field


def test_footage_travels_as_json():
    wanted = VideoOutput(
        codec="hevc",
        tone_map=ToneMap("hable", peak_nits=4_000),
        dynamic_range="sdr",
        bit_depth=10,
        deinterlace="always",
        max_fps=60,
        speed=0.5,
        fade_in=1,
        fade_out=2.5,
    )

    assert from_dict(VideoOutput, to_dict(wanted)) == wanted


def test_a_function_does_not_travel_and_no_schema_knows_it():
    with pytest.raises(SpecError, match=r"\$\.tone_map\.curve: a function cannot travel as JSON"):
        to_dict(VideoOutput(tone_map=ToneMap(lambda nits: nits / 203)))

    curve = json_schema(ToneMap)["$defs"]["ToneMap"]["properties"]["curve"]
    assert curve == {"anyOf": [{"enum": ["bt2390", "hable", "reinhard"]}]}

"""What a waveform's spec takes, and what its data holds."""

from __future__ import annotations

import base64
import json
import pickle
from array import array

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.serde import from_dict, json_schema, to_dict
from mediaflow.models.waveform import WaveformData, WaveformOutput


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"format": "jpeg"}, "format"),
        ({"points_per_second": 0}, "points_per_second"),
        ({"points_per_second": float("nan")}, "points_per_second"),
        ({"samples_per_point": 1}, "samples_per_point"),
        ({"width": 0}, "width"),
        ({"format": "png", "width": 40_000}, "width"),
        ({"format": "svg", "height": 9_000}, "height"),
        ({"channels": "left"}, "channels"),
        ({"bits": 12}, "bits"),
        ({"bits": True}, "bits"),
        ({"bar_width": 0}, "bar_width"),
        ({"bar_gap": 2}, "bar_gap"),
        ({"normalize": 1}, "normalize"),
        ({"start": 3, "end": 2}, "end"),
        ({"track": 1, "language": "en"}, "language"),
        ({"language": ""}, "language"),
        ({"suffix": "a/b"}, "suffix"),
        ({"height": 100}, "height"),
        ({"format": "png", "points_per_second": 5}, "points_per_second"),
        ({"format": "svg", "samples_per_point": 256}, "samples_per_point"),
        ({"points_per_second": 5, "width": 100}, "width"),
        ({"points_per_second": 5, "samples_per_point": 256}, "samples_per_point"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(fields, field):
    with pytest.raises(SpecError) as caught:
        WaveformOutput(**fields)

    assert caught.value.details["field"] == field


@pytest.mark.parametrize(("field", "value"), [("color", "bleu"), ("background", "#12")])
def test_what_is_no_color_is_refused_by_the_name_of_its_field(field, value):
    with pytest.raises(SpecError, match=f"{field} '{value}' is no colour"):
        WaveformOutput("png", **{field: value})


def test_json_may_have_more_points_than_a_picture_has_columns():
    assert WaveformOutput("json", width=1_000_000).width == 1_000_000


def test_spec_comes_back_from_json_as_it_was():
    spec = WaveformOutput("png", width=900, bar_width=4, bar_gap=0, background="white")

    text = json.dumps(to_dict(spec))

    assert from_dict(WaveformOutput, json.loads(text)) == spec


def data(values=(-1, 2, -3, 4, -5, 6, -7, 8), **fields) -> WaveformData:
    return WaveformData.of(values, sample_rate=8_000, samples_per_point=400, **fields)


def test_channels_are_taken_apart():
    stereo = data(channels=2)

    assert stereo.length == 2
    assert list(stereo.low(0)) == [-1, -5]
    assert list(stereo.high(0)) == [2, 6]
    assert list(stereo.low(1)) == [-3, -7]
    assert list(stereo.high(1)) == [4, 8]


def test_numbers_are_packed_as_little_endian_integers():
    assert base64.b64decode(data((-2, 3)).packed) == bytes([254, 3])
    assert base64.b64decode(data((-2, 259), bits=16).packed) == bytes([254, 255, 3, 1])


@pytest.mark.parametrize("count", range(6))
@pytest.mark.parametrize("bits", [8, 16])
def test_length_is_that_of_the_numbers_whatever_base64_adds(count, bits):
    assert data((0, 1) * count, bits=bits).length == count


def test_duration_is_that_of_all_points():
    assert data((0, 1) * 30).duration_seconds == 1.5


def test_data_comes_back_from_json_and_pickle_as_it_was():
    stereo = data(array("h", [-32_768, 32_767, 0, 1]), channels=2, bits=16)

    text = json.dumps(to_dict(stereo))

    assert from_dict(WaveformData, json.loads(text)) == stereo
    assert pickle.loads(pickle.dumps(stereo)) == stereo
    assert len({stereo, from_dict(WaveformData, json.loads(text))}) == 1


def test_schema_accepts_what_data_writes():
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

    jsonschema.validate(to_dict(data()), json_schema(WaveformData))
    jsonschema.validate(to_dict(WaveformOutput()), json_schema(WaveformOutput))


def test_number_of_too_many_bits_is_refused():
    with pytest.raises(SpecError, match="more than 8 bits"):
        data((-129, 0))


@pytest.mark.parametrize("packed", ["!!!!", "AAA", "AAAA", None])
def test_what_is_no_pairs_of_numbers_is_refused(packed):
    with pytest.raises(SpecError, match="packed"):
        WaveformData(sample_rate=8_000, samples_per_point=2, bits=16, packed=packed)

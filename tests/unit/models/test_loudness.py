"""Data of loudness and silence: rules and JSON."""

from __future__ import annotations

import json

import jsonschema
import pytest

from mediaflow.errors import SpecError
from mediaflow.models.loudness import LoudnessData, Silence, SilenceData, SoundData
from mediaflow.models.serde import from_dict, json_schema, to_dict

LOUDNESS = {
    "integrated_lufs": -16.2,
    "range_lu": 4.0,
    "true_peak_dbtp": -1.0,
    "sample_peak_dbfs": -1.3,
    "duration_seconds": 10.0,
    "momentary_lufs": (-15.0, None, -17.25),
    "short_term_lufs": (-16.0,),
}
SILENCE = {
    "silences": (Silence(start_seconds=0, end_seconds=1), Silence(start_seconds=2, end_seconds=3)),
    "threshold_dbfs": -60.0,
    "least_seconds": 0.5,
    "duration_seconds": 3.0,
}


@pytest.mark.parametrize("data", [LoudnessData(**LOUDNESS), SilenceData(**SILENCE)])
def test_data_travels_as_json(data):
    text = json.dumps(to_dict(data))

    jsonschema.validate(json.loads(text), json_schema(type(data)))
    assert from_dict(type(data), json.loads(text)) == data


def test_loudest_moments_are_told():
    data = LoudnessData(**LOUDNESS)

    assert (data.max_momentary_lufs, data.max_short_term_lufs) == (-15.0, -16.0)
    assert LoudnessData(**{**LOUDNESS, "momentary_lufs": (None,)}).max_momentary_lufs is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("integrated_lufs", float("-inf")),
        ("true_peak_dbtp", float("nan")),
        ("sample_peak_dbfs", "loud"),
        ("range_lu", -1),
        ("duration_seconds", -1),
        ("step_seconds", 0),
        ("momentary_lufs", (float("nan"),)),
        ("short_term_lufs", (True,)),
    ],
)
def test_what_is_no_level_is_refused(field, value):
    with pytest.raises(SpecError, match=field):
        LoudnessData(**{**LOUDNESS, field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("silences", SILENCE["silences"][::-1]),
        ("threshold_dbfs", float("inf")),
        ("least_seconds", 0),
    ],
)
def test_what_is_no_silence_is_refused(field, value):
    with pytest.raises(SpecError):
        SilenceData(**{**SILENCE, field: value})


def test_a_silence_ends_after_its_start():
    with pytest.raises(SpecError, match="end_seconds"):
        Silence(start_seconds=1, end_seconds=1)


def test_data_of_a_sound_has_something():
    with pytest.raises(SpecError, match="neither"):
        SoundData()

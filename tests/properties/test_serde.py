"""What holds of every model on its way through JSON, pickle and sets."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from copy import deepcopy
from dataclasses import MISSING, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.errors import MediaflowError
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.concat import Concat, Part
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.info import ColorInfo, ImageInfo, MediaInfo
from mediaflow.models.job import Job
from mediaflow.models.loudness import LoudnessData, Silence, SilenceData, SoundData
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.result import JobReport, Notice, OutputResult
from mediaflow.models.scenes import Scene, ScenesData
from mediaflow.models.serde import from_dict, json_schema, to_dict
from mediaflow.models.sound import AudioOutput
from mediaflow.models.spent import Spent, StageTime
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.streams import AttachedPicture, LoudnessTags, OtherStream
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformData, WaveformOutput
from mediaflow.security.limits import Limits
from tests.film_infos import film_info, track
from tests.model_strategies import (
    concats,
    image_outputs,
    infos,
    jobs,
    limits,
    options,
    output_specs,
    reports,
    spent,
    waveform_outputs,
    waveforms,
)
from tests.strategies import focal_points, sizes

MODELS = st.one_of(
    image_outputs(),
    output_specs,
    limits,
    concats,
    jobs,
    infos(),
    sizes,
    focal_points,
    waveform_outputs,
    waveforms(),
    reports,
    spent,
    *options.values(),
)
SOUND = SoundData(
    loudness=LoudnessData(
        integrated_lufs=None,
        range_lu=0,
        true_peak_dbtp=-1.0,
        sample_peak_dbfs=-1.5,
        duration_seconds=0.5,
        momentary_lufs=(-20.0, None),
    ),
    silence=SilenceData(
        silences=(Silence(start_seconds=0, end_seconds=0.25),),
        threshold_dbfs=-60,
        least_seconds=0.2,
        duration_seconds=0.5,
    ),
)
CLASSES = [
    SoundData,
    Concat,
    Part,
    ImageOutput,
    OutputSpec,
    Limits,
    Job,
    MediaInfo,
    ImageInfo,
    ColorInfo,
    JobReport,
    OutputResult,
    Spent,
    StageTime,
    WaveformData,
    WaveformOutput,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(MODELS)
def test_model_comes_back_from_json_as_it_was(model):
    text = json.dumps(to_dict(model), allow_nan=False)

    assert from_dict(type(model), json.loads(text)) == model


@given(MODELS)
def test_defaults_that_were_left_out_come_back(model):
    text = json.dumps(to_dict(model, omit_defaults=True))

    assert from_dict(type(model), json.loads(text)) == model


@given(MODELS)
def test_model_comes_back_from_pickle_as_it_was(model):
    assert pickle.loads(pickle.dumps(model)) == model
    assert deepcopy(model) == model


@given(MODELS)
def test_equal_models_have_one_hash(model):
    twin = pickle.loads(pickle.dumps(model))

    assert hash(twin) == hash(model)
    assert len({twin, model}) == 1


@given(st.one_of(image_outputs(), output_specs, limits, infos(), *options.values()))
def test_copy_without_a_change_is_equal(model):
    assert replace(model) == model


@given(MODELS)
def test_schema_accepts_what_a_model_writes(model):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

    jsonschema.validate(to_dict(model), json_schema(type(model)))


@pytest.mark.parametrize(
    "model",
    [
        ImageOutput("jpeg"),
        OutputSpec(format="jpeg"),
        Limits(),
        ColorInfo(),
        JobReport(),
        Spent(),
        Notice(code="color_converted", message=""),
        Job("a.jpg", ImageOutput("jpeg")),
        Concat(["a.mp4", Part("b.mov", end=2)]),
        VideoOutput(),
        StillOutput(),
        PreviewOutput(),
        SubtitleOutput(),
        StoryboardOutput(),
        AnalysisOutput(what=("scenes",)),
        ScenesData(scenes=(Scene(start_seconds=0.0, end_seconds=1.5),)),
        SOUND,
        AudioTrack(),
        AudioOutput("flac", rate=None, fade_in=1.5, track=2),
        film_info(
            audio=[track()],
            others=(
                OtherStream(
                    index=2, kind="attached_picture", codec="png", picture=AttachedPicture()
                ),
            ),
        ),
        LoudnessTags(reference_lufs=-18.0),
        WaveformOutput("svg", bar_width=3, channels="split"),
        WaveformData.of([-1, 2], sample_rate=8_000, samples_per_point=400),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_default_obeys_its_schema(model):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

    jsonschema.validate(to_dict(model), json_schema(type(model)))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_schema_requires_exactly_the_fields_without_a_default(cls):
    without = [
        field.name
        for field in fields(cls)
        if field.default is MISSING and field.default_factory is MISSING
    ]

    assert json_schema(cls)["$defs"][cls.__name__]["required"] == without


@pytest.mark.parametrize("kind", ["subtitle", "data", "attached_picture"])
def test_kind_that_is_no_tag_comes_back(kind):
    info = film_info(others=(OtherStream(index=2, kind=kind, codec="ass"),))

    assert from_dict(MediaInfo, json.loads(json.dumps(to_dict(info)))) == info


def test_schema_lists_every_kind_of_medium():
    schema = json_schema(MediaInfo)["$defs"]["MediaInfo"]["properties"]["kind"]

    assert schema == {"enum": ["image", "video", "audio"]}


@given(st.sampled_from(CLASSES), JSON)
def test_any_json_is_a_model_or_an_error_of_ours(cls, data):
    with suppress(MediaflowError):
        assert isinstance(from_dict(cls, data), cls)


@given(jobs, st.sampled_from(["source", "outputs", "to", "if_exists", "strict", "limits"]), JSON)
def test_job_with_one_wrong_field_is_a_job_or_an_error_of_ours(job, field, value):
    with suppress(MediaflowError):
        assert isinstance(from_dict(Job, to_dict(job) | {field: value}), Job)


@given(image_outputs(), st.sampled_from([field.name for field in fields(ImageOutput)]), JSON)
def test_output_with_one_wrong_field_is_an_output_or_an_error_of_ours(output, field, value):
    with suppress(MediaflowError):
        made = from_dict(ImageOutput, to_dict(output) | {field: value})
        assert from_dict(ImageOutput, to_dict(made)) == made

"""The JSON Schema of a model accepts what the model writes, and nothing misspelt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mediaflow.formats import AvifOptions, JpegOptions, PngOptions, WebpOptions
from mediaflow.geometry import Box, FocalPoint, Size
from mediaflow.models.analysis import AnalysisOutput, PlaceholderData
from mediaflow.models.encoding import Lossless, Quality
from mediaflow.models.events import Event, Finished, Progress, Started, Written
from mediaflow.models.info import MediaInfo
from mediaflow.models.job import Job
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.result import JobReport, JobResult, OutputResult
from mediaflow.models.scenes import Scene, ScenesData
from mediaflow.models.serde import json_schema, to_dict
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.planning import PicturePlan
from mediaflow.security.limits import Limits
from tests.infos import DISPLAY_P3, media_info, planned

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

PLACEHOLDER = PlaceholderData(
    dominant_color="#99b4d8",
    palette=("#99b4d8",),
    blurhash="00TI:j",
    thumbhash="1QcSHQRn",
    data_uri="data:image/webp;base64,UklGRg==",
    aspect_ratio=1.5,
    has_alpha=False,
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RESULT = JobResult(
    id="j",
    status="completed",
    outputs=(
        OutputResult(
            name="a",
            status="completed",
            uri="",
            format="json",
            width=3,
            height=2,
            data=PLACEHOLDER,
        ),
    ),
    source=media_info(),
    report=JobReport(plan=("a",)),
    created_at=NOON,
    completed_at=NOON,
)
COVER = ImageOutput(
    "webp",
    width=640,
    height="50%",
    fit="cover",
    gravity=FocalPoint(0.5, 0.25),
    rate=Lossless(),
    options=WebpOptions(effort=6),
)
MODELS = [
    (Size, Size(3, 2)),
    (Box, Box.whole(Size(3, 2))),
    (OutputSpec, OutputSpec(format="webp", width=3)),
    (AnalysisOutput, AnalysisOutput(store=True)),
    (PlaceholderData, PLACEHOLDER),
    (ScenesData, ScenesData(scenes=(Scene(start_seconds=0.0, end_seconds=1.5),))),
    (StoryboardOutput, StoryboardOutput("webp", interval_seconds=2.5, columns=5)),
    (ImageOutput, ImageOutput("jpeg")),
    (ImageOutput, replace(COVER, suffix="_a")),
    (Limits, Limits()),
    (Limits, Limits(allowed_formats=("jpeg",))),
    (MediaInfo, media_info(color=DISPLAY_P3, frames=None)),
    (JobResult, RESULT),
    (Job, Job("a.jpg", [COVER, OutputSpec(format="webp")], to="out/", limits=Limits())),
    (Job, Job("a.jpg", [AnalysisOutput(), ImageOutput("png")])),
    (PicturePlan, planned([COVER, ImageOutput("jpeg", width=99)], media_info(orientation=6))),
    (PicturePlan, planned([AnalysisOutput(), ImageOutput("jpeg")])),
    (Event, Started(job_id="j", sequence=0)),
    (Event, Progress(job_id="j", sequence=0, fraction=0.5, stage="plan")),
    (Event, Written(job_id="j", sequence=0, output="a", uri="a", bytes=1)),
    (Event, Finished(job_id="j", sequence=0, status="partial", error="a")),
]
CLOSED = [Size, Box, OutputSpec, ImageOutput, Limits, MediaInfo, JobResult, PicturePlan, Quality]


def errors(cls, data):
    schema = json_schema(cls)
    jsonschema.Draft202012Validator.check_schema(schema)
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(data)]


@pytest.mark.parametrize(
    ("cls", "model"),
    MODELS,
    ids=[f"{n}-{type(model).__name__}" for n, (_, model) in enumerate(MODELS)],
)
def test_schema_accepts_what_the_model_writes(cls, model):
    assert errors(cls, to_dict(model)) == []


@pytest.mark.parametrize(
    "options",
    [AvifOptions(), JpegOptions(), PngOptions(), WebpOptions()],
    ids=lambda options: options.kind,
)
def test_schema_of_an_output_accepts_the_options_of_every_format(options):
    output = ImageOutput(options.kind, options=options)

    assert errors(ImageOutput, to_dict(output)) == []
    assert errors(type(options), to_dict(options)) == []


@pytest.mark.parametrize("cls", CLOSED, ids=lambda cls: cls.__name__)
def test_schema_refuses_an_unknown_field(cls):
    assert any("widht" in message for message in errors(cls, {"widht": 3}))


@pytest.mark.parametrize(
    ("cls", "data"),
    [
        (OutputSpec, {}),
        (OutputSpec, {"format": 3}),
        (OutputSpec, {"format": "webp", "maintain_aspect_ratio": "yes"}),
        (ImageOutput, {"format": "webp", "kind": "video"}),
        (ImageOutput, {"format": "webp", "fit": "covre"}),
        (ImageOutput, {"format": "webp", "rate": {"kind": "losless"}}),
        (ImageOutput, {"format": "webp", "options": {"progressive": True}}),
        (Limits, {"max_pixels": "many"}),
        (Limits, {"allowed_formats": "jpeg"}),
        (Job, {"outputs": [{"format": "webp"}]}),
        (Job, {"source": "a.jpg", "outputs": [{"format": "webp", "widht": 3}]}),
        (Job, {"source": "a.jpg", "outputs": [], "if_exists": "ask"}),
        (Event, {"kind": "progres", "job_id": "j", "sequence": 0}),
    ],
)
def test_schema_refuses_what_from_dict_refuses(cls, data):
    assert errors(cls, data) != []


def test_schema_accepts_the_version_that_from_dict_accepts():
    assert errors(OutputSpec, {"version": 1, "format": "webp"}) == []


def test_schema_names_its_dialect():
    schema = json_schema(OutputSpec)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(schema["$defs"]) == ["OutputSpec"]


def test_schema_says_what_must_be_given():
    assert json_schema(OutputSpec)["$defs"]["OutputSpec"]["required"] == ["format"]


def test_schema_of_a_pair_says_the_type_of_each_item():
    plan = to_dict(planned([ImageOutput("jpeg")]))
    plan["encodes"][0]["arguments"] = [["quality"]]

    assert errors(PicturePlan, plan) != []

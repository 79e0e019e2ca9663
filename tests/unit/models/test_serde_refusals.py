"""What from_dict refuses, and how: the path, the value, the rule, the nearest name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from mediaflow.errors import MediaflowError, SpecError
from mediaflow.geometry import Box, Size
from mediaflow.models.events import Event
from mediaflow.models.info import ImageInfo
from mediaflow.models.job import Job
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.plugins import EncoderOptions
from mediaflow.models.result import JobReport, JobResult, Notice, OutputResult
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.planning import PicturePlan
from mediaflow.security.limits import Limits
from tests.infos import DISPLAY_P3, media_info, planned

NOON = datetime(2026, 1, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    kind: Literal["leaf"] = "leaf"
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    kind: Literal["branch"] = "branch"
    parts: tuple[Leaf | Branch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """One field for every rule."""

    flag: bool
    count: int
    share: float
    text: str | None = None
    tags: frozenset[str] = frozenset()
    sizes: dict[str, int] | None = None
    pair: tuple[int, str] = (1, "a")
    choice: Literal["a", "b", 3] = "a"
    tree: Leaf | Branch | None = None


RESULT = JobResult(
    id="j",
    status="partial",
    outputs=(
        OutputResult(
            name="a",
            status="completed",
            uri="out/a.jpg",
            format="jpeg",
            width=3,
            height=2,
            bytes=5,
            sha256="00",
            seconds=0.25,
            notices=(Notice(code="alpha_flattened", message="gone"),),
        ),
    ),
    source=media_info(color=DISPLAY_P3),
    report=JobReport(plan=("a", "b"), seconds=1.5, peak_bytes_planned=7),
    error="1 of 2 outputs failed",
    created_at=NOON,
    completed_at=NOON + timedelta(seconds=1),
)


def through_json(value):
    return json.loads(json.dumps(to_dict(value), allow_nan=False))


@pytest.mark.parametrize(
    ("cls", "data", "message"),
    [
        (
            OutputSpec,
            {"format": "webp", "widht": 3},
            "$: unknown field 'widht'; did you mean 'width'?",
        ),
        (OutputSpec, {"format": "webp", "xyz": 3}, "$: unknown field 'xyz'"),
        (OutputSpec, {"width": 3}, "$: field 'format' is missing"),
        (OutputSpec, {"format": 3}, "$.format: expected str, got int 3"),
        (OutputSpec, [], "$: expected OutputSpec, got list []"),
        (OutputSpec, "webp", "$: expected OutputSpec, got str 'webp'"),
        (Size, {"width": True, "height": 2}, "$.width: expected int, got bool True"),
        (Size, {"width": 1.5, "height": 2}, "$.width: expected int, got float 1.5"),
        (
            ImageOutput,
            {"format": "webp", "fit": "covre"},
            (
                "$.fit: 'covre' is not one of 'inside', 'outside', 'cover', 'contain', 'fill'; "
                "did you mean 'cover'?"
            ),
        ),
        (ImageOutput, {"kind": "video", "format": "webp"}, "$.kind: 'video' is not one of 'image'"),
        (
            ImageOutput,
            {"format": "webp", "rate": {"kind": "losless"}},
            "$.rate.kind: 'losless' is not one of 'quality', 'lossless'; did you mean 'lossless'?",
        ),
        (
            ImageOutput,
            {"format": "webp", "gravity": {"x": 0.5, "z": 0.5}},
            "$.gravity: unknown field 'z'",
        ),
        (ImageOutput, {"format": "webp", "upscale": 1}, "$.upscale: expected bool, got int 1"),
        (Limits, {"allowed_formats": "jpeg"}, "$.allowed_formats: expected list, got str 'jpeg'"),
        (
            Limits,
            {"allowed_formats": ["jpeg", 3]},
            "$.allowed_formats[1]: expected str, got int 3",
        ),
        (
            Bag,
            {"flag": True, "count": 1, "share": 1.0, "pair": [1]},
            "$.pair: expected 2 items, got 1",
        ),
        (
            Bag,
            {"flag": True, "count": 1, "share": 1.0, "sizes": {"a": "b"}},
            "$.sizes.a: expected int, got str 'b'",
        ),
        (
            Bag,
            {"flag": True, "count": 1, "share": 1.0, "tree": {"kind": "branch", "parts": [{}]}},
            "$.tree.parts[0].kind: None is not one of 'leaf', 'branch'",
        ),
        (
            Event,
            {"kind": "progres", "job_id": "j", "sequence": 0},
            (
                "$.kind: 'progres' is not one of 'started', 'progress', 'written', 'finished'; "
                "did you mean 'progress'?"
            ),
        ),
    ],
)
def test_refusal_names_the_path_the_value_and_the_rule(cls, data, message):
    with pytest.raises(SpecError) as caught:
        from_dict(cls, data)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            {"format": "webp", "widht": 3},
            "$.outputs[0]: unknown field 'widht'; did you mean 'width'?",
        ),
        (
            {"kind": "image", "format": "webp", "gravty": "north"},
            "$.outputs[0]: unknown field 'gravty'; did you mean 'gravity'?",
        ),
        ({"kind": "imgae", "format": "webp"}, "$.outputs[0].kind: 'imgae' is not one of 'image'"),
    ],
)
def test_refusal_inside_a_job_names_the_output(output, message):
    with pytest.raises(SpecError) as caught:
        from_dict(Job, {"source": "a.jpg", "outputs": [output]})

    assert str(caught.value).startswith(message)


def test_unknown_option_is_refused_with_its_path():
    data = {"format": "jpeg", "options": {"kind": "jpeg", "progresive": True}}

    with pytest.raises(SpecError) as caught:
        from_dict(ImageOutput, data)

    assert str(caught.value) == "$.options: unknown field 'progresive'; did you mean 'progressive'?"


def test_options_without_a_kind_are_refused_with_their_path():
    with pytest.raises(SpecError, match=r"\$\.options.*kind"):
        from_dict(ImageOutput, {"format": "jpeg", "options": {"progressive": True}})


def test_options_of_an_unknown_format_are_refused_with_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'jpeg'"):
        from_dict(EncoderOptions, {"kind": "jepg"})


@pytest.mark.parametrize(
    ("cls", "data", "path"),
    [
        (Job, {"source": "a", "outputs": [{"format": "webp", "width": 0}]}, r"\$\.outputs\[0\]"),
        (ImageOutput, {"format": "webp", "rate": {"kind": "quality", "value": 101}}, r"\$\.rate"),
        (ImageInfo, {"stored_size": {"width": 0, "height": 1}}, r"\$\.stored_size"),
    ],
)
def test_broken_rule_of_a_class_is_refused_with_its_path(cls, data, path):
    with pytest.raises(SpecError, match=path):
        from_dict(cls, data)


def test_near_miss_is_named_where_a_word_or_a_model_may_stand():
    with pytest.raises(SpecError, match="did you mean 'center'"):
        from_dict(ImageOutput, {"format": "jpeg", "gravity": "centre"})


@pytest.mark.parametrize("text", ["a", "1/0", "", "1e"])
def test_broken_exact_number_is_refused_with_its_path(text):
    with pytest.raises(MediaflowError, match=r"\$\.left"):
        from_dict(Box, {"left": text, "top": "0", "right": "1", "bottom": "1"})


def test_broken_time_is_refused_with_its_path():
    data = through_json(RESULT) | {"created_at": "yesterday"}

    with pytest.raises(MediaflowError, match=r"\$\.created_at"):
        from_dict(JobResult, data)


@pytest.mark.parametrize("value", [True, 1.0])
def test_a_choice_is_of_the_type_that_is_written_down(value):
    data = {"stored_size": {"width": 1, "height": 1}, "orientation": value}

    with pytest.raises(SpecError, match="orientation"):
        from_dict(ImageInfo, data)


@pytest.mark.parametrize("source", [b"bytes", object()])
def test_what_cannot_travel_is_refused_with_its_path(source):
    @dataclass(frozen=True)
    class Letter:
        source: object

    with pytest.raises(SpecError, match=r"\$\.source: a (bytes|object) cannot travel as JSON"):
        to_dict(Letter(source))


def test_job_about_bytes_cannot_travel():
    with pytest.raises(SpecError, match=r"\$\.source"):
        to_dict(Job(b"\xff\xd8", ImageOutput("webp"), to="out/"))


@pytest.mark.parametrize("value", [1, "a", None, [], Size])
def test_only_models_become_dicts(value):
    with pytest.raises(SpecError):
        to_dict(value)


def test_version_one_may_be_said():
    assert from_dict(Size, {"version": 1, "width": 3, "height": 2}) == Size(3, 2)


def test_another_version_is_refused():
    with pytest.raises(SpecError, match="version 2 is not supported"):
        from_dict(Size, {"version": 2, "width": 3, "height": 2})


def test_plan_of_another_version_is_refused():
    data = through_json(planned([ImageOutput("jpeg")])) | {"version": 2}

    with pytest.raises(SpecError, match="version 2"):
        from_dict(PicturePlan, data)


def test_secret_in_a_refused_value_is_hidden():
    with pytest.raises(SpecError) as caught:
        from_dict(Size, {"width": "s3://id:hush@bucket/a.jpg", "height": 1})

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("digits", [310, 4_000])
def test_whole_number_that_no_float_holds_is_refused_with_its_path(digits: int) -> None:
    with pytest.raises(SpecError, match=r"^\$\.share: a number is too large"):
        from_dict(Bag, {"flag": True, "count": 1, "share": -(10**digits)})

"""JSON for models: what goes out comes back exactly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

import pytest

from mediaflow.errors import SpecError
from mediaflow.formats import AvifOptions, JpegOptions, PngOptions, WebpOptions
from mediaflow.geometry import Box, FocalPoint, Point, Size
from mediaflow.models.encoding import Lossless, Quality
from mediaflow.models.events import Event, Finished, Progress, Started, Written
from mediaflow.models.info import MediaInfo
from mediaflow.models.job import Job
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.plugins import EncoderOptions
from mediaflow.models.result import JobReport, JobResult, Notice, OutputResult
from mediaflow.models.serde import from_dict, open_members, to_dict
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

MODELS = [
    Size(3, 2),
    Point(0, -1),
    FocalPoint(0.25, 1),
    Box(Fraction(1, 3), Fraction(0), Fraction(2725, 2), Fraction(7)),
    Quality(80),
    Lossless(),
    OutputSpec(format="webp", width=3, maintain_aspect_ratio=False),
    ImageOutput("jpeg"),
    ImageOutput("jpeg", width="50%", gravity="north", suffix="_a", name="a"),
    ImageOutput("jpeg", gravity=FocalPoint(0.25, 0.5), fit="cover", width=3, height=3),
    ImageOutput("png", rate=Lossless()),
    ImageOutput("webp", rate=Quality(80)),
    Limits(max_pixels=5, allowed_formats=("jpeg", "png")),
    media_info(color=DISPLAY_P3, frames=None, bytes=None, uri=None),
    RESULT,
]
OPTIONS = [
    AvifOptions(speed=8),
    JpegOptions(progressive=False, chroma_subsampling="4:4:4"),
    PngOptions(compression=9),
    WebpOptions(effort=6),
]


def through_json(value):
    return json.loads(json.dumps(to_dict(value), allow_nan=False))


@pytest.mark.parametrize(
    "model", MODELS, ids=[f"{n}-{type(m).__name__}" for n, m in enumerate(MODELS)]
)
def test_model_comes_back_from_json_as_it_was(model):
    assert from_dict(type(model), through_json(model)) == model


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options.kind)
def test_options_come_back_from_json_as_they_were(options):
    assert from_dict(type(options), through_json(options)) == options


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options.kind)
def test_options_are_found_by_their_kind(options):
    assert from_dict(EncoderOptions, through_json(options)) == options


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options.kind)
def test_output_with_options_comes_back_from_json_as_it_was(options):
    output = ImageOutput(options.kind, options=options)

    assert from_dict(ImageOutput, through_json(output)) == output


def test_job_comes_back_from_json_as_it_was():
    job = Job(
        "in.jpg",
        [ImageOutput("webp", width=640), OutputSpec(format="jpeg")],
        to="out/",
        if_exists="skip",
        strict=True,
        limits=Limits(max_pixels=5),
    )

    assert from_dict(Job, through_json(job)) == job


def test_plan_comes_back_from_json_as_it_was():
    outputs = [ImageOutput("jpeg", width=720, height=588, fit="cover"), ImageOutput("avif")]
    plan = planned(outputs, media_info(width=2725, height=2225, orientation=6, color=DISPLAY_P3))

    assert from_dict(PicturePlan, through_json(plan)) == plan


@pytest.mark.parametrize(
    "event",
    [
        Started(job_id="j", sequence=0),
        Progress(job_id="j", sequence=1, fraction=0.5, stage="encode", output="a"),
        Written(job_id="j", sequence=2, output="a", uri="a.jpg", bytes=3),
        Finished(job_id="j", sequence=3, status="completed"),
    ],
    ids=lambda event: event.kind,
)
def test_event_is_told_apart_by_its_kind(event):
    assert from_dict(Event, through_json(event)) == event


def test_every_json_type_has_a_rule():
    bag = Bag(
        flag=True,
        count=2,
        share=0.5,
        text="x",
        tags=frozenset({"b", "a"}),
        sizes={"a": 1},
        pair=(2, "b"),
        choice=3,
        tree=Branch(parts=(Leaf(size=2), Branch())),
    )

    assert through_json(bag) == {
        "flag": True,
        "count": 2,
        "share": 0.5,
        "text": "x",
        "tags": ["a", "b"],
        "sizes": {"a": 1},
        "pair": [2, "b"],
        "choice": 3,
        "tree": {
            "kind": "branch",
            "parts": [{"kind": "leaf", "size": 2}, {"kind": "branch", "parts": []}],
        },
    }
    assert from_dict(Bag, through_json(bag)) == bag


def test_exact_numbers_travel_as_text():
    box = Box(Fraction(1, 3), Fraction(0), Fraction(5, 2), Fraction(7))

    assert to_dict(box) == {"left": "1/3", "top": "0", "right": "5/2", "bottom": "7"}


def test_times_keep_their_zone():
    plus_two = datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))

    assert from_dict(datetime, "2026-01-01T14:00:00+02:00") == plus_two


def test_a_whole_number_may_stand_for_a_share():
    bag = from_dict(Bag, {"flag": True, "count": 2, "share": 1})

    assert isinstance(bag.share, float)


def test_defaults_can_be_left_out():
    output = ImageOutput("webp", width=640)

    assert to_dict(output, omit_defaults=True) == {
        "kind": "image",
        "format": "webp",
        "width": 640,
    }


def test_hand_written_dict_may_leave_out_the_kind_of_a_closed_model():
    assert from_dict(ImageOutput, {"format": "webp"}) == ImageOutput("webp")


def test_ready_made_model_may_stand_inside_a_dict():
    limits = Limits(max_pixels=5)
    data = {"source": "a.jpg", "outputs": [ImageOutput("webp")], "limits": limits}

    assert from_dict(Job, data) == Job("a.jpg", ImageOutput("webp"), limits=limits)


def test_any_mapping_is_accepted():
    assert from_dict(Size, MappingProxyType({"width": 3, "height": 2})) == Size(3, 2)


def test_only_a_base_itself_is_open():
    assert open_members(EncoderOptions) is not None
    assert open_members(JpegOptions) is None
    assert open_members(ImageOutput) is None


def test_info_keeps_no_secret_of_its_location():
    info = media_info(uri="https://id:hush@host/a.jpg?X-Amz-Signature=hush")

    assert info.uri == "https://***@host/a.jpg?***"
    assert from_dict(MediaInfo, through_json(info)) == info


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """Fields of several types each."""

    exact: Fraction | str | None = None
    number: float | str | None = None
    whole: int | tuple[int, ...] | None = None
    choice: Literal["a", 1] | Size | None = None
    switch: bool | str = False


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"exact": "1/2"}, Fraction(1, 2)),
        ({"exact": "12"}, Fraction(12)),
        ({"exact": "half"}, "half"),
        ({"exact": None}, None),
        ({"number": 3}, 3.0),
        ({"number": "3"}, "3"),
        ({"whole": 3}, 3),
        ({"whole": [3, 4]}, (3, 4)),
        ({"choice": "a"}, "a"),
        ({"choice": 1}, 1),
        ({"choice": {"width": 3, "height": 2}}, Size(3, 2)),
        ({"switch": True}, True),
        ({"switch": "on"}, "on"),
    ],
)
def test_first_type_of_several_that_takes_a_value_reads_it(
    said: dict[str, object], read: object
) -> None:
    (name,) = said

    found = getattr(from_dict(Mixed, said), name)

    assert (type(found), found) == (type(read), read)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"exact": 1}, r"\$\.exact: expected Fraction | str, got int 1"),
        ({"number": True}, r"\$\.number: expected float | str, got bool True"),
        ({"whole": True}, r"\$\.whole: expected int | .*, got bool True"),
        ({"whole": [1, "b"]}, r"\$\.whole: expected int | .*, got list"),
        ({"choice": "b"}, r"\$\.choice: 'b' is not one of 'a', 1"),
        ({"choice": {"width": "x", "height": 2}}, r"\$\.choice\.width: expected int, got str 'x'"),
        ({"switch": 1}, r"\$\.switch: expected bool | str, got int 1"),
    ],
)
def test_value_that_none_of_several_types_takes_is_refused_with_its_place(
    said: dict[str, object], words: str
) -> None:
    with pytest.raises(SpecError, match=words.replace("|", r"\|")):
        from_dict(Mixed, said)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [1, {2}]}, r"\$\.a\[1\]: a set cannot travel as JSON"),
        ({"a": {"b": (object(),)}}, r"\$\.a\.b\[0\]: a object cannot travel as JSON"),
    ],
)
def test_what_cannot_travel_is_told_with_its_place(value: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        to_dict(value)

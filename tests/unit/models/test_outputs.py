"""A spec refuses what is wrong without looking at a source, and says what would be right."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields
from fractions import Fraction

import pytest

from mediaflow.errors import SpecError
from mediaflow.formats import JpegOptions
from mediaflow.geometry import FocalPoint
from mediaflow.models.encoding import Lossless, Quality
from mediaflow.models.outputs import ImageOutput, OutputSpec

NOT_PX = [0, -1, 10**9, 1_000_001, 1.5, "640", True, [640]]
NOT_A_QUALITY = [0, 101, -1, 80.0, "80", True]


def test_short_form_has_six_fields():
    assert [field.name for field in fields(OutputSpec)] == [
        "format",
        "quality",
        "width",
        "height",
        "maintain_aspect_ratio",
        "filename_suffix",
    ]


@pytest.mark.parametrize("side", ["width", "height"])
@pytest.mark.parametrize("value", NOT_PX, ids=repr)
@pytest.mark.parametrize("cls", [ImageOutput, OutputSpec])
def test_side_that_is_no_number_of_px_is_refused(cls, side, value):
    with pytest.raises(SpecError, match=rf"^{side} must be ") as caught:
        cls(format="webp", **{side: value})

    assert caught.value.details["field"] == side


@pytest.mark.parametrize("value", NOT_PX, ids=repr)
def test_longest_side_that_is_no_number_of_px_is_refused(value):
    with pytest.raises(SpecError, match=r"^max_side must be a whole number of px"):
        ImageOutput("webp", max_side=value)


@pytest.mark.parametrize("side", [1, 640, 1_000_000, None])
def test_side_from_one_px_up_is_accepted(side):
    assert ImageOutput("webp", width=side).width == side


@pytest.mark.parametrize("share", ["50%", "0.5%", "100%", "1000%", "33.33%"])
def test_side_may_be_a_share(share):
    assert ImageOutput("webp", width=share, height=share).height == share


@pytest.mark.parametrize(
    "share", ["0%", "1001%", "-5%", "50", "%", "50 %", "1e2%", "half", "", f"{'9' * 400}%"]
)
def test_broken_share_is_refused(share):
    with pytest.raises(SpecError, match="must be px or a share such as '50%'"):
        ImageOutput("webp", width=share)


@pytest.mark.parametrize("value", NOT_A_QUALITY, ids=repr)
@pytest.mark.parametrize("cls", [ImageOutput, OutputSpec])
def test_quality_outside_1_to_100_is_refused(cls, value):
    with pytest.raises(SpecError, match="quality must be a whole number 1 to 100") as caught:
        cls(format="webp", quality=value)

    assert caught.value.hint is not None


@pytest.mark.parametrize("value", [1, 100])
def test_quality_from_1_to_100_is_accepted(value):
    assert ImageOutput("webp", quality=value).quality == value


def test_quality_and_rate_say_the_same_twice():
    with pytest.raises(SpecError, match="quality and rate exclude each other"):
        ImageOutput("webp", quality=80, rate=Quality(80))


def test_longest_side_and_a_side_contradict_each_other():
    with pytest.raises(SpecError, match="max_side excludes width and height"):
        ImageOutput("webp", max_side=640, width=640)


def test_aspect_and_both_sides_contradict_each_other():
    with pytest.raises(SpecError, match="aspect excludes width and height together"):
        ImageOutput("webp", aspect="16:9", width=640, height=480)


@pytest.mark.parametrize("aspect", ["16:9", "16/9", "16x9", "1:1", "99999:1"])
def test_aspect_is_two_numbers(aspect):
    assert ImageOutput("webp", aspect=aspect).aspect == aspect


@pytest.mark.parametrize(
    "aspect", ["0:9", "16:0", "16:9:1", "1.5:1", "wide", "", 1.78, Fraction(16, 9), "100000:1"]
)
def test_broken_aspect_is_refused(aspect):
    with pytest.raises(SpecError, match="aspect must look like '16:9'"):
        ImageOutput("webp", aspect=aspect)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "fit",
            "covre",
            (
                "fit must be one of inside, outside, cover, contain, fill, got 'covre'; "
                "did you mean 'cover'?"
            ),
        ),
        ("color", "sgrb", "color must be one of srgb, preserve, got 'sgrb'; did you mean 'srgb'?"),
        ("metadata", "all", "metadata must be one of strip, safe, keep, got 'all'"),
        ("upscale", "yes", "upscale must be true or false, got 'yes'"),
        ("background", "grey", "background 'grey' is no colour; did you mean 'gray'?"),
    ],
)
def test_word_that_is_not_known_is_refused_with_the_nearest(field, value, message):
    with pytest.raises(SpecError) as caught:
        ImageOutput("webp", **{field: value})

    assert str(caught.value) == message


def test_unknown_gravity_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'center'"):
        ImageOutput("webp", gravity="centre")


def test_gravity_may_be_a_focal_point():
    assert ImageOutput("webp", gravity=FocalPoint(0.1, 0.9)).gravity == FocalPoint(0.1, 0.9)


@pytest.mark.parametrize("value", [None, 3])
def test_gravity_is_a_word_or_a_focal_point(value):
    with pytest.raises(SpecError, match="gravity must be one of"):
        ImageOutput("webp", gravity=value)


@pytest.mark.parametrize("value", [(0.5, 0.25), [0.5, 0.25]])
def test_gravity_as_a_pair_of_numbers_is_told_the_right_word(value):
    with pytest.raises(SpecError, match="a word or a FocalPoint") as caught:
        ImageOutput("webp", gravity=value)

    assert caught.value.hint == "write FocalPoint(0.5, 0.25)"


@pytest.mark.parametrize("value", ["", None, 3, ["webp"]])
@pytest.mark.parametrize("cls", [ImageOutput, OutputSpec])
def test_format_is_a_name(cls, value):
    with pytest.raises(SpecError, match="format must be a name such as"):
        cls(format=value)


@pytest.mark.parametrize("value", ["a/b", "a\\b", "a\0b", "{stem}", "../up", 3, None])
def test_suffix_cannot_leave_the_file_name(value):
    with pytest.raises(SpecError, match=r"^suffix must be text"):
        ImageOutput("webp", suffix=value)
    with pytest.raises(SpecError, match=r"^filename_suffix must be text"):
        OutputSpec(format="webp", filename_suffix=value)


@pytest.mark.parametrize("value", [1, "yes", None])
def test_maintaining_the_aspect_ratio_is_true_or_false(value):
    with pytest.raises(SpecError, match="maintain_aspect_ratio must be true or false"):
        OutputSpec(format="webp", maintain_aspect_ratio=value)


@pytest.mark.parametrize("value", [{"progressive": False}, "progressive", 3])
def test_options_are_typed(value):
    with pytest.raises(SpecError, match="options"):
        ImageOutput("jpeg", options=value)


@pytest.mark.parametrize("value", ["lossless", 80, Lossless])
def test_rate_is_typed(value):
    with pytest.raises(SpecError, match="rate"):
        ImageOutput("webp", rate=value)


@pytest.mark.parametrize("value", [3, "", b"a"])
def test_name_is_text(value):
    with pytest.raises(SpecError, match="name"):
        ImageOutput("webp", name=value)


def test_unknown_field_is_refused():
    with pytest.raises(TypeError, match="widht"):
        ImageOutput("webp", widht=3)


def test_format_alone_may_be_positional():
    assert ImageOutput("webp").format == "webp"
    with pytest.raises(TypeError):
        ImageOutput("webp", 640)


def test_output_is_a_plain_value():
    output = ImageOutput("jpeg", width=640, options=JpegOptions(progressive=False))

    assert pickle.loads(pickle.dumps(output)) == output
    assert hash(output) == hash(
        ImageOutput("jpeg", width=640, options=JpegOptions(progressive=False))
    )
    with pytest.raises(FrozenInstanceError):
        output.width = 3  # type: ignore[misc]  # that is the point

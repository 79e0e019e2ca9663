"""Trim, focus, crop and dpr are checked before any source is looked at."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from mediaflow.errors import SpecError
from mediaflow.geometry import Box
from mediaflow.models.framing import Focus, Trim
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import from_dict, to_dict


def test_true_stands_for_the_usual_trim_and_false_for_none():
    assert ImageOutput("png", trim=True).trim == Trim(threshold=10, margin=0)
    assert ImageOutput("png", trim=False).trim is None


@pytest.mark.parametrize("value", [-1, 255, 1.5, True, "10"])
def test_threshold_is_a_level(value):
    with pytest.raises(SpecError, match="threshold must be a whole number 0 to 254"):
        Trim(threshold=value)


@pytest.mark.parametrize("value", [-1, 1.5, "2"])
def test_margin_is_px(value):
    with pytest.raises(SpecError, match="margin"):
        Trim(margin=value)


@pytest.mark.parametrize("value", [10, "yes", (10,)])
def test_trim_is_told_its_form(value):
    with pytest.raises(SpecError, match="trim must be True or Trim"):
        ImageOutput("png", trim=value)


@pytest.mark.parametrize("value", ["", None, 3])
def test_detector_is_a_name(value):
    with pytest.raises(SpecError, match="detector must be a name"):
        Focus(value)


def test_crop_keeps_its_edges_as_exact_numbers():
    crop = ImageOutput("png", crop=Box(1, 2, 30, 40)).crop  # type: ignore[arg-type]  # whole px

    assert crop == Box(Fraction(1), Fraction(2), Fraction(30), Fraction(40))


@pytest.mark.parametrize(
    "value",
    [
        (1, 2, 3, 4),
        Box(Fraction(1, 2), Fraction(0), Fraction(3), Fraction(4)),
        Box(Fraction(-1), Fraction(0), Fraction(3), Fraction(4)),
    ],
)
def test_crop_is_a_box_of_whole_px(value):
    with pytest.raises(SpecError, match="crop must"):
        ImageOutput("png", crop=value)


@pytest.mark.parametrize("value", [0, -1, 8.1, float("nan"), True, "2"])
def test_dpr_is_what_screens_have(value):
    with pytest.raises(SpecError, match="dpr must be a number above 0 and up to 8"):
        ImageOutput("png", dpr=value)


def test_framing_survives_json():
    output = ImageOutput(
        "webp",
        width=100,
        fit="cover",
        gravity=Focus("faces"),
        crop=Box(Fraction(0), Fraction(0), Fraction(9), Fraction(9)),
        trim=Trim(margin=3),
        dpr=1.5,
    )

    assert from_dict(ImageOutput, json.loads(json.dumps(to_dict(output)))) == output

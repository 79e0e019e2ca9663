"""An output that would be the same file again is left out, when it says so."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.geometry import Size
from mediaflow.models.outputs import ImageOutput
from tests.infos import media_info, planned

SMALL = media_info("png", 1000, 700)


def widths(*sides, **words):
    return [
        ImageOutput("webp", width=side, suffix=f"_{side}", skip_duplicate=True, **words)
        for side in sides
    ]


def test_widths_above_the_source_are_made_once():
    plan = planned(widths(640, 1280, 1920, 2560), SMALL)

    assert [(step.name, step.size.width, step.same_as) for step in plan.encodes] == [
        ("640", 640, None),
        ("1280", 1000, None),
        ("1920", 1000, "1280"),
        ("2560", 1000, "1280"),
    ]


def test_width_of_the_source_itself_stands_for_those_above():
    plan = planned(widths(1000, 1280), SMALL)

    assert [step.same_as for step in plan.encodes] == [None, "1000"]


def test_nothing_is_left_out_of_a_large_source():
    assert all(step.same_as is None for step in planned(widths(640, 1280, 1920)).encodes)


def test_plain_outputs_are_all_made():
    outputs = [ImageOutput("webp", width=width, suffix=f"_{width}") for width in (1280, 1920)]

    assert [step.same_as for step in planned(outputs, SMALL).encodes] == [None, None]


@pytest.mark.parametrize(
    "other",
    [
        ImageOutput("jpeg", width=1920),
        ImageOutput("webp", width=1920, quality=40),
        ImageOutput("webp", width=1920, height=1920, fit="contain"),
        ImageOutput("webp", width=999),
    ],
    ids=["format", "quality", "padded", "size"],
)
def test_other_file_is_no_duplicate(other):
    first, second = widths(1280, 1920)

    plan = planned([other, first, second], SMALL)

    assert [step.same_as for step in plan.encodes] == [None, None, "1280"]


def test_background_counts_where_it_shows():
    outputs = [
        ImageOutput("jpeg", background=color, skip_duplicate=True, suffix=f"_{color}")
        for color in ("white", "navy")
    ]

    behind = planned(outputs, media_info("png", has_alpha=True)).encodes
    unseen = planned(outputs, media_info("png")).encodes

    assert [step.same_as for step in behind] == [None, None]
    assert [step.same_as for step in unseen] == [None, "white"]


def test_place_of_what_is_left_out_is_free():
    template = "out/{stem}-{width}.{ext}"

    plan = planned(widths(640, 1280, 1920), SMALL, template=template)

    assert plan.encodes[1].uri == "out/photo-1000.webp"
    with pytest.raises(SpecError, match="two outputs would be written"):
        planned([ImageOutput("webp", width=w) for w in (1280, 1920)], SMALL, template=template)


def test_what_is_left_out_costs_nothing():
    once, twice = planned(widths(1280), SMALL), planned(widths(1280, 1920), SMALL)

    assert twice.peak_bytes == once.peak_bytes
    assert twice.estimated_seconds == once.estimated_seconds


def test_plan_says_so():
    assert (
        "output 1920: left out, 1280 is the same file" in planned(widths(1280, 1920), SMALL).lines()
    )
    assert planned(widths(1280, 1920), SMALL).encodes[1].size == Size(1000, 700)

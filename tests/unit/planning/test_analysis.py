"""An analysis looks at a picture that is made anyway, or at a small one of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediaflow.errors import SpecError
from mediaflow.geometry import Size
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.outputs import ImageOutput
from tests.infos import CAPABILITIES, DISPLAY_P3, media_info, planned

ANALYSIS = AnalysisOutput()


def test_alone_it_decodes_a_jpeg_at_an_eighth():
    plan = planned([ANALYSIS])

    assert plan.decode.denominator == 8
    assert [picture.canvas for picture in plan.pictures] == [Size(100, 75)]
    assert plan.analyses[0].picture == 0
    assert plan.encodes == ()


def test_smallest_picture_that_is_large_enough_is_looked_at():
    plan = planned(
        [ANALYSIS, *(ImageOutput("webp", width=w, suffix=f"_{w}") for w in (640, 150, 80))]
    )

    (step,) = plan.analyses
    assert plan.pictures[step.picture].canvas == Size(150, 113)
    assert step.seen == Size(100, 75)
    assert len(plan.pictures) == 3


@pytest.mark.parametrize(
    "output",
    [
        ImageOutput("webp", width=99),
        ImageOutput("webp", width=300, height=300, fit="cover"),
        ImageOutput("webp", width=300, height=300, fit="contain"),
        ImageOutput("webp", width=300, height=300, fit="fill"),
        ImageOutput("webp", width=300, aspect="16:9"),
    ],
    ids=["small", "cropped", "padded", "stretched", "aspect"],
)
def test_picture_that_does_not_show_all_in_its_shape_is_not_enough(output):
    plan = planned([output, ANALYSIS])

    assert plan.pictures[plan.analyses[0].picture].canvas == Size(100, 75)


def test_picture_in_another_color_space_is_not_enough():
    kept = ImageOutput("webp", width=300, color="preserve")

    plan = planned([kept, ANALYSIS], media_info(color=DISPLAY_P3))

    step = plan.pictures[plan.analyses[0].picture]
    assert (step.canvas, step.color) == (Size(100, 75), "to_srgb")


def test_enlarged_picture_is_not_looked_at():
    plan = planned(
        [ImageOutput("png", width=400, upscale=True), ANALYSIS], media_info("png", 80, 60)
    )

    assert plan.pictures[plan.analyses[0].picture].canvas == Size(80, 60)
    assert plan.analyses[0].seen == Size(80, 60)


def test_it_is_described_upright():
    plan = planned([ANALYSIS], media_info(orientation=6))

    (step,) = plan.analyses
    assert (step.size, step.seen) == (Size(3000, 4000), Size(75, 100))
    assert plan.pictures[0].canvas == Size(75, 100)


def test_it_makes_no_other_output_different():
    outputs = [ImageOutput("jpeg", width=1200), ImageOutput("avif", width=600)]

    alone, beside = planned(outputs), planned([*outputs, ANALYSIS])

    assert beside.decode == alone.decode
    assert beside.encodes == alone.encodes
    assert beside.pictures == alone.pictures


def test_outputs_keep_the_order_of_the_request():
    image = ImageOutput("webp", width=300)
    outputs = [
        AnalysisOutput(name="a"),
        replace(image, name="b"),
        AnalysisOutput(name="c"),
        AnalysisOutput(name="d"),
        replace(image, name="e", format="png"),
    ]

    assert [step.name for step in planned(outputs).outputs] == ["a", "b", "c", "d", "e"]


def test_it_has_a_place_only_when_it_is_stored():
    outputs = [ANALYSIS, AnalysisOutput(store=True), AnalysisOutput(store=True, suffix="_lqip")]

    plan = planned(outputs)

    assert [(step.name, step.uri) for step in plan.analyses] == [
        ("analysis", ""),
        ("analysis_2", "out/photo_analysis.json"),
        ("lqip", "out/photo_lqip.json"),
    ]


def test_two_stored_ones_need_two_places():
    with pytest.raises(SpecError, match=r"two outputs .* 'out/photo_analysis\.json'"):
        planned([AnalysisOutput(store=True), AnalysisOutput(store=True)])


def test_json_does_not_fit_a_name_of_a_picture():
    with pytest.raises(SpecError, match="would hold JSON"):
        planned([AnalysisOutput(store=True)], template="out/{stem}.webp")


def test_fields_of_a_template_describe_the_source():
    plan = planned([AnalysisOutput(store=True)], template="{format}/{name}-{width}x{height}.{ext}")

    assert plan.analyses[0].uri == "json/analysis-4000x3000.json"


def test_losses_that_a_description_cannot_have_are_not_said():
    info = media_info("png", color=DISPLAY_P3, bit_depth=16, is_animated=True, has_gain_map=True)

    plan = planned([ANALYSIS], info)

    assert [notice.code for notice in plan.analyses[0].notices] == ["animation_flattened"]


def test_tiny_picture_is_a_jpeg_where_webp_cannot_be_written():
    plain = replace(CAPABILITIES, encoders=("jpeg", "png"))

    assert planned([ANALYSIS]).analyses[0].tiny_format == "webp"
    assert planned([ANALYSIS], capabilities=plain).analyses[0].tiny_format == "jpeg"


def test_plan_says_it_in_words():
    words = planned([ANALYSIS, AnalysisOutput(store=True)]).lines()

    assert words[3:5] == (
        "output analysis: picture 0 at 100×75 → placeholder → the result alone",
        "output analysis_2: picture 0 at 100×75 → placeholder → out/photo_analysis.json",
    )


def test_it_costs_time_and_memory_but_little():
    image = ImageOutput("webp", width=1200)

    alone, beside = planned([image]), planned([image, ANALYSIS])

    assert 0.001 < beside.estimated_seconds - alone.estimated_seconds < 0.01
    assert 0 <= beside.peak_bytes - alone.peak_bytes < 4_000_000


def test_extreme_shapes_are_looked_at_too():
    plan = planned([ANALYSIS], media_info("png", 20_000, 3))

    assert plan.analyses[0].seen == Size(100, 1)

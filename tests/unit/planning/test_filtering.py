"""Which pictures looks are made from, and what that costs."""

from __future__ import annotations

import pytest

from mediaflow.errors import LimitExceededError, UnsupportedError
from mediaflow.filters import Contrast, Look, Sepia, Text, Watermark
from mediaflow.geometry import Box, Size
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.planning import AssetStep, PicturePlan, plan_image
from mediaflow.security.limits import Limits
from tests.infos import CAPABILITIES, DISPLAY_P3, PHOTO, TEMPLATE, media_info, planned


def looks(*filters, **rest):
    return [
        ImageOutput("jpeg", width=800, filters=(one,), suffix=f"_{n}", **rest)
        for n, one in enumerate(filters)
    ]


def with_assets(outputs, *infos, limits=None):
    steps = tuple(
        AssetStep(source=f"{n}.png", holds="picture", info=info, bytes=info.bytes)
        for n, info in enumerate(infos)
    )
    return plan_image(
        outputs,
        media_info(),
        template=TEMPLATE,
        source_name=PHOTO,
        capabilities=CAPABILITIES,
        limits=limits or Limits(),
        assets=steps,
    )


def test_one_filtered_output_is_one_picture():
    plan = planned(looks(Sepia(0.4)))

    (picture,) = plan.pictures
    assert picture.origin is None
    assert picture.filters == (Sepia(0.4),)


def test_three_looks_share_one_scaled_picture():
    plan = planned(looks(Look("moon"), Look("xpro2"), Look("aden")))

    plain, *made = plan.pictures
    assert (plain.origin, plain.filters, plain.content) == (None, (), Size(800, 600))
    assert [(step.origin, step.scaler) for step in made] == [(0, "none")] * 3
    assert {step.picture for step in plan.encodes} == {1, 2, 3}


def test_look_beside_the_plain_picture_is_made_from_it():
    plan = planned([ImageOutput("webp", width=800), *looks(Look("moon"))])

    plain, look = plan.pictures
    assert plain.filters == ()
    assert (look.origin, look.scaler, look.crop) == (0, "none", Box.whole(Size(800, 600)))


def test_outputs_with_the_same_filters_share_their_picture():
    plan = planned(
        [ImageOutput(name, width=800, filters=(Sepia(),)) for name in ("jpeg", "webp", "avif")]
    )

    assert len(plan.pictures) == 1
    assert [step.picture for step in plan.encodes] == [0, 0, 0]


def test_filtered_picture_is_nobodys_origin():
    plan = planned(
        [
            ImageOutput("jpeg", width=1600, filters=(Sepia(),), suffix="_l"),
            ImageOutput("jpeg", width=400, suffix="_s"),
            ImageOutput("jpeg", width=400, filters=(Contrast(1.2),), suffix="_c"),
        ]
    )

    origins = {step.origin for step in plan.pictures} - {None}
    assert origins
    assert all(not plan.pictures[origin].filters for origin in origins)


def test_looks_on_padding_share_the_picture_before_it_is_padded():
    plan = planned(looks(Look("moon"), Look("aden"), height=800, fit="contain"))

    plain, *made = plan.pictures
    assert (plain.canvas, plain.filters) == (Size(800, 600), ())
    assert [(step.origin, step.content, step.canvas) for step in made] == [
        (0, Size(800, 600), Size(800, 800))
    ] * 2


def test_looks_of_an_upright_and_converted_picture_turn_and_convert_nothing_again():
    info = media_info(orientation=6, color=DISPLAY_P3)
    plan = planned(looks(Look("moon"), Look("aden")), info)

    plain, *made = plan.pictures
    assert (plain.orientation, plain.color) == (6, "to_srgb")
    assert [(step.orientation, step.color) for step in made] == [(1, "keep")] * 2


def test_kept_profile_is_kept_in_what_is_made_from_the_picture():
    outputs = looks(Look("moon"), Look("aden"), color="preserve")
    plan = planned(
        [*outputs, ImageOutput("png", width=80, color="preserve")], media_info(color=DISPLAY_P3)
    )

    assert {step.color for step in plan.pictures} == {"preserve"}


def test_sharing_a_plain_picture_decodes_no_more_of_the_source():
    one, three = looks(Look("moon")), looks(Look("moon"), Look("aden"), Look("lark"))

    assert planned(three).decode == planned(one).decode


def test_longest_look_is_made_first():
    plan = planned(looks(Sepia(), Look("earlybird"), Contrast(2)))

    assert [step.filters for step in plan.pictures[1:]] == [
        (Look("earlybird"),),
        (Sepia(),),
        (Contrast(2),),
    ]


def test_filters_cost_time_and_memory():
    plain, filtered = planned([ImageOutput("jpeg", width=800)]), planned(looks(Look("rise")))

    assert filtered.estimated_seconds > plain.estimated_seconds
    assert filtered.peak_bytes >= plain.peak_bytes + 800 * 600 * 4


def test_second_picture_is_counted_and_checked_against_the_limits():
    outputs = looks(Watermark("0.png"))
    mark = media_info("png", 2000, 1000, bytes=70_000)

    plan = with_assets(outputs, mark)

    assert plan.peak_bytes >= planned(outputs).peak_bytes + 2000 * 1000 * 4 + 70_000
    with pytest.raises(LimitExceededError, match="pixels"):
        with_assets(outputs, mark, limits=Limits(max_pixels=1_999_999))
    with pytest.raises(LimitExceededError, match="memory"):
        with_assets(outputs, mark, limits=Limits(max_memory_bytes=8_000_000))


def test_second_picture_of_a_format_that_cannot_be_read_is_refused():
    with pytest.raises(UnsupportedError, match="heif is read with an optional package"):
        with_assets(looks(Watermark("0.heic")), media_info("heif", 20, 20))


def test_words_name_the_filters_and_the_second_inputs_without_secrets():
    signed = "https://host/logo.png?X-Amz-Signature=secret"
    outputs = looks(Watermark(signed, position="north"), Text("© Ada"), Look("moon", strength=0.5))
    step = AssetStep(source=signed, holds="picture", info=media_info("png", 20, 10), bytes=99)

    text = str(with_assets(outputs))
    with_mark = plan_image(
        outputs,
        media_info(),
        template=TEMPLATE,
        source_name=PHOTO,
        capabilities=CAPABILITIES,
        limits=Limits(),
        assets=(step,),
    )

    assert "as it is, look moon 0.5" in text
    assert "text '© Ada' at southeast" in text
    assert "second input: https://host/logo.png" in str(with_mark)
    assert "PNG 20×10, 99 bytes" in str(with_mark)
    assert "secret" not in str(with_mark) + repr(with_mark.assets)


def test_plan_with_filters_travels_as_json():
    plan = with_assets(looks(Watermark("0.png"), Look("moon")), media_info("png", 20, 10))

    assert from_dict(PicturePlan, to_dict(plan)) == plan

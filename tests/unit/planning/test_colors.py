"""What happens to colours, and a notice for every loss."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediaflow.models.encoding import Quality
from mediaflow.models.info import ColorInfo
from mediaflow.models.outputs import ImageOutput
from tests.infos import CMYK, DISPLAY_P3, GRAY, RGB, SRGB, media_info, planned


def jpeg(width, height=None, **rest):
    return ImageOutput("jpeg", width=width, height=height or width, **rest)


def names(*sizes):
    """Return outputs inside square boxes, with suffixes of their own."""
    return [jpeg(size, suffix=f"_{size}") for size in sizes]


@pytest.mark.parametrize(
    ("color", "policy", "action"),
    [
        (RGB, "srgb", "keep"),
        (RGB, "preserve", "keep"),
        (SRGB, "srgb", "keep"),
        (SRGB, "preserve", "keep"),
        (DISPLAY_P3, "srgb", "to_srgb"),
        (DISPLAY_P3, "preserve", "preserve"),
        (replace(DISPLAY_P3, model="palette"), "srgb", "to_srgb"),
        (GRAY, "srgb", "keep"),
        (replace(GRAY, icc_space="GRAY", icc_description="Dot Gain 20%"), "srgb", "to_srgb"),
        (replace(SRGB, model="gray"), "srgb", "assume_srgb"),
        (replace(DISPLAY_P3, icc_space="GRAY"), "srgb", "assume_srgb"),
        (replace(DISPLAY_P3, icc_space="CMYK"), "preserve", "assume_srgb"),
        (replace(RGB, icc_space="RGB", icc_bytes=500), "srgb", "to_srgb"),
    ],
)
def test_profile_decides_what_happens_to_colours(color, policy, action):
    plan = planned([jpeg(400, color=policy)], media_info(color=color))

    assert plan.decode.color == "keep"
    assert plan.pictures[0].color == action


@pytest.mark.parametrize(
    "description",
    [
        "sRGB",
        "sRGB IEC61966-2.1",
        "sRGB built-in",
        "c2",
    ],
)
def test_srgb_goes_by_several_names(description):
    color = replace(SRGB, icc_description=description)

    assert planned([jpeg(400)], media_info(color=color)).pictures[0].color == "keep"


@pytest.mark.parametrize(
    "description",
    [
        "sRGB-elle-V2-g10.icc",  # the primaries of sRGB, but linear
        "c2000 printer",
        "Display P3",
        "Adobe RGB (1998)",
        None,
    ],
)
def test_profile_with_a_similar_name_is_converted(description):
    color = replace(SRGB, icc_description=description)

    assert planned([jpeg(400)], media_info(color=color)).pictures[0].color == "to_srgb"


@pytest.mark.parametrize("policy", ["srgb", "preserve"])
def test_cmyk_is_converted_once_and_before_scaling(policy):
    plan = planned([jpeg(1600, color=policy), jpeg(400, suffix="_s")], media_info(color=CMYK))

    assert plan.decode.color == "cmyk_to_srgb"
    assert {step.color for step in plan.pictures} == {"keep"}


def test_converted_picture_is_not_converted_again():
    plan = planned(names(1600, 400), media_info(color=DISPLAY_P3))

    assert [step.color for step in plan.pictures] == ["to_srgb", "keep"]


def notices(output, info):
    return [notice.code for notice in planned([output], info).encodes[0].notices]


@pytest.mark.parametrize(
    ("info", "codes"),
    [
        (media_info(), []),
        (media_info(color=SRGB), []),
        (media_info(color=GRAY), []),
        (media_info(has_alpha=True), ["alpha_flattened"]),
        (media_info(is_animated=True, frames=9), ["animation_flattened"]),
        (media_info(frames=2), []),  # several pictures are no animation
        (media_info(bit_depth=16), ["depth_reduced"]),
        (media_info(bit_depth=1), []),
        (media_info(has_gain_map=True), ["gain_map_dropped"]),
        (media_info(color=ColorInfo(model="rgb", transfer=16)), ["hdr_transfer_ignored"]),
        (media_info(color=ColorInfo(model="rgb", transfer=18)), ["hdr_transfer_ignored"]),
        (media_info(color=ColorInfo(model="rgb", transfer=13, primaries=1)), []),
        (media_info(color=ColorInfo(model="rgb", primaries=2)), []),
        (media_info(color=ColorInfo(model="rgb", primaries=12)), ["color_assumed"]),
        (media_info(color=DISPLAY_P3), ["color_converted"]),
        (media_info(color=replace(DISPLAY_P3, icc_space="GRAY")), ["color_assumed"]),
        (media_info(color=CMYK), ["color_converted"]),
        (media_info(color=ColorInfo(model="cmyk")), ["color_assumed"]),
    ],
)
def test_every_loss_has_a_notice(info, codes):
    assert notices(jpeg(400), info) == codes


def test_several_losses_have_several_notices():
    info = media_info(
        "avif",
        bit_depth=10,
        has_alpha=True,
        is_animated=True,
        color=ColorInfo(model="rgb", transfer=16, primaries=9),
    )

    assert notices(jpeg(400), info) == [
        "depth_reduced",
        "hdr_transfer_ignored",
        "animation_flattened",
        "alpha_flattened",
    ]


@pytest.mark.parametrize("name", ["png", "webp", "avif"])
def test_alpha_is_kept_where_the_format_can(name):
    plan = planned([ImageOutput(name)], media_info("png", has_alpha=True))

    assert plan.encodes[0].flatten is False
    assert plan.encodes[0].notices == ()


def test_alpha_is_laid_on_the_declared_background():
    plan = planned([ImageOutput("jpeg", background="#123456")], media_info("png", has_alpha=True))

    step = plan.encodes[0]

    assert step.flatten is True
    assert "#123456" in step.notices[0].message


def test_kept_profile_needs_no_notice():
    assert notices(jpeg(400, color="preserve"), media_info(color=DISPLAY_P3)) == []


@pytest.mark.parametrize(
    ("output", "codes"),
    [
        (ImageOutput("png", quality=50), ["option_ignored"]),
        (ImageOutput("png"), []),
        (ImageOutput("webp", quality=50), []),
    ],
)
def test_quality_that_means_nothing_has_a_notice(output, codes):
    assert notices(output, media_info()) == codes


def test_rate_that_means_nothing_has_a_notice():
    assert notices(ImageOutput("png", rate=Quality(50)), media_info()) == ["option_ignored"]


@pytest.mark.parametrize(
    ("output", "codes"),
    [
        (jpeg(300, fit="cover"), ["not_enlarged"]),
        (jpeg(300, fit="fill"), ["not_enlarged"]),
        (jpeg(300, fit="contain"), []),  # exactly the size that was asked
        (jpeg(300), []),  # inside promises at most
        (jpeg(300, fit="cover", upscale=True), []),
        (jpeg(20, fit="cover"), []),
    ],
)
def test_smaller_picture_than_asked_has_a_notice(output, codes):
    assert notices(output, media_info(width=30, height=20)) == codes


def test_notice_of_a_missing_side_does_not_say_none():
    output = ImageOutput("jpeg", width=300, aspect="1:1", fit="cover")

    plan = planned([output], media_info(width=30, height=20))

    assert "None" not in plan.encodes[0].notices[0].message

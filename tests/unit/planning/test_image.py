"""The plan of a picture, worked out by hand: decode, crop, cascade, colour, notices, memory."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from mediaflow import recipes
from mediaflow.errors import LimitExceededError, SpecError, UnsupportedError
from mediaflow.geometry import Box, FocalPoint, Point, Size
from mediaflow.models.encoding import Quality
from mediaflow.models.info import ColorInfo
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.security.limits import Limits, limits_for
from tests.infos import (
    CAPABILITIES,
    CMYK,
    DISPLAY_P3,
    GRAY,
    RGB,
    SRGB,
    media_info,
    planned,
)

SQUARE = media_info(width=3200, height=3200)
MIB = 1024 * 1024


def box(left, top, right, bottom):
    return Box(Fraction(left), Fraction(top), Fraction(right), Fraction(bottom))


def jpeg(width, height=None, **rest):
    return ImageOutput("jpeg", width=width, height=height or width, **rest)


def denominator(outputs, info):
    return planned(outputs, info).decode.denominator


def names(*sizes):
    """Return outputs inside square boxes, with suffixes of their own."""
    return [jpeg(size, suffix=f"_{size}") for size in sizes]


# ------------------------------------------------------------------ decode scale


@pytest.mark.parametrize(
    ("width", "scale"),
    [
        (1, 8),
        (250, 8),  # 3200 / 250 = 12.8 = 8 × 1.6
        (251, 4),
        (500, 4),  # 3200 / 500 = 6.4 = 4 × 1.6
        (501, 2),
        (1000, 2),  # 3200 / 1000 = 3.2 = 2 × 1.6
        (1001, 1),
        (3200, 1),
        (9999, 1),
    ],
)
def test_jpeg_is_decoded_as_small_as_a_margin_of_1_6_allows(width, scale):
    plan = planned([jpeg(width)], SQUARE)

    assert plan.decode.denominator == scale
    assert plan.decode.size == Size(3200 // scale, 3200 // scale)


def test_task_of_sharp_is_decoded_at_one_half():
    # 2725 / 720 = 3.78 and 2225 / 588 = 3.78: at least 3.2, less than 6.4.
    plan = planned([jpeg(720, 588, fit="cover")], media_info(width=2725, height=2225))

    assert plan.decode.denominator == 2
    assert plan.decode.size == Size(1363, 1113)  # halves rounded up


def test_largest_output_decides():
    assert denominator(names(1, 100, 501), SQUARE) == 2


def test_crop_counts_and_not_the_whole_picture():
    # 250×250 of the middle 1000×1000 of 4000×1000: 1000 / 250 = 4.
    plan = planned([jpeg(250, fit="cover")], media_info(width=4000, height=1000))

    assert plan.decode.denominator == 2


def test_tighter_side_decides_when_a_picture_is_stretched():
    # 3200 / 100 = 32 across, 3200 / 1001 < 3.2 down.
    assert denominator([jpeg(100, 1001, fit="fill")], SQUARE) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_does_not_change_the_scale(orientation):
    info = media_info(width=6400, height=3200, orientation=orientation)

    assert denominator([ImageOutput("jpeg", max_side=500)], info) == 8  # 6400 / 500 = 12.8


@pytest.mark.parametrize("name", ["png", "webp", "avif", "gif", "tiff"])
def test_only_jpeg_is_decoded_smaller(name):
    plan = planned([jpeg(10)], media_info(name))

    assert plan.decode.denominator == 1
    assert plan.decode.size == Size(4000, 3000)


def test_48_megapixels_are_decoded_at_exactly_the_largest_output():
    # 1/2 would be 4000 × 3000 × 4 bytes = 48 MB, more than 32 MiB; 1/4 is 2000×1500 itself.
    info = media_info(width=8000, height=6000)

    plan = planned([jpeg(2000, suffix="_2000"), jpeg(1000, suffix="_1000")], info)

    assert plan.decode.denominator == 4
    assert plan.pictures[0].scaler == "none"
    assert "exactly" in plan.decode.why


def test_12_megapixels_keep_their_margin():
    # 1/2 is 2000 × 1500 × 4 = 12 MB only, so 1/4 exactly would save little and cost quality.
    assert denominator([jpeg(1000)], media_info()) == 2


def test_exact_scale_is_not_taken_when_another_output_comes_close_to_it():
    outputs = [jpeg(2000, suffix="_a"), jpeg(1900, suffix="_b")]

    assert denominator(outputs, media_info(width=8000, height=6000)) == 2


def test_exact_scale_is_not_taken_when_another_output_comes_close_in_height():
    # 6000 / 1400 = 4.3 source rows a row; at 1/4 only 1.07 remain, far below the margin of 1.6.
    outputs = [jpeg(2000, suffix="_a"), jpeg(100, 1400, fit="fill", suffix="_b")]

    assert denominator(outputs, media_info(width=8000, height=6000)) != 4


# ------------------------------------------------------------------ pictures and cascade


def test_one_picture_serves_all_formats():
    plan = planned(recipes.web_images())

    assert len(plan.pictures) == 1
    assert [step.picture for step in plan.encodes] == [0, 0, 0]


def test_pictures_are_made_from_large_to_small():
    plan = planned(names(100, 1600, 400))

    assert [step.canvas.width for step in plan.pictures] == [1600, 400, 100]
    assert [step.picture for step in plan.encodes] == [2, 0, 1]


def test_pictures_of_one_size_keep_the_order_of_their_outputs():
    colors = ["red", "green", "blue", "black", "navy", "teal", "lime"]
    outputs = [
        jpeg(300, fit="contain", background=color, suffix=f"_{color}") for color in colors
    ]

    assert [step.background for step in planned(outputs).pictures] == colors


def test_picture_half_as_big_is_made_from_the_larger_one():
    assert [step.origin for step in planned(names(1600, 800)).pictures] == [None, 0]


def test_picture_more_than_half_as_big_is_made_from_the_source():
    assert [step.origin for step in planned(names(1600, 801)).pictures] == [None, None]


def test_picture_is_made_from_the_smallest_that_is_big_enough():
    origins = [step.origin for step in planned(names(1600, 1000, 400)).pictures]

    assert origins == [None, None, 1]


def test_cascade_is_never_more_than_two_steps_deep():
    # Each step costs: 54.9 dB, then 53.2, then 50.7.
    plan = planned(names(1600, 800, 400, 200, 100))

    assert [step.origin for step in plan.pictures] == [None, 0, 1, 1, 1]


def test_whole_picture_is_not_made_from_a_crop():
    outputs = [jpeg(1000, fit="cover", suffix="_a"), jpeg(400, 300, suffix="_b")]

    assert [step.origin for step in planned(outputs).pictures] == [None, None]


@pytest.mark.parametrize(
    ("gravity", "crop"),
    [
        ("west", (0, 0, 1500, 1500)),
        ("center", (250, 0, 1750, 1500)),
        ("east", (500, 0, 2000, 1500)),
        (FocalPoint(0.5, 0.5), (250, 0, 1750, 1500)),
    ],
)
def test_crop_is_made_from_the_whole_in_its_own_px(gravity, crop):
    # 4000×3000 → 2000×1500 halves every edge of the square 3000×3000.
    outputs = [jpeg(2000, suffix="_a"), jpeg(300, fit="cover", gravity=gravity, suffix="_b")]

    step = planned(outputs).pictures[1]

    assert step.origin == 0
    assert step.crop == box(*crop)


def test_padded_picture_is_no_origin():
    outputs = [jpeg(1600, fit="contain", suffix="_a"), jpeg(300, suffix="_b")]

    assert [step.origin for step in planned(outputs).pictures] == [None, None]


def test_padded_picture_may_be_made_from_another():
    outputs = [jpeg(1600, suffix="_a"), jpeg(400, fit="contain", background="navy", suffix="_b")]

    step = planned(outputs).pictures[1]

    assert (step.origin, step.content, step.canvas) == (0, Size(400, 300), Size(400, 400))
    assert (step.offset, step.background) == (Point(0, 50), "navy")


def test_colours_are_not_shared_between_policies():
    outputs = [jpeg(1600, suffix="_a"), jpeg(400, color="preserve", suffix="_b")]

    plan = planned(outputs, media_info(color=DISPLAY_P3))

    assert [(step.origin, step.color) for step in plan.pictures] == [
        (None, "to_srgb"),
        (None, "preserve"),
    ]


def test_policy_does_not_matter_where_nothing_is_converted():
    outputs = [jpeg(400, suffix="_a"), jpeg(400, color="preserve", suffix="_b")]

    assert len(planned(outputs, media_info(color=SRGB)).pictures) == 1


def test_background_does_not_matter_where_nothing_is_padded():
    outputs = [jpeg(400, suffix="_a"), jpeg(400, background="red", suffix="_b")]

    assert len(planned(outputs).pictures) == 1


# ------------------------------------------------------------------ crop and orientation


def test_crop_keeps_the_fractions_of_a_scaled_decode():
    # The picture ends at 2725 / 2 = 1362.5, though 1363 columns are decoded.
    step = planned([jpeg(600, 490)], media_info(width=2725, height=2225)).pictures[0]

    assert step.crop == box(0, 0, Fraction(2725, 2), Fraction(2225, 2))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_lying_picture_is_scaled_as_stored_and_turned_last(orientation):
    plan = planned([jpeg(300, 400)], media_info(orientation=orientation))
    step = plan.pictures[0]

    assert plan.source.size == Size(3000, 4000)
    assert step.content == Size(400, 300)
    assert step.canvas == Size(300, 400)
    assert step.orientation == orientation


@pytest.mark.parametrize("orientation", [1, 2, 3, 4])
def test_standing_picture_keeps_its_sides(orientation):
    step = planned([jpeg(400, 300)], media_info(orientation=orientation)).pictures[0]

    assert (step.content, step.canvas) == (Size(400, 300), Size(400, 300))


@pytest.mark.parametrize(
    ("orientation", "crop"),
    [
        # The top 3000×3000 of an upright 3000×4000; stored 4000×3000, where the visual top is
        # the first column (5, 6) or the last (7, 8): Exif 3.0, tag 0x0112.
        (5, (0, 0, 3000, 3000)),
        (6, (0, 0, 3000, 3000)),
        (7, (1000, 0, 4000, 3000)),
        (8, (1000, 0, 4000, 3000)),
    ],
)
def test_crop_is_planned_upright_and_cut_from_the_stored_samples(orientation, crop):
    # 3000 / 1000 = 3: decoded at full size.
    output = jpeg(1000, fit="cover", gravity="north")

    step = planned([output], media_info(orientation=orientation)).pictures[0]

    assert step.crop == box(*crop)


@pytest.mark.parametrize(
    ("orientation", "crop"),
    [
        # The left 3000×3000 of an upright 4000×3000.
        (1, (0, 0, 3000, 3000)),
        (2, (1000, 0, 4000, 3000)),
        (3, (1000, 0, 4000, 3000)),
        (4, (0, 0, 3000, 3000)),
    ],
)
def test_crop_of_a_mirrored_picture_is_cut_from_the_other_side(orientation, crop):
    output = jpeg(1000, fit="cover", gravity="west")

    step = planned([output], media_info(orientation=orientation)).pictures[0]

    assert step.crop == box(*crop)


def test_picture_made_from_another_stands_upright_already():
    plan = planned(names(1600, 400), media_info(orientation=6))

    assert [step.orientation for step in plan.pictures] == [6, 1]
    assert plan.pictures[1].content == plan.pictures[1].canvas


def test_decoder_that_turns_by_itself_is_not_turned_again():
    plan = planned([jpeg(300, 400)], media_info("tiff", orientation=6))

    assert plan.pictures[0].orientation == 1
    assert plan.pictures[0].content == Size(300, 400)
    assert plan.pictures[0].crop == box(0, 0, 3000, 4000)


def test_picture_at_its_own_size_is_not_scaled():
    assert planned([ImageOutput("png")]).pictures[0].scaler == "none"


def test_turned_picture_at_its_own_size_is_not_scaled():
    step = planned([ImageOutput("png")], media_info(orientation=6)).pictures[0]

    assert (step.scaler, step.canvas) == ("none", Size(3000, 4000))


@pytest.mark.parametrize(
    "info",
    [media_info(has_alpha=True), media_info(width=400, height=300)],
    ids=["alpha", "small"],
)
def test_pillow_scales_what_libswscale_should_not(info):
    assert planned([jpeg(100)], info).pictures[0].scaler == "pillow"


def test_libswscale_scales_large_plain_pictures_when_it_is_there():
    outputs = [jpeg(1000)]
    without = replace(CAPABILITIES, fast_scaler=False)

    assert planned(outputs).pictures[0].scaler == "swscale"
    assert planned(outputs, capabilities=without).pictures[0].scaler == "pillow"


def test_nothing_is_ever_enlarged_unasked():
    small = media_info(width=30, height=20)
    fits = ["inside", "outside", "cover", "contain", "fill"]

    plan = planned([jpeg(300, fit=fit, suffix=f"_{fit}") for fit in fits], small)

    assert all(step.content.width <= 30 for step in plan.pictures)
    assert all(step.content.height <= 20 for step in plan.pictures)


def test_enlarging_is_done_when_asked():
    plan = planned([jpeg(60, upscale=True)], media_info(width=30, height=20))

    assert plan.pictures[0].canvas == Size(60, 40)


# ------------------------------------------------------------------ colours


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


# ------------------------------------------------------------------ notices


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
        "animation_flattened",
        "depth_reduced",
        "hdr_transfer_ignored",
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


# ------------------------------------------------------------------ names, limits, memory


def test_names_come_from_the_plan():
    plan = planned([jpeg(300, suffix="_m")], template="{parent}/{stem}_{width}x{height}{suffix}.{ext}")

    assert plan.encodes[0].uri == "photos/photo_300x225_m.jpg"


def test_two_outputs_at_one_place_are_refused():
    with pytest.raises(SpecError, match=r"two outputs would be written to 'out/photo\.jpg'") as caught:
        planned([jpeg(300), jpeg(400)])

    assert "{width}" in (caught.value.hint or "")


def test_short_form_is_planned_like_any_other():
    plan = planned([OutputSpec(format="jpg", width=400, filename_suffix="_s")])

    assert (plan.encodes[0].format, plan.encodes[0].size) == ("jpeg", Size(400, 300))
    assert plan.encodes[0].uri == "out/photo_s.jpg"


def test_ten_thousand_to_one_keeps_a_row():
    plan = planned([jpeg(100)], media_info(width=10_000, height=1))

    assert plan.encodes[0].size == Size(100, 1)


def test_bomb_from_strangers_is_refused_before_it_is_decoded():
    with pytest.raises(LimitExceededError):
        planned([jpeg(1)], media_info(width=10_000, height=9000), limits=limits_for("strangers"))


def test_picture_too_long_for_its_format_is_refused():
    with pytest.raises(SpecError, match="is more than webp can hold"):
        planned([ImageOutput("webp")], media_info(width=20_000, height=100))


def test_source_that_nothing_decodes_is_refused():
    with pytest.raises(UnsupportedError):
        planned([jpeg(1)], media_info("heif"))


def test_memory_holds_the_file_and_the_decoded_picture():
    # 3200 / 250: decoded at 1/8, 400 × 400 × 4 = 640,000 bytes.
    plan = planned([jpeg(250)], media_info(width=3200, height=3200, bytes=1_000_000))

    assert plan.peak_bytes >= 1_000_000 + 640_000
    assert plan.peak_bytes <= 2 * (1_000_000 + 640_000)


def test_memory_of_a_progressive_jpeg_holds_all_its_coefficients():
    # Two bytes a coefficient, three components, 12 MP.
    baseline = planned([jpeg(100)])
    progressive = planned([jpeg(100)], media_info(is_progressive=True))

    assert progressive.peak_bytes - baseline.peak_bytes >= 0.9 * 12_000_000 * 6


def test_memory_grows_with_what_is_decoded():
    assert planned([jpeg(3000)]).peak_bytes >= 12_000_000 * 4
    assert planned([jpeg(300)]).peak_bytes < 12_000_000


def test_plan_that_needs_too_much_memory_is_refused():
    with pytest.raises(LimitExceededError) as caught:
        planned([jpeg(3000)], limits=Limits(max_memory_bytes=40 * MIB))

    assert caught.value.details["limit"] == "max_memory_bytes"


def test_time_grows_with_work():
    quick = planned([jpeg(100)]).estimated_seconds
    slow = planned(recipes.web_images()).estimated_seconds

    assert 0 < quick < slow


def test_same_request_is_the_same_plan():
    outputs = [*recipes.thumbnails(), *recipes.web_images()]

    assert planned(outputs) == planned(outputs)
    assert hash(planned(outputs)) == hash(planned(outputs))

"""The plan of a picture, worked out by hand: decode scale, cascade, crop, orientation."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from mediaflow import recipes
from mediaflow.geometry import Box, FocalPoint, Point, Size
from mediaflow.models.outputs import ImageOutput
from tests.infos import CAPABILITIES, DISPLAY_P3, SRGB, media_info, planned

SQUARE = media_info(width=3200, height=3200)


def box(left, top, right, bottom):
    return Box(Fraction(left), Fraction(top), Fraction(right), Fraction(bottom))


def jpeg(width, height=None, **rest):
    return ImageOutput("jpeg", width=width, height=height or width, **rest)


def denominator(outputs, info):
    return planned(outputs, info).decode.denominator


def names(*sizes):
    """Return outputs inside square boxes, with suffixes of their own."""
    return [jpeg(size, suffix=f"_{size}") for size in sizes]


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
    outputs = [jpeg(300, fit="contain", background=color, suffix=f"_{color}") for color in colors]

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


def test_enlarged_picture_is_no_origin():
    # What the source holds is not computed there and back again.
    outputs = [jpeg(300, upscale=True, suffix="_a"), jpeg(120, 80, suffix="_b")]

    plan = planned(outputs, media_info(width=120, height=80))

    assert [step.origin for step in plan.pictures] == [None, None]
    assert plan.pictures[1].scaler == "none"


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

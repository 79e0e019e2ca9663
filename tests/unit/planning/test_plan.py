"""Names, limits and memory of a whole plan."""

from __future__ import annotations

import pytest

from mediaflow import recipes
from mediaflow.errors import LimitExceededError, SpecError, UnsupportedError
from mediaflow.geometry import Size
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.security.limits import Limits, limits_for
from tests.infos import CMYK, DISPLAY_P3, media_info, planned

MIB = 1024 * 1024


def jpeg(width, height=None, **rest):
    return ImageOutput("jpeg", width=width, height=height or width, **rest)


def test_names_come_from_the_plan():
    plan = planned(
        [jpeg(300, suffix="_m")], template="{parent}/{stem}_{width}x{height}{suffix}.{ext}"
    )

    assert plan.encodes[0].uri == "photos/photo_300x225_m.jpg"


def test_two_outputs_at_one_place_are_refused():
    with pytest.raises(
        SpecError, match=r"two outputs would be written to 'out/photo\.jpg'"
    ) as caught:
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


def test_same_request_is_the_same_plan():
    outputs = [*recipes.thumbnails(), *recipes.web_images()]

    assert planned(outputs) == planned(outputs)
    assert hash(planned(outputs)) == hash(planned(outputs))


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


@pytest.mark.parametrize(
    "info",
    [media_info("png", orientation=6), media_info("png", color=DISPLAY_P3)],
    ids=["turned", "converted"],
)
def test_memory_holds_the_picture_beside_its_turned_or_converted_copy(info):
    # 12 MP × 4 bytes, twice.
    assert planned([ImageOutput("png")], info).peak_bytes >= 2 * 48_000_000


def test_memory_of_cmyk_holds_the_inks_beside_the_colours():
    # Four bytes each, before anything is scaled: 12 MP × 8.
    assert planned([jpeg(2500)], media_info(color=CMYK)).peak_bytes >= 12_000_000 * 8


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

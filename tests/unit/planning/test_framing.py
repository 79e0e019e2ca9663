"""Which outputs need a look, what is decoded for it, and what its answers mean."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import SpecError
from mediaflow.geometry import Box, FocalPoint, Size
from mediaflow.models.framing import Focus, Trim
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.framing import detector_of, kept_part, look_step, needs_look, with_crop
from mediaflow.planning.narrow import place_output
from tests.infos import CMYK, media_info, planned

PHOTO = Size(4000, 3000)


def _box(*edges: int) -> Box:
    return Box(*map(Fraction, edges))


@pytest.mark.parametrize(
    ("output", "detector"),
    [
        (ImageOutput("webp", width=9, height=9, fit="cover", gravity="smart"), "smart"),
        (ImageOutput("webp", aspect="1:1", gravity="smart"), "smart"),
        (ImageOutput("webp", width=9, height=9, fit="cover", gravity=Focus("faces")), "faces"),
        (ImageOutput("webp", width=9, height=9, gravity="smart"), None),
        (ImageOutput("webp", width=9, height=9, fit="contain", gravity="smart"), None),
        (ImageOutput("webp", width=9, height=9, fit="cover", gravity="north"), None),
        (ImageOutput("webp", aspect="1:1", gravity=FocalPoint(0, 0)), None),
    ],
)
def test_only_a_crop_asks_a_detector(output, detector):
    assert detector_of(output) == detector
    assert needs_look(output) is (detector is not None)


def test_trim_needs_a_look():
    assert needs_look(ImageOutput("webp", trim=True))


@pytest.mark.parametrize(
    ("format", "size", "trim", "denominator"),
    [
        ("jpeg", (4000, 3000), False, 8),  # 500 px are enough for a detector
        ("jpeg", (2047, 100), False, 4),  # 2047 / 8 < 256 ≤ 2047 / 4
        ("jpeg", (500, 400), False, 1),
        ("jpeg", (4000, 3000), True, 1),  # a border is found to the px
        ("png", (4000, 3000), False, 1),
    ],
)
def test_look_decodes_no_more_than_it_needs(format, size, trim, denominator):
    outputs = [ImageOutput("webp", aspect="1:1", gravity="smart", trim=trim)]

    assert look_step(media_info(format, *size), outputs).denominator == denominator


def test_look_at_cmyk_sees_srgb():
    assert look_step(media_info(color=CMYK), []).color == "cmyk_to_srgb"


def test_margin_stays_within_the_source():
    output = ImageOutput("png", trim=Trim(margin=20))

    made = with_crop(output, _box(10, 100, 3990, 2900), PHOTO)

    assert made.crop == _box(0, 80, 4000, 2920)
    assert made.trim is None


def test_nothing_trimmed_is_no_crop():
    made = with_crop(ImageOutput("png", trim=Trim()), Box.whole(PHOTO), PHOTO)

    assert made.crop is None


def test_detector_hears_the_shape_that_is_kept():
    output = ImageOutput("png", width=300, height=600, fit="cover", crop=_box(100, 100, 1100, 1100))

    assert kept_part(output, PHOTO) == (_box(100, 100, 1100, 1100), Fraction(1, 2))


def test_fit_works_within_the_crop():
    output = ImageOutput(
        "png", width=100, height=100, fit="cover", crop=_box(1000, 500, 3000, 1500)
    )

    placed = place_output(output, PHOTO)

    assert placed.crop == _box(1500, 500, 2500, 1500)
    assert placed.canvas == Size(100, 100)


def test_share_is_of_the_crop():
    output = ImageOutput("png", width="50%", crop=_box(0, 0, 1000, 600))

    assert place_output(output, PHOTO).canvas == Size(500, 300)


def test_crop_beyond_the_source_is_refused():
    with pytest.raises(SpecError, match=r"crop reaches to \(4001, 10\).*4000×3000"):
        place_output(ImageOutput("png", crop=_box(0, 0, 4001, 10)), PHOTO)


@pytest.mark.parametrize(
    ("output", "size"),
    [
        (ImageOutput("png", width=320, dpr=2), (640, 480)),
        (ImageOutput("png", max_side=101, dpr=1.5), (152, 114)),  # 151.5 rounds up; 152 × 3/4
        (ImageOutput("png", width="10%", dpr=3), (400, 300)),  # a share knows no screen
        (ImageOutput("png", width=3000, dpr=2), (4000, 3000)),  # never enlarged
    ],
)
def test_dpr_multiplies_px(output, size):
    canvas = place_output(output, PHOTO).canvas

    assert (canvas.width, canvas.height) == size


def test_plan_says_which_part_is_shown():
    part, whole = planned(
        [
            ImageOutput("png", width=100, height=100, fit="cover", suffix="_a"),
            ImageOutput("png", width=100, suffix="_b"),
        ]
    ).encodes

    assert part.crop == _box(500, 0, 3500, 3000)
    assert whole.crop is None

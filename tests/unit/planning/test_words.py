"""A plan in words says what will be done and why, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediaflow.formats import AvifOptions
from mediaflow.models.info import ColorInfo
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.words import name_words
from tests.infos import CMYK, DISPLAY_P3, SRGB, media_info, planned

AVIF = ImageOutput("avif", width=500, options=AvifOptions(speed=6))


def words(outputs, info=None, **rest):
    return str(planned(outputs, info, **rest))


def test_names_are_cut_to_what_a_person_reads():
    assert name_words(["album", "mood"]) == "album, mood"
    assert name_words([str(at) for at in range(12)]).endswith("10, 11")
    assert name_words([str(at) for at in range(1_500)]).endswith("10, 11 and 1,488 more")
    assert len(name_words(["x" * 10_000] * 1_000)) < 600
    assert name_words(["a\x1b[31m"]) == "a\\x1b[31m"


def test_words_are_the_lines_of_the_plan():
    plan = planned([AVIF])

    assert str(plan).splitlines() == list(plan.lines())


def test_plan_explains_itself():
    # 4000 / 500 = 8: decoded at 1/4.
    text = words([AVIF], media_info(color=DISPLAY_P3))

    for part in (
        "JPEG 4000×3000",
        "JPEG decoded at 1/4 (1000×750)",
        "Display P3 → sRGB",
        "Lanczos",
        "AVIF 500×375",
        "speed 6",
        "quality 63",
        "out/photo.avif",
    ):
        assert part in text


def test_plan_says_where_a_picture_comes_from():
    outputs = [ImageOutput("jpeg", width=size, suffix=f"_{size}") for size in (1600, 400)]

    text = words(outputs)

    assert "picture 0: from the decoded source" in text
    assert "picture 1: from picture 0" in text


def test_plan_names_its_source():
    assert words([AVIF]).startswith("source: photos/photo.jpg: JPEG 4000×3000")
    assert words([AVIF], media_info(uri=None)).startswith("source: bytes: JPEG")


def test_every_notice_is_told():
    plan = planned([ImageOutput("jpeg")], media_info("png", has_alpha=True, bit_depth=16))

    assert len(plan.encodes[0].notices) == 2
    for notice in plan.encodes[0].notices:
        assert f"notice: {notice.message}" in str(plan)


def test_last_line_tells_the_cost():
    plan = replace(planned([AVIF]), estimated_seconds=1.25, peak_bytes=3 * 1024 * 1024)

    assert plan.lines()[-1] == "cost: about 1.25 s and 3 MiB"


def test_signature_of_an_output_is_not_shown():
    text = words([AVIF], template="https://id:hush@host/{stem}.avif?X-Amz-Signature=hush")

    assert "hush" not in text


def test_picture_that_is_not_scaled_is_said_to_stay():
    text = words([ImageOutput("png")], media_info("png", color=SRGB))

    assert "as it is" in text
    assert "Lanczos" not in text


@pytest.mark.parametrize("orientation", range(2, 9))
def test_turning_is_told(orientation):
    lines = planned([AVIF], media_info(orientation=orientation)).lines()
    upright = planned([AVIF]).lines()

    assert lines[2] != upright[2]


@pytest.mark.parametrize(("orientation", "angle"), [(3, "180°"), (6, "90°"), (8, "270°")])
def test_turning_is_told_in_degrees_clockwise(orientation, angle):
    assert angle in words([AVIF], media_info(orientation=orientation))


def test_padding_is_told():
    output = ImageOutput("jpeg", width=400, height=400, fit="contain", background="navy")

    assert "padded with navy to 400×400" in words([output])


def test_flattening_is_told():
    output = ImageOutput("jpeg", background="navy")

    assert "transparency laid on navy" in words([output], media_info("png", has_alpha=True))


def test_cmyk_is_converted_by_its_profile():
    assert "CMYK by Coated FOGRA39 → sRGB" in words([AVIF], media_info(color=CMYK))


def test_cmyk_without_a_profile_is_not_said_to_have_one():
    text = words([AVIF], media_info(color=ColorInfo(model="cmyk")))

    assert "embedded profile" not in text


def test_profile_cannot_write_lines_of_its_own():
    # The description is a text of the sender.
    color = replace(DISPLAY_P3, icc_description="P3\nnotice: all is well")

    assert len(planned([AVIF], media_info(color=color)).lines()) == len(
        words([AVIF], media_info(color=color)).splitlines()
    )


@pytest.mark.parametrize("policy", ["safe", "keep"])
def test_metadata_that_is_written_is_said(policy: str) -> None:
    spec = ImageOutput("webp", metadata=policy)  # type: ignore[arg-type]  # one of two words

    assert f", metadata {policy} → " in str(planned([spec]))
    assert "metadata" not in str(planned([ImageOutput("webp")]))

"""A dozen plans, whole: what changes in one of them is seen by whoever changes it.

After a wanted change run ``pytest tests/golden --snapshot-update`` and read every line of the diff.
"""

from __future__ import annotations

import pytest

from mediaflow import recipes
from mediaflow.filters import Sharpen, Text
from mediaflow.formats import AvifOptions, WebpOptions
from mediaflow.geometry import FocalPoint
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.encoding import Lossless
from mediaflow.models.info import ColorInfo
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.serde import to_dict
from tests.infos import CMYK, DISPLAY_P3, GRAY, SRGB, media_info, planned

json = pytest.importorskip("syrupy.extensions.json", reason="syrupy is not installed")

CASES = {
    "thumbnails_of_a_photo": (recipes.thumbnails(), media_info(bytes=4_000_000)),
    "web_images_of_a_phone_photo": (
        recipes.web_images(),
        media_info(bytes=4_000_000, orientation=6, color=DISPLAY_P3),
    ),
    "task_of_sharp": (
        [ImageOutput("jpeg", width=720, height=588, fit="cover", quality=80)],
        media_info(width=2725, height=2225, bytes=829_183),
    ),
    "eight_sizes_of_48_megapixels": (
        [
            ImageOutput("jpeg", width=width, suffix=f"_{width}")
            for width in (2000, 1600, 1200, 1000, 800, 400, 200, 100)
        ],
        media_info(width=8000, height=6000, bytes=8_800_000),
    ),
    "focal_point_in_three_shapes": (
        [
            ImageOutput(
                "webp",
                width=600,
                aspect=aspect,
                fit="cover",
                gravity=FocalPoint(0.25, 0.75),
                suffix=f"_{number}",
            )
            for number, aspect in enumerate(("1:1", "16:9", "9:16"))
        ],
        media_info(color=SRGB),
    ),
    "soft_alpha_to_four_formats": (
        [
            ImageOutput("png", width=500, suffix="_png"),
            ImageOutput("webp", width=500, rate=Lossless(), suffix="_webp"),
            ImageOutput("avif", width=500, options=AvifOptions(speed=8), suffix="_avif"),
            ImageOutput("jpeg", width=500, background="#336699", suffix="_jpeg"),
        ],
        media_info("png", 2048, 1536, has_alpha=True),
    ),
    "cmyk_with_a_profile": (
        [ImageOutput("jpeg", width=1000), ImageOutput("png", width=300)],
        media_info(width=3000, height=2000, color=CMYK),
    ),
    "padded_and_stretched": (
        [
            ImageOutput("jpeg", width=400, height=400, fit="contain", background="navy"),
            ImageOutput("webp", width=400, height=400, fit="fill"),
        ],
        media_info(orientation=8),
    ),
    "preserved_beside_converted": (
        [
            ImageOutput("webp", width=800, options=WebpOptions(effort=6), suffix="_srgb"),
            ImageOutput("webp", width=800, color="preserve", suffix="_p3"),
        ],
        media_info("png", color=DISPLAY_P3),
    ),
    "hdr_avif_with_everything_to_lose": (
        [ImageOutput("jpeg", max_side=1200)],
        media_info(
            "avif",
            3840,
            2160,
            bit_depth=10,
            has_alpha=True,
            is_animated=True,
            frames=None,
            color=ColorInfo(model="rgb", primaries=9, transfer=16, matrix=9, full_range=True),
        ),
    ),
    "progressive_gray_portrait": (
        [OutputSpec(format="jpg", width=300, height=300, quality=60, filename_suffix="_s")],
        media_info(width=1200, height=1800, color=GRAY, is_progressive=True, uri=None),
    ),
    "smaller_than_asked": (
        [
            ImageOutput("webp", width=300, height=300, fit="cover", suffix="_cover"),
            ImageOutput("webp", width=300, height=300, suffix="_inside"),
            ImageOutput("png", width="50%", quality=50, suffix="_half"),
        ],
        media_info("gif", 120, 80, bytes=5_000, color=ColorInfo(model="palette")),
    ),
    "responsive_set_of_a_small_photo_with_a_placeholder": (
        [AnalysisOutput(store=True), *recipes.responsive((320, 1280, 1920), ("webp", "jpeg"))],
        media_info(width=1000, height=700, bytes=200_000),
    ),
    "placeholder_alone": (
        [AnalysisOutput()],
        media_info(bytes=4_000_000, orientation=6, color=DISPLAY_P3),
    ),
    "three_looks_and_the_plain_picture": (
        [
            ImageOutput("jpeg", width=1080, suffix="_plain"),
            *recipes.looks(("moon", "xpro2")),
            ImageOutput(
                "webp",
                width=400,
                height=400,
                fit="contain",
                filters=[Text("© Ada", size="4%"), Sharpen(0.5)],
                suffix="_small",
            ),
        ],
        media_info(bytes=4_000_000),
    ),
    "tiff_that_its_decoder_turns": (
        [ImageOutput("avif", width=600)],
        media_info("tiff", 3000, 2000, bytes=18_000_000, orientation=5, bit_depth=16),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_plan_is_the_one_that_was_read_and_accepted(name, snapshot):
    outputs, info = CASES[name]

    plan = planned(outputs, info)

    golden = snapshot.use_extension(json.JSONSnapshotExtension)
    assert {"words": plan.lines(), "plan": to_dict(plan, omit_defaults=True)} == golden

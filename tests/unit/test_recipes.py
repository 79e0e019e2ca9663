"""The ready-made sets say exactly what they promise."""

from __future__ import annotations

import pytest

from mediaflow import recipes
from mediaflow.errors import SpecError
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.encoding import Crf
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.planning.narrow import choose_encoder
from tests.infos import media_info, planned


def test_thumbnails_are_four_pictures_inside_their_boxes():
    made = [
        (output.format, output.width, output.height, output.fit, output.suffix)
        for output in recipes.thumbnails()
    ]

    assert made == [
        ("jpeg", 150, 150, "inside", "_thumb_150"),
        ("jpeg", 300, 300, "inside", "_thumb_300"),
        ("jpeg", 800, 600, "inside", "_thumb_800"),
        ("webp", 300, 300, "inside", "_thumb_300_webp"),
    ]


def test_web_images_are_one_picture_in_three_formats():
    made = [(output.format, output.quality, output.suffix) for output in recipes.web_images()]

    assert made == [("jpeg", 85, "_optimized"), ("webp", 80, "_webp"), ("avif", 75, "_avif")]


def test_web_images_keep_the_size():
    assert all(
        (output.width, output.height, output.max_side) == (None, None, None)
        for output in recipes.web_images()
    )


@pytest.mark.parametrize("recipe", ["responsive", "thumbnails", "web_images"])
def test_recipe_is_a_tuple_of_outputs_that_can_be_written(recipe):
    outputs = getattr(recipes, recipe)()

    assert isinstance(outputs, tuple)
    assert all(isinstance(output, ImageOutput) for output in outputs)
    assert [choose_encoder(output).row.name for output in outputs] == [
        output.format for output in outputs
    ]


def test_recipes_can_be_made_together_in_one_folder():
    plan = planned([*recipes.thumbnails(), *recipes.web_images()])

    assert [step.uri for step in plan.encodes] == [
        "out/photo_thumb_150.jpg",
        "out/photo_thumb_300.jpg",
        "out/photo_thumb_800.jpg",
        "out/photo_thumb_300_webp.webp",
        "out/photo_optimized.jpg",
        "out/photo_webp.webp",
        "out/photo_avif.avif",
    ]
    assert [step.name for step in plan.encodes] == [
        "thumb_150",
        "thumb_300",
        "thumb_800",
        "thumb_300_webp",
        "optimized",
        "webp",
        "avif",
    ]


def test_responsive_set_is_every_width_in_every_format():
    made = [(output.format, output.width, output.suffix) for output in recipes.responsive()]

    assert made == [
        (name, width, f"_{width}")
        for name in ("avif", "webp", "jpeg")
        for width in (320, 640, 960, 1280, 1920)
    ]


def test_responsive_set_takes_widths_and_formats_in_any_order_and_once():
    made = recipes.responsive([640, 320, 640], ["png", "jpeg", "png"], quality=50)

    assert [output.name for output in made] == ["png_320", "png_640", "jpeg_320", "jpeg_640"]
    assert {output.quality for output in made} == {50}


def test_responsive_set_of_a_small_source_has_no_file_twice():
    plan = planned(recipes.responsive(formats=("webp", "jpeg")), media_info(width=1000, height=700))

    assert [step.size.width for step in plan.encodes if step.same_as is None] == [
        *(320, 640, 960, 1000),
        *(320, 640, 960, 1000),
    ]


@pytest.mark.parametrize("widths", [[0], ["wide"], [-5], [1.5]])
def test_responsive_width_that_is_no_number_of_px_is_refused(widths):
    with pytest.raises(SpecError, match="width must be"):
        recipes.responsive(widths)


def test_looks_are_one_picture_a_name_from_one_scaled_picture():
    outputs = recipes.looks(("moon", "xpro2"), width=640)

    assert [(output.suffix, output.width) for output in outputs] == [
        ("_moon", 640),
        ("_xpro2", 640),
    ]
    assert len(recipes.looks()) == 26
    assert sum(step.origin is None for step in planned(recipes.looks()).pictures) == 1


def test_unknown_look_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'moon'"):
        recipes.looks(("mooon",))


def test_streaming_is_exactly_this_ladder():
    rungs = [
        (rung.format, rung.width, rung.height, rung.rate, rung.suffix, rung.skip_larger)
        for rung in recipes.streaming()
    ]

    assert rungs == [
        ("mp4", 1920, 1080, Crf(23), "_1080p", True),
        ("mp4", 1280, 720, Crf(25), "_720p", True),
        ("mp4", 854, 480, Crf(28), "_480p", True),
        ("webm", 1280, 720, Crf(30), "_720p_webm", True),
    ]


def test_poster_is_one_jpeg():
    assert recipes.poster("25%", width=640) == (
        StillOutput("25%", width=640, quality=85, suffix="_poster"),
    )


def test_gif_preview_is_one_gif_that_plays_for_ever():
    assert recipes.gif_preview(2, 4, fps=12, width=320) == (
        PreviewOutput("gif", start=2, duration=4, fps=12, width=320, loop=0, suffix="_preview"),
    )


def test_previews_are_poster_storyboard_clip_and_scenes():
    assert recipes.previews(clip="avif") == (
        StillOutput("best", quality=85, suffix="_poster"),
        StoryboardOutput(),
        PreviewOutput("avif", width=320, suffix="_clip"),
        AnalysisOutput(what=("scenes",), name="scenes"),
    )

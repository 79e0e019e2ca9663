"""The ready-made sets say exactly what they promise."""

from __future__ import annotations

import pytest

from mediaflow import recipes
from mediaflow.errors import SpecError
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.narrow import choose_encoder
from tests.infos import planned


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


@pytest.mark.parametrize("recipe", recipes.__all__)
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

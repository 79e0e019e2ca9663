"""Orientation is baked exactly once, wherever a container keeps it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import mediaflow as mf
from tests.measure import psnr
from tests.media import (
    BLUE,
    GREEN,
    QUADRANTS,
    RED,
    YELLOW,
    encode,
    exif_orientation,
    image,
    oriented_jpeg,
    photo,
    quadrants,
)

CONTAINERS = ["AVIF", "JPEG", "PNG", "TIFF", "WEBP"]


def _stored(container: str, orientation: int) -> bytes:
    """Return quadrants whose samples are turned so that the container's tag makes them upright."""
    samples = image(oriented_jpeg(orientation))
    exact = Image.fromarray(np.where(np.asarray(samples) > 127, 255, 0).astype(np.uint8))
    options = {"lossless": True} if container == "WEBP" else {}
    return encode(exact, container, exif=exif_orientation(orientation), **options)


def _corners(place: Path) -> list[tuple[int, ...]]:
    with Image.open(place) as made:
        made.load()
        width, height = made.size
        points = [
            (x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)
        ]
        pixels = [made.convert("RGB").getpixel(point) for point in points]
    return [tuple(round(value / 255) * 255 for value in pixel) for pixel in pixels]  # type: ignore[union-attr]  # RGB


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_every_container_comes_out_upright(
    tmp_path: Path, container: str, orientation: int
) -> None:
    source = _stored(container, orientation)

    result = mf.process(source, f"{tmp_path}/a.png", width=32)

    assert _corners(tmp_path / "a.png") == list(QUADRANTS)
    assert (result.outputs[0].width, result.outputs[0].height) == (32, 24)
    assert result.source is not None
    assert (result.source.width, result.source.height) == (64, 48)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_crop_is_chosen_in_the_upright_picture(
    tmp_path: Path, container: str, orientation: int
) -> None:
    spec = mf.ImageOutput("png", width=8, height=24, fit="cover", gravity="east")

    mf.process(_stored(container, orientation), spec, to=f"{tmp_path}/a.png")

    assert _corners(tmp_path / "a.png") == [GREEN, GREEN, YELLOW, YELLOW]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_focal_point_is_a_place_in_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    focus = mf.FocalPoint(0.25, 0.75)
    spec = mf.ImageOutput("png", width=16, height=12, fit="cover", gravity=focus)

    mf.process(oriented_jpeg(orientation), spec, to=f"{tmp_path}/a.png")

    assert _corners(tmp_path / "a.png") == list(QUADRANTS)  # the same aspect: nothing is cut
    spec = mf.ImageOutput("png", width=8, height=24, fit="cover", gravity=focus)
    mf.process(oriented_jpeg(orientation), spec, to=f"{tmp_path}/b.png")
    assert _corners(tmp_path / "b.png") == [RED, RED, BLUE, BLUE]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["avif", "jpeg", "png", "webp"])
def test_output_needs_no_turning_any_more(tmp_path: Path, format: str, orientation: int) -> None:
    spec = mf.ImageOutput(format, width=32)

    result = mf.process(oriented_jpeg(orientation), spec, to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        assert made.getexif().get(0x0112, 1) == 1
    assert _corners(Path(result.outputs[0].uri)) == list(QUADRANTS)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65_535])
@pytest.mark.parametrize("container", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_orientation_that_does_not_exist_is_upright(
    tmp_path: Path, container: str, orientation: int
) -> None:
    source = encode(quadrants(), container, exif=exif_orientation(orientation))

    mf.process(source, f"{tmp_path}/a.png")

    assert _corners(tmp_path / "a.png") == list(QUADRANTS)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_scaling_before_turning_looks_like_turning_before_scaling(
    tmp_path: Path, orientation: int
) -> None:
    turned = encode(
        image(oriented_jpeg(orientation, photo(480, 360))),
        "PNG",
        exif=exif_orientation(orientation),
    )
    upright = ImageOps.exif_transpose(image(turned))

    mf.process(encode(upright, "PNG"), f"{tmp_path}/a.png", width=101)
    mf.process(turned, f"{tmp_path}/b.png", width=101)

    with Image.open(tmp_path / "a.png") as one, Image.open(tmp_path / "b.png") as other:
        assert psnr(one, other) >= 50

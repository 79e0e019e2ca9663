"""One picture is made as its step says: scaled fairly, turned once, padded with the right colour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.pillow.transform import transform
from mediaflow.planning import PictureStep
from tests.infos import media_info, planned
from tests.measure import psnr
from tests.media import encode, photo, quadrants


def _step(picture: Image.Image, output: mf.ImageOutput) -> PictureStep:
    info = media_info(
        "png", *picture.size, has_alpha=picture.mode in ("LA", "RGBA"), bytes=picture.width
    )
    return planned([output], info).pictures[0]


def _made(picture: Image.Image, **words: Any) -> Image.Image:
    step = _step(picture, mf.ImageOutput("png", **words))
    return transform(as_raster(picture), step, threads=1).picture


def test_hidden_color_does_not_bleed_into_what_is_seen() -> None:
    # Opaque red beside transparent green: every visible px must stay pure red.
    pixels = np.zeros((96, 96, 4), np.uint8)
    pixels[:, :50] = (255, 0, 0, 255)
    pixels[:, 50:] = (0, 255, 0, 0)

    made = np.asarray(_made(Image.fromarray(pixels), width=31))

    seen = made[made[..., 3] > 1]
    assert seen[:, 1].max() == 0
    assert seen[:, 0].min() >= 254


def test_soft_edge_is_the_premultiplied_average() -> None:
    # Each 2 × 2 block holds one opaque 240 and three hidden 0: the average is 240 at alpha 63.75.
    block = np.array([[[240, 255], [0, 0]], [[0, 0], [0, 0]]], np.uint8)
    picture = Image.fromarray(np.tile(block, (32, 32, 1)), "LA")

    made = np.asarray(_made(picture, width=16))[4:-4, 4:-4]

    assert np.abs(made[..., 1].astype(int) - 63.75).max() <= 1.5
    # value × alpha is kept in 8 bits: half a level of 64 is up to 2 of 240
    assert np.abs(made[..., 0].astype(int) - 240).max() <= 4


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(320, 240), (1200, 900)], ids=["small", "large"])
@pytest.mark.parametrize("width", [33, 149, 160, 301])
def test_scaled_picture_is_lanczos_whatever_scales_it(
    mode: str, size: tuple[int, int], width: int
) -> None:
    picture = photo(*size).convert(mode)
    if mode.endswith("A"):
        picture.putalpha(Image.linear_gradient("L").resize(size))

    made = _made(picture, width=width)

    height = round(size[1] * width / size[0])
    wanted = picture.resize((width, height), Image.Resampling.LANCZOS)
    assert (made.mode, made.size) == (mode, (width, height))
    # The box reduction before Lanczos costs most where little is left: 44 dB at 33 px.
    assert psnr(_premultiplied(made), _premultiplied(wanted)) >= 43


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("width", [16, 24, 40])
def test_large_picture_becomes_a_tiny_one_of_the_same_brightness(mode: str, width: int) -> None:
    # libswscale is up to 19 levels off on gray when 30 and more px become one.
    picture = photo(1600, 1200).convert(mode)

    made = _made(picture, width=width)

    wanted = picture.resize((width, width * 3 // 4), Image.Resampling.LANCZOS)
    difference = np.asarray(made, np.float64) - np.asarray(wanted, np.float64)
    assert abs(float(difference.mean())) <= 1
    assert psnr(made, wanted) >= 40


def _premultiplied(picture: Image.Image) -> Any:
    pixels = np.asarray(picture.convert("RGBA"), np.float64)
    return pixels[..., :3] * pixels[..., 3:] / 255


def test_pixels_that_are_not_scaled_are_the_same() -> None:
    picture = photo(200, 100)

    made = _made(picture, width=100, height=100, fit="cover", gravity="east")

    assert np.array_equal(np.asarray(made), np.asarray(picture)[:, 100:])


def test_enlarging_is_lanczos() -> None:
    picture = photo(60, 40)

    made = _made(picture, width=151, height=100, fit="fill", upscale=True)

    wanted = picture.resize((151, 100), Image.Resampling.LANCZOS)
    assert np.array_equal(np.asarray(made), np.asarray(wanted))


def test_nothing_is_enlarged_unless_asked() -> None:
    assert _made(photo(60, 40), width=600).size == (60, 40)
    assert _made(photo(60, 40), width=600, upscale=True).size == (600, 400)


PADDED: list[tuple[str, object, str, tuple[int, ...]]] = [
    ("RGB", (9, 9, 9), "#102030", (16, 32, 48)),
    ("RGBA", (9, 9, 9, 9), "#102030", (16, 32, 48, 255)),
    ("L", 9, "white", (255,)),
    ("L", 9, "#102030", (16, 32, 48)),
    ("LA", (9, 9), "black", (0, 255)),
    ("LA", (9, 9), "red", (255, 0, 0, 255)),
]


@pytest.mark.parametrize(("mode", "color", "background", "expected"), PADDED)
def test_padding_has_the_declared_color(
    mode: str, color: Any, background: str, expected: tuple[int, ...]
) -> None:
    picture = Image.new(mode, (60, 20), color)

    made = _made(picture, width=30, height=30, fit="contain", background=background)

    assert made.size == (30, 30)
    assert np.asarray(made)[2, 15].ravel().tolist() == list(expected)
    assert np.asarray(made)[27, 15].ravel().tolist() == list(expected)


@pytest.mark.parametrize(
    ("gravity", "inked"),
    [("north", slice(0, 10)), ("center", slice(10, 20)), ("south", slice(20, 30))],
)
def test_padded_picture_stands_where_it_was_asked(gravity: Any, inked: slice) -> None:
    picture = Image.new("L", (60, 20), 0)

    made = np.asarray(_made(picture, width=30, height=30, fit="contain", gravity=gravity))

    rows = np.flatnonzero(made[:, 15] < 128)
    assert rows.tolist() == list(range(30))[inked]


def test_origin_stays_as_it_is() -> None:
    picture = quadrants(640, 480)
    before = picture.tobytes()

    for words in ({"width": 64}, {"width": 30, "height": 30, "fit": "contain"}, {}):
        _made(picture, **words)

    assert picture.tobytes() == before


def test_cascade_is_as_good_as_scaling_from_the_source(tmp_path: Path) -> None:
    source = photo(1600, 1200)
    specs = [mf.ImageOutput("png", width=width, suffix=f"_{width}") for width in (800, 400, 200)]

    result = mf.process(encode(source, "PNG", compress_level=1), specs, to=f"{tmp_path}/")

    assert any("from picture 0" in line for line in result.report.plan)
    for output in result.outputs:
        wanted = source.resize((output.width, output.height), Image.Resampling.LANCZOS)
        with Image.open(output.uri) as made:
            assert psnr(made, wanted) >= 50

"""A picture is described upright, in sRGB, with its transparency, from the pixels that are there."""

from __future__ import annotations

import base64
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.geometry import Size
from mediaflow.image.pillow import BACKEND
from mediaflow.image.pillow.raster import as_raster
from tests.infos import media_info, planned
from tests.measure import delta_e_2000, display_p3_to_lab, srgb_to_lab
from tests.media import (
    BLUE,
    GREEN,
    QUADRANTS,
    RED,
    YELLOW,
    alpha_png,
    cmyk_jpeg,
    encode,
    gray_png,
    image,
    oriented_jpeg,
    photo,
    photo_jpeg,
    quadrants,
)
from tests.placeholders import read_blurhash, read_thumbhash
from tests.profiles import display_p3_profile


def described(
    source: bytes, *outputs: mf.ImageOutput, to: str = "memory://x/"
) -> mf.PlaceholderData:
    data = mf.process(source, [*outputs, mf.AnalysisOutput(name="it")], to=to)["it"].data
    assert data is not None
    return data


def rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def tiny(data: mf.PlaceholderData) -> Image.Image:
    head, _, body = data.data_uri.partition(",")
    made = image(base64.b64decode(body))
    assert head == f"data:image/{str(made.format).lower()};base64"
    return made


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_described_upright(orientation: int) -> None:
    data = described(oriented_jpeg(orientation, quadrants(320, 240)))

    assert data.aspect_ratio == pytest.approx(4 / 3)
    for picture in (
        read_blurhash(data.blurhash, 8, 6),
        read_thumbhash(base64.b64decode(data.thumbhash)),
        np.asarray(tiny(data).convert("RGB")),
    ):
        height, width = picture.shape[:2]
        middles = [
            picture[y, x, :3]
            for y in (height // 4, -height // 4)
            for x in (width // 4, -width // 4)
        ]
        assert [_nearest(middle) for middle in middles] == list(QUADRANTS)


def _nearest(color: np.ndarray) -> tuple[int, ...]:
    """Return the painted colour that a blurred one comes from."""
    return min(QUADRANTS, key=lambda painted: int(np.abs(color.astype(int) - painted).sum()))


def test_four_quarters_are_four_colors() -> None:
    data = described(encode(quadrants(100, 100), "PNG"))

    assert {rgb(color) for color in data.palette} == {RED, GREEN, BLUE, YELLOW}
    assert data.dominant_color == data.palette[0]
    assert not data.has_alpha


def test_profile_is_converted() -> None:
    shown = (200, 60, 40)  # in Display P3
    source = encode(Image.new("RGB", (64, 48), shown), "PNG", icc_profile=display_p3_profile())

    data = described(source)

    ours = srgb_to_lab(np.array([[rgb(data.dominant_color)]], np.uint8))
    theirs = display_p3_to_lab(np.array([[shown]], np.uint8))
    assert delta_e_2000(ours, theirs).max() < 2
    assert rgb(data.dominant_color) != shown


def test_unusable_profile_is_said() -> None:
    source = encode(Image.new("RGB", (64, 48), RED), "PNG", icc_profile=b"\0" * 200)

    result = mf.process(source, mf.AnalysisOutput())

    assert result.outputs[0].data is not None
    assert {notice.code for notice in result.notices} <= {"color_assumed"}


def test_assumed_color_is_said_once() -> None:
    step = planned([mf.AnalysisOutput()], media_info("png", 64, 48)).analyses[0]
    raster = as_raster(quadrants(64, 48), is_color_assumed=True)

    _, notices = BACKEND.analyze(raster, step)
    _, again = BACKEND.analyze(raster, replace(step, notices=notices))

    assert [notice.code for notice in notices] == ["color_assumed"]
    assert again == notices


def test_gray_and_cmyk_are_described_in_srgb() -> None:
    gray = described(gray_png(200, 100))
    print_ = described(cmyk_jpeg())

    assert all(len(set(rgb(color))) == 1 for color in gray.palette)
    assert len(gray.palette) == 6
    red, green, blue = rgb(print_.dominant_color)
    assert red > 200
    assert max(green, blue) < 60


def test_transparency_is_in_the_thumbhash_and_blurhash_lies_on_white() -> None:
    data = described(alpha_png(200, 100))  # red, its opacity rising from the left

    assert data.has_alpha
    assert rgb(data.dominant_color) == RED
    opacity = read_thumbhash(base64.b64decode(data.thumbhash))[..., 3]
    assert opacity[:, 0].max() < 110 < 200 < opacity[:, -1].min()
    left, right = read_blurhash(data.blurhash, 8, 4)[2, [0, -1]].astype(int)
    assert left.min() > 180
    assert right[1] < 120
    assert tiny(data).mode == "RGBA"


def test_opaque_alpha_channel_is_no_transparency() -> None:
    data = described(encode(photo(200, 100).convert("RGBA"), "PNG"))

    assert not data.has_alpha
    assert tiny(data).mode == "RGB"


@pytest.mark.parametrize(("size", "seen"), [((640, 480), (32, 24)), ((300, 900), (11, 32))])
def test_tiny_picture_has_the_shape_of_the_source(
    size: tuple[int, int], seen: tuple[int, int]
) -> None:
    data = described(encode(photo(*size), "PNG"))

    assert tiny(data).size == seen
    assert len(data.data_uri) < 500


def test_tiny_picture_can_be_a_jpeg() -> None:
    step = planned([mf.AnalysisOutput()], media_info("png", 64, 48)).analyses[0]
    raster = as_raster(image(alpha_png()))

    data, _ = BACKEND.analyze(raster, replace(step, tiny_format="jpeg"))

    assert tiny(data).format == "JPEG"
    assert tiny(data).info.get("exif") is None


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 2)])
def test_smallest_and_thinnest_pictures_are_described(size: tuple[int, int]) -> None:
    data = described(encode(Image.new("RGB", size, (10, 200, 30)), "PNG"))

    assert data.palette == ("#0ac81e",)
    assert data.aspect_ratio == size[0] / size[1]
    assert (read_blurhash(data.blurhash, 5, 5) == (10, 200, 30)).all()
    assert np.abs(np.asarray(tiny(data)).astype(int) - (10, 200, 30)).max() < 12


def test_portrait_has_more_waves_down_than_across() -> None:
    # the first digit is across − 1 + 9 × (down − 1): 4×3 is 21, "L", and 3×4 is 29, "T"
    assert described(photo_jpeg(400, 300)).blurhash[0] == "L"
    assert described(photo_jpeg(300, 400)).blurhash[0] == "T"


def test_description_hardly_depends_on_the_other_outputs() -> None:
    source = photo_jpeg(1200, 900)

    alone = described(source)
    beside = described(source, mf.ImageOutput("webp", width=300))

    for ours, theirs in zip(alone.palette, beside.palette, strict=True):
        assert np.abs(np.subtract(rgb(ours), rgb(theirs))).max() <= 8
    first, second = (read_blurhash(data.blurhash, 8, 6).astype(int) for data in (alone, beside))
    assert np.abs(first - second).mean() < 3


def test_picture_stays_as_it_is() -> None:
    picture = image(alpha_png(200, 150))
    before = picture.tobytes()
    step = planned([mf.AnalysisOutput()], media_info("png", 200, 150, has_alpha=True)).analyses[0]

    first = BACKEND.analyze(as_raster(picture), step)
    second = BACKEND.analyze(as_raster(picture), step)

    assert first == second
    assert picture.tobytes() == before
    assert step.seen == Size(100, 75)


def test_data_uri_holds_no_metadata() -> None:
    data = described(photo_jpeg(200, 100, exif=Image.Exif(), comment=b"secret"))

    body = base64.b64decode(data.data_uri.partition(",")[2])
    assert b"secret" not in body
    with Image.open(BytesIO(body)) as made:
        assert not {"exif", "xmp", "icc_profile"} & set(made.info)

"""Light is scaled in place of numbers where that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from tests.infos import media_info, planned
from tests.measure import psnr
from tests.media import encode, photo, without_palette

HALF = 188
"""Half of the light in sRGB: 255 × (1.055 × 0.5^(1/2.4) - 0.055) = 187.5."""


def _checkerboard(width: int = 256, height: int = 256) -> Image.Image:
    squares = np.indices((height, width)).sum(axis=0) % 2 * 255
    return Image.fromarray(squares.astype(np.uint8))


def _to_light(numbers: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    share = np.asarray(numbers, np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _to_numbers(light: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    clipped = np.clip(light, 0, 1)
    return 255 * np.where(
        clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055
    )


def _made(source: bytes, folder: Path, **words: Any) -> Image.Image:
    mf.process(source, mf.ImageOutput("png", **words), to=f"{folder}/a.png")
    with Image.open(folder / "a.png") as made:
        made.load()
        return without_palette(made)


@pytest.mark.parametrize("width", [128, 64, 50, 17])
@pytest.mark.parametrize("mode", ["L", "RGB", "LA", "RGBA"])
def test_checkerboard_becomes_half_of_the_light(tmp_path: Path, width: int, mode: str) -> None:
    source = encode(_checkerboard().convert(mode), "PNG")

    made = _made(source, tmp_path, width=width, linear=True)

    inner = np.asarray(made.convert("L"))[2:-2, 2:-2]
    assert np.abs(inner.astype(int) - HALF).max() <= 2


def test_checkerboard_becomes_half_of_the_number_by_default(tmp_path: Path) -> None:
    made = _made(encode(_checkerboard(), "PNG"), tmp_path, width=64)

    assert abs(int(np.asarray(made)[30, 30]) - 127) <= 1


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "TIFF", "AVIF"])
def test_no_decoder_scales_numbers_before(tmp_path: Path, format: str) -> None:
    options = {"quality": 100} if format != "TIFF" else {}
    source = encode(_checkerboard(1024, 1024).convert("RGB"), format, **options)

    made = _made(source, tmp_path, width=64, linear=True)

    assert np.abs(np.asarray(made.convert("L"))[4:-4, 4:-4].astype(int) - HALF).max() <= 3


@pytest.mark.parametrize(("width", "height"), [(160, 120), (333, 250), (101, 75), (37, 28)])
def test_bands_and_reductions_agree_with_one_pass(tmp_path: Path, width: int, height: int) -> None:
    picture = photo(1700, 1275)  # more than one band, and no whole number of them
    light = [Image.fromarray(_to_light(channel).astype(np.float32)) for channel in picture.split()]
    wanted = np.stack(
        [np.asarray(each.resize((width, height), Image.Resampling.LANCZOS)) for each in light],
        axis=-1,
    )

    made = _made(
        encode(picture, "PNG"), tmp_path, width=width, height=height, fit="fill", linear=True
    )

    assert psnr(np.asarray(made), _to_numbers(wanted)) >= 50


def test_crop_is_that_part(tmp_path: Path) -> None:
    picture = photo(640, 480)
    light = [Image.fromarray(_to_light(each).astype(np.float32)) for each in picture.split()]
    box = (80.0, 0.0, 560.0, 480.0)
    wanted = np.stack(
        [np.asarray(each.resize((100, 100), Image.Resampling.LANCZOS, box=box)) for each in light],
        axis=-1,
    )

    made = _made(encode(picture, "PNG"), tmp_path, width=100, height=100, fit="cover", linear=True)

    assert psnr(np.asarray(made), _to_numbers(wanted)) >= 50


def test_enlarged_picture_keeps_flat_colors(tmp_path: Path) -> None:
    source = encode(Image.new("RGB", (40, 30), (3, 130, 250)), "PNG")

    made = _made(source, tmp_path, width=333, upscale=True, linear=True)

    assert made.getextrema() == ((3, 3), (130, 130), (250, 250))


def test_every_number_survives_the_way_through_light(tmp_path: Path) -> None:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8).repeat(4).reshape(1, -1).repeat(64, 0))

    made = _made(encode(ramp, "PNG"), tmp_path, width=1024, height=16, fit="fill", linear=True)

    assert np.array_equal(np.asarray(made)[8, 1::4], np.arange(256))


def test_alpha_weighs_light_and_hidden_color_does_not_bleed(tmp_path: Path) -> None:
    # a row of white, opaque and clear in turn over hidden green: half-clear white remains
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, ::2] = (255, 255, 255, 255)
    pixels[:, 1::2] = (0, 255, 0, 0)

    made = _made(encode(Image.fromarray(pixels), "PNG"), tmp_path, width=16, linear=True)

    inner = np.asarray(made)[:, 3:-3].astype(int)
    assert np.abs(inner[..., :3] - 255).max() <= 1
    assert np.abs(inner[..., 3] - 127).max() <= 2


def test_edge_between_light_and_clear_is_laid_as_light(tmp_path: Path) -> None:
    # opaque black and opaque white in turn, half clear: half the light, half the alpha
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., 3] = 128
    pixels[:, ::2, :3] = 255

    made = _made(encode(Image.fromarray(pixels), "PNG"), tmp_path, width=16, linear=True)

    inner = np.asarray(made)[:, 3:-3].astype(int)
    assert np.abs(inner[..., :3] - HALF).max() <= 2
    assert np.abs(inner[..., 3] - 128).max() <= 1


def test_linear_and_plain_outputs_share_no_picture() -> None:
    specs = [
        mf.ImageOutput("png", width=width, linear=linear, suffix=f"_{width}_{linear}")
        for width in (1600, 800, 400, 200)
        for linear in (False, True)
    ]

    plan = planned(specs, media_info("jpeg", 6000, 4000))

    kinds = {step.index: step.scaler == "linear" for step in plan.pictures}
    assert sorted(kinds.values()) == [False] * 4 + [True] * 4
    assert all(
        kinds[step.index] == kinds[step.origin] for step in plan.pictures if step.origin is not None
    )
    assert plan.decode.denominator == 1


def test_linear_outputs_alone_share_pictures_among_themselves() -> None:
    specs = [mf.ImageOutput("png", width=w, linear=True, suffix=f"_{w}") for w in (1600, 400)]

    plan = planned(specs, media_info("png", 6000, 4000))

    assert [step.origin for step in plan.pictures] == [None, 0]


def test_plan_says_that_light_is_scaled() -> None:
    plan = planned([mf.ImageOutput("png", width=800, linear=True)], media_info("jpeg", 6000, 4000))

    assert "Lanczos in linear light (Pillow)" in str(plan)
    assert "decoded at full size, since light is to be scaled" in str(plan)


def test_untouched_size_is_not_touched() -> None:
    plan = planned([mf.ImageOutput("png", linear=True)], media_info("png", 600, 400))

    assert plan.pictures[0].scaler == "none"

"""Colours keep their look, and what cannot be kept is said."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

import mediaflow as mf
from mediaflow.image.color import cmyk_to_srgb, to_srgb
from tests.measure import (
    delta_e_2000,
    display_p3_to_lab,
    display_p3_to_srgb,
    srgb_to_lab,
)
from tests.media import cmyk_jpeg, encode, srgb_profile, without_palette
from tests.profiles import display_p3_profile, gray_profile

EYE = 2.0
"""CIEDE2000 that nobody sees between two patches that do not touch."""

AVIF_ROUNDING = 1.0
"""What AVIF adds on nearly neutral patches: its encoder is 2.4 levels off there at any quality."""


def _inside_srgb() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return 8 × 8 patches of 16 px in Display P3 that sRGB can show as well."""
    levels = np.linspace(60, 200, 8).round()
    red, green = np.meshgrid(levels, levels)
    blue = (red + green) / 2
    patches = np.stack([0.5 * red + 60, 0.5 * green + 60, 0.5 * blue + 50], axis=-1)
    return patches.round().astype(np.uint8).repeat(16, axis=0).repeat(16, axis=1)


def _middles(place: str | Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(place) as made:
        return np.asarray(without_palette(made).convert("RGB"))[8::16, 8::16]


@pytest.mark.parametrize("format", ["avif", "jpeg", "png", "webp"])
@pytest.mark.parametrize("container", ["AVIF", "JPEG", "PNG", "TIFF", "WEBP"])
def test_display_p3_looks_the_same_in_srgb(tmp_path: Path, container: str, format: str) -> None:
    samples = _inside_srgb()
    options = {"quality": 100, "subsampling": "4:4:4"} if container in ("AVIF", "JPEG") else {}
    lossless = {"lossless": True} if container == "WEBP" else {}
    source = encode(
        Image.fromarray(samples),
        container,
        icc_profile=display_p3_profile(),
        **options,
        **lossless,
    )

    result = mf.process(source, mf.ImageOutput(format, quality=100), to=f"{tmp_path}/")

    wanted = display_p3_to_lab(samples[8::16, 8::16])
    made = srgb_to_lab(_middles(result.outputs[0].uri))
    allowed = EYE + AVIF_ROUNDING * ("avif" in (format, container.lower()))
    assert float(delta_e_2000(made, wanted).max()) <= allowed
    codes = [notice.code for notice in result.notices]
    assert codes.count("color_converted") == 1


def test_untouched_display_p3_would_not_look_the_same() -> None:
    samples = _inside_srgb()[8::16, 8::16]

    assert float(delta_e_2000(srgb_to_lab(samples), display_p3_to_lab(samples)).max()) > EYE


def test_colors_beyond_srgb_become_the_nearest_it_can_show(tmp_path: Path) -> None:
    samples = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]]], np.uint8)
    samples = samples.repeat(16, axis=0).repeat(16, axis=1)
    source = encode(Image.fromarray(samples), "PNG", icc_profile=display_p3_profile())

    mf.process(source, f"{tmp_path}/a.png")

    wanted = srgb_to_lab(display_p3_to_srgb(samples[8::16, 8::16]))
    assert float(delta_e_2000(srgb_to_lab(_middles(tmp_path / "a.png")), wanted).max()) <= EYE


@pytest.mark.parametrize("format", ["avif", "jpeg", "png", "webp"])
def test_converted_output_carries_no_profile(tmp_path: Path, format: str) -> None:
    source = encode(Image.fromarray(_inside_srgb()), "PNG", icc_profile=display_p3_profile())

    result = mf.process(source, mf.ImageOutput(format), to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        assert not made.info.get("icc_profile")


@pytest.mark.parametrize("format", ["avif", "jpeg", "png", "webp"])
def test_preserved_profile_is_the_source_s_own(tmp_path: Path, format: str) -> None:
    samples = _inside_srgb()
    source = encode(Image.fromarray(samples), "PNG", icc_profile=display_p3_profile())
    spec = mf.ImageOutput(format, quality=100, color="preserve")

    result = mf.process(source, spec, to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        assert made.info["icc_profile"] == display_p3_profile()
    wanted = display_p3_to_lab(samples[8::16, 8::16])
    found = display_p3_to_lab(_middles(result.outputs[0].uri))
    assert float(delta_e_2000(found, wanted).max()) <= EYE
    assert "color_converted" not in [notice.code for notice in result.notices]


@pytest.mark.parametrize("format", ["avif", "jpeg", "png", "webp"])
def test_preserved_profile_fits_the_channels_of_the_output(tmp_path: Path, format: str) -> None:
    # A gray profile on three channels makes viewers refuse the file or ignore the profile.
    source = encode(Image.new("L", (64, 48), 90), "PNG", icc_profile=gray_profile(2.2))
    spec = mf.ImageOutput(format, color="preserve")

    result = mf.process(source, spec, to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        profile = made.info.get("icc_profile")
        space = _space(profile) if profile else "none"
        assert space in ("none", "GRAY" if made.mode == "L" else "RGB")


def _space(profile: bytes) -> str:
    return ImageCms.ImageCmsProfile(BytesIO(profile)).profile.xcolor_space.strip()


def test_alpha_is_kept_through_a_conversion(tmp_path: Path) -> None:
    samples = np.dstack([_inside_srgb(), np.full((128, 128), 77, np.uint8)])
    source = encode(Image.fromarray(samples), "PNG", icc_profile=display_p3_profile())

    mf.process(source, f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert without_palette(made).mode == "RGBA"
        assert without_palette(made).getchannel("A").getextrema() == (77, 77)
    wanted = display_p3_to_lab(samples[8::16, 8::16])
    assert float(delta_e_2000(srgb_to_lab(_middles(tmp_path / "a.png")), wanted).max()) <= EYE


def test_linear_gray_is_shown_by_its_profile(tmp_path: Path) -> None:
    # Half of the light is 188 in sRGB: 1.055 × 0.5^(1/2.4) - 0.055 = 0.7354
    source = encode(Image.new("L", (32, 32), 128), "PNG", icc_profile=gray_profile(1.0))

    mf.process(source, f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert made.convert("L").getpixel((16, 16)) == pytest.approx(188, abs=1)


def test_srgb_profile_costs_no_conversion(tmp_path: Path) -> None:
    ramp = Image.fromarray(np.arange(256 * 3, dtype=np.uint16).reshape(16, 16, 3).astype(np.uint8))
    source = encode(ramp, "PNG", icc_profile=srgb_profile())

    result = mf.process(source, f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert np.array_equal(np.asarray(made), np.asarray(ramp))
    assert result.notices == ()


MISFITS = {
    "RGB profile on gray": (Image.new("L", (32, 32), 90), display_p3_profile()),
    "gray profile on RGB": (Image.new("RGB", (32, 32), (90, 60, 30)), gray_profile()),
    "gray profile on RGBA": (Image.new("RGBA", (32, 32), (90, 60, 30, 200)), gray_profile()),
}


@pytest.mark.parametrize(("picture", "profile"), MISFITS.values(), ids=MISFITS.keys())
def test_profile_of_another_color_space_is_left_aside_and_said(
    tmp_path: Path, picture: Image.Image, profile: bytes
) -> None:
    result = mf.process(encode(picture, "PNG", icc_profile=profile), f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert made.convert(picture.mode).getpixel((9, 9)) == picture.getpixel((9, 9))
        assert not made.info.get("icc_profile")
    assert [notice.code for notice in result.notices] == ["color_assumed"]


def test_profile_that_cannot_be_used_is_not_called_converted(tmp_path: Path) -> None:
    # The header is whole, so the probe knows the space; the tags behind it are gone.
    broken = display_p3_profile()[:128] + bytes(len(display_p3_profile()) - 128)
    source = encode(Image.new("RGB", (32, 32), (90, 60, 30)), "PNG", icc_profile=broken)

    result = mf.process(source, f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert without_palette(made).getpixel((9, 9)) == (90, 60, 30)
    assert [notice.code for notice in result.notices] == ["color_assumed"]


def test_cmyk_without_a_profile_is_converted_and_said(tmp_path: Path) -> None:
    result = mf.process(cmyk_jpeg(), f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert without_palette(made).mode == "RGB"
        pixel = without_palette(made).getpixel((9, 9))
    assert isinstance(pixel, tuple)
    assert max(abs(a - b) for a, b in zip(pixel, (255, 0, 0), strict=True)) <= 3  # JPEG at 95
    assert [notice.code for notice in result.notices] == ["color_assumed"]


def test_broken_cmyk_profile_falls_back_to_the_formula_and_is_said(tmp_path: Path) -> None:
    header = display_p3_profile()[:16] + b"CMYK" + display_p3_profile()[20:128]
    source = encode(
        Image.new("CMYK", (32, 32), (0, 255, 255, 0)),
        "JPEG",
        quality=95,
        icc_profile=header + bytes(400),
    )

    result = mf.process(source, f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        pixel = without_palette(made).getpixel((9, 9))
    assert isinstance(pixel, tuple)
    assert max(abs(a - b) for a, b in zip(pixel, (255, 0, 0), strict=True)) <= 3
    assert [notice.code for notice in result.notices] == ["color_assumed"]


@pytest.mark.parametrize("junk", [b"", b"x", b"\0" * 128, bytes(range(256)) * 4])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_junk_for_a_profile_is_no_profile(mode: str, junk: bytes) -> None:
    picture = Image.new(mode, (8, 8))

    assert to_srgb(picture, junk) is None


def test_formula_for_cmyk_is_used_when_the_profile_is_junk() -> None:
    picture = Image.new("CMYK", (8, 8), (255, 0, 255, 0))

    for profile in (b"junk", None):
        converted, by_profile = cmyk_to_srgb(picture, profile)
        assert converted.getpixel((0, 0)) == (0, 255, 0)
        assert not by_profile

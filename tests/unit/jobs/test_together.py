"""Features of pictures that meet in one job; each was right alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

import mediaflow as mf
from tests.media import encode, image, photo, without_palette
from tests.profiles import display_p3_profile, gray_profile

Output = mf.ImageOutput


def _read(result: mf.JobResult, name: str) -> bytes:
    return Path(result[name].uri).read_bytes()


def _codes(result: mf.JobResult, name: str) -> list[str]:
    return [notice.code for notice in result[name].notices]


def _credited_animation() -> bytes:
    exif = Image.Exif()
    exif[0x8298] = "(c) Ada"
    frames = [Image.new("RGB", (60, 40), (0, 200 - 20 * step, 0)) for step in range(3)]
    return encode(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=80, exif=exif
    )


def test_credits_of_an_animation_are_kept_moving_and_still(tmp_path: Path) -> None:
    result = mf.process(
        _credited_animation(),
        [
            Output("webp", metadata="safe", name="moving"),
            Output("jpeg", metadata="safe", still_at="50%", name="poster", suffix="_p"),
            Output("gif", metadata="safe", name="none"),
        ],
        to=f"{tmp_path}/",
    )

    for name in ("moving", "poster"):
        assert image(_read(result, name)).getexif()[0x8298] == "(c) Ada"
    assert "metadata_dropped" in _codes(result, "none")
    assert "metadata_dropped" not in _codes(result, "moving")


@pytest.mark.parametrize("words", [{"trim": True}, {"aspect": "1:1", "gravity": "smart"}])
def test_cut_off_source_can_be_looked_at(tmp_path: Path, words: dict[str, object]) -> None:
    framed = ImageOps.expand(photo(300, 200), 20, "navy")
    cut = encode(framed, "PNG", compress_level=0)
    cut = cut[: len(cut) * 2 // 3]

    result = mf.process(
        cut,
        Output("png", name="a", **words),  # type: ignore[arg-type]  # words of the test
        to=f"{tmp_path}/",
        fail_on="none",
    )

    assert _codes(result, "a") == ["source_salvaged"]


def test_format_without_profiles_gets_srgb_although_preserve_is_asked(tmp_path: Path) -> None:
    source = encode(
        Image.new("RGB", (40, 40), (200, 60, 40)), "PNG", icc_profile=display_p3_profile()
    )
    wanted = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), (200, 60, 40)),
        ImageCms.ImageCmsProfile(BytesIO(display_p3_profile())),
        ImageCms.createProfile("sRGB"),
    )

    result = mf.process(source, Output("gif", color="preserve", name="a"), to=f"{tmp_path}/")

    made = without_palette(image(_read(result, "a"))).convert("RGB")
    assert np.abs(np.subtract(made.getpixel((9, 9)), wanted.getpixel((0, 0)))).max() <= 2
    assert "color_converted" in _codes(result, "a")


@pytest.mark.parametrize("format", ["avif", "jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("mode", ["L", "LA"])
def test_gray_profile_never_stands_on_color_samples(tmp_path: Path, mode: str, format: str) -> None:
    plain = Image.new("L", (100, 50), 128)
    shown = ImageCms.profileToProfile(
        plain,
        ImageCms.ImageCmsProfile(BytesIO(gray_profile(1.5))),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    ).getpixel((0, 0))
    source = encode(plain.convert(mode), "PNG", icc_profile=gray_profile(1.5))
    spec = Output(
        format,
        width=100,
        height=100,
        fit="contain",
        background="red",
        color="preserve",
        quality=100 if format not in ("png", "tiff") else None,
        name="a",
        upscale=True,
    )

    made = image(_read(mf.process(source, spec, to=f"{tmp_path}/"), "a"))

    profile = made.info.get("icc_profile")
    assert not profile or b"GRAY" not in profile[:20]
    center = without_palette(made).convert("RGB").getpixel((50, 50))
    assert np.abs(np.subtract(center, shown)).max() <= 3


def test_gray_profile_goes_into_the_px_that_are_laid_on_a_color(tmp_path: Path) -> None:
    source = encode(Image.new("LA", (40, 40), (128, 255)), "PNG", icc_profile=gray_profile(1.5))
    half = encode(Image.new("LA", (40, 40), (128, 200)), "PNG", icc_profile=gray_profile(1.5))

    for name, data in (("opaque", source), ("half", half)):
        result = mf.process(data, Output("jpeg", color="preserve", name=name), to=f"{tmp_path}/")
        made = image(_read(result, name))
        profile = made.info.get("icc_profile", b"")
        assert (made.mode == "L") == (b"GRAY" in profile[:20])


def test_size_that_a_dense_screen_asked_is_missed_with_a_notice(tmp_path: Path) -> None:
    spec = Output("png", width=300, height=300, fit="cover", dpr=2, name="a")

    result = mf.process(encode(photo(400, 300), "PNG"), spec, to=f"{tmp_path}/")

    [notice] = result["a"].notices
    assert notice.code == "not_enlarged"
    assert notice.message.startswith("width 300 in place of 600 px, height 300 in place of 600 px")


def test_description_of_a_cut_off_source_says_so(tmp_path: Path) -> None:
    cut = encode(photo(300, 200), "PNG", compress_level=0)

    result = mf.process(cut[: len(cut) // 2], mf.AnalysisOutput(name="a"), fail_on="none")

    assert _codes(result, "a") == ["source_salvaged"]

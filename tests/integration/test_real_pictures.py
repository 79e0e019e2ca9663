"""The main job on real photographs: every trap of the folder that MEDIAFLOW_MEDIA names."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image, ImageCms

import mediaflow as mf
from mediaflow.testing import assert_visually_equal
from tests.measure import (
    delta_e_2000,
    display_p3_to_lab,
    display_p3_to_srgb,
    listing,
    psnr,
    srgb_to_lab,
)

pytestmark = pytest.mark.integration

NEAR: Final = 50.0
"""dB against a full decode and one Lanczos pass; differences are below what an eye can see."""

ALIKE: Final = 40.0
"""dB between pictures that went through different lossy files before they came here."""

CAPTION: Final = (slice(120, 170), slice(205, 245))
"""Rows and columns, at 450 px width, of the digit 1 to 8 that stands in each oriented picture."""

FORMATS: Final = ("avif", "jpeg", "png", "webp")
EXTENSIONS: Final = {"jpeg": "jpg"}


def _rgb(place: str | Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(place) as picture:
        return np.asarray(picture.convert("RGB"))


def _reference(
    source: Path, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode every pixel and scale once, slowly and plainly."""
    with Image.open(source) as picture:
        whole = picture.convert("RGB")
    return np.asarray(whole.resize(size, Image.Resampling.LANCZOS, box=box))


def _focused_box(
    source: tuple[int, int], target: tuple[int, int], x: str, y: str
) -> tuple[float, float, float, float]:
    """Return the largest part of the target's shape, centred on a point as far as edges allow."""
    scale = max(Fraction(wish, side) for wish, side in zip(target, source, strict=True))
    edges: list[Fraction] = []
    for side, wish, share in zip(source, target, (x, y), strict=True):
        length = wish / scale
        edges.append(min(max(Fraction(share) * side - length / 2, Fraction(0)), side - length))
    left, top = edges
    right, bottom = left + target[0] / scale, top + target[1] / scale
    return float(left), float(top), float(right), float(bottom)


def test_thumbnails_of_a_photo_are_four_files(media: Path, tmp_path: Path) -> None:
    # 2725 × 2225 inside 150, 300, 800 × 600: 2225/2725 × 150 = 122.5, × 300 = 244.95;
    # 2725/2225 × 600 = 734.8
    result = mf.process(
        media / "images/photo_2725x2225.jpg", mf.recipes.thumbnails(), to=f"{tmp_path}/"
    )

    assert result.status == "completed"
    assert [(Path(o.uri).name, o.format, o.width, o.height) for o in result.outputs] == [
        ("photo_2725x2225_thumb_150.jpg", "jpeg", 150, 122),
        ("photo_2725x2225_thumb_300.jpg", "jpeg", 300, 245),
        ("photo_2725x2225_thumb_800.jpg", "jpeg", 735, 600),
        ("photo_2725x2225_thumb_300_webp.webp", "webp", 300, 245),
    ]
    assert {name: len(data) for name, data in listing(tmp_path).items()} == {
        Path(output.uri).name: output.bytes for output in result.outputs
    }


def test_thumbnails_are_as_sharp_as_a_full_decode(media: Path, tmp_path: Path) -> None:
    source = media / "images/photo_2725x2225.jpg"
    exact = [replace(spec, format="png", quality=None) for spec in mf.recipes.thumbnails()]

    result = mf.process(source, exact, to=f"{tmp_path}/")

    for output in result.outputs:
        wanted = _reference(source, (output.width, output.height))
        assert_visually_equal(output.uri, wanted, min_psnr_db=NEAR)


@pytest.mark.parametrize(
    "size", [(720, 588), (333, 517), (101, 99), (1280, 240), (1199, 1801), (63, 2225)]
)
@pytest.mark.parametrize(("x", "y"), [("0.5", "0.5"), ("0.13", "0.87"), ("0.97", "0.31")])
def test_cover_crop_is_as_sharp_as_a_full_decode(
    media: Path, tmp_path: Path, size: tuple[int, int], x: str, y: str
) -> None:
    source = media / "images/photo_2725x2225.jpg"
    focus = mf.FocalPoint(float(x), float(y))
    spec = mf.ImageOutput("png", width=size[0], height=size[1], fit="cover", gravity=focus)

    result = mf.process(source, spec, to=f"{tmp_path}/a.png")

    wanted = _reference(source, size, _focused_box((2725, 2225), size, x, y))
    assert_visually_equal(result.outputs[0].uri, wanted, min_psnr_db=NEAR)


@pytest.mark.parametrize("width", [101, 233, 341, 853, 1361, 1703, 2724])
def test_odd_width_is_as_sharp_as_a_full_decode(media: Path, tmp_path: Path, width: int) -> None:
    source = media / "images/photo_2725x2225.jpg"

    result = mf.process(source, f"{tmp_path}/a.png", width=width)

    output = result.outputs[0]
    wanted = _reference(source, (width, output.height))
    assert_visually_equal(output.uri, wanted, min_psnr_db=NEAR)


def test_stretched_picture_is_as_sharp_as_a_full_decode(media: Path, tmp_path: Path) -> None:
    source = media / "images/photo_2725x2225.jpg"

    mf.process(source, f"{tmp_path}/a.png", width=900, height=200, fit="fill")

    wanted = _reference(source, (900, 200))
    assert_visually_equal(tmp_path / "a.png", wanted, min_psnr_db=NEAR)


def test_enlarged_picture_is_one_lanczos_pass(media: Path, tmp_path: Path) -> None:
    source = media / "images/cmyk_with_profile.jpg"
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    mf.process(source, str(small))

    mf.process(small, mf.ImageOutput("png", width=777, upscale=True), to=str(large))

    # 333 / 500 × 777 = 517.5 - 0.02
    assert_visually_equal(large, _reference(small, (777, 517)), min_psnr_db=NEAR)


@pytest.mark.parametrize("format", FORMATS)
def test_eight_orientations_come_out_alike(media: Path, tmp_path: Path, format: str) -> None:
    pictures = []
    for orientation in range(1, 9):
        source = media / f"images/orientation_{orientation}.jpg"
        # The best quality, so that turning is measured and not the encoder's noise.
        spec = mf.ImageOutput(format, width=450, quality=None if format == "png" else 100)
        result = mf.process(source, spec, to=f"{tmp_path}/")
        pictures.append(_rgb(result.outputs[0].uri).copy())

    # Stored 1800 × 1200 or 1200 × 1800, upright always 1800 × 1200.
    assert {picture.shape for picture in pictures} == {(300, 450, 3)}
    for picture in pictures:
        picture[*CAPTION] = 0
    assert min(psnr(one, other) for one, other in combinations(pictures, 2)) >= ALIKE


@pytest.mark.parametrize("orientation", range(1, 9))
def test_probe_knows_the_upright_size(media: Path, orientation: int) -> None:
    info = mf.probe(media / f"images/orientation_{orientation}.jpg")

    assert (info.width, info.height) == (1800, 1200)
    assert info.image.orientation == orientation


@pytest.mark.parametrize("format", FORMATS)
def test_display_p3_keeps_its_look(media: Path, tmp_path: Path, format: str) -> None:
    source = media / "images/display_p3.png"
    rate = mf.Lossless() if format in ("png", "webp") else mf.Quality(100)
    with Image.open(source) as picture:
        samples = np.asarray(picture.convert("RGB"))
    wanted = srgb_to_lab(display_p3_to_srgb(samples))
    # sRGB cannot show all of these colours, so the nearest that it can show are the measure.

    mf.process(source, mf.ImageOutput(format, rate=rate), to=f"{tmp_path}/a.{{ext}}")

    made = srgb_to_lab(_rgb(tmp_path / f"a.{EXTENSIONS.get(format, format)}"))
    assert float(delta_e_2000(made, wanted).max()) <= 2


def test_display_p3_can_be_preserved(media: Path, tmp_path: Path) -> None:
    source = media / "images/display_p3.png"

    mf.process(source, mf.ImageOutput("png", color="preserve"), to=f"{tmp_path}/a.png")

    with Image.open(source) as before, Image.open(tmp_path / "a.png") as after:
        assert after.info["icc_profile"] == before.info["icc_profile"]
        pair = [display_p3_to_lab(np.asarray(p.convert("RGB"))) for p in (before, after)]
    assert float(delta_e_2000(*pair).max()) == 0


def test_cmyk_is_converted_by_its_own_profile(media: Path, tmp_path: Path) -> None:
    source = media / "images/cmyk_with_profile.jpg"
    with Image.open(source) as picture:
        wanted = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(BytesIO(picture.info["icc_profile"])),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        naive = picture.convert("RGB")

    result = mf.process(source, f"{tmp_path}/a.png")

    made = _rgb(tmp_path / "a.png")
    assert psnr(made, np.asarray(wanted)) >= NEAR
    assert psnr(made, np.asarray(naive)) < 30
    assert [notice.code for notice in result.notices] == ["color_converted"]


def test_soft_alpha_edges_are_scaled_without_a_fringe(media: Path, tmp_path: Path) -> None:
    source = media / "images/alpha_2048x1536.png"
    with Image.open(source) as picture:
        straight = np.asarray(picture.convert("RGBA"), np.float64)
    # Exact premultiplied averages of 4 × 4 px blocks, far from any Pillow routine.
    weights = straight[..., 3:] / 255
    blocks = (straight[..., :3] * weights).reshape(384, 4, 512, 4, 3).mean(axis=(1, 3))
    alpha = weights.reshape(384, 4, 512, 4, 1).mean(axis=(1, 3))

    mf.process(source, f"{tmp_path}/a.png", width=512)

    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "RGBA"
        made = np.asarray(picture, np.float64)
    premultiplied = made[..., :3] * made[..., 3:] / 255
    # A box and a Lanczos kernel differ at edges; a fringe of hidden colour costs far more.
    assert psnr(premultiplied, blocks) >= 30
    assert psnr(made[..., 3], 255 * alpha[..., 0]) >= 30


@pytest.mark.parametrize("name", ["ultra_hdr_gain_map.jpg", "apple_gain_map_mpo.jpg"])
def test_gain_map_is_dropped_and_said(media: Path, tmp_path: Path, name: str) -> None:
    result = mf.process(media / "images" / name, f"{tmp_path}/a.jpg", width=320)

    assert "gain_map_dropped" in [notice.code for notice in result.notices]
    assert "animation_flattened" not in [notice.code for notice in result.notices]
    assert b"hdrgm" not in (tmp_path / "a.jpg").read_bytes()


@pytest.mark.parametrize("name", ["animated_loop_3.gif", "animated_loop_3.webp"])
def test_animation_becomes_its_first_frame_and_says_so(
    media: Path, tmp_path: Path, name: str
) -> None:
    with Image.open(media / "images" / name) as picture:
        first = np.asarray(picture.convert("RGB"))

    result = mf.process(media / "images" / name, f"{tmp_path}/a.png")

    assert "animation_flattened" in [notice.code for notice in result.notices]
    assert_visually_equal(tmp_path / "a.png", first, min_psnr_db=NEAR)


def test_rotation_of_an_avif_container_is_applied_once(media: Path, tmp_path: Path) -> None:
    source = media / "images/irot90.avif"
    with Image.open(source) as picture:
        stored = picture.size
        turn = {6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}
        upright = picture.convert("RGB").transpose(turn[picture.getexif()[0x0112]])

    mf.process(source, f"{tmp_path}/a.png")

    assert upright.size == stored[::-1]
    assert_visually_equal(tmp_path / "a.png", np.asarray(upright), min_psnr_db=NEAR)


def test_truncated_photo_is_refused_and_nothing_is_written(media: Path, tmp_path: Path) -> None:
    with pytest.raises(mf.errors.SourceError):
        mf.process(media / "images/truncated.jpg", mf.recipes.thumbnails(), to=f"{tmp_path}/out/")

    assert listing(tmp_path) == {}


@pytest.mark.skipif(find_spec("pillow_heif") is not None, reason="the extra heif is installed")
def test_heic_is_refused_with_the_line_that_installs_its_reader(
    media: Path, tmp_path: Path
) -> None:
    with pytest.raises(mf.errors.MissingExtraError, match=r"pymediaflow\[heif\]"):
        mf.process(media / "images/rotated.heic", f"{tmp_path}/a.jpg")

    assert listing(tmp_path) == {}


def test_web_set_keeps_the_size(media: Path, tmp_path: Path) -> None:
    source = media / "images/orientation_6.jpg"

    result = mf.process(source, mf.recipes.web_images(), to=f"{tmp_path}/")

    assert [(Path(o.uri).name, o.width, o.height) for o in result.outputs] == [
        ("orientation_6_optimized.jpg", 1800, 1200),
        ("orientation_6_webp.webp", 1800, 1200),
        ("orientation_6_avif.avif", 1800, 1200),
    ]
    with Image.open(source) as picture:
        upright = np.asarray(picture.transpose(Image.Transpose.ROTATE_270).convert("RGB"))
    for output in result.outputs:
        assert_visually_equal(output.uri, upright, min_psnr_db=32)  # 4:2:0, measured 36


def test_plan_of_the_photo_is_what_the_run_does(media: Path, tmp_path: Path) -> None:
    source = media / "images/photo_2725x2225.jpg"

    plan = mf.plan(source, mf.recipes.thumbnails(), to=f"{tmp_path}/")
    result = mf.process(source, mf.recipes.thumbnails(), to=f"{tmp_path}/")

    assert result.report.plan == plan.lines()
    assert [step.uri for step in plan.encodes] == [output.uri for output in result.outputs]
    assert "JPEG decoded at 1/2" in str(plan)
    assert plan.peak_bytes < 2725 * 2225 * 4  # less than a full decode alone would take


def test_cut_off_photo_can_be_used_as_far_as_it_goes(media: Path, tmp_path: Path) -> None:
    source = media / "images/truncated.jpg"

    result = mf.process(source, f"{tmp_path}/a.png", fail_on="none")

    # 10,000 of 829,183 bytes; below the rows of blocks that libjpeg could finish all is white
    with Image.open(media / "images/photo_2725x2225.jpg") as whole:
        right = np.asarray(whole.convert("RGB"))
    made = _rgb(tmp_path / "a.png")
    rows = int((made != right).any(axis=(1, 2)).argmax())
    stated = int(result.notices[0].message.split("; ")[1].split(" %")[0])
    assert result.notices[0].code == "source_salvaged"
    assert abs(stated / 100 - rows / 2225) <= 0.02
    assert 16 <= rows <= 64
    assert (made[rows + 16 :] == 255).all()


@pytest.mark.parametrize(
    "name", ["ultra_hdr_gain_map.jpg", "apple_gain_map_mpo.jpg", "irot90.avif"]
)
@pytest.mark.parametrize("format", FORMATS)
def test_real_metadata_is_stripped_made_safe_or_kept(
    media: Path, tmp_path: Path, name: str, format: str
) -> None:
    exiftool = shutil.which("exiftool")
    if exiftool is None:
        pytest.skip("exiftool is not installed")
    specs = [
        mf.ImageOutput(format, width=320, metadata=policy, suffix=f"_{policy}")  # type: ignore[arg-type]  # one of three words
        for policy in ("strip", "safe", "keep")
    ]

    result = mf.process(media / "images" / name, specs, to=f"{tmp_path}/")

    found = []
    for output in result.outputs:
        call = [exiftool, "-j", "-G1", "-a", "-u", "-EXIF:all", "-XMP:all", "-IPTC:all"]
        said = subprocess.run([*call, output.uri], capture_output=True, check=True).stdout
        found.append({key.partition(":")[2] for key in json.loads(said)[0]} - {""})
        data = Path(output.uri).read_bytes()
        assert b"hdrgm" not in data
        assert b"MPF\0" not in data
    allowed = {
        "ImageDescription",
        "Artist",
        "Copyright",
        "Title",
        "Creator",
        "Description",
        "Rights",
    }
    assert found[0] == set()
    assert found[1] <= allowed
    assert found[1] <= found[2]
    assert not {"Orientation", "ThumbnailImage", "MakerNote"} & found[2]

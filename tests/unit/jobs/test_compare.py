from __future__ import annotations

import json
import math
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.image.ssim import ssim_sum
from tests.measure import display_p3_to_srgb, psnr
from tests.media import (
    alpha_png,
    animated,
    encode,
    image,
    oriented_jpeg,
    photo,
    photo_jpeg,
    png16,
    quadrants,
)
from tests.profiles import display_p3_profile

pytestmark = pytest.mark.usefixtures("own_memory")

PHOTO = encode(photo(200, 150), "PNG")


@pytest.fixture
def own_memory() -> None:
    """Leave nothing in the file system in memory, which is one for the whole process."""
    from fsspec.implementations.memory import MemoryFileSystem

    MemoryFileSystem.store.clear()


def _png(pixels: object) -> bytes:
    return encode(Image.fromarray(np.asarray(pixels, np.uint8)), "PNG")


def _flat(color: tuple[int, ...], size: tuple[int, int] = (32, 32)) -> bytes:
    return encode(Image.new("RGBA" if len(color) == 4 else "RGB", size, color), "PNG")


def test_figures_are_those_of_the_formulas() -> None:
    # 20 log10(255 / 51) = 13.979; flat pictures have the luminance term of SSIM alone
    found = mf.compare(_flat((100,) * 3), _flat((151,) * 3))

    c1 = (0.01 * 255) ** 2
    assert found.mean_squared_error == 51**2
    assert found.psnr_db == pytest.approx(20 * math.log10(5))
    assert found.ssim == pytest.approx((2 * 100 * 151 + c1) / (100**2 + 151**2 + c1), abs=1e-9)
    assert (found.size, found.score_kind) == (mf.Size(32, 32), "multiscale")
    assert (found.has_alpha, found.is_resized, found.notices) == (False, False, ())


def test_error_is_that_of_another_reader() -> None:
    lossy = photo_jpeg(200, 150, quality=60)

    found = mf.compare(PHOTO, lossy)

    assert found.psnr_db == pytest.approx(psnr(photo(200, 150), image(lossy)), abs=1e-9)


def test_lossless_copies_are_identical_in_every_figure() -> None:
    found = mf.compare(PHOTO, encode(photo(200, 150), "WEBP", lossless=True))

    assert found.is_identical
    assert (found.psnr_db, found.ssim, found.score, found.worst) == (math.inf, 1.0, 100.0, None)


def test_one_sample_is_enough_to_differ() -> None:
    pixels = np.asarray(photo(200, 150)).copy()
    pixels[140, 190, 2] ^= 1

    found = mf.compare(PHOTO, _png(pixels))

    assert not found.is_identical
    assert found.mean_squared_error == 1 / (200 * 150 * 3)
    assert found.ssim < 1


@pytest.mark.parametrize(
    ("x", "y", "edges"),
    [
        (0, 0, (0, 0, 16, 16)),
        (37, 15, (32, 0, 48, 16)),
        (49, 19, (48, 16, 50, 20)),  # cut off at the corner of 50 × 20 px
        (15, 16, (0, 16, 16, 20)),
    ],
)
def test_worst_place_is_where_they_differ(x: int, y: int, edges: tuple[int, ...]) -> None:
    pixels = np.full((20, 50, 3), 90, np.uint8)
    changed = pixels.copy()
    changed[y, x] = 200
    changed[0, 20] = 91  # a smaller difference elsewhere

    worst = mf.compare(_png(pixels), _png(changed)).worst

    assert worst is not None
    assert (worst.left, worst.top, worst.right, worst.bottom) == edges


def test_large_pictures_have_the_figures_of_the_whole() -> None:
    y, x = np.mgrid[0:200, 0:4096]  # 0.8 MP: strips of 128 and 72 rows
    one = ((x * 7 + y * 3 + (x * y) // 5) % 256).astype(np.uint8)
    other = one // 2 + 60

    found = mf.compare(_png(one), _png(other))

    total, places = ssim_sum(one.astype(float), other.astype(float), 10, 10)
    assert found.ssim == pytest.approx(total / places, abs=1e-12)
    assert found.psnr_db == pytest.approx(psnr(one, other))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_no_difference(orientation: int) -> None:
    found = mf.compare(encode(quadrants(), "PNG"), oriented_jpeg(orientation))

    assert found.psnr_db > 35  # a fine JPEG of flat colours


def test_colors_are_compared_as_they_look() -> None:
    ramp = np.linspace(90, 160, 48).round()
    samples = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], 120.0), axis=-1)
    wide = encode(
        Image.fromarray(samples.astype(np.uint8)), "PNG", icc_profile=display_p3_profile()
    )
    same_look = _png(display_p3_to_srgb(samples).round())

    found = mf.compare(wide, same_look)

    assert found.psnr_db > 48  # both are rounded to 8 bits: each sample is at most 1 off
    assert mf.compare(_png(samples), same_look).psnr_db < 40
    assert [notice.code for notice in found.notices] == ["color_converted"]
    assert found.notices[0].message.startswith("first picture: ")


def test_lost_alpha_is_a_difference_although_it_looks_alike_on_white() -> None:
    found = mf.compare(_flat((255, 255, 255, 0)), _flat((255, 255, 255)))

    # colour on white is equal; alpha, one sample of four, is off by 255
    assert found.has_alpha
    assert found.mean_squared_error == 255**2 / 4
    assert found.score < 10
    assert found.ssim < 0.01


def test_half_transparent_color_is_compared_as_on_white() -> None:
    # a fifth of red on white: 255, 204, 204; alpha is 51 against 255
    found = mf.compare(_flat((255, 0, 0, 51)), _flat((255, 204, 204)))

    assert found.mean_squared_error == pytest.approx(204**2 / 4, abs=1)


def test_hidden_color_and_needless_alpha_are_no_difference() -> None:
    hidden = mf.compare(_flat((255, 0, 0, 0)), _flat((0, 255, 0, 0)))
    needless = mf.compare(_flat((9, 8, 7, 255)), _flat((9, 8, 7)))

    assert hidden.is_identical
    assert hidden.has_alpha
    assert needless.is_identical
    assert not needless.has_alpha


def test_alpha_is_compared_with_itself() -> None:
    assert mf.compare(alpha_png(), alpha_png()).is_identical


def test_other_size_is_refused_before_a_pixel_is_decoded() -> None:
    cut_off = encode(photo(100, 75), "PNG")[:-2000]

    with pytest.raises(mf.errors.SpecError, match="200×150 and 100×75") as caught:
        mf.compare(PHOTO, cut_off)

    assert "resize=True" in (caught.value.hint or "")


@pytest.mark.parametrize("size", [(100, 75), (400, 300), (33, 190)])
def test_second_picture_is_scaled_to_the_first_when_asked(size: tuple[int, int]) -> None:
    reference = photo(*size).resize((200, 150), Image.Resampling.LANCZOS)

    found = mf.compare(encode(reference, "PNG"), encode(photo(*size), "PNG"), resize=True)

    assert found.is_resized
    assert found.size == mf.Size(200, 150)
    assert found.psnr_db > 45  # one Lanczos scaler against another


def test_animation_is_compared_by_its_first_frame_and_says_so() -> None:
    found = mf.compare(animated("GIF"), _flat((255, 0, 0), (64, 48)))

    assert found.is_identical
    assert "animation_flattened" in [notice.code for notice in found.notices]


def test_reduced_depth_is_said() -> None:
    found = mf.compare(png16(), png16())

    assert [notice.code for notice in found.notices] == ["depth_reduced", "depth_reduced"]
    assert [notice.message.split(":")[0] for notice in found.notices] == [
        "first picture",
        "second picture",
    ]


def test_every_kind_of_source_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PHOTO)
    mf.process(path, "memory://compare/a.png")

    sources = [path, str(path), PHOTO, BytesIO(PHOTO), "memory://compare/a.png"]

    assert all(mf.compare(source, PHOTO).is_identical for source in sources)


def test_limits_hold_for_both_pictures() -> None:
    tight = mf.Limits(max_pixels=200 * 150 - 1)

    with pytest.raises(mf.errors.LimitExceededError):
        mf.compare(PHOTO, PHOTO, limits=tight)
    with pytest.raises(mf.errors.LimitExceededError):
        mf.compare(_flat((0, 0, 0)), PHOTO, resize=True, limits=tight)


def test_memory_is_counted_for_both_pictures_together() -> None:
    alone = mf.plan(PHOTO, mf.ImageOutput("png"), to="out/").peak_bytes

    with pytest.raises(mf.errors.LimitExceededError) as caught:
        mf.compare(PHOTO, PHOTO, limits=mf.Limits(max_memory_bytes=alone + 1))

    assert caught.value.details["limit"] == "max_memory_bytes"


@pytest.mark.parametrize("broken", [b"", b"no picture", PHOTO[: len(PHOTO) // 2]])
def test_broken_picture_is_a_bad_source(broken: bytes) -> None:
    for pair in ((PHOTO, broken), (broken, PHOTO)):
        with pytest.raises(mf.errors.SourceError):
            mf.compare(*pair)


@pytest.mark.parametrize("other", [PHOTO, photo_jpeg(200, 150)], ids=["identical", "lossy"])
def test_comparison_travels_as_json(other: bytes) -> None:
    found = mf.compare(PHOTO, other)

    text = json.dumps(mf.to_dict(found), allow_nan=False)

    assert mf.from_dict(mf.Comparison, json.loads(text)) == found


def test_large_second_picture_is_scaled_whatever_is_installed() -> None:
    # 3 MP: a size at which an optional back end would do the scaling of a job
    large = photo(2000, 1500)

    found = mf.compare(encode(large.reduce(4), "PNG"), encode(large, "PNG"), resize=True)

    assert found.is_resized
    assert found.psnr_db > 30

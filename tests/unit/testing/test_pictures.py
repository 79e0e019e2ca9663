from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.testing import assert_visually_equal
from tests.media import encode, photo, photo_jpeg

GRAY = np.full((40, 60), 100, np.uint8)


def test_pictures_that_look_alike_pass() -> None:
    assert_visually_equal(photo_jpeg(quality=95), np.asarray(photo()), min_psnr_db=35)
    assert_visually_equal(GRAY, GRAY)


def test_failure_says_all_figures_and_the_place() -> None:
    # 20 log10(255 / 80) = 10.07 dB in one block of 16 px a side; of 40 × 60 px 256 / 2400 differ,
    # so 10.07 + 10 log10(2400 / 256) = 19.79
    damaged = GRAY.copy()
    damaged[16:32, 32:48] += 80

    with pytest.raises(AssertionError) as caught:
        assert_visually_equal(GRAY, damaged, min_ssim=0.999)

    words = str(caught.value)
    assert words.startswith("pictures differ: PSNR 19.79 dB (at least 40), SSIM 0.")
    assert "(at least 0.999), score " in words
    assert "at 60×40 px" in words
    assert words.endswith("worst in x 32 to 48, y 16 to 32")


@pytest.mark.parametrize(
    "bound", [{"min_psnr_db": 50.0}, {"min_ssim": 0.9999}, {"min_score": 99.0}], ids=str
)
def test_each_bound_can_fail_alone(bound: dict[str, float]) -> None:
    bounds = {"min_psnr_db": None, **bound}

    with pytest.raises(AssertionError):
        assert_visually_equal(photo_jpeg(), np.asarray(photo()), **bounds)


def test_difference_map_is_white_where_they_differ_most(tmp_path: Path) -> None:
    damaged = GRAY.copy()
    damaged[5, 7], damaged[20, 30] = 150, 125

    with pytest.raises(AssertionError, match=r"see .*map\.png"):
        assert_visually_equal(GRAY, damaged, min_psnr_db=50, save_difference=tmp_path / "map.png")

    with Image.open(tmp_path / "map.png") as picture:
        shown = np.asarray(picture)
    assert (shown[5, 7], shown[20, 30]) == (255, 25 * 255 // 50)
    assert np.count_nonzero(shown) == 2


def test_no_map_is_left_when_they_look_alike(tmp_path: Path) -> None:
    assert_visually_equal(GRAY, GRAY + 1, save_difference=tmp_path / "map.png")

    assert list(tmp_path.iterdir()) == []


def test_map_shows_lost_alpha(tmp_path: Path) -> None:
    clear = np.full((8, 8, 4), 255, np.uint8)
    clear[2, 3, 3] = 0

    with pytest.raises(AssertionError, match="alpha included"):
        assert_visually_equal(clear, clear[..., :3].copy(), save_difference=tmp_path / "map.png")

    with Image.open(tmp_path / "map.png") as picture:
        assert np.argwhere(np.asarray(picture)).tolist() == [[2, 3]]


def test_other_size_is_an_error_unless_asked_otherwise() -> None:
    small = np.full((20, 30), 100, np.uint8)

    with pytest.raises(mf.errors.SpecError):
        assert_visually_equal(GRAY, small)
    assert_visually_equal(GRAY, small, resize=True)


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_samples_of_every_kind_are_taken(samples: int) -> None:
    pixels = np.arange(12 * 9 * samples).reshape(12, 9, samples).astype(np.uint8)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[samples]
    written = encode(Image.fromarray(pixels[..., 0] if samples == 1 else pixels, mode), "PNG")

    assert_visually_equal(pixels, written, min_psnr_db=float("inf"))


@pytest.mark.parametrize("wrong", [np.zeros((4, 4)), np.zeros((4, 4, 5), np.uint8)])
def test_other_arrays_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(TypeError, match="8 bits each"):
        assert_visually_equal(wrong, GRAY)

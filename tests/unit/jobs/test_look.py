"""Borders and focus from real files, through the whole path."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

import mediaflow as mf
from mediaflow import errors
from mediaflow.image.focus import focus_detectors
from tests.media import encode, image, oriented_jpeg, photo, photo_jpeg


def _box(*edges: int) -> mf.Box:
    return mf.Box(*map(Fraction, edges))


@pytest.fixture
def corner() -> Iterator[list[tuple[tuple[int, ...], float]]]:
    """A detector that always answers with the upper left corner and keeps what it was asked."""
    asked: list[tuple[tuple[int, ...], float]] = []

    class Corner:
        def find(self, picture: npt.NDArray[np.uint8], aspect: float) -> mf.FocalPoint:
            asked.append((picture.shape, aspect))
            return mf.FocalPoint(0, 0)

    focus_detectors.register("corner", Corner(), replace=True)
    yield asked
    focus_detectors._loaded.pop("corner")


def test_white_border_is_cut_to_the_px(tmp_path: Path) -> None:
    framed = ImageOps.expand(photo(200, 100), (31, 17, 5, 40), "white")

    result = mf.process(encode(framed, "PNG"), mf.ImageOutput("png", trim=True), to=f"{tmp_path}/")

    assert result.outputs[0].crop == _box(31, 17, 231, 117)
    made = image(Path(result.outputs[0].uri).read_bytes())
    assert np.array_equal(np.asarray(made), np.asarray(photo(200, 100)))


def test_transparent_border_hides_no_color(tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    pixels[10:20, 15:45, 3] = 255

    result = mf.process(
        encode(Image.fromarray(pixels), "PNG"), mf.ImageOutput("png", trim=True), to=f"{tmp_path}/"
    )

    assert result.outputs[0].crop == _box(15, 10, 45, 20)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_crop_is_upright_in_every_orientation(tmp_path: Path, orientation: int) -> None:
    framed = ImageOps.expand(photo(160, 96), (32, 16, 0, 48), "white")  # whole JPEG blocks

    result = mf.process(
        oriented_jpeg(orientation, framed),
        mf.ImageOutput("png", trim=mf.Trim(threshold=60)),
        to=f"{tmp_path}/",
    )

    crop = result.outputs[0].crop
    assert crop is not None
    edges = (crop.left, crop.top, crop.right, crop.bottom)
    assert all(abs(a - b) <= 2 for a, b in zip(edges, (32, 16, 192, 112), strict=True))


def test_uniform_picture_is_left_whole(tmp_path: Path) -> None:
    plain = encode(Image.new("RGB", (50, 40), "navy"), "PNG")

    result = mf.process(plain, mf.ImageOutput("png", trim=True), to=f"{tmp_path}/")

    assert result.outputs[0].crop is None
    assert (result.outputs[0].width, result.outputs[0].height) == (50, 40)


def test_detector_of_ones_own_is_asked_with_the_shape(
    tmp_path: Path, corner: list[tuple[tuple[int, ...], float]]
) -> None:
    spec = mf.ImageOutput("png", width=50, height=100, fit="cover", gravity=mf.Focus("corner"))

    result = mf.process(photo_jpeg(2400, 1200), spec, to=f"{tmp_path}/")

    assert result.outputs[0].crop == _box(0, 0, 600, 1200)
    # decoded at 1/8 to 300 × 150 px, then blocks of 2 × 2 are averaged
    assert corner == [((75, 150, 3), 0.5)]


def test_unknown_detector_is_refused_before_the_input_is_read(tmp_path: Path) -> None:
    spec = mf.ImageOutput("png", aspect="1:1", gravity=mf.Focus("smrt"))

    with pytest.raises(errors.UnknownNameError, match="'smrt'; did you mean 'smart'"):
        mf.process(photo_jpeg(), spec, to=f"{tmp_path}/")


def test_plan_shows_the_crop_that_the_job_uses(tmp_path: Path) -> None:
    spec = mf.ImageOutput("png", width=60, height=200, fit="cover", gravity="smart")
    source = photo_jpeg(640, 480)

    plan = mf.plan(source, spec, to=f"{tmp_path}/")
    result = mf.process(source, spec, to=f"{tmp_path}/")

    assert plan.encodes[0].crop == result.outputs[0].crop
    assert result.outputs[0].crop is not None


def test_look_at_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(errors.LimitExceededError, match="307,200 pixels"):
        mf.process(
            photo_jpeg(640, 480),
            mf.ImageOutput("png", trim=True),
            to=f"{tmp_path}/",
            limits=mf.Limits(max_pixels=1000),
        )


def test_other_outputs_of_the_job_stay_whole(tmp_path: Path) -> None:
    result = mf.process(
        photo_jpeg(640, 480),
        [
            mf.ImageOutput("png", aspect="1:1", gravity="smart", suffix="_square"),
            mf.ImageOutput("png", width=320, suffix="_whole"),
        ],
        to=f"{tmp_path}/",
    )

    square, whole = result.outputs
    assert (square.width, square.height) == (480, 480)
    assert whole.crop is None

"""Libswscale gives the same picture as a plain Lanczos, at fractional edges and in bands."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mediaflow.geometry import SampleGrid, sample_grid
from mediaflow.libav.scale import scale_planes
from tests.measure import psnr
from tests.media import photo

SOURCE = photo(900, 700)
NEAR = 48.0
"""dB against Pillow's own Lanczos of the same box; the kernels differ in rounding only."""

Box = tuple[float, float, float, float]


def _pixels(picture: Image.Image) -> Any:
    return np.asarray(picture if picture.mode == "L" else picture.convert("RGBX"))


def _scaled(picture: Image.Image, box: Box, size: tuple[int, int], threads: int = 1) -> Any:
    pixels = _pixels(picture)
    left, top, right, bottom = (Fraction(edge) for edge in box)
    across = sample_grid(left, right, size[0], picture.width)
    down = sample_grid(top, bottom, size[1], picture.height)
    planes = scale_planes(lambda a, b: pixels[a:b], across, (down,), threads=threads)
    return np.dstack(planes) if len(planes) > 1 else planes[0]


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((0, 0, 900, 700), (450, 350)),
        ((0, 0, 900, 700), (301, 233)),
        ((0, 0, 899.5, 699.5), (400, 311)),
        ((100.25, 50.5, 700.75, 650), (200, 199)),
        ((0, 0, 900, 700), (60, 47)),
        ((450, 0, 900, 700), (90, 140)),
    ],
)
def test_part_of_a_picture_is_scaled_like_lanczos(
    mode: str, box: Box, size: tuple[int, int]
) -> None:
    picture = SOURCE.convert(mode)

    made = _scaled(picture, box, size)

    wanted = picture.resize(size, Image.Resampling.LANCZOS, box=box)
    assert made.shape[:2] == (size[1], size[0])
    assert psnr(made, wanted) >= NEAR


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_flat_color_stays_flat_up_to_the_edges(mode: str) -> None:
    picture = Image.new("RGB", (300, 200), (200, 100, 50)).convert(mode)

    made = _scaled(picture, (0, 0, 299.5, 199.25), (140, 90))

    assert np.ptp(made.reshape(140 * 90, -1), axis=0).max() <= 1
    assert np.abs(made[0, 0].astype(int) - picture.getpixel((0, 0))).max() <= 1


def test_planes_are_red_green_and_blue() -> None:
    picture = Image.new("RGB", (400, 300), (250, 130, 10))
    grid = sample_grid(Fraction(0), Fraction(400), 100, 400)
    rows = sample_grid(Fraction(0), Fraction(300), 75, 300)

    red, green, blue = scale_planes(lambda a, b: _pixels(picture)[a:b], grid, (rows,), threads=1)

    middles = [int(plane[40, 50]) for plane in (red, green, blue)]
    assert middles == pytest.approx([250, 130, 10], abs=1)


def test_fourth_byte_is_not_looked_at() -> None:
    pixels = _pixels(SOURCE).copy()
    across = sample_grid(Fraction(0), Fraction(900), 300, 900)
    down = sample_grid(Fraction(0), Fraction(700), 233, 700)

    first = scale_planes(lambda a, b: pixels[a:b], across, (down,), threads=1)
    pixels[..., 3] = np.random.default_rng(1).integers(0, 256, (700, 900), np.uint8)
    second = scale_planes(lambda a, b: pixels[a:b], across, (down,), threads=1)

    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_change_no_pixel(threads: int) -> None:
    box, size = (0.0, 0.0, 900.0, 700.0), (411, 319)

    assert np.array_equal(_scaled(SOURCE, box, size), _scaled(SOURCE, box, size, threads))


def test_input_is_only_read() -> None:
    pixels = _pixels(SOURCE).copy()
    before = pixels.copy()
    pixels.flags.writeable = False
    grid = SampleGrid(
        first=-2, length=904, produced=452, skipped=1, count=450, limit=900, error=0.0
    )
    rows = SampleGrid(
        first=-2, length=704, produced=352, skipped=1, count=350, limit=700, error=0.0
    )

    scale_planes(lambda a, b: pixels[a:b], grid, (rows,), threads=1)

    assert np.array_equal(pixels, before)


def test_edges_beyond_the_picture_are_copies_of_its_edge() -> None:
    # A gradient that is continued flat: the outermost px cannot be brighter or darker than it.
    ramp = np.tile(np.linspace(0, 250, 100).astype(np.uint8), (80, 1))
    grid = SampleGrid(first=-4, length=108, produced=54, skipped=0, count=54, limit=100, error=0.0)
    rows = SampleGrid(first=0, length=80, produced=40, skipped=0, count=40, limit=80, error=0.0)

    (gray,) = scale_planes(lambda a, b: ramp[a:b], grid, (rows,), threads=1)

    assert gray.shape == (40, 54)
    assert int(gray[:, 0].max()) <= 2
    assert int(gray[:, -1].min()) >= 248


def test_results_do_not_share_memory_with_libswscale_frames() -> None:
    first = _scaled(SOURCE, (0, 0, 900, 700), (300, 233)).copy()
    again = _scaled(SOURCE, (0, 0, 900, 700), (300, 233))
    for _ in range(5):
        _scaled(Image.new("RGB", (900, 700), "white"), (0, 0, 900, 700), (300, 233))

    assert np.array_equal(first, again)

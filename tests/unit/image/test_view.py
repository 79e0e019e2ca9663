"""Pixels of a Pillow image are seen without a copy and never written."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PIL import Image

from mediaflow.image.pillow.view import row_reader, view_pixels
from tests.media import photo


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (640, 480), (2047, 33)])
def test_view_shows_the_pixels(size: tuple[int, int]) -> None:
    picture = photo(*size)

    pixels = view_pixels(picture)

    assert pixels is not None
    assert pixels.shape == (size[1], size[0], 4)
    assert np.array_equal(pixels[..., :3], np.asarray(picture))


def test_view_of_gray_has_one_byte_a_px() -> None:
    picture = photo(64, 48).convert("L")

    pixels = view_pixels(picture)

    assert pixels is not None
    assert np.array_equal(pixels, np.asarray(picture))


def test_view_cannot_be_written() -> None:
    pixels = view_pixels(photo(16, 16))

    assert pixels is not None
    with pytest.raises(ValueError):
        pixels[0, 0, 0] = 1


def test_view_outlives_its_picture() -> None:
    picture = photo(300, 200)
    wanted = np.asarray(picture).copy()
    pixels = view_pixels(picture)
    assert pixels is not None
    part = pixels[50:100, 10:20]

    del picture, pixels
    gc.collect()
    for _ in range(20):
        Image.new("RGB", (300, 200), "white")

    assert np.array_equal(part[..., :3], wanted[50:100, 10:20])


def test_large_picture_has_no_view_and_is_read_by_rows() -> None:
    # 2300 × 2000 × 4 bytes are more than the 16 MiB that Pillow keeps in one piece
    picture = Image.effect_noise((2300, 2000), 40).convert("RGB")

    assert view_pixels(picture) is None
    rows = row_reader(picture)(700, 760)
    assert rows.shape == (60, 2300, 4)
    assert np.array_equal(rows[..., :3], np.asarray(picture)[700:760])


def test_small_picture_is_read_without_a_copy() -> None:
    read = row_reader(photo(64, 48))

    assert np.shares_memory(read(0, 48), read(10, 20))

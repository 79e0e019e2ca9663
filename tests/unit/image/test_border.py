"""What lies inside of a uniform border."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.image.border import BAND_ROWS, inside_border


def _picture(height: int = 40, width: int = 60, value: int = 200) -> np.ndarray:
    return np.full((height, width, 4), (value, value, value, 255), np.uint8)


def test_box_holds_exactly_what_differs():
    pixels = _picture()
    pixels[7:30, 11:52, :3] = 20

    assert inside_border(pixels, 10) == (11, 7, 52, 30)


def test_two_far_px_span_the_box():
    pixels = _picture()
    pixels[3, 50, 0] = 0
    pixels[35, 4, 1] = 0

    assert inside_border(pixels, 10) == (4, 3, 51, 36)


@pytest.mark.parametrize(("threshold", "found"), [(9, (5, 5, 6, 6)), (10, None)])
def test_threshold_is_the_largest_difference_that_is_border(threshold, found):
    pixels = _picture()
    pixels[5, 5, 2] = 190

    assert inside_border(pixels, threshold) == found


def test_uniform_picture_has_nothing_inside():
    assert inside_border(_picture(), 0) is None


@pytest.mark.parametrize("row", [BAND_ROWS - 1, BAND_ROWS, 2 * BAND_ROWS])
def test_bands_are_joined_at_the_right_rows(row):
    pixels = _picture(2 * BAND_ROWS + 5, 3)
    pixels[row, 1] = 0

    assert inside_border(pixels, 0) == (1, row, 2, row + 1)


@pytest.mark.parametrize("value", [0, 3, 252, 255])
def test_border_near_the_ends_of_the_scale_does_not_wrap(value):
    pixels = _picture(value=value)
    pixels[10, 10, :3] = 128

    assert inside_border(pixels, 10) == (10, 10, 11, 11)

"""The colours of a picture, heaviest first, the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.image.placeholder import palette
from tests.media import photo

RED, GREEN, BLUE, WHITE = (220, 20, 30), (20, 160, 60), (30, 60, 200), (255, 255, 255)


def stripes(*parts, height=10):
    """Return columns of (color, width, alpha)."""
    rows = [np.tile([*color, alpha], (width, 1)) for color, width, alpha in parts]
    return np.tile(np.concatenate(rows)[None], (height, 1, 1)).astype(np.uint8)


def near(color, other, tolerance=2):
    return max(abs(a - b) for a, b in zip(color, other, strict=True)) <= tolerance


def test_few_colors_are_found_exactly_and_by_weight():
    found = palette(stripes((RED, 20, 255), (BLUE, 50, 255), (GREEN, 30, 255)), most=6)

    assert found == (BLUE, GREEN, RED)


@pytest.mark.parametrize("color", [(0, 0, 0), WHITE, (127, 128, 129), RED])
def test_one_color_is_one_color(color):
    assert palette(stripes((color, 7, 255)), most=6) == (color,)


def test_px_weigh_as_much_as_they_are_opaque():
    found = palette(stripes((RED, 40, 255), (BLUE, 60, 64), (GREEN, 90, 0)), most=6)

    assert found == (RED, BLUE)


def test_picture_that_cannot_be_seen_is_white():
    assert palette(stripes((RED, 5, 0)), most=6) == (WHITE,)


def test_no_more_colors_than_asked():
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (50, 50, 4), np.uint8)

    assert [len(palette(noise, most=most)) for most in (1, 3, 6)] == [1, 3, 6]


def test_small_accent_is_found_beside_shades_of_one_color():
    sky = [((90 + shade, 140 + shade, 220), 10, 255) for shade in range(0, 30, 2)]

    found = palette(stripes(*sky, (RED, 6, 255)), most=6)

    assert any(near(color, RED, 6) for color in found[1:])
    assert not near(found[0], RED, 60)


def test_colors_of_a_photo_are_those_that_were_painted():
    pixels = np.asarray(photo(100, 75).convert("RGBA"))

    found = palette(pixels, most=6)

    assert len(found) == 6
    # sky above, the three hills below, as tests/media.py paints them
    for painted in ((58, 92, 84), (46, 104, 52), (72, 66, 40)):
        assert any(near(color, painted, 10) for color in found)
    assert found[0][2] > 200  # most of it is sky


def test_order_of_px_changes_nothing():
    pixels = np.asarray(photo(100, 75).convert("RGBA")).reshape(-1, 4)
    mixed = np.random.default_rng(3).permutation(pixels)

    assert palette(mixed, most=6) == palette(pixels, most=6)

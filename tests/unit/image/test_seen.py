"""Parts of a source in its own upright px, whatever it was decoded to."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageOps

from mediaflow.geometry import Box, Size
from mediaflow.image.seen import Seen
from tests.media import exif_orientation


def _box(*edges: int) -> Box:
    return Box(*map(Fraction, edges))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_seen_as_a_viewer_shows_it(orientation):
    stored = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(4, 6, 4)
    stored[..., 3] = 255
    picture = Image.fromarray(stored)
    picture.getexif().update(exif_orientation(orientation))
    upright = ImageOps.exif_transpose(picture)  # the independent reader

    seen = Seen(stored, Size(*upright.size), orientation)

    whole = seen.small(Box.whole(Size(*upright.size)))
    assert np.array_equal(whole, np.asarray(upright)[..., :3])


def test_boxes_are_in_px_of_the_source_at_any_scale():
    pixels = np.zeros((30, 40, 4), np.uint8)
    pixels[10:20, 20:40] = 255  # x 200 to 400 and y 100 to 200 of the source

    seen = Seen(pixels, Size(400, 300), 1)

    assert (seen.small(_box(200, 100, 400, 200)) == 255).all()
    assert seen.small(_box(200, 100, 400, 200)).shape == (10, 20, 3)


def test_border_of_a_part_is_found_in_px_of_the_source():
    pixels = np.full((60, 80, 4), 255, np.uint8)
    pixels[20:30, 40:50, 0] = 0

    assert Seen(pixels, Size(80, 60), 1).inside_border(_box(10, 5, 70, 55), 0) == _box(
        40, 20, 50, 30
    )


def test_large_pictures_are_averaged_not_picked():
    pixels = np.zeros((600, 1024, 4), np.uint8)
    pixels[:, ::2] = 200  # every other column; every block of four columns averages to 100
    pixels[..., 3] = 255

    small = Seen(pixels, Size(1024, 600), 1).small(Box.whole(Size(1024, 600)))

    assert small.shape == (150, 256, 3)
    assert (small == 100).all()


def test_transparency_is_seen_on_white():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (50, 0, 0, 51)  # a fifth of (250, 0, 0)

    seen = Seen(pixels, Size(2, 2), 1).small(Box.whole(Size(2, 2)))

    assert seen[0, 0].tolist() == [254, 204, 204]
    assert seen[1, 1].tolist() == [255, 255, 255]

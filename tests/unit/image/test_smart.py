"""The built-in detector finds what a person would keep, and always the same."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.geometry import FocalPoint
from mediaflow.image.smart import SMART


def _scene(height: int, width: int, *, at: tuple[slice, slice]) -> np.ndarray:
    """A gray wall with one colourful checkered thing."""
    picture = np.full((height, width, 3), 128, np.uint8)
    rows, columns = np.mgrid[0:height, 0:width]
    checks = np.where(
        ((rows // 8 + columns // 8) % 2)[..., None] == 1, (230, 40, 30), (20, 60, 220)
    )
    picture[at] = checks[at]
    return picture


@pytest.mark.parametrize(
    ("columns", "low", "high"), [(slice(8, 56), 0.1, 0.25), (slice(200, 248), 0.75, 0.9)]
)
def test_window_goes_where_something_is(columns, low, high):
    picture = _scene(128, 256, at=(slice(40, 88), columns))

    found = SMART.find(picture, 0.5)  # 64 of 256 columns are kept

    assert low <= found.x <= high
    assert found.y == 0.5


def test_tall_picture_is_searched_from_top_to_bottom():
    picture = _scene(256, 128, at=(slice(200, 248), slice(40, 88)))

    found = SMART.find(picture, 2.0)

    assert found.x == 0.5
    assert 0.75 <= found.y <= 0.9


def test_uniform_picture_is_cut_in_the_middle():
    for aspect in (0.3, 1.0, 3.0):
        found = SMART.find(np.full((100, 200, 3), 90, np.uint8), aspect)

        # a window of an odd number of blocks cannot be centred on an even number of them
        assert abs(found.x - 0.5) <= 0.5 / 32
        assert abs(found.y - 0.5) <= 0.5 / 32


def test_skin_wins_over_an_equal_patch_of_another_hue():
    picture = np.full((128, 256, 3), 128, np.uint8)
    picture[32:96, 16:80] = (120, 170, 200)
    picture[32:96, 176:240] = (200, 140, 115)  # a light skin tone of the same contrast

    assert SMART.find(picture, 0.5).x > 0.5


def test_fine_noise_does_not_win_over_a_shape():
    picture = _scene(256, 128, at=(slice(24, 88), slice(32, 96)))
    noise = np.random.default_rng(1).integers(80, 176, (96, 128, 1), dtype=np.uint8)
    picture[160:] = noise

    assert SMART.find(picture, 1.2).y < 0.5


@pytest.mark.parametrize("shape", [(1, 1), (1, 256), (256, 1), (2, 3)])
@pytest.mark.parametrize("aspect", [0.01, 1.0, 100.0])
def test_any_shape_has_an_answer(shape, aspect):
    found = SMART.find(np.full((*shape, 3), 7, np.uint8), aspect)

    assert isinstance(found, FocalPoint)


def test_same_picture_gives_the_same_point():
    picture = np.random.default_rng(2).integers(0, 256, (150, 250, 3), dtype=np.uint8)

    assert len({SMART.find(picture, 0.7) for _ in range(5)}) == 1

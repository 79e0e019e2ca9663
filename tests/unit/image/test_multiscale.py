from __future__ import annotations

from itertools import pairwise

import pytest
from PIL import Image

from mediaflow.image.multiscale import Blocks, strips
from tests.media import encode, image, photo

C1 = (0.1 * 255) ** 2


def _score(one: Image.Image, other: Image.Image) -> float:
    blocks = Blocks()
    blocks.add(one, other)
    return blocks.score()


def _encoded(format: str, quality: int) -> Image.Image:
    return image(encode(photo(), format, quality=quality)).convert("RGB")


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (64, 64), (65, 130)])
def test_equal_pictures_score_exactly_100(size: tuple[int, int]) -> None:
    assert _score(photo(*size), photo(*size)) == 100.0


@pytest.mark.parametrize(("a", "b"), [(0, 255), (0, 1), (100, 104), (180, 90)])
@pytest.mark.parametrize("size", [(64, 64), (13, 29)])
def test_flat_gray_pictures_score_by_arithmetic(a: int, b: int, size: tuple[int, int]) -> None:
    # every block of every scale has the same error, so that all means are that error
    error = 1 - (2 * a * b + C1) / (a * a + b * b + C1)

    score = _score(Image.new("L", size, a), Image.new("L", size, b))

    assert score == pytest.approx(100 / (1 + 26 * error), rel=1e-9)


def test_black_that_is_one_level_off_is_hardly_a_difference() -> None:
    # as a JPEG makes it over wide dark areas; no eye sees it
    black, nearly = Image.new("RGB", (64, 64)), Image.new("RGB", (64, 64), (1, 1, 1))

    assert _score(black, nearly) > 95


def test_luma_of_a_gray_shade_is_four_fifths_of_a_color_picture() -> None:
    error = 1 - (2 * 100 * 120 + C1) / (100**2 + 120**2 + C1)

    score = _score(Image.new("RGB", (64, 64), (100,) * 3), Image.new("RGB", (64, 64), (120,) * 3))

    assert score == pytest.approx(100 / (1 + 26 * 0.8 * error), rel=1e-9)


def test_a_lost_color_is_seen_although_its_luma_stays() -> None:
    red = Image.new("RGB", (64, 64), (200, 60, 60))
    gray = red.convert("L").convert("RGB")

    assert _score(red, gray) < 95


@pytest.mark.parametrize("format", ["AVIF", "JPEG", "WEBP"])
def test_lower_quality_scores_lower(format: str) -> None:
    qualities = (20, 35, 50, 65, 80, 95)

    scores = [_score(photo(), _encoded(format, quality)) for quality in qualities]

    assert all(lower < higher for lower, higher in pairwise(scores))


def test_a_ruined_quarter_counts_by_its_mean_and_by_its_fourth_power() -> None:
    one, other = Image.new("L", (64, 64), 100), Image.new("L", (64, 64), 100)
    other.paste(140, (0, 32, 32, 64))
    # a quarter of the blocks of each of three scales: 16 of 64, 4 of 16, 1 of 4
    error = 1 - (2 * 100 * 140 + C1) / (100**2 + 140**2 + C1)
    pooled = (error / 4 + error * (1 / 4) ** (1 / 4)) / 2

    assert _score(one, other) == pytest.approx(100 / (1 + 26 * pooled), rel=1e-9)


def test_order_of_the_pictures_does_not_matter() -> None:
    one, other = photo(), _encoded("JPEG", 40)

    assert _score(one, other) == _score(other, one)


def test_strips_make_the_score_of_the_whole() -> None:
    one, other = photo(200, 150), image(encode(photo(200, 150), "JPEG", quality=40))
    blocks = Blocks()

    for top, bottom in ((0, 64), (64, 128), (128, 150)):
        place = (0, top, 200, bottom)
        blocks.add(one.crop(place), other.crop(place))

    assert blocks.score() == pytest.approx(_score(one, other), rel=1e-12)


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (8000, 6000), (65_000, 100), (100, 65_000)])
def test_strips_are_whole_blocks_and_hold_every_row_once(size: tuple[int, int]) -> None:
    found = list(strips(size))

    assert [row for top, bottom in found for row in range(top, bottom)] == list(range(size[1]))
    assert all((bottom - top) % 64 == 0 for top, bottom in found[:-1])

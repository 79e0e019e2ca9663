"""Who scales a picture, and how it reaches fractional edges."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.geometry import Box, Size
from mediaflow.planning.scaling import choose_scaling, reduce_region


def box(left, top, right, bottom):
    return Box(Fraction(left), Fraction(top), Fraction(right), Fraction(bottom))


PICTURE = Size(2000, 1500)


def choose(content, origin=PICTURE, crop=None, *, fast=True):
    return choose_scaling(crop or Box.whole(origin), content, origin, fast=fast)


def test_same_size_is_not_scaled():
    assert choose(Size(2000, 1500)).scaler == "none"


def test_part_of_a_picture_is_never_the_picture_itself():
    crop = box(0, 0, 1000, 750)

    assert choose(Size(1000, 750), crop=crop).scaler != "none"


@pytest.mark.parametrize("content", [Size(2001, 1501), Size(2000, 1600)])
def test_enlarging_is_done_by_pillow(content):
    assert choose(content).scaler == "pillow"


def test_small_origins_are_scaled_by_pillow():
    # 499 × 500 = 249,500 px; PyAV need not be loaded for so little.
    assert choose(Size(100, 100), Size(499, 500)).scaler == "pillow"
    assert choose(Size(100, 100), Size(500, 500)).scaler == "swscale"


def test_without_libswscale_pillow_scales():
    assert choose(Size(100, 75), fast=False).scaler == "pillow"


def test_grids_are_for_libswscale_only():
    assert choose(Size(100, 75), fast=False).grids is None
    assert choose(Size(100, 75)).grids is not None


@pytest.mark.parametrize(
    ("origin", "content"),
    [
        (Size(2000, 1500), Size(720, 540)),
        (Size(4000, 3000), Size(1000, 750)),
        (Size(8000, 6000), Size(2000, 1500)),
        (Size(3000, 4000), Size(720, 960)),
    ],
)
def test_grids_make_every_row_and_column_once(origin, content):
    grids = choose(content, origin).grids

    assert grids is not None
    assert grids.across.count == content.width
    assert sum(grid.count for grid in grids.down) == content.height


@pytest.mark.parametrize(
    ("origin", "content"), [(Size(2725, 2225), Size(720, 588)), (Size(4000, 3000), Size(1000, 750))]
)
def test_grids_reach_their_positions(origin, content):
    # A shift of 0.05 px stays above 50 dB.
    grids = choose(content, origin).grids

    assert grids is not None
    assert max(grid.error for grid in (grids.across, *grids.down)) <= 0.05


def test_large_origin_is_reduced_by_whole_numbers_first():
    # 4000 × 3000 × 4 bytes is more than 16 MiB; at least twice the final size must remain.
    reduce = choose(Size(500, 375), Size(4000, 3000)).reduce

    assert 2 <= reduce <= 4000 / 500 / 2


def test_small_origin_is_not_reduced():
    assert choose(Size(200, 150)).reduce == 1


def test_far_smaller_picture_is_reduced_first():
    # 2000 / 100 = 20 is more than 12, and 20 / (12 / 2) = 3 whole px become one.
    assert choose(Size(100, 75)).reduce == 3


@pytest.mark.parametrize(
    ("crop", "factor", "region", "size", "rest"),
    [
        ((0, 0, 100, 60), 4, (0, 0, 100, 60), (25, 15), (0, 0, 25, 15)),
        ((0, 0, 101, 61), 4, (0, 0, 101, 61), (26, 16), (0, 0, "101/4", "61/4")),
        (
            ("21/2", "5/2", "99/2", "81/2"),
            2,
            (10, 2, 50, 41),
            (20, 20),
            ("1/4", "1/4", "79/4", "77/4"),
        ),
    ],
)
def test_reduction_by_hand(crop, factor, region, size, rest):
    reduction = reduce_region(box(*crop), factor, Size(101, 61))

    assert reduction.region == region
    assert reduction.size == Size(*size)
    assert reduction.crop == box(*rest)


def test_reduction_stays_inside_the_origin():
    # A scaled decode ends between two px: 2725 / 2 = 1362.5 of 1363.
    reduction = reduce_region(box(0, 0, "2725/2", "2225/2"), 2, Size(1363, 1113))

    assert reduction.region == (0, 0, 1363, 1113)
    assert reduction.crop == box(0, 0, "2725/4", "2225/4")

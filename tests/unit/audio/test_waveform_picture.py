"""What is drawn where: px counted and covered shares reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.audio.points import Peaks
from mediaflow.audio.waveform_picture import bars_coverage, outline_coverage, painted
from mediaflow.audio.waveform_shape import Outline, bars_of, outline_of
from mediaflow.geometry import Size

FULL = (-32_768, 32_767)


def peaks(points) -> Peaks:
    """Return points, each of one or several channels."""
    values = np.asarray(points, np.int16).reshape(len(points), -1, 2)
    return Peaks(sample_rate=8_000, samples_per_point=4, samples=4 * len(points), values=values)


def outlined(points, size, *, normalize=False):
    return outline_coverage(outline_of(peaks(points), size, normalize=normalize), size)


def barred(points, size, *, width=4, gap=2, normalize=False):
    bars = bars_of(peaks(points), size, width=width, gap=gap, normalize=normalize)
    return bars_coverage(bars, size)


@pytest.mark.parametrize("height", [40, 41])
@pytest.mark.parametrize("count", [1, 10, 30, 100])
def test_silence_is_a_sharp_line_of_one_row(height, count):
    made = outlined([(0, 0)] * count, Size(30, height))

    assert np.flatnonzero(made.any(axis=1)).tolist() == [height // 2]
    assert set(made[height // 2].tolist()) == {255}


def test_no_points_are_a_line_too():
    nothing = np.empty((0, 1, 2), np.int16)
    none = Peaks(sample_rate=8_000, samples_per_point=4, samples=0, values=nothing)

    made = outline_coverage(outline_of(none, Size(30, 40), normalize=True), Size(30, 40))

    assert set(made[20].tolist()) == {255}


def test_full_scale_fills_the_height():
    made = outlined([FULL] * 100, Size(30, 41))

    assert (made >= 254).all()  # the greatest number is one short of full scale


def test_half_of_full_scale_covers_half():
    made = outlined([(-16_384, 16_384)] * 64, Size(16, 81))

    # middle at 40.5, reach 40.5: from 20.25 to 60.75
    column = made[:, 8].tolist()
    assert column[20] == round(0.75 * 255)
    assert column[60] == round(0.75 * 255)
    assert set(column[21:60]) == {255}
    assert set(column[:20] + column[61:]) == {0}


def test_each_column_shows_its_share_of_the_points():
    points = [(0, 0)] * 1_000
    points[700] = FULL

    made = outlined(points, Size(100, 41))

    covered = made.astype(int).sum(axis=0)
    assert covered.argmax() == 70
    assert set(covered[:69].tolist()) | set(covered[72:].tolist()) == {255}


def test_fewer_points_than_columns_are_joined_by_lines():
    made = outlined([(0, 0), FULL], Size(400, 101))

    covered = made.astype(int).sum(axis=0) / 255
    assert covered[:100] == pytest.approx(1, abs=0.5)
    assert covered[300:] == pytest.approx(101, abs=0.5)
    assert covered[200] == pytest.approx(51, abs=1)
    assert (np.diff(covered) >= -0.01).all()


def test_steep_edges_are_smooth():
    made = outlined([(-20_000, 20_000), (-5_000, 5_000)] * 50, Size(100, 60))

    assert len(set(made.ravel().tolist())) > 20


def test_wide_pictures_have_no_seam():
    size = Size(1_300, 21)
    narrow = Outline(tops=np.full((1, 1_300), 5.25), bottoms=np.full((1, 1_300), 9.5))

    made = outline_coverage(narrow, size)

    assert (made == made[:, :1]).all()


def test_loudest_point_fills_the_height_when_normalized():
    quiet = [(-50, 100), (-100, 80)] * 50

    made = outlined(quiet, Size(10, 41), normalize=True)

    assert made.all()


def test_silence_that_is_normalized_stays_silent():
    assert (outlined([(0, 0)] * 9, Size(9, 9), normalize=True) > 0).sum() == 9


def test_channels_stand_one_below_the_other_and_apart():
    points = [[0, 0, *FULL]] * 50

    made = outlined(points, Size(20, 100))

    column = made[:, 10].tolist()
    assert [row for row in range(50) if column[row]] == [25]
    assert set(column[:25] + column[26:51]) == {0}
    assert set(column[52:98]) == {255}


def test_more_channels_than_rows_are_drawn():
    points = [[0, 0] * 8] * 5

    assert outlined(points, Size(5, 3)).any()
    assert barred(points, Size(5, 3)).any()


def test_bars_have_their_width_and_gap_and_stand_in_the_middle():
    made = barred([FULL] * 100, Size(24, 40))

    covered = made[20].tolist()
    assert covered == [0] + ([255] * 4 + [0] * 2) * 3 + [255] * 4 + [0]


def test_bars_are_as_tall_below_as_above():
    made = barred([(-100, 20_000)] * 100, Size(30, 50))

    assert (made == made[::-1]).all()


def test_silent_bars_are_dots():
    made = barred([(0, 0)] * 100, Size(30, 40), width=6, gap=4)

    dot = made[:, 2:8] if made[20, 2] else made[:, 0:6]
    assert np.flatnonzero(made.any(axis=1)).tolist() == list(range(17, 23))
    assert dot.sum() / 255 == pytest.approx(np.pi * 9, rel=0.03)  # a circle


def test_bars_have_round_ends():
    made = barred([(-16_384, 16_384)] * 100, Size(8, 80), width=8, gap=0)

    # from 20 to 60, with half circles of radius 4
    assert made[:20].sum() == made[60:].sum() == 0
    assert made.sum() / 255 == pytest.approx(np.pi * 16 + 8 * 32, rel=0.02)


def test_a_bar_wider_than_the_picture_fills_it():
    assert barred([FULL] * 5, Size(10, 40), width=200, gap=3)[20].all()


def test_every_bar_shows_its_share():
    points = [(0, 0)] * 1_000
    points[-1] = FULL

    made = barred(points, Size(58, 40))

    assert made[0].nonzero()[0].tolist() != []
    assert made[5, :50].sum() == 0


def test_colors_are_mixed_by_what_is_covered():
    coverage = np.array([[0, 128, 255]], np.uint8)

    made = painted(coverage, color=(255, 0, 10), background=(0, 100, 10))

    assert made.tolist() == [[[0, 100, 10], [128, 50, 10], [255, 0, 10]]]


def test_what_is_not_covered_is_transparent():
    coverage = np.array([[0, 128, 255]], np.uint8)

    made = painted(coverage, color=(255, 0, 10), background=None)

    assert made.tolist() == [[[0, 0, 0, 0], [255, 0, 10, 128], [255, 0, 10, 255]]]

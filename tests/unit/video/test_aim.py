"""Which rate is tried next: by hand-worked tries, and by encoders made up of arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.planning import BudgetStep
from mediaflow.video.aim import Aim, Try, next_rate


def budget(max_bytes=10_000, *, least_bytes=None, tries=6):
    return BudgetStep(
        max_bytes=max_bytes,
        least_bytes=max_bytes * 4 // 5 if least_bytes is None else least_bytes,
        beside_bytes=1_000,
        passes=1,
        tries=tries,
        worst_crf=51,
        quality_arguments=(("crf", 51),),
    )


@pytest.mark.parametrize(
    ("tries", "wanted", "expected"),
    [
        ([(80_000, 20_000)], 10_000, 40_000),  # in proportion
        ([(80_000, 5_000)], 10_000, 160_000),
        ([(80_000, 10_100)], 10_000, 77_600),  # three percent lower at least
        # half the rate gave 1 / √2 of the bytes, so another half gives the same share
        ([(80_000, 20_000), (40_000, 14_142)], 10_000, 20_000),
        # between two rates, on the curve through both: four times the rate, twice the bytes
        ([(20_000, 8_000), (80_000, 16_000)], 11_314, 40_000),
        # an encoder that does not follow
        ([(80_000, 20_000), (40_000, 20_000)], 19_900, 28_000),
        ([(2_000, 20_000)], 10, 1_000),  # no encoder takes less
    ],
)
def test_next_rate_is_the_one_that_was_worked_out_by_hand(tries, wanted, expected):
    rate = next_rate([Try(*one) for one in tries], wanted)

    assert rate == pytest.approx(expected, rel=1e-3)


def test_a_file_that_fills_its_limit_is_enough():
    aim = Aim(budget(), 80_000)

    assert aim.measured(9_000, 8_000)

    assert (aim.is_over, aim.count, aim.best_bytes) == (True, 1, 9_000)


def test_a_file_that_is_too_large_is_tried_with_fewer_bits():
    aim = Aim(budget(), 80_000)

    assert not aim.measured(13_000, 12_000)

    # 9,000 bytes are left for the picture, and 97 % of them are aimed at
    assert aim.bit_rate == pytest.approx(80_000 * 9_000 * 0.97 / 12_000, abs=1)
    assert not aim.is_over


def test_a_small_file_is_tried_with_more_bits_and_the_better_one_wins():
    aim = Aim(budget(), 80_000)

    assert aim.measured(5_000, 4_000)
    assert aim.bit_rate == pytest.approx(80_000 * 9_000 * 0.9 / 4_000, abs=1)
    assert not aim.measured(10_001, 9_001)
    assert not aim.is_over
    assert aim.measured(8_500, 7_500)

    assert (aim.is_over, aim.count, aim.best_bytes) == (True, 3, 8_500)


def test_an_encoder_that_has_all_it_can_use_is_not_asked_a_third_time():
    aim = Aim(budget(), 80_000)
    aim.measured(2_000, 1_000)
    aim.measured(2_010, 1_010)

    assert (aim.is_over, aim.count) == (True, 2)


def test_more_than_can_be_seen_is_not_asked_for():
    aim = Aim(budget(least_bytes=0), 80_000)
    aim.measured(2_000, 1_000)

    assert (aim.is_over, aim.count) == (True, 1)


def test_an_encoder_that_keeps_to_no_rate_is_given_a_constant_quality_instead():
    aim = Aim(budget(), 80_000)
    rates = []
    for _ in range(3):
        rates.append(aim.bit_rate)
        aim.measured(20_000, 19_000)

    assert rates == [80_000, 36_757, 1_000]  # in proportion, then as low as any encoder takes
    assert (aim.bit_rate, aim.crf) == (None, 51)
    assert aim.measured(3_000, 2_000)
    # twice the bytes every 3.5 steps at most: log2(0.9 × 9,000 / 2,000) × 3.5 = 7.06
    assert aim.crf == 51 - 7
    aim.measured(8_200, 7_200)
    assert (aim.is_over, aim.best_bytes) == (True, 8_200)


def test_a_refused_rate_is_followed_by_a_constant_quality():
    aim = Aim(budget(), 80_000)
    aim.refused()

    assert (aim.bit_rate, aim.crf, aim.is_over) == (None, 51, False)
    aim.refused()
    assert aim.is_over


def test_worst_quality_that_does_not_fit_is_the_end():
    aim = Aim(budget(), 80_000)
    aim.refused()
    aim.measured(12_000, 11_500)

    assert (aim.is_over, aim.best_bytes, aim.least_bytes) == (True, 0, 12_000)


def test_nothing_is_tried_when_no_byte_is_left_for_the_picture():
    aim = Aim(budget(), 80_000)
    aim.measured(12_000, 1_500)

    assert (aim.is_over, aim.best_bytes) == (True, 0)


@given(
    limit=st.integers(2_000, 10_000_000),
    beside=st.integers(300, 1_500),
    rate=st.integers(1_000, 10_000_000),
    power=st.floats(0.05, 2.0),
    scale=st.floats(1e-4, 1e2),
    floor=st.integers(100, 5_000),
    worst=st.integers(50, 3_000),
)
def test_whatever_an_encoder_does_the_search_ends_and_knows_what_fits(
    limit, beside, rate, power, scale, floor, worst
):
    aim = Aim(budget(limit), rate)
    fitting = []
    while not aim.is_over:
        if aim.bit_rate is None:
            picture = int(worst * 2 ** ((51 - aim.crf) / 5))
        else:
            assert 1_000 <= aim.bit_rate <= 1_000_000_000
            picture = max(int(scale * aim.bit_rate**power), floor)
        size = beside + picture
        is_better = max(fitting, default=0) < size <= limit
        assert aim.measured(size, picture) == is_better
        fitting += [size] if size <= limit else []

    assert aim.count <= 6
    assert aim.best_bytes == max(fitting, default=0)
    assert 0 <= aim.crf <= 51

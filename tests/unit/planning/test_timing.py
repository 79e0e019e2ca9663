"""Frames that stay and how long they are shown: rows worked by hand, and what always holds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.planning.timing import Cut, Kept, choose_frames, frame_at, shown_seconds

GIF = Fraction(1, 100)
MS = Fraction(1, 1000)


def chosen(seconds, **cut):
    return [(kept.index, kept.ticks) for kept in choose_frames(seconds, Cut(**cut))]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ([Fraction(0)], [Fraction(1, 10)]),
        (
            [Fraction(1, 100)],
            [Fraction(1, 100)],
        ),  # a stored 10 ms is kept, whatever a browser makes of it
        (
            [Fraction(0), Fraction(1, 24), Fraction(2)],
            [Fraction(1, 10), Fraction(1, 24), Fraction(2)],
        ),
    ],
)
def test_only_an_unstated_duration_is_replaced(stored, shown):
    assert list(shown_seconds(stored)) == shown


@pytest.mark.parametrize(
    ("seconds", "cut", "expected"),
    [
        ([Fraction(1)] * 3, {}, [(0, 1000), (1, 1000), (2, 1000)]),
        ([], {}, []),
        # 30 a second on a grid of 10 ms: ends at 33.3, 66.7, 100 → 3, 7, 10
        ([Fraction(1, 30)] * 3, {"tick": GIF}, [(0, 3), (1, 4), (2, 3)]),
        # 15 ms on 10 ms: half rounds up, ends at 15, 30, 45, 60 → 2, 3, 5, 6
        ([Fraction(15, 1000)] * 4, {"tick": GIF}, [(0, 2), (1, 1), (2, 2), (3, 1)]),
        # 60 a second, none under 20 ms: next one due at 20, 40 … of 16.7, 33.3, 50, 66.7, 83.3, 100
        (
            [Fraction(1, 60)] * 6,
            {"tick": GIF, "period": Fraction(1, 50)},
            [(0, 2), (1, 2), (2, 2), (3, 2), (4, 2)],
        ),
        # 25 a second capped at 10: seen at 0, 100, 200 ms are frames 0, 2, 5; 240 is the end
        ([Fraction(1, 25)] * 6, {"period": Fraction(1, 10)}, [(0, 100), (2, 140)]),
        (
            [Fraction(1, 25)] * 10,
            {"period": Fraction(1, 10)},
            [(0, 100), (2, 100), (5, 100), (7, 100)],
        ),
        # slower than the cap: nothing changes
        ([Fraction(1, 3)] * 3, {"period": Fraction(1, 10)}, [(0, 333), (1, 334), (2, 333)]),
        # a flash before a long frame never swallows it
        ([Fraction(1, 100), Fraction(3)], {"period": Fraction(1, 10)}, [(0, 100), (1, 2910)]),
        ([Fraction(1)] * 5, {"most_frames": 2}, [(0, 1000), (1, 1000)]),
        ([Fraction(1)] * 5, {"longest": Fraction(5, 2)}, [(0, 1000), (1, 1000), (2, 500)]),
        ([Fraction(1)] * 5, {"start": Fraction(3, 2)}, [(1, 500), (2, 1000), (3, 1000), (4, 1000)]),
        (
            [Fraction(1)] * 5,
            {"start": Fraction(3, 2), "longest": Fraction(1)},
            [(1, 500), (2, 500)],
        ),
        ([Fraction(1)] * 2, {"start": Fraction(99)}, [(1, 1)]),  # after the end: the last frame
        ([Fraction(1000)], {"tick": GIF, "most": Fraction(655_350, 1000)}, [(0, 65_535)]),
        ([Fraction(1, 5000)] * 3, {"tick": MS}, [(0, 1)]),  # shorter than the grid
    ],
)
def test_frames_are_chosen_as_worked_by_hand(seconds, cut, expected):
    assert chosen(seconds, **cut) == expected


durations = st.lists(
    st.fractions(Fraction(1, 500), 3, max_denominator=1000), min_size=1, max_size=40
)


@given(
    durations,
    st.sampled_from([GIF, MS]),
    st.sampled_from([Fraction(0), Fraction(1, 50), Fraction(1, 7)]),
)
def test_total_is_kept_within_one_tick_whatever_is_left_out(seconds, tick, period):
    kept = choose_frames(seconds, Cut(tick=tick, period=period))

    assert abs(sum(frame.ticks for frame in kept) * tick - sum(seconds)) <= tick
    assert all(frame.ticks >= 1 for frame in kept)
    assert [frame.index for frame in kept] == sorted({frame.index for frame in kept})


@given(durations, st.integers(1, 60))
def test_no_two_frames_are_closer_than_the_cap(seconds, fps):
    kept = choose_frames(seconds, Cut(period=Fraction(1, fps)))

    assert all(frame.ticks >= 1000 // fps for frame in kept[:-1])
    assert kept[0].index == 0


@given(durations, st.integers(1, 10), st.fractions(Fraction(1, 100), 9, max_denominator=100))
def test_caps_are_never_passed(seconds, frames, longest):
    kept = choose_frames(seconds, Cut(most_frames=frames, longest=longest))

    assert 1 <= len(kept) <= frames
    assert sum(frame.ticks for frame in kept) <= longest * 1000 + 1


@pytest.mark.parametrize(
    ("moment", "index"),
    [
        (None, 0),
        (0, 0),
        (0.99, 0),
        (1, 1),
        (2.5, 1),
        (3, 2),
        (99, 2),
        ("0%", 0),
        ("25%", 1),
        ("100%", 2),
    ],
)
def test_frame_at_a_moment_is_the_one_that_is_shown(moment, index):
    assert frame_at([Fraction(1), Fraction(2), Fraction(1)], moment) == index


def test_frame_of_nothing_is_the_first():
    assert frame_at([], "50%") == 0


def test_kept_frames_compare_by_value():
    assert Kept(1, 2) == Kept(1, 2)

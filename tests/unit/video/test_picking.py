"""Which keyframes are decoded, on times and sizes written by hand."""

from __future__ import annotations

import pytest

from mediaflow.video.picking import Candidate, Picker


def picked(sizes, *, gaps=None, watches=True, may_pass=True, wanted=()):
    """Return the stamps that are decoded, and those that are watched."""
    picker = Picker(
        watches=watches, may_pass=may_pass, is_wanted=lambda _before, stamp, _after: stamp in wanted
    )
    stamps = [sum((gaps or [10] * len(sizes))[:place]) for place in range(len(sizes))]
    found = [
        picker.take(Candidate(stamp, stamp, size))
        for stamp, size in zip(stamps, sizes, strict=True)
    ]
    found.append(picker.last())
    kept = [one for one in found if one is not None]
    return (
        [one.candidate.stamp for one in kept],
        [one.candidate.stamp for one in kept if one.is_watched],
        picker,
    )


def test_of_a_run_of_one_size_every_other_is_passed_over():
    decoded, watched, picker = picked([100, 101, 99, 103, 100, 102])

    assert decoded == watched == [0, 20, 40, 50]
    assert picker.passed_before(20).stamp == 10
    assert picker.passed_before(20) is None
    assert picker.passed_before(40).stamp == 30
    assert picker.passed_before(50) is None


@pytest.mark.parametrize(
    ("sizes", "gaps"),
    [
        ([100, 120, 100, 80, 100], None),
        ([100, 100, 100, 100, 100], [10, 5, 10, 4, 10]),
    ],
    ids=["other sizes", "before their time"],
)
def test_what_may_be_another_scene_is_never_passed_over(sizes, gaps):
    decoded, watched, _ = picked(sizes, gaps=gaps)

    assert len(decoded) == len(watched) == 5


def test_first_and_last_are_always_decoded():
    assert picked([100])[0] == [0]
    assert picked([100, 100])[0] == [0, 10]
    assert picked([100, 100, 100])[0] == [0, 20]


def test_a_storyboard_takes_its_own_and_changes_nothing_else():
    plain = picked([100] * 7)
    more = picked([100] * 7, wanted={10, 30, 40})

    assert more[0] == [0, 10, 20, 30, 40, 60]
    assert more[1] == plain[1] == [0, 20, 40, 60]


def test_without_anything_to_find_only_what_is_wanted_is_decoded():
    decoded, watched, _ = picked([100, 300] * 4, watches=False, wanted={30})

    assert (decoded, watched) == ([0, 30, 70], [])


def test_where_none_may_be_passed_over_all_are_decoded():
    assert picked([100] * 5, may_pass=False)[0] == [0, 10, 20, 30, 40]

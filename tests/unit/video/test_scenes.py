"""Scenes by times and distances written by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.scenes import Scene, ScenesData
from mediaflow.video.scenes import scene_starts, scenes_of


def every(seconds, count):
    return [Fraction(str(seconds)) * n for n in range(count)]


@pytest.mark.parametrize(
    ("distances", "starts"),
    [
        ([0.02] * 9, [0]),
        ([0.02, 0.02, 0.5, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02], [0, 6]),
        ([0.6] * 9, [2 * n for n in range(10)]),  # each keyframe another scene
        ([0.15] * 9, [0]),  # a busy scene
        ([0.15, 0.15, 0.15, 0.28, 0.15, 0.15, 0.15, 0.15, 0.15], [0]),  # a little busier
        ([0.15, 0.15, 0.15, 0.45, 0.15, 0.15, 0.15, 0.15, 0.15], [0, 8]),
        ([], [0]),
    ],
)
def test_keyframes_in_time_are_cuts_where_the_picture_changes_much(distances, starts):
    assert scene_starts(every(2, len(distances) + 1), distances) == starts


def test_a_keyframe_before_its_time_needs_less():
    times = [Fraction(n) for n in (0, 4, 5, 9, 13)]

    assert scene_starts(times, [0.15, 0.15, 0.15, 0.15]) == [0, 5]


def test_where_keyframes_are_dense_none_is_early():
    times = [Fraction(n, 100) for n in (0, 34, 60, 94, 120)]

    assert scene_starts(times, [0.15] * 4) == [0]


def test_a_dissolve_is_one_cut():
    times = every("0.25", 12)

    starts = scene_starts(times, [0.0] * 4 + [0.3, 0.28, 0.3] + [0.0] * 4)

    assert starts == [0, Fraction(5, 4)]


def test_scenes_meet_and_end_with_the_film():
    data = scenes_of(every(2, 4), [0.0, 0.7, 0.0], Fraction("7.52"))

    assert data == ScenesData(
        scenes=(
            Scene(start_seconds=0.0, end_seconds=4.0),
            Scene(start_seconds=4.0, end_seconds=7.52),
        )
    )


def test_data_that_cannot_be_is_refused():
    with pytest.raises(SpecError, match="at least one"):
        ScenesData(scenes=())
    with pytest.raises(SpecError, match="must be after"):
        Scene(start_seconds=2.0, end_seconds=2.0)
    with pytest.raises(SpecError, match="must meet"):
        ScenesData(
            scenes=(
                Scene(start_seconds=0.0, end_seconds=1.0),
                Scene(start_seconds=2.0, end_seconds=3.0),
            )
        )

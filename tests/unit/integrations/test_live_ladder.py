"""The ladder of a live track: down when frames are slow, up when they have been quick for long."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.integrations.webrtc.ladder import Ladder

BUDGET = 0.1
QUICK, FAIR, SLOW = 0.04, 0.08, 0.2


def _feed(ladder: Ladder, seconds: float, times: int, *, start: float = 0.0) -> list[str]:
    """Give a ladder a frame each tenth of a second; return the levels after each."""
    return [ladder.took(seconds, start + index / 10) for index in range(times)]


def test_four_slow_frames_of_eight_are_one_step_down() -> None:
    assert _feed(Ladder(BUDGET), SLOW, 4) == ["full", "full", "full", "half"]


def test_single_stalls_change_nothing() -> None:
    ladder = Ladder(BUDGET)

    levels = [ladder.took(SLOW if index % 3 == 0 else QUICK, index / 10) for index in range(60)]

    assert set(levels) == {"full"}


def test_effect_that_stays_slow_is_bypassed() -> None:
    assert _feed(Ladder(BUDGET), SLOW, 8)[-1] == "through"


def test_there_is_no_level_below_through() -> None:
    assert _feed(Ladder(BUDGET), SLOW, 50)[-1] == "through"


def test_calm_of_five_seconds_is_one_step_up() -> None:
    ladder = Ladder(BUDGET)
    _feed(ladder, SLOW, 4)  # half at 0.3 s

    levels = _feed(ladder, QUICK, 60, start=1.0)

    # calm since the step down at 0.3 s: 5.3 s is the frame of number 43
    assert levels.index("full") == 43


def test_frames_between_calm_and_slow_hold_the_level() -> None:
    ladder = Ladder(BUDGET)
    _feed(ladder, SLOW, 4)

    assert set(_feed(ladder, FAIR, 600, start=1.0)) == {"half"}


def test_step_up_that_failed_at_once_is_tried_half_as_often() -> None:
    ladder = Ladder(BUDGET)
    _feed(ladder, SLOW, 4)
    _feed(ladder, QUICK, 54, start=0.4)  # up at 5.3 s, the last frame is of 5.7 s
    assert ladder.level == "full"
    _feed(ladder, SLOW, 4, start=5.8)  # down at 6.1 s

    levels = _feed(ladder, QUICK, 120, start=6.2)

    assert levels.index("full") in (99, 100)  # 16.1 s, ten seconds of calm; a float may be short


def test_without_simplifying_the_whole_effect_stays() -> None:
    assert set(_feed(Ladder(BUDGET, simplifies=False), SLOW, 50)) == {"full"}


@pytest.mark.parametrize("budget", [0, -1, float("inf"), float("nan")])
def test_budget_that_is_no_time_is_refused(budget: float) -> None:
    with pytest.raises(SpecError, match="more than 0 seconds"):
        Ladder(budget)

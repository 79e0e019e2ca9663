"""Which frames an output shows, when, and for how long."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import LimitExceededError
from mediaflow.models.film import VideoOutput
from mediaflow.security.limits import Limits
from mediaflow.video.pace import Pace, Shot
from tests.film_infos import film_info, film_planned


def shown(
    fps: float | None = None,
    *,
    rate: int | Fraction = 25,
    frames: int = 25,
    start: float = 0.0,
    end: float | None = None,
    limits: Limits | None = None,
) -> list[tuple[int, Shot]]:
    """Return the number of the frame of the film, and the shot, of all that an output shows."""
    plan = film_planned(VideoOutput("mp4", fps=fps, start=start, end=end), film_info())
    pace = Pace(plan.renditions[0], limits or Limits())
    return [
        (number, shot)
        for number in range(frames)
        for shot in pace.shots(Fraction(number, rate), Fraction(number + 1, rate))
    ]


def test_frames_keep_their_times_where_no_rate_is_asked():
    assert shown(frames=3) == [(n, Shot(Fraction(n, 25), Fraction(1, 25))) for n in range(3)]


@pytest.mark.parametrize("fps", [5, 10, 24, 30, 50, 60])
def test_each_tick_shows_the_frame_that_is_displayed_then(fps):
    made = shown(fps)

    assert [shot.time for _, shot in made] == [Fraction(tick, fps) for tick in range(fps)]
    assert [number for number, _ in made] == [tick * 25 // fps for tick in range(fps)]
    assert sum(shot.seconds for _, shot in made) == 1


def test_times_count_from_the_start_of_the_cut():
    made = shown(start=0.5, end=0.6)

    assert [number for number, _ in made] == [12, 13, 14]
    assert [shot.time for _, shot in made] == [0, Fraction(1, 50), Fraction(3, 50)]
    assert sum(shot.seconds for _, shot in made) == Fraction(1, 10)


def test_a_frame_that_is_shown_for_longer_than_allowed_is_refused():
    with pytest.raises(LimitExceededError, match="max_gap_seconds"):
        shown(rate=Fraction(1, 2), frames=1, limits=Limits(max_gap_seconds=1))


def test_frames_are_bounded():
    with pytest.raises(LimitExceededError, match="more than 10 frames"):
        shown(limits=Limits(max_film_frames=10))

"""Clients start a stream, show its true pictures, seek in it and come to its end."""

from __future__ import annotations

import pytest

from tests.browser.painted import BAR_COLORS, FPS, SECONDS, second_color

pytestmark = pytest.mark.browser

# Lossy coding and 8-bit conversion move a flat color by a few of 255; neighbours are 60 apart.
COLOR_TOLERANCE = 16
# A page sees a frame as it goes to the screen, and a busy machine may have gone on by then.
LATE_SECONDS = 4 / FPS


@pytest.mark.smoke
def test_plays_past_eight_seconds_with_sound_and_the_true_pictures(playing):
    begun = playing.wait(lambda state: state["time"] > 0.5, "the start")
    early = playing.look()
    later = playing.wait(lambda state: state["time"] > 8, "eight seconds")
    late = playing.look()

    assert begun["duration"] == pytest.approx(SECONDS, abs=0.1)
    assert later["sound"] > begun["sound"] > 0
    assert early.seconds == pytest.approx(early.time, abs=LATE_SECONDS)
    assert late.seconds == pytest.approx(late.time, abs=LATE_SECONDS)
    assert 0.5 < early.time < 8 < late.time


@pytest.mark.parametrize("number", [385, 62])  # forth, then back; bits 110000001 and 000111110
def test_shows_the_very_frame_that_is_sought(playing, number):
    playing.wait(lambda state: state["time"] > 0.2, "the start")
    playing.look_at(200 / FPS)

    picture = playing.look_at((number + 0.5) / FPS)

    assert picture.number == number
    assert picture.time == pytest.approx(number / FPS, abs=0.001)
    for place, color in enumerate(picture.bars):
        is_set = number >> (8 - place) & 1
        wanted = BAR_COLORS[place % 3] if is_set else (0, 0, 0)
        assert color == pytest.approx(wanted, abs=COLOR_TOLERANCE)
    assert picture.below == pytest.approx(second_color(number // FPS), abs=COLOR_TOLERANCE)


@pytest.mark.smoke
def test_seeks_to_a_late_time_plays_on_and_ends(playing):
    playing.wait(lambda state: state["time"] > 0.2, "the start")
    playing.ask("() => { video.currentTime = 13; }")
    playing.wait(lambda state: state["time"] > 13.5, "playing on")
    picture = playing.look()
    state = playing.wait(lambda state: state["ended"], "the end")

    assert picture.seconds == pytest.approx(picture.time, abs=LATE_SECONDS)
    assert picture.time > 13.5
    assert state["time"] == pytest.approx(SECONDS, abs=0.1)

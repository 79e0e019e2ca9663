"""Which lengths of a sound decide what is made of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.concat import Part
from mediaflow.models.film import VideoOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.streams import Chapter, ContainerInfo
from mediaflow.planning.film_carry import chapters_within
from mediaflow.planning.film_times import window_of
from mediaflow.planning.sound_parts import check_sound_parts, found_sound
from mediaflow.security.limits import Limits
from tests.film_infos import film_info, film_planned, sound_info, track


def recording(**lengths):
    """Return a recording of one track, with the lengths that are told of it."""
    return replace(
        sound_info(),
        container=ContainerInfo(demuxer="mp3", start_seconds=0.0, **lengths),
        audio=(track(index=0, start_seconds=0.0),),
    )


ESTIMATED = recording(duration_seconds_estimated=7.5)


@pytest.mark.parametrize("start", [0.0, 8.0])
def test_an_estimate_decides_nothing_of_a_recording(start):
    window = window_of(start, 10.0, ESTIMATED)

    assert (window.start, window.end, window.seconds) == (start, 10, 10 - Fraction(start))


def test_the_end_of_a_recording_with_an_estimate_is_not_known():
    assert window_of(8.0, None, ESTIMATED).seconds is None


def test_an_estimate_decides_of_films_as_they_are_cut_by_frames():
    told = ContainerInfo(demuxer="mpegts", duration_seconds_estimated=7.5, start_seconds=0.0)
    film = replace(film_info(), container=told)

    assert window_of(0.0, 10.0, film).end is None


@pytest.mark.parametrize("told", ["duration_seconds_from_header", "duration_seconds_from_packets"])
def test_lengths_of_headers_and_of_packets_decide(told):
    known = recording(**{told: 7.5})

    assert window_of(1.0, 10.0, known).seconds == Fraction(13, 2)
    with pytest.raises(SpecError, match="beyond the source's end"):
        window_of(8.0, None, known)


def test_a_fade_at_an_end_that_is_estimated_asks_for_an_end():
    with pytest.raises(SpecError, match="length") as caught:
        film_planned(AudioOutput("wav", fade_out=1), ESTIMATED)

    assert caught.value.hint == "give an end"
    step = film_planned(AudioOutput("wav", fade_out=1, end=10), ESTIMATED).sounds[0]
    assert (step.end, step.fade.end) == (10, 10)


def test_limits_of_joined_sounds_go_by_estimates_as_well():
    part = found_sound(Part("talk.mp3", start=2.5), ESTIMATED, label="part 1")

    whole = check_sound_parts([part, part], Limits())

    assert whole.container.duration_seconds_from_header is None
    assert whole.duration_seconds == 10


@pytest.mark.parametrize(
    ("zero", "first", "length", "words", "end"),
    [
        (0.0, 0.0, 1.0, {}, 1),  # shorter than the picture
        (0.0, 2.0, 3.0, {}, 5),  # it begins late
        (1.4, 1.5, 2.0, {}, Fraction(21, 10)),  # time stamps count from elsewhere
        (0.0, 0.0, 4.0, {"start": 1}, 3),
        (0.0, 0.0, 4.0, {"start": 1, "speed": 2}, Fraction(3, 2)),
        (0.0, 0.0, 4.0, {"end": 3}, 3),
        (0.0, 0.0, 20.0, {}, 10),  # never after the end of the film
        (0.0, 0.0, None, {}, 10),  # nothing is told
        (0.0, None, 1.0, {}, 10),
        (0.0, 0.0, 1.0, {"start": 5}, 5),  # nothing of it is left
    ],
)
def test_the_sound_of_a_film_fades_where_it_ends_itself(zero, first, length, words, end):
    sound = track(start_seconds=first, duration_seconds_from_header=length)
    film = film_info(audio=[sound], seconds=10.0, container={"start_seconds": zero})

    plan = film_planned(AudioOutput("wav", fade_out=0.5, **words), film)

    assert plan.sounds[0].fade.end == end


def test_the_sound_within_a_film_fades_with_its_picture():
    sound = track(start_seconds=0.0, duration_seconds_from_header=1.0)
    film = film_info(audio=[sound], seconds=10.0, container={"start_seconds": 0.0})

    assert film_planned(VideoOutput(fade_out=0.5), film).sounds[0].fade.end == 10


def test_chapters_are_counted_from_where_they_are_cut():
    told = [
        Chapter(start_seconds=at, end_seconds=at + 1, title=str(at)) for at in (0.0, 1.0, 2.0, 3.0)
    ]

    assert chapters_within(told, 1.25, 2.5) == (
        Chapter(start_seconds=0.0, end_seconds=0.75, title="1.0"),
        Chapter(start_seconds=0.75, end_seconds=1.25, title="2.0"),
    )

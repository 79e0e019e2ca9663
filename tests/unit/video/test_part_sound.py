"""Sound of one part of a joined film waits for its picture and ends with it."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from mediaflow.planning import FrameColor, PartStep
from mediaflow.video.part_sound import HELD_BYTES, HELD_SECONDS, PartSound
from tests.film_infos import film_info

RATE = 8_000
BLOCK = 800  # samples; a tenth of a second
BYTES_A_SECOND = 4 * RATE
HELD_FRAMES = HELD_BYTES // 1_000  # of one sample each, which take no less than a kilobyte
COLOR = FrameColor(primaries=1, transfer=1, matrix=1, full_range=False)


def block(place: int, *, untimed: bool = False) -> av.AudioFrame:
    """Return a tenth of a second whose samples count on from the start of the sound."""
    samples = np.arange(place * BLOCK, (place + 1) * BLOCK, dtype=np.int32)
    frame = av.AudioFrame.from_ndarray(samples[None], format="s32", layout="mono")
    frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
    frame.pts = None if untimed else place * BLOCK
    return frame


def still(place: int, *, seconds: int = 0, samples: int = 0) -> av.AudioFrame:
    """Return some sound that says that it is heard at once."""
    count = samples or seconds * RATE
    frame = av.AudioFrame.from_ndarray(np.full((1, count), place, np.int32), "s32", "mono")
    frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
    return frame


class Heard:
    """Takes what is handed on: times in seconds of the joined film, and samples."""

    def __init__(self) -> None:
        self.times: list[tuple[int, float]] = []
        self.samples: list[int] = []

    def __call__(self, track, frames):
        for frame in frames:
            assert frame.pts is not None
            self.times.append((track, float(frame.pts * frame.time_base)))
            self.samples += frame.to_ndarray()[0].tolist()


def part_sound(heard, *, tracks=frozenset({1}), streams=(0, 3), zero=0, shift=0, end=None):
    part = PartStep(
        label="part 1", source=film_info(), streams=streams, color=COLOR, end=end, seconds=None
    )
    return PartSound(part, set(tracks), Fraction(zero), Fraction(shift), heard)


def test_sound_is_handed_on_once_its_picture_is_there():
    heard = Heard()
    sound = part_sound(heard)

    sound.take(3, [block(place) for place in range(5)])
    sound.release(Fraction(25, 100))

    assert heard.samples == list(range(2 * BLOCK))  # the third ends at 0.3 s


@pytest.mark.parametrize("until", [Fraction(1, 4), Fraction(3, 10), Fraction(5, 10), Fraction(9)])
def test_what_outlasts_the_picture_is_cut_to_the_sample(until):
    heard = Heard()
    sound = part_sound(heard)

    sound.take(3, [block(place) for place in range(5)])
    sound.end(until)

    assert heard.samples == list(range(min(int(until * RATE), 5 * BLOCK)))


def test_times_are_those_of_the_joined_film():
    heard = Heard()
    sound = part_sound(heard, zero=Fraction(-1, 10), shift=20)

    sound.take(3, [block(0), block(1, untimed=True)])
    sound.end(Fraction(9))

    assert heard.times == [(1, 20.1), (1, 20.2)]


def test_a_stream_may_stand_for_two_tracks_and_another_for_none():
    heard = Heard()
    sound = part_sound(heard, tracks={1, 2, 3}, streams=(0, 3, None, 3))

    sound.take(3, [block(0)])
    sound.end(Fraction(9))

    assert (sound.streams, sound.missing) == ({3}, {2})
    assert heard.times == [(1, 0.0), (3, 0.0)]


def test_what_comes_after_the_end_of_a_piece_is_not_held():
    heard = Heard()
    sound = part_sound(heard, end=Fraction(2, 10))

    sound.take(3, [block(place) for place in range(9)])

    assert sound.reaches(Fraction(9, 10))
    assert not sound.reaches(Fraction(91, 100))
    sound.end(Fraction(9))
    assert heard.samples == list(range(2 * BLOCK))


def test_sound_that_runs_far_ahead_is_not_kept_without_end():
    heard = Heard()
    sound = part_sound(heard)

    for place in range(20 * HELD_SECONDS):
        sound.take(3, [block(place)])

    seconds = len(heard.samples) / RATE
    assert seconds == pytest.approx(2 * HELD_SECONDS - HELD_SECONDS, abs=0.2)


def test_sound_whose_time_stamps_stand_still_is_not_kept_without_end():
    heard = Heard()
    sound = part_sound(heard)
    given = BYTES_A_SECOND * 10

    for place in range(2 * HELD_BYTES // given):
        sound.take(3, [still(place, seconds=10)])

    assert len(heard.samples) * 4 >= HELD_BYTES - given  # the half of what was given is not held


def test_frames_of_one_sample_are_not_kept_without_end():
    heard = Heard()
    sound = part_sound(heard)

    for place in range(HELD_FRAMES + 1_000):
        sound.take(3, [still(place, samples=1)])

    assert len(heard.times) >= 1_000


def test_all_tracks_together_are_not_kept_without_end():
    heard = Heard()
    sound = part_sound(heard, tracks={1, 2}, streams=(0, 3, 4))

    for place in range(HELD_BYTES // (2 * BYTES_A_SECOND) + 20):
        sound.take(3, [still(place, seconds=1)])
        sound.take(4, [still(place, seconds=1)])

    assert len(heard.samples) * 4 >= 20 * BYTES_A_SECOND

"""Decoded sound costs no more than a film may last, wherever its time stamps put it."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from mediaflow.audio.sound import Sound
from mediaflow.errors import LimitExceededError
from mediaflow.planning.frame_steps import SoundStep
from mediaflow.security.limits import Limits

RATE = 8_000


def second(at):
    frame = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.int16), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, at * RATE, Fraction(1, RATE)
    return frame


def pushed(times, limits):
    step = SoundStep(
        stream=0,
        codec="flac",
        encoder="flac",
        sample_rate=RATE,
        channels=1,
        channel_layout="mono",
        sample_format="s16",
    )
    sound = Sound(step, Fraction(0), limits)
    return [coded for at in times for coded in sound.push(second(at))]


def test_sound_that_lies_upon_itself_is_counted_all_the_same():
    with pytest.raises(LimitExceededError) as caught:
        pushed([0] * 4, Limits(max_duration_seconds=3))

    assert (caught.value.details["limit"], caught.value.details["seen"]) == (
        "max_duration_seconds",
        4,
    )


def test_sound_of_the_allowed_length_passes():
    assert pushed(range(3), Limits(max_duration_seconds=3))

"""Speed without a change of pitch: lengths, times, tones."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from mediaflow.audio.tempo import Tempo

RATE = 48_000
SPEEDS = (0.25, 0.5, 0.8, 0.95, 1.1, 1.5, 2, 3, 4)


def played(samples, speed, *, block=1024, rate=RATE):
    tempo = Tempo(Fraction(str(speed)), rate, len(samples))
    made = [samples[:, :0]]
    for start in range(0, samples.shape[1], block):
        made += tempo.push(samples[:, start : start + block])
    made += tempo.end()
    return np.concatenate(made, axis=1)


def tone(hertz, seconds=2.0, rate=RATE):
    time = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("count", [0, 1, 500, 47_999])
def test_as_many_samples_come_out_as_the_speed_says(speed, count):
    made = played(tone(440)[:, :count].repeat(2, 0), speed)

    assert made.shape == (2, round(count / Fraction(str(speed))))


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("hertz", [110, 997])
def test_a_tone_keeps_its_pitch_and_its_loudness(speed, hertz):
    made = played(tone(hertz), speed)[0]

    middle = made[len(made) // 4 : len(made) * 3 // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
    peak = int(spectrum.argmax())
    near = spectrum[max(peak - 8, 0) : peak + 9].sum()
    assert abs(peak * RATE / len(middle) - hertz) <= RATE / len(middle)
    assert near / (spectrum.sum() - near) > 1_000  # 30 dB above all that is not the tone
    assert middle.std() == pytest.approx(0.3 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize("speed", SPEEDS)
def test_what_sets_in_does_so_on_time(speed):
    samples = np.zeros((1, 4 * RATE), np.float32)
    starts = [0.1, 1.0, 2.0137, 3.3]
    for start in starts:
        at = round(start * RATE)
        samples[:, at : at + 2400] = tone(1_000, 0.05)

    made = played(samples, speed)[0]

    power = np.convolve(made**2, np.ones(192), "same")
    loud = power > power.max() / 2
    rises = np.flatnonzero(loud[1:] & ~loud[:-1])
    first = [
        rises[0],
        *(late for early, late in pairwise(rises) if late - early > RATE / 20),
    ]
    assert [each / RATE for each in first] == pytest.approx(
        [start / speed for start in starts], abs=0.006
    )


def test_blocks_do_not_matter():
    samples = np.random.default_rng(3).normal(0, 0.1, (2, 30_000)).astype(np.float32)

    assert np.array_equal(played(samples, 1.25), played(samples, 1.25, block=30_000))


def test_silence_stays_silent():
    assert not played(np.zeros((1, RATE), np.float32), 0.7).any()

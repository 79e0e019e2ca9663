"""Where a sound is silent, to the sample."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mediaflow.audio.silence import Heard, SilenceFinder
from mediaflow.errors import SpecError
from tests.tones import RATE, frames


def found(samples, *, size=4096, rate=RATE, threshold=-60.0, least=0.5):
    finder = SilenceFinder(threshold_dbfs=threshold, least_seconds=least)
    for frame in frames(samples, size=size, rate=rate, layout="stereo"):
        finder.push(frame)
    data = finder.end()
    return finder.heard, [(one.start_seconds, one.end_seconds) for one in data.silences]


def painted(*stretches):
    """Return silence with what is heard from one sample to another, in one of two channels."""
    samples = np.zeros((2, 4 * RATE), np.float32)
    for number, (start, end) in enumerate(stretches):
        samples[number % 2, start:end] = 0.1
    return samples


@pytest.mark.parametrize("size", [1_000, 4_096, 30_000, 1_000_000])
def test_silences_are_found_to_the_sample(size):
    heard, silences = found(
        painted((10_001, 20_003), (50_005, 60_007), (60_100, 160_000)), size=size
    )

    assert heard == Heard(Fraction(10_001, RATE), Fraction(160_000, RATE))
    assert silences == [(20_003 / RATE, 50_005 / RATE), (160_000 / RATE, 4.0)]


@pytest.mark.parametrize(
    ("gap", "counts"), [(23_999, False), (24_000, True), (24_001, True)]
)  # 0.5 s are 24,000 samples
@pytest.mark.parametrize("size", [1_024, 1_000_000])
def test_a_silence_counts_from_its_least_length(gap, counts, size):
    samples = painted((0, 50_000), (50_000 + gap, 4 * RATE))

    silences = found(samples, size=size)[1]

    assert silences == [(50_000 / RATE, (50_000 + gap) / RATE)][: int(counts)]


def test_a_sound_that_is_silent_has_no_ends():
    heard, silences = found(painted())

    assert heard is None
    assert silences == [(0.0, 4.0)]


def test_a_sound_without_silence_has_both_ends():
    heard, silences = found(painted((0, 4 * RATE)))

    assert heard == Heard(Fraction(0), Fraction(4))
    assert silences == []


def test_one_sample_is_heard():
    heard, _ = found(painted((77, 78)))

    assert heard == Heard(Fraction(77, RATE), Fraction(78, RATE))


def test_no_sound_at_all_has_no_silence():
    assert SilenceFinder().end().silences == ()


@pytest.mark.parametrize(("threshold", "counts"), [(-19.0, True), (-21.0, False)])  # 0.1 is −20 dB
def test_threshold_decides_what_is_silent(threshold, counts):
    assert (found(painted((0, RATE)), threshold=threshold)[0] is None) is counts


def test_rate_and_layout_may_change():
    finder = SilenceFinder()
    for rate, layout, channels in ((48_000, "stereo", 2), (11_025, "mono", 1)):
        samples = np.zeros((channels, 2 * rate), np.float32)
        samples[0, rate // 4] = 1
        for frame in frames(samples, rate=rate, layout=layout):
            finder.push(frame)

    assert finder.end().silences[0].end_seconds == pytest.approx(2 + 2_756 / 11_025, abs=1e-9)
    assert finder.heard == Heard(Fraction(1, 4), 2 + Fraction(2_757, 11_025))


def test_what_is_no_number_is_silent():
    assert found(np.full((2, RATE), np.nan, np.float32))[0] is None


@pytest.mark.parametrize(
    "words",
    [{"threshold_dbfs": 1}, {"threshold_dbfs": float("nan")}, {"least_seconds": 0.0}],
)
def test_values_out_of_range_are_refused(words):
    with pytest.raises(SpecError, match=next(iter(words))):
        SilenceFinder(**words)

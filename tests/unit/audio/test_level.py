"""One gain for a sound, and peaks that are held down: levels, counts, times."""

from __future__ import annotations

import re
import shutil
import subprocess
from fractions import Fraction

import av
import numpy as np
import pytest

from mediaflow.audio.level import Leveller
from mediaflow.audio.limiter import Limiter
from mediaflow.audio.loudness import LoudnessMeter
from mediaflow.planning.loudness import GainDecision, correct_gain, plan_gain
from tests.tones import RATE, frames, samples_of, tapered, tone


def decided(gain, mode="linear", limit=-1.0):
    return GainDecision(
        gain_db=gain,
        mode=mode,
        target_lufs=-16.0,
        true_peak_dbtp=limit,
        measured_lufs=-16.0 - gain,
        measured_true_peak_dbtp=0.0,
    )


def levelled(sound, decision):
    leveller = Leveller(decision)
    made = [one for frame in sound for one in leveller.push(frame)]
    return made + list(leveller.end())


def measured(sound):
    meter = LoudnessMeter()
    for frame in sound:
        meter.push(frame)
    return meter.end()


def drums(*, rate=RATE, seconds=8, peak=-1.0):
    """Paint short strokes on hiss, whose peaks stand out as those of speech and music do."""
    time = np.arange(round(seconds * rate)) / rate
    strokes = np.exp(-(time % 0.5) * 200) * np.sin(2 * np.pi * 180 * time + 0.3)
    hiss = np.random.default_rng(2).normal(0, 0.05, (2, len(time)))
    sound = strokes * np.array([[1.0], [0.7]]) + hiss
    return (sound / np.abs(sound).max() * 10 ** (peak / 20)).astype(np.float32)


@pytest.mark.parametrize("gain", [-12.0, 6.0])
def test_linear_gain_is_one_factor(gain):
    samples = drums(seconds=1)

    made = levelled(frames(samples), decided(gain))

    assert np.array_equal(samples_of(made), samples * np.float32(10 ** (gain / 20)))
    assert [frame.pts for frame in made] == [frame.pts for frame in frames(samples)]


def test_nothing_to_do_leaves_the_very_frames():
    sound = frames(drums(seconds=1))

    assert all(
        one is other for one, other in zip(levelled(sound, decided(0.0)), sound, strict=True)
    )


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("limit", [-1.0, -3.0])
def test_limited_sound_keeps_below_its_limit_and_reaches_its_target(rate, limit):
    sound = frames(drums(rate=rate, seconds=4), rate=rate)
    before = measured(sound)
    decision = plan_gain(before, before.integrated_lufs + 3 + limit, limit)

    made = levelled(sound, decision)

    after = measured(made)
    assert decision.mode == "limited"
    assert limit - 0.3 <= after.true_peak_dbtp <= limit + 0.1
    assert after.integrated_lufs == pytest.approx(decision.target_lufs, abs=0.5)
    assert samples_of(made).shape == (2, 4 * rate)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("gain", [3.0, 12.0])
def test_ffmpeg_finds_no_peak_above_the_limit(gain):
    noise = np.random.default_rng(1).uniform(-1, 1, (2, 2 * RATE)).astype(np.float32)
    samples = np.concatenate([drums(seconds=4), noise], axis=1)

    made = samples_of(levelled(frames(samples), decided(gain, "limited")))

    command = ["ffmpeg", "-hide_banner", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-"]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, input=made.T.tobytes(), capture_output=True, check=True)
    summary = told.stderr.decode().rsplit("Summary:", 1)[1]
    assert float(re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)[1]) <= -0.9


def test_another_gain_brings_back_what_limiting_took():
    sound = frames(drums())
    first = plan_gain(measured(sound), -13.0, -6.0)
    short = measured(levelled(sound, first))

    again = correct_gain(first, short)

    nearer = measured(levelled(sound, again))
    assert abs(short.integrated_lufs + 13.0) > 0.5
    assert abs(nearer.integrated_lufs + 13.0) < abs(short.integrated_lufs + 13.0)
    assert nearer.true_peak_dbtp <= -5.9


@pytest.mark.parametrize("count", [1, 2, 11, 12, 13, 239, 240, 241, 5_000, 16_384, 40_001])
@pytest.mark.parametrize("size", [1, 1_000, 50_000])
def test_as_many_samples_leave_as_came(count, size):
    samples = drums(seconds=1)[:, :count]
    sound = frames(samples, size=max(size, count // 50))

    made = levelled(sound, decided(6.0, "limited"))

    assert samples_of(made).shape == (2, count)


def test_peaks_are_held_down_wherever_they_stand():
    for place in (0, 1, 300, 16_383, 16_384, 16_500, RATE - 1):
        samples = np.full((2, RATE), 0.01, np.float32)
        samples[1, place] = 1.0

        made = samples_of(levelled(frames(samples), decided(0.0, "limited", -6.0)))

        assert abs(made[1, place]) <= 10 ** (-6 / 20)
        assert abs(made[1, place]) >= 10 ** (-6.2 / 20)
        assert np.argmax(made[1]) == place  # nothing is late
        assert np.array_equal(made[0] > 0, samples[0] > 0)


def test_what_is_below_the_limit_stays_as_it_is():
    samples = tapered(tone([(-6, 1)]))

    made = levelled(frames(samples), decided(0.0, "limited", -1.0))

    assert np.array_equal(samples_of(made), samples)


def test_channels_are_lowered_together():
    samples = tapered(tone([(-20, 0.5), (0, 0.5), (-20, 0.5)]))
    samples[1] /= 4

    made = samples_of(levelled(frames(samples), decided(0.0, "limited", -6.0)))

    assert made[1] == pytest.approx(made[0] / 4, abs=1e-6)


def test_gain_comes_back_behind_a_peak():
    samples = tapered(tone([(-20, 0.5), (0, 0.1), (-20, 1)]))

    made = samples_of(levelled(frames(samples), decided(0.0, "limited", -6.0)))

    late = slice(round(0.75 * RATE), None)  # 6 dB at 60 dB a second are 0.1 s
    assert made[:, late] == pytest.approx(samples[:, late], abs=1e-6)


@pytest.mark.parametrize("size", [1, 100, 1_001, 30_000])
def test_size_of_blocks_does_not_matter(size):
    samples = drums(seconds=0.7)[:, 5_000:] * 3
    whole, blocks = Limiter(RATE, 2, -1.0), Limiter(RATE, 2, -1.0)

    made = [blocks.push(samples[:, at : at + size]) for at in range(0, samples.shape[1], size)]

    expected = np.concatenate([whole.push(samples), whole.end()], axis=1)
    assert np.concatenate([*made, blocks.end()], axis=1) == pytest.approx(expected, abs=1e-6)


def test_times_go_on_from_the_first_frame():
    made = levelled(frames(drums(seconds=1), start=1_000), decided(6.0, "limited"))

    ends = [frame.pts + frame.samples for frame in made]
    assert [frame.pts for frame in made] == [1_000, *ends[:-1]]
    assert {Fraction(frame.time_base) for frame in made} == {Fraction(1, RATE)}
    assert ends[-1] == 1_000 + RATE


def test_layout_may_change():
    sound = frames(drums(seconds=1))
    sound += frames(drums(seconds=1)[:1], layout="mono", start=RATE)

    made = levelled(sound, decided(6.0, "limited"))

    counts = dict.fromkeys(("stereo", "mono"), 0)
    for frame in made:
        counts[frame.layout.name] += frame.samples
    assert counts == {"stereo": RATE, "mono": RATE}


def test_24_channels_are_levelled():
    samples = np.tile(drums(seconds=1)[:1], (24, 1))

    made = levelled(frames(samples, layout="22.2"), decided(6.0, "limited"))

    assert {frame.layout.name for frame in made} == {"22.2"}
    assert sum(frame.samples for frame in made) == RATE
    assert measured(made).true_peak_dbtp <= -0.9


def test_what_is_no_number_does_not_spread():
    samples = drums(seconds=1)
    samples[0, 100], samples[1, 30_000] = np.nan, -np.inf

    made = samples_of(levelled(frames(samples), decided(6.0, "limited")))

    assert np.isfinite(made).all()
    assert made[0, 100] == 0


def test_frames_that_came_stay_as_they_are():
    samples = drums(seconds=1)
    sound = frames(samples, size=1_000_000)

    levelled(sound, decided(6.0, "limited"))

    assert np.array_equal(sound[0].to_ndarray().reshape(-1, 2).T, samples)
    assert isinstance(sound[0], av.AudioFrame)

"""Loudness against the arithmetic of BS.1770, EBU's painted signals and independent readers."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import pairwise

import av
import numpy as np
import pytest

from mediaflow.audio.loudness import LoudnessMeter
from mediaflow.audio.weighting import channel_weights
from tests.tones import RATE, frames, tapered, tone


def measured(samples, *, rate=RATE, layout="stereo", size=4096, true_peak=True):
    meter = LoudnessMeter(true_peak=true_peak)
    for frame in frames(samples, rate=rate, layout=layout, size=size):
        meter.push(frame)
    return meter.end()


def noise(seconds, *, rate=RATE, channels=2, level=0.1, seed=5):
    count = round(seconds * rate)
    return np.random.default_rng(seed).normal(0, level, (channels, count)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000, 192_000, 768_000])
def test_a_tone_of_997_hertz_at_minus_23_is_minus_23_lufs(rate):
    data = measured(tone([(-23, 2)], hertz=997, rate=rate), rate=rate)

    assert data.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert data.true_peak_dbtp == pytest.approx(-23.0, abs=0.1)
    assert data.duration_seconds == 2


def test_mono_is_three_lu_quieter_than_a_pair():
    data = measured(tone([(-23, 2)], hertz=997, channels=1), layout="mono")

    assert data.integrated_lufs == pytest.approx(-26.0, abs=0.1)


# EBU Tech 3341 v4, table 1; the tolerance is its own
@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_ebu_signals_of_integrated_loudness(parts, lufs):
    data = measured(tone(parts), true_peak=False)

    assert data.integrated_lufs == pytest.approx(lufs, abs=0.1)


def test_ebu_signal_of_five_channels():
    levels = np.array([[-28], [-28], [-24], [-30], [-30]])
    samples = tone([(0, 20)], channels=5) * 10 ** (levels / 20)

    data = measured(samples, layout="5.0", true_peak=False)

    assert data.integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_ebu_signal_of_short_term_loudness():
    data = measured(tone([(-20, 1.34), (-30, 1.66)] * 5), true_peak=False)

    assert len(data.short_term_lufs) == 121
    assert data.short_term_lufs == pytest.approx([-23.0] * 121, abs=0.1)


def test_ebu_signal_of_momentary_loudness():
    data = measured(tone([(-20, 0.18), (-30, 0.22)] * 25), true_peak=False)

    after = data.momentary_lufs[6:]  # from 1 s on
    assert after == pytest.approx([-23.0] * len(after), abs=0.1)
    assert len(data.momentary_lufs) == 97
    assert data.max_momentary_lufs == pytest.approx(-23.0, abs=0.2)


# EBU Tech 3342 v4, table 1: within 1 LU
@pytest.mark.parametrize(
    ("levels", "width"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_ebu_signals_of_loudness_range(levels, width):
    data = measured(tone([(level, 20) for level in levels]), true_peak=False)

    assert data.range_lu == pytest.approx(width, abs=1)


# EBU Tech 3341 v4, table 1, signals 15 to 19: within +0.2 and −0.4 dB
@pytest.mark.parametrize(
    ("part", "phase", "level", "peak"),
    [
        (4, 0, -6.02, -6.0),
        (4, 45, -6.02, -6.0),
        (6, 60, -6.02, -6.0),
        (8, 67.5, -6.02, -6.0),
        (4, 45, 2.98, 3.0),
    ],
)
def test_ebu_signals_of_true_peak(part, phase, level, peak):
    data = measured(tapered(tone([(level, 1)], hertz=RATE / part, phase=phase)))

    assert peak - 0.4 <= data.true_peak_dbtp <= peak + 0.2


def test_a_peak_between_samples_is_higher_than_each_sample():
    samples = tone([(0, 1)], hertz=RATE / 4, phase=45) * np.hanning(RATE)  # no edges that ring

    data = measured(samples)

    assert data.sample_peak_dbfs == pytest.approx(-3.01, abs=0.01)  # sin 45°
    assert data.true_peak_dbtp == pytest.approx(0, abs=0.01)


def test_a_peak_is_found_wherever_it_stands():
    quiet = noise(2, level=0.01)
    for place in (0, 1, 16_383, 16_384, 50_000, 2 * RATE - 1):
        samples = quiet.copy()
        samples[1, place] = 0.5

        assert measured(samples).sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
        assert measured(samples).true_peak_dbtp >= -6.03


def test_size_of_frames_does_not_matter():
    samples = noise(4)

    assert measured(samples, size=1) == measured(samples, size=100_000) == measured(samples)


@pytest.mark.parametrize(
    ("rate", "layout"), [(44_100, "stereo"), (48_000, "mono"), (22_050, "5.0")]
)
def test_pyloudnorm_agrees(rate, layout):
    pyloudnorm = pytest.importorskip("pyloudnorm", reason="pyloudnorm is not installed")
    channels = av.AudioLayout(layout).nb_channels
    swell = np.repeat(np.linspace(0.01, 1, 40), rate // 4)
    samples = noise(10, rate=rate, channels=channels)[:, : len(swell)] * swell

    ours = measured(samples, rate=rate, layout=layout)

    theirs = pyloudnorm.Meter(rate).integrated_loudness(samples.T.astype(np.float64))
    assert ours.integrated_lufs == pytest.approx(theirs, abs=0.2)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_ffmpeg_agrees():
    swell = np.repeat(np.linspace(0.003, 1, 60), RATE // 4)
    samples = (noise(15) * swell).astype(np.float32)

    ours = measured(samples)

    command = ["ffmpeg", "-hide_banner", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-"]
    command += ["-af", "ebur128=peak=true+sample", "-f", "null", "-"]
    told = subprocess.run(command, input=samples.T.tobytes(), capture_output=True, check=True)
    summary = told.stderr.decode().rsplit("Summary:", 1)[1]
    found = dict(
        re.findall(r"(I|LRA|True peak|Sample peak):\s+(?:Peak:\s+)?(-?[\d.]+) [Ld]", summary)
    )
    assert ours.integrated_lufs == pytest.approx(float(found["I"]), abs=0.1)
    # FFmpeg counts windows at the start that are not whole as well
    assert ours.range_lu == pytest.approx(float(found["LRA"]), abs=0.5)
    assert ours.true_peak_dbtp == pytest.approx(float(found["True peak"]), abs=0.2)
    assert ours.sample_peak_dbfs == pytest.approx(float(found["Sample peak"]), abs=0.06)


def test_silence_has_no_loudness():
    data = measured(np.zeros((2, RATE), np.float32))

    assert (data.integrated_lufs, data.range_lu) == (None, None)
    assert (data.true_peak_dbtp, data.sample_peak_dbfs) == (None, None)
    assert data.momentary_lufs == (None,) * 7


@pytest.mark.parametrize(("level", "lufs"), [(-69.0, -69.0), (-71.0, None)])
def test_what_is_below_the_absolute_gate_has_no_loudness(level, lufs):
    data = measured(tone([(level, 4)], hertz=997))

    assert data.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert data.momentary_lufs[-1] == pytest.approx(level, abs=0.1)


def test_no_sound_at_all_has_no_length():
    data = LoudnessMeter().end()

    assert (data.integrated_lufs, data.duration_seconds, data.momentary_lufs) == (None, 0, ())


def test_one_sample_is_measured():
    data = measured(np.ones((2, 1), np.float32))

    assert data.sample_peak_dbfs == 0
    assert data.true_peak_dbtp == pytest.approx(0, abs=0.01)
    assert data.duration_seconds == pytest.approx(1 / RATE)


def test_what_is_shorter_than_a_window_is_one_window():
    data = measured(tone([(-23, 0.25)], hertz=997))

    assert data.integrated_lufs == pytest.approx(-23, abs=0.3)
    assert data.momentary_lufs == ()


def test_layout_and_rate_may_change():
    meter = LoudnessMeter()
    parts = [(RATE, "stereo", 2, -23), (44_100, "5.0", 5, -23 - 10 * np.log10(5.82 / 2))]
    for rate, layout, channels, level in parts:
        samples = tone([(level, 5.05)], hertz=997, rate=rate, channels=channels)
        for frame in frames(samples, rate=rate, layout=layout):
            meter.push(frame)

    data = meter.end()

    assert data.integrated_lufs == pytest.approx(-23, abs=0.1)  # 1 + 1 + 1 + 1.41 + 1.41 = 5.82
    assert data.duration_seconds == pytest.approx(10.1)
    assert len(data.momentary_lufs) == 101 - 3


def test_what_is_no_number_is_silence_and_what_has_no_bound_is_full_scale():
    samples = tone([(-23, 2)], hertz=997)
    samples[0, 1_000], samples[1, 70_000] = np.nan, np.inf

    data = measured(samples)

    assert data.integrated_lufs == pytest.approx(-23, abs=0.3)
    assert data.sample_peak_dbfs == 0


@pytest.mark.parametrize("name", ["u8", "u8p", "s16", "s16p", "s32", "s32p", "flt", "dbl", "dblp"])
def test_every_format_reads_alike(name):
    resampler = av.AudioResampler(format=name, layout="stereo", rate=RATE)
    meter = LoudnessMeter()
    for frame in frames(tone([(-23, 2)], hertz=997)):
        for made in resampler.resample(frame):
            assert made.format.name == name
            meter.push(made)

    assert meter.end().integrated_lufs == pytest.approx(-23, abs=0.1)


def test_all_channels_of_22_2_are_heard_but_the_two_for_low_tones():
    layout = av.AudioLayout("22.2")
    samples = tone([(-23, 1)], hertz=997, channels=24)

    data = measured(samples, layout="22.2")

    # FL, FR at 60° and SL, SR at 90° count 1.41, the other 18 of 22 count 1
    assert data.integrated_lufs == pytest.approx(-23 + 10 * np.log10((4 * 1.41 + 18) / 2), abs=0.1)
    weights = channel_weights([channel.name for channel in layout.channels])
    assert (weights == 0).sum() == 2


def test_channels_without_a_place_count_one():
    data = measured(tone([(-23, 1)], hertz=997, channels=24), layout="24 channels")

    assert data.integrated_lufs == pytest.approx(-23 + 10 * np.log10(24 / 2), abs=0.1)


@pytest.mark.parametrize(
    ("layout", "weights"),
    [
        ("5.1", [1, 1, 1, 0, 1.41, 1.41]),
        ("5.1(side)", [1, 1, 1, 0, 1.41, 1.41]),
        ("7.1(wide-side)", [1, 1, 1, 0, 1, 1, 1.41, 1.41]),
        ("7.1", [1, 1, 1, 0, 1, 1, 1.41, 1.41]),  # BS.1770-5: those at 135° count 1
    ],
)
def test_channels_count_by_their_place(layout, weights):
    names = [channel.name for channel in av.AudioLayout(layout).channels]

    assert channel_weights(names).tolist() == weights


@pytest.mark.parametrize("rate", [1, 10, 100, 1_000, 4_000])
def test_rates_below_those_of_speech_are_measured(rate):
    data = measured(noise(20, rate=rate, level=0.2), rate=rate)

    assert data.integrated_lufs is not None
    assert data.duration_seconds == 20
    assert len(data.momentary_lufs) == 197


def test_a_gain_moves_all_levels_by_itself():
    samples = noise(5)

    before, after = measured(samples), measured(samples / 2)

    assert before.integrated_lufs - after.integrated_lufs == pytest.approx(6.02, abs=0.01)
    assert before.true_peak_dbtp - after.true_peak_dbtp == pytest.approx(6.02, abs=0.01)
    pairs = zip(before.momentary_lufs, after.momentary_lufs, strict=True)
    assert [one - other for one, other in pairs] == pytest.approx([6.02] * 47, abs=0.02)


def test_a_constant_offset_is_not_heard():
    samples = np.ones((2, 3 * RATE), np.float32)

    after = measured(samples).momentary_lufs[10:]

    assert all(value is None or value < -70 for value in after)
    assert len(list(pairwise(after))) == 16

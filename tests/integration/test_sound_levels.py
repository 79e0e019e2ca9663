"""Sounds that are brought to a loudness, or whose silence is cut off, judged by pyloudnorm."""

from __future__ import annotations

import av
import numpy as np
import pytest

import mediaflow as mf
from tests.sounds import RATE, noise, tone, write_wav

pyloudnorm = pytest.importorskip("pyloudnorm", reason="pyloudnorm is not installed")

pytestmark = pytest.mark.integration

LU = 0.2  # within which meters agree (EBU Tech 3341: ±0.1 for each)


def levelled(folder, data, **words):
    """Bring samples to a loudness; return the result, and what another meter says of it."""
    source = write_wav(folder / "source.wav", data)
    made = mf.process(source, mf.AudioOutput("flac", **words), to=f"{folder}/to/").outputs[0]
    samples = heard(made.uri)
    return made, pyloudnorm.Meter(RATE).integrated_loudness(samples), samples


def heard(path):
    """Return the samples of a file, (samples, channels), full scale being 1."""
    with av.open(path) as file:
        stream = file.streams.audio[0]
        channels = stream.codec_context.layout.nb_channels
        rows = [frame.to_ndarray().reshape(-1, channels) for frame in file.decode(stream)]
    return np.concatenate(rows) / 32_768


@pytest.mark.parametrize("target", [-23.0, -16.0])
def test_quiet_sound_is_raised_by_one_gain(tmp_path, target):
    data = tone(6.0, 997, 10 ** (-30 / 20))  # both channels: −30 LUFS

    made, loudness, samples = levelled(tmp_path, data, loudness_lufs=target)

    assert loudness == pytest.approx(target, abs=LU)
    assert isinstance(made.data, mf.LevelData)
    assert (made.data.mode, made.notices) == ("linear", ())
    assert made.data.measured_lufs == pytest.approx(-30, abs=0.1)
    assert made.data.gain_db == pytest.approx(target + 30, abs=0.1)
    gain = 10 ** (made.data.gain_db / 20)
    assert np.abs(samples * 32_768 - data * gain).max() <= 1


def test_peaks_are_held_down_and_that_is_told(tmp_path):
    data = tone(8.0, 997, 0.02)
    data[:: 2 * RATE] = 8_000  # a few clicks of −12 dBFS over a tone of −34 LUFS

    made, loudness, samples = levelled(tmp_path, data, loudness_lufs=-18.0, true_peak_dbtp=-2.0)

    assert loudness == pytest.approx(-18.0, abs=0.5 + LU)
    assert np.abs(samples).max() <= 10 ** (-1.9 / 20)
    assert made.data.mode == "limited"
    assert [notice.code for notice in made.notices] == ["peaks_limited"]


def test_loudness_that_is_not_reached_is_told(tmp_path):
    data = tone(8.0, 997, 0.02)
    data[:: RATE // 4] = 20_000  # each has to be held down by 14 dB, and the tone around it

    made, loudness, samples = levelled(tmp_path, data, loudness_lufs=-18.0, true_peak_dbtp=-2.0)

    assert np.abs(samples).max() <= 10 ** (-1.9 / 20)
    assert made.data.reached_lufs == pytest.approx(loudness, abs=LU)
    assert f"which is {made.data.reached_lufs:.1f} LUFS all the same" in made.notices[0].message


def test_silence_stays_silence(tmp_path):
    made, _, samples = levelled(tmp_path, np.zeros((RATE, 2)), loudness_lufs=-16.0)

    assert not samples.any()
    assert (made.data.measured_lufs, made.data.gain_db) == (None, 0.0)


def test_silence_is_cut_off_both_ends_to_the_sample(tmp_path):
    sound = noise(20_001)
    sound[0], sound[-1] = 5_000, 5_000
    data = np.concatenate([np.zeros((12_345, 2)), sound, np.zeros((7_777, 2))])

    _, _, samples = levelled(tmp_path, data, trim_silence_dbfs=-50.0)

    assert np.array_equal(samples * 32_768, sound)


def test_part_is_measured_not_the_whole(tmp_path):
    data = np.concatenate([tone(4.0, 997, 0.5), tone(6.0, 997, 10 ** (-30 / 20))])

    made, loudness, _ = levelled(tmp_path, data, start=4.0, loudness_lufs=-20.0)

    assert made.data.measured_lufs == pytest.approx(-30, abs=0.1)
    assert loudness == pytest.approx(-20, abs=LU)


def test_each_output_has_its_own_level(tmp_path):
    source = write_wav(tmp_path / "source.wav", tone(6.0, 997, 0.1))
    outputs = [
        mf.AudioOutput("flac", loudness_lufs=-23.0, suffix="_a"),
        mf.AudioOutput("flac", loudness_lufs=-18.0, suffix="_b"),
        mf.AudioOutput("flac", suffix="_c"),
    ]

    made = mf.process(source, outputs, to=f"{tmp_path}/to/").outputs

    meter = pyloudnorm.Meter(RATE)
    found = [meter.integrated_loudness(heard(one.uri)) for one in made]
    assert found == pytest.approx([-23, -18, -20], abs=LU)
    assert made[2].data is None


def test_joined_sounds_are_brought_to_one_loudness(tmp_path):
    paths = [
        write_wav(tmp_path / f"{level}.wav", tone(5.0, 997, 10 ** (level / 20)))
        for level in (-30, -26)
    ]

    output = mf.AudioOutput("flac", loudness_lufs=-20.0)
    made = mf.process(mf.Concat(paths), output, to=f"{tmp_path}/to/").outputs[0]

    loudness = pyloudnorm.Meter(RATE).integrated_loudness(heard(made.uri))
    assert loudness == pytest.approx(-20, abs=LU)


def test_plan_says_what_will_be_done(tmp_path):
    source = write_wav(tmp_path / "source.wav", tone(1.0, 997, 0.1))
    output = mf.AudioOutput("mp3", loudness_lufs=-16.0, trim_silence_dbfs=-60.0)

    words = str(mf.plan(source, output, to=f"{tmp_path}/to/"))

    assert "without silence up to -60 dBFS at its ends" in words
    assert "to -16 LUFS with peaks up to -1 dBTP" in words

"""The part of the suite of audio back ends about what is done to samples: mixes, rates, courses.

Law: as of `AudioBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.formats import audio_codecs
from mediaflow.models.sound import AudioOutput
from mediaflow.testing.sound_making import (
    RATE,
    SoundSuite,
    heard,
    made_sounds,
    noise,
    tone,
    write_wav,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.audio.backend import AudioBackend
    from mediaflow.testing.sound_making import Samples

__all__ = ["SoundMixes"]

STEP: Final = 1 / (1 << 15)  # one of 16 bits
SOME: Final = sqrt(0.5)
SEVERAL: Final = (300, 500, 700, 60, 1_100, 1_300)
"""Hz of front left and right, center, bass, back left and right of a painted 5.1."""

FORMATS: Final = ("flac", "m4a", "mp3", "opus", "wav")
SOURCE_RATES: Final = (8_000, 11_025, 22_050, 44_100, 96_000, 192_000)


def _strength(samples: Samples, hz: float, rate: int = RATE) -> float:
    """Return the peak of a frequency among samples of one channel."""
    turns = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate)
    return float(2 * abs(np.mean(samples * np.hanning(len(samples)) * 2 * turns)))


def _surround() -> Samples:
    return np.concatenate([tone(1.0, hz, 0.25, channels=1) for hz in SEVERAL], axis=1)


class SoundMixes(SoundSuite):
    """Samples are mixed, resampled and shaped by arithmetic that is the same for every format."""

    @pytest.mark.parametrize("form", FORMATS)
    def test_six_channels_become_two(
        self, backend: AudioBackend, tmp_path: Path, form: str
    ) -> None:
        write_wav(tmp_path / "sound.wav", _surround())

        (path,) = made_sounds(backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput(form))

        found = heard(path).samples[RATE // 10 : -RATE // 10]
        left = [_strength(found[:, 0], hz) / 0.25 for hz in SEVERAL]
        right = [_strength(found[:, 1], hz) / 0.25 for hz in SEVERAL]
        # ITU-R BS.775-4 annex 4; a lossy codec keeps a tone within half a dB, 6 %
        assert left == pytest.approx([1, 0, SOME, 0, SOME, 0], abs=0.06)
        assert right == pytest.approx([0, 1, SOME, 0, 0, SOME], abs=0.06)

    @pytest.mark.parametrize("form", sorted({*FORMATS} - {"mp3"}))
    def test_six_channels_stay_six_where_they_are_asked_for(
        self, backend: AudioBackend, tmp_path: Path, form: str
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", _surround())

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput(form, channels=6)
        )

        found = heard(path).samples
        assert found.shape == given.shape
        for place, hz in enumerate(SEVERAL[:3]):
            assert _strength(found[:, place], hz) == pytest.approx(0.25, rel=0.06)

    def test_two_channels_become_one_by_halves(self, backend: AudioBackend, tmp_path: Path) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(20_000, level=1.0))

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput("flac", channels=1)
        )

        mean = given.mean(axis=1, keepdims=True)
        assert np.abs(heard(path).samples - mean).max() <= STEP  # half a step more, to be rounded

    @pytest.mark.parametrize("form", FORMATS)
    def test_two_channels_that_are_alike_become_one_as_loud(
        self, backend: AudioBackend, tmp_path: Path, form: str
    ) -> None:
        write_wav(tmp_path / "sound.wav", tone(1.0, level=0.9))

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput(form, channels=1)
        )

        found = heard(path).samples[RATE // 10 : -RATE // 10]
        assert _strength(found[:, 0], 997) == pytest.approx(0.9, rel=0.06)

    def test_one_channel_becomes_two_that_are_the_same(
        self, backend: AudioBackend, tmp_path: Path
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(20_000, 1, level=1.0))

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput("flac", channels=2)
        )

        assert np.array_equal(heard(path).samples, np.repeat(given, 2, axis=1))

    @pytest.mark.parametrize("form", ["flac", "m4a", "mp3", "opus"])
    @pytest.mark.parametrize("rate", SOURCE_RATES)
    def test_sounds_of_any_rate_last_as_long_and_keep_their_pitch(
        self, backend: AudioBackend, tmp_path: Path, form: str, rate: int
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", tone(0.5, rate=rate), rate=rate)

        (path,) = made_sounds(backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput(form))

        found = heard(path)
        exact = form == "flac" or (form == "m4a" and rate <= 96_000)
        assert not exact or found.sample_rate == rate
        # a rate is converted within one sample, to be rounded
        assert found.count == pytest.approx(len(given) / rate * found.sample_rate, abs=1)
        middle = found.samples[found.count // 4 : -found.count // 4, 0]
        assert _strength(middle, 997, found.sample_rate) == pytest.approx(0.5, rel=0.06)

    @pytest.mark.parametrize("rate", audio_codecs["flac"].sample_rates)
    def test_every_rate_of_a_codec_can_be_asked_for(
        self, backend: AudioBackend, tmp_path: Path, rate: int
    ) -> None:
        write_wav(tmp_path / "sound.wav", tone(0.5))

        (path,) = made_sounds(
            backend,
            tmp_path / "sound.wav",
            tmp_path / "made",
            AudioOutput("flac", sample_rate=rate),
        )

        found = heard(path)
        assert found.sample_rate == rate
        assert found.count == pytest.approx(0.5 * rate, abs=1)
        middle = found.samples[found.count // 4 : -found.count // 4, 0]
        assert _strength(middle, 997, rate) == pytest.approx(0.5, rel=0.06)

    @pytest.mark.parametrize("speed", [0.5, 1.25, 2.0])
    def test_what_plays_faster_is_shorter_and_keeps_its_pitch(
        self, backend: AudioBackend, tmp_path: Path, speed: float
    ) -> None:
        write_wav(tmp_path / "sound.wav", tone(1.0))

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput("flac", speed=speed)
        )

        found = heard(path)
        assert found.count == pytest.approx(RATE / speed, abs=1)
        middle = found.samples[found.count // 4 : -found.count // 4, 0]
        assert _strength(middle, 997) == pytest.approx(0.5, rel=0.06)

    def test_fades_are_lines(self, backend: AudioBackend, tmp_path: Path) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(RATE))

        (path,) = made_sounds(
            backend,
            tmp_path / "sound.wav",
            tmp_path / "made",
            AudioOutput("flac", fade_in=0.2, fade_out=0.5),
        )

        times = np.arange(RATE) / RATE
        levels = np.minimum(np.minimum(times / 0.2, (1 - times) / 0.5), 1)
        assert np.abs(heard(path).samples - given * levels[:, None]).max() <= STEP

    @pytest.mark.parametrize("bits", [16, 24])
    @pytest.mark.parametrize("gain", [-20.0, -6.0, 6.0])
    def test_gain_is_a_factor_and_what_passes_full_scale_is_cut(
        self, backend: AudioBackend, tmp_path: Path, gain: float, bits: int
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(20_000, level=0.9), bits=bits)

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput("flac", gain_db=gain)
        )

        step = 1 / (1 << (bits - 1))
        expected = np.clip(given * 10 ** (gain / 20), -1, 1 - step)
        assert np.abs(heard(path).samples - expected).max() <= step

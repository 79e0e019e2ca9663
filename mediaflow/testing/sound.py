"""What every audio back end must do, whatever library stands behind it.

Inherit `AudioBackendContract`, give the fixture, and run it with pytest::

    class TestMyBackend(AudioBackendContract):
        @pytest.fixture
        def backend(self): ...

Law: sounds are painted here sample by sample; what is expected comes from what was painted and from
arithmetic. Lossy codecs are judged by when beeps set in and by the level of a tone.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.formats import audio_codecs, sound_formats
from mediaflow.models.sound import AudioOutput
from mediaflow.testing.film_making import need_encoder
from mediaflow.testing.sound_copies import SoundCopies
from mediaflow.testing.sound_ends import SoundEnds
from mediaflow.testing.sound_making import (
    RATE,
    SoundSuite,
    clicks,
    heard,
    made_sounds,
    noise,
    onsets,
    tone,
    write_wav,
)
from mediaflow.testing.sound_mixes import SoundMixes

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.audio.backend import AudioBackend

__all__ = ["KINDS", "AudioBackendContract"]

KINDS: Final = tuple(
    (name, codec)
    for name in sound_formats.builtin_names()
    for codec in sound_formats[name].audio_codecs
)
"""Format and codec of every kind of file of sound."""

EXACT: Final = tuple(kind for kind in KINDS if audio_codecs[kind[1]].is_lossless)
DEEP: Final = tuple(kind for kind in EXACT if kind[1] != "pcm_s16le")
"""Kinds that hold more than 16 bits a sample."""

LOSSY: Final = tuple(kind for kind in KINDS if kind not in EXACT)
SAMPLES: Final = 70_001  # no multiple of any codec's frame
PLACES: Final = (4_800, 24_003, 57_600)

MORE: Final = {("aac", "aac"): range(2 * 1_024 + 1), ("ogg", "vorbis"): range(65)}
"""By how many samples a file may be longer: ADTS has no place to say what primes the decoder (1,024)
and fills the last packet (1,023 at most); FFmpeg's encoder of Vorbis tells an end that is up to 64 too
late. All others say it exactly."""

LATE: Final = {("aac", "aac"): 1_024 / RATE}
"""Seconds that come first, where nothing says that they prime the decoder."""

MAX_OFFSET_SECONDS: Final = 0.001
"""Lossy codecs spread the first edge of a beep over less than a millisecond."""

MAX_LEVEL_DB: Final = 0.5

_every_kind = pytest.mark.parametrize(("name", "codec"), KINDS, ids=map("-".join, KINDS))
_exact_kinds = pytest.mark.parametrize(("name", "codec"), EXACT, ids=map("-".join, EXACT))
_deep_kinds = pytest.mark.parametrize(("name", "codec"), DEEP, ids=map("-".join, DEEP))
_lossy_kinds = pytest.mark.parametrize(("name", "codec"), LOSSY, ids=map("-".join, LOSSY))


def _wanted(name: str, codec: str, **words: object) -> AudioOutput:
    """Return an output; the test is skipped where nothing encodes it."""
    need_encoder(audio_codecs[codec].encoder)
    return AudioOutput(name, codec=codec, **words)  # type: ignore[arg-type]  # a test's own words


def _level(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Return the level of the middle half in dB, of the first channel."""
    middle = samples[len(samples) // 4 : -len(samples) // 4, 0]
    return float(20 * np.log10(np.sqrt(np.mean(middle**2))))


class AudioBackendContract(SoundCopies, SoundEnds, SoundMixes, SoundSuite):
    """Files of sound have the samples, rate, channels and level of their plan, or a typed error."""

    @_every_kind
    def test_every_kind_has_all_samples_at_their_times(
        self, backend: AudioBackend, tmp_path: Path, name: str, codec: str
    ) -> None:
        write_wav(tmp_path / "sound.wav", clicks(SAMPLES, PLACES))

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", _wanted(name, codec)
        )

        found = heard(path)
        late = LATE.get((name, codec), 0)
        times = [place / RATE + late for place in PLACES]
        assert (found.codec, found.sample_rate, found.channels) == (codec, RATE, 2)
        assert found.count - SAMPLES in MORE.get((name, codec), (0,))
        assert onsets(found.samples) == pytest.approx(times, abs=MAX_OFFSET_SECONDS)

    @_every_kind
    @pytest.mark.parametrize("channels", [1, 2])
    def test_every_kind_keeps_the_level_of_a_tone(
        self, backend: AudioBackend, tmp_path: Path, name: str, codec: str, channels: int
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", tone(1.0, channels=channels))

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", _wanted(name, codec)
        )

        found = heard(path)
        assert found.channels == max(channels, audio_codecs[codec].min_channels)
        assert _level(found.samples) == pytest.approx(_level(given), abs=MAX_LEVEL_DB)

    @_exact_kinds
    def test_exact_kinds_keep_every_sample_of_16_bits(
        self, backend: AudioBackend, tmp_path: Path, name: str, codec: str
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(SAMPLES, level=1.0))

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", _wanted(name, codec)
        )

        assert np.array_equal(heard(path).samples, given)

    @_deep_kinds
    def test_deep_kinds_keep_every_sample_of_24_bits(
        self, backend: AudioBackend, tmp_path: Path, name: str, codec: str
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(SAMPLES, level=1.0), bits=24)

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", _wanted(name, codec)
        )

        assert np.array_equal(heard(path).samples, given)

    @pytest.mark.parametrize("bits", [16, 24])
    def test_flac_tells_how_many_samples_it_has_and_their_sum(
        self, backend: AudioBackend, tmp_path: Path, bits: int
    ) -> None:
        write_wav(tmp_path / "sound.wav", noise(SAMPLES), bits=bits)

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput("flac")
        )

        # RFC 9639 8.2: STREAMINFO follows four letters and four bytes of its own; the number of
        # samples is in 36 bits from bit 108 on, the MD5 of all samples comes last
        head = path.read_bytes()[8 : 8 + 34]
        stored = (tmp_path / "sound.wav").read_bytes()[44:]
        assert int.from_bytes(head[13:18]) & (1 << 36) - 1 == SAMPLES
        assert head[18:] == hashlib.md5(stored, usedforsecurity=False).digest()

    def test_wav_keeps_every_sample_of_32_bits(self, backend: AudioBackend, tmp_path: Path) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(SAMPLES, level=1.0), bits=32)

        (path,) = made_sounds(
            backend, tmp_path / "sound.wav", tmp_path / "made", AudioOutput("wav", start=0.5)
        )

        assert np.array_equal(heard(path).samples, given[RATE // 2 :])

    @_exact_kinds
    @pytest.mark.parametrize(
        ("start", "end"), [(0.0, 0.5), (0.25, 1.0), (1.0, None), (0.100_1, 0.100_2)]
    )
    def test_parts_are_exact_to_the_sample(
        self,
        backend: AudioBackend,
        tmp_path: Path,
        name: str,
        codec: str,
        start: float,
        end: float | None,
    ) -> None:
        given = write_wav(tmp_path / "sound.wav", noise(SAMPLES))

        (path,) = made_sounds(
            backend,
            tmp_path / "sound.wav",
            tmp_path / "made",
            _wanted(name, codec, start=start, end=end),
        )

        last = SAMPLES if end is None else round(end * RATE)
        assert np.array_equal(heard(path).samples, given[round(start * RATE) : last])

    @_lossy_kinds
    def test_parts_of_lossy_kinds_have_their_samples_at_their_times(
        self, backend: AudioBackend, tmp_path: Path, name: str, codec: str
    ) -> None:
        write_wav(tmp_path / "sound.wav", clicks(SAMPLES, PLACES))

        (path,) = made_sounds(
            backend,
            tmp_path / "sound.wav",
            tmp_path / "made",
            _wanted(name, codec, start=0.25, end=1.3),
        )

        found = heard(path)
        late = LATE.get((name, codec), 0)
        times = [PLACES[1] / RATE - 0.25 + late, PLACES[2] / RATE - 0.25 + late]
        assert found.count - round(1.05 * RATE) in MORE.get((name, codec), (0,))
        assert onsets(found.samples) == pytest.approx(times, abs=MAX_OFFSET_SECONDS)

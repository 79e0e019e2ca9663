"""The part of the suite of audio back ends about sources: copies, films, and several tracks.

Law: as of `AudioBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.formats import audio_codecs
from mediaflow.models.sound import AudioOutput
from mediaflow.testing.film_making import need_encoder, planned
from mediaflow.testing.films import counting_film
from mediaflow.testing.sound_making import (
    RATE,
    SoundSuite,
    heard,
    made_sounds,
    noise,
    write_sound,
    write_wav,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.audio.backend import AudioBackend

__all__ = ["SoundCopies"]

SAMPLES: Final = 70_001  # no multiple of any codec's frame
LANGUAGES: Final = ("eng", "deu", "fra")

KEPT: Final = (
    ("aac", "aac"),
    ("flac", "flac"),
    ("m4a", "aac"),
    ("m4a", "alac"),
    ("mp3", "mp3"),
    ("ogg", "flac"),
    ("ogg", "opus"),
    ("ogg", "vorbis"),
    ("opus", "opus"),
    ("wav", "pcm_s16le"),
    ("wav", "pcm_s24le"),
)
"""Format and codec of what is copied into its own format."""

MOVED: Final = (
    ("m4a", "aac", "aac"),
    ("flac", "ogg", "flac"),
    ("ogg", "flac", "flac"),
    ("opus", "ogg", "opus"),
    ("ogg", "opus", "opus"),
)
"""Format of a source, format that it is copied into, and codec."""

FILMS: Final = (
    ("mkv", "aac", "m4a", "aac"),
    ("mkv", "flac", "flac", "flac"),
    ("mkv", "libmp3lame", "mp3", "mp3"),
    ("mkv", "libopus", "opus", "opus"),
    ("mov", "pcm_s16le", "wav", "pcm_s16le"),
    ("mp4", "aac", "aac", "aac"),
    ("mp4", "aac", "m4a", "aac"),
    ("mp4", "libmp3lame", "mp3", "mp3"),
    ("ts", "aac", "aac", "aac"),
    ("ts", "aac", "m4a", "aac"),
    ("ts", "libmp3lame", "mp3", "mp3"),
    ("webm", "libopus", "ogg", "opus"),
)
"""Container and encoder of a film's sound, and format and codec of what is copied of it."""


def _painted(backend: AudioBackend, folder: Path, form: str, codec: str) -> Path:
    """Make a sound of noise in a format."""
    need_encoder(audio_codecs[codec].encoder)
    bits = 24 if codec == "pcm_s24le" else 16
    write_wav(folder / "noise.wav", noise(SAMPLES, level=0.3), bits=bits)
    output = AudioOutput(form, codec=codec)
    return made_sounds(backend, folder / "noise.wav", folder / "source", output)[0]


class SoundCopies(SoundSuite):
    """What is right already is packed as it is; what is asked of a source is found in it."""

    @pytest.mark.parametrize(("form", "codec"), KEPT, ids=map("-".join, KEPT))
    def test_copies_have_the_packets_and_the_samples_of_their_source(
        self, backend: AudioBackend, tmp_path: Path, form: str, codec: str
    ) -> None:
        source = _painted(backend, tmp_path, form, codec)
        output = AudioOutput(form, codec=codec)

        (path,) = made_sounds(backend, source, tmp_path / "made", output)

        given, found = heard(source), heard(path)
        assert planned(source, output).sound_files[0].copy is not None
        assert found.packets == given.packets
        assert np.array_equal(found.samples, given.samples)

    @pytest.mark.parametrize(("form", "to", "codec"), MOVED, ids=map("-".join, MOVED))
    def test_copies_into_another_format_have_the_packets_of_their_source(
        self, backend: AudioBackend, tmp_path: Path, form: str, to: str, codec: str
    ) -> None:
        source = _painted(backend, tmp_path, form, codec)
        output = AudioOutput(to, codec=codec)

        (path,) = made_sounds(backend, source, tmp_path / "made", output)

        given, found = heard(source), heard(path)
        bare = 2_048 if to == "aac" else 0  # ADTS has no place to say how much is padding
        assert planned(source, output).sound_files[0].copy is not None
        assert len(found.packets) == len(given.packets)
        assert 0 <= found.count - given.count <= bare
        assert bare or np.array_equal(found.samples, given.samples)

    @pytest.mark.parametrize("options", [{}, {"write_xing": "0"}, {"id3v2_version": "3"}], ids=str)
    def test_copies_of_mp3_are_as_long_as_their_source_with_and_without_its_first_frame(
        self, backend: AudioBackend, tmp_path: Path, options: dict[str, str]
    ) -> None:
        source = write_sound(
            tmp_path / "sound.mp3", [noise(SAMPLES, level=0.3)], "libmp3lame", options=options
        )

        (path,) = made_sounds(backend, source, tmp_path / "made", AudioOutput("mp3"))

        given, found = heard(source), heard(path)
        assert found.packets == given.packets
        assert found.count == given.count
        assert (found.count == SAMPLES) == ("write_xing" not in options)

    @pytest.mark.parametrize(
        ("container", "encoder", "form", "codec"), FILMS, ids=map("-".join, FILMS)
    )
    def test_sound_of_a_film_is_copied(
        self,
        backend: AudioBackend,
        tmp_path: Path,
        container: str,
        encoder: str,
        form: str,
        codec: str,
    ) -> None:
        source = counting_film(
            tmp_path / f"film.{container}", frames=50, size=(64, 36), sound_codec=encoder
        )
        output = AudioOutput(form, codec=codec)

        (path,) = made_sounds(backend, source, tmp_path / "made", output)

        found = heard(path)
        assert planned(source, output).sound_files[0].copy is not None
        assert found.codec == codec
        # one packet of AAC, MP3 or FLAC more or less, of a film of two seconds
        assert found.count / found.sample_rate == pytest.approx(2, abs=0.1)

    @pytest.mark.parametrize("place", range(3))
    def test_tracks_are_taken_by_index_and_by_language(
        self, backend: AudioBackend, tmp_path: Path, place: int
    ) -> None:
        # each track is as loud as its place says, and stereo of one sample over and over
        tracks = [np.full((RATE // 2, 2), (1 + at) / 8) for at in range(3)]
        source = write_sound(
            tmp_path / "tracks.mka", tracks, "flac", muxer="matroska", languages=LANGUAGES
        )

        by_index, by_language = made_sounds(
            backend,
            source,
            tmp_path / "made",
            AudioOutput("wav", track=place, name="a"),
            AudioOutput("wav", language=LANGUAGES[place], name="b"),
        )

        assert np.array_equal(heard(by_index).samples, tracks[place])
        assert np.array_equal(heard(by_language).samples, tracks[place])

    def test_several_tracks_are_taken_in_one_pass(
        self, backend: AudioBackend, tmp_path: Path
    ) -> None:
        tracks = [noise(RATE // 2 + at, level=0.2 + 0.1 * at) for at in range(3)]
        source = write_sound(
            tmp_path / "tracks.mka", tracks, "flac", muxer="matroska", languages=LANGUAGES
        )
        outputs = [
            *(AudioOutput("wav", track=at, name=f"{at}") for at in range(3)),
            AudioOutput("flac", track=2, name="copy"),
        ]

        *made, copy = made_sounds(backend, source, tmp_path / "made", *outputs)

        for path, track in zip((*made, copy), (*tracks, tracks[2]), strict=True):
            # 16 bits a sample: half a step to be rounded
            assert np.abs(heard(path).samples - track).max() <= 1 / (1 << 15)

    def test_sound_that_begins_late_in_a_film_is_silent_until_then(
        self, backend: AudioBackend, tmp_path: Path
    ) -> None:
        given = np.round(noise(RATE, level=0.5) * (1 << 15)) / (1 << 15)
        source = write_sound(
            tmp_path / "late.mka",
            [np.zeros((RATE, 2)), given],
            "flac",
            muxer="matroska",
            languages=("eng", "deu"),
            starts=(Fraction(0), Fraction(1, 2)),
        )

        whole, part = made_sounds(
            backend,
            source,
            tmp_path / "made",
            AudioOutput("wav", language="deu", name="a"),
            AudioOutput("wav", language="deu", start=0.25, end=1.0, name="b"),
        )

        half = RATE // 2
        assert np.array_equal(heard(whole).samples, np.concatenate([np.zeros((half, 2)), given]))
        assert np.array_equal(heard(part).samples[: half // 2], np.zeros((half // 2, 2)))
        assert np.array_equal(heard(part).samples[half // 2 :], given[:half])

"""Sounds that are joined: no sample is lost, doubled or added at the seams, by arithmetic."""

from __future__ import annotations

import av
import numpy as np
import pytest

import mediaflow as mf
from mediaflow.errors import SourceError, SpecError, UnsupportedError
from tests.film import counting_film
from tests.sounds import RATE, noise, tone, write_wav

pytestmark = pytest.mark.integration


def joined(folder, concat, output=None):
    """Join sounds; return the result and its samples, (samples, channels)."""
    made = mf.process(concat, output or mf.AudioOutput("flac"), to=f"{folder}/to/").outputs[0]
    with av.open(made.uri) as file:
        rows = [frame.to_ndarray() for frame in file.decode(audio=0)]
    channels = 2
    return made, np.concatenate([row.reshape(-1, channels) for row in rows])


@pytest.fixture
def parts(tmp_path):
    """Return three sounds of odd lengths, and their samples."""
    sounds = [noise(30_011), noise(40_003)[::-1], noise(12_345) // 2]
    return [write_wav(tmp_path / f"{at}.wav", data) for at, data in enumerate(sounds)], sounds


def test_no_sample_is_lost_or_doubled_at_a_seam(tmp_path, parts):
    paths, sounds = parts

    made, found = joined(tmp_path, mf.Concat(paths))

    assert np.array_equal(found, np.concatenate(sounds))
    assert made.duration_seconds == pytest.approx(len(found) / RATE)


def test_pieces_are_cut_to_the_sample(tmp_path, parts):
    paths, sounds = parts
    pieces = [mf.Part(paths[0], start=0.1, end=0.3), paths[1], mf.Part(paths[0], end=0.2)]

    _, found = joined(tmp_path, mf.Concat(pieces))

    wanted = [sounds[0][4_800:14_400], sounds[1], sounds[0][:9_600]]
    assert np.array_equal(found, np.concatenate(wanted))


def test_crossfade_goes_in_even_steps(tmp_path, parts):
    paths, sounds = parts
    overlap = 4_800

    _, found = joined(tmp_path, mf.Concat(paths[:2], crossfade_seconds=0.1))

    first, second = (data.astype(float) for data in sounds[:2])
    up = ((np.arange(overlap) + 1) / (overlap + 1))[:, None]
    mixed = first[-overlap:] * (1 - up) + second[:overlap] * up
    wanted = np.concatenate([first[:-overlap], mixed, second[overlap:]])
    assert len(found) == len(wanted)
    assert np.abs(found - wanted).max() <= 1  # rounding to 16 bits


def test_crossfade_of_one_tone_stays_at_its_level(tmp_path):
    whole = tone(2.0, 500, 0.5)
    paths = [
        write_wav(tmp_path / "a.wav", whole[: RATE + 4_800]),
        write_wav(tmp_path / "b.wav", whole[RATE:]),
    ]

    _, found = joined(tmp_path, mf.Concat(paths, crossfade_seconds=0.1))

    assert np.abs(found.astype(int) - whole).max() <= 1


def test_other_rates_and_layouts_are_brought_to_the_widest(tmp_path):
    one = write_wav(tmp_path / "a.wav", tone(1.0, 500, 0.5, channels=1, rate=22_050), rate=22_050)
    other = write_wav(tmp_path / "b.wav", tone(1.0, 500, 0.5))

    made, found = joined(tmp_path, mf.Concat([one, other]))

    assert len(found) == pytest.approx(2 * RATE, abs=2)
    assert made.status == "completed"


def test_sound_of_a_film_may_be_a_part(tmp_path, parts):
    film = counting_film(tmp_path / "film.mp4", frames=25)
    paths, sounds = parts

    _, found = joined(tmp_path, mf.Concat([film, paths[0]]))

    # AAC is decoded to its end, which lies within a packet of the film's
    assert len(found) - len(sounds[0]) == pytest.approx(RATE, abs=1_024)
    assert np.array_equal(found[-len(sounds[0]) :], sounds[0])


def test_crossfade_longer_than_a_part_is_refused(tmp_path, parts):
    paths, _ = parts

    with pytest.raises(SpecError, match=r"part 3 of 3 .* 0\.3 s does not fit into 0\.257"):
        joined(tmp_path, mf.Concat(paths, crossfade_seconds=0.3))


def test_films_have_no_crossfade(tmp_path):
    film = counting_film(tmp_path / "film.mp4", frames=25)

    with pytest.raises(UnsupportedError, match="without a crossfade"):
        mf.process(
            mf.Concat([film, film], crossfade_seconds=0.5),
            mf.VideoOutput("mp4"),
            to=f"{tmp_path}/to/",
        )


def test_damaged_part_is_named(tmp_path, parts):
    paths, _ = parts
    paths[1].write_bytes(b"RIFF\x24\x08\x00\x00WAVEjunk")

    with pytest.raises(SourceError, match="part 2 of 3"):
        joined(tmp_path, mf.Concat(paths))

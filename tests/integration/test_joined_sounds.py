"""Sounds that are joined: no sample is lost, doubled or added at the seams, by arithmetic."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

import mediaflow as mf
from mediaflow.audio.seam import Seam
from mediaflow.errors import LimitExceededError, SourceError, SpecError, UnsupportedError
from tests.film import counting_film
from tests.sounds import RATE, noise, tone, write_wav

pytestmark = pytest.mark.integration


def joined(folder, concat, output=None, *, channels=2, limits=None):
    """Join sounds; return the result and its samples, (samples, channels)."""
    output = output or mf.AudioOutput("flac")
    made = mf.process(concat, output, to=f"{folder}/to/", limits=limits).outputs[0]
    with av.open(made.uri) as file:
        rows = [frame.to_ndarray() for frame in file.decode(audio=0)]
    return made, np.concatenate([row.reshape(-1, channels) for row in rows])


def heard_at(path, *pieces, picture_seconds):
    """Write a film of which samples are heard at certain times, in stereo.

    Args:
        path: Where to; its name says in which container.
        pieces: Times in seconds, and the samples that are heard from there on, 16 bits.
        picture_seconds: How long its picture lasts.
    """
    with av.open(str(path), "w") as film:
        picture = film.add_stream("mpeg4", rate=2)
        picture.width = picture.height = 64
        picture.pix_fmt = "yuv420p"
        sound = film.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        for at in range(2 * picture_seconds):
            frame = av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), format="yuv420p")
            frame.pts = at
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
        for seconds, data in pieces:
            for start in range(0, len(data), RATE // 10):
                row = np.ascontiguousarray(data[start : start + RATE // 10].reshape(1, -1))
                frame = av.AudioFrame.from_ndarray(row, format="s16", layout="stereo")
                frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
                frame.pts = round(seconds * RATE) + start
                film.mux(sound.encode(frame))
        film.mux(sound.encode(None))
    return path


def faded(first, second, count):
    """Return two sounds of which the last samples of one are heard with the first of the other."""
    up = ((np.arange(count) + 1) / (count + 1))[:, None]
    mixed = first[-count:] * (1 - up) + second[:count] * up
    return np.concatenate([first[:-count], mixed, second[count:]])


def silence(seconds):
    """Return stereo silence."""
    return np.zeros((round(seconds * RATE), 2), "<i2")


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

    wanted = faded(*(data.astype(float) for data in sounds[:2]), overlap)
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


@pytest.mark.parametrize("container", ["mkv", "mov"])
def test_crossfade_longer_than_the_sound_of_a_film_is_refused(tmp_path, parts, container):
    paths, _ = parts
    film = heard_at(tmp_path / f"film.{container}", (0, noise(RATE // 4)), picture_seconds=3)

    with pytest.raises(SpecError, match=r"part 2 of 2 .* 0\.5 s does not fit into 0\.25 s"):
        joined(tmp_path, mf.Concat([paths[0], film], crossfade_seconds=0.5))


def test_part_that_turns_out_shorter_than_the_crossfade_fades_as_far_as_it_lasts(tmp_path, parts):
    paths, sounds = parts
    few = noise(RATE // 4)[::-1]
    film = heard_at(tmp_path / "film.mkv", (0, few), picture_seconds=3)
    film.write_bytes(
        film.read_bytes().replace(b"DURATION", b"SOMETHNG")
    )  # tells no length of sounds

    _, found = joined(tmp_path, mf.Concat([paths[0], film, paths[1]], crossfade_seconds=0.5))

    first, second, third = (data.astype(float) for data in (sounds[0], few, sounds[1]))
    wanted = faded(faded(first, second, len(few)), third, len(few))
    assert len(found) == len(wanted)
    assert np.abs(found - wanted).max() <= 1  # rounding to 16 bits


@pytest.mark.parametrize("container", ["mkv", "mov"])
def test_plan_counts_a_film_as_long_as_its_sound_is_heard(tmp_path, container):
    film = heard_at(tmp_path / f"film.{container}", (0, noise(RATE // 2)), picture_seconds=3)
    late = heard_at(tmp_path / f"late.{container}", (1, noise(RATE)), picture_seconds=3)
    source = mf.Concat([film, late])

    plan = mf.plan(source, mf.AudioOutput("flac"), to=f"{tmp_path}/to/")
    made, found = joined(tmp_path, source)

    assert plan.source.duration_seconds == pytest.approx(2.5, abs=0.002)  # ticks of 1 ms
    assert len(found) == 5 * RATE // 2
    assert made.duration_seconds == pytest.approx(2.5)


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


def test_sounds_of_eight_channels_are_joined(tmp_path):
    sounds = [noise(20_011, channels=8), noise(10_007, channels=8)[::-1]]
    paths = [write_wav(tmp_path / f"{at}.wav", data) for at, data in enumerate(sounds)]

    _, found = joined(tmp_path, mf.Concat(paths), mf.AudioOutput("flac", channels=8), channels=8)

    assert np.array_equal(found, np.concatenate(sounds))


def test_sound_of_sixteen_channels_is_joined_with_stereo(tmp_path, parts):
    paths, sounds = parts
    many = np.zeros((20_011, 16), "<i2")
    many[:, :2] = noise(20_011)  # front left and right
    wide = write_wav(tmp_path / "wide.wav", many)

    _, found = joined(tmp_path, mf.Concat([wide, paths[0]]))

    wanted = np.concatenate([many[:, :2], sounds[0]]).astype(int)
    assert len(found) == len(wanted)
    assert np.abs(found[: len(many)] - wanted[: len(many)]).max() <= 1  # rounding to 16 bits


def test_mono_among_stereo_keeps_its_level_on_both_sides(tmp_path, parts):
    paths, sounds = parts
    mono = noise(20_011, channels=1)
    path = write_wav(tmp_path / "mono.wav", mono)

    _, found = joined(tmp_path, mf.Concat([path, paths[0]]))

    assert np.array_equal(found, np.concatenate([np.repeat(mono, 2, axis=1), sounds[0]]))


def test_sound_that_starts_later_than_its_film_comes_after_silence(tmp_path, parts):
    paths, sounds = parts
    late = heard_at(tmp_path / "late.mkv", (1, noise(RATE)), picture_seconds=2)

    _, found = joined(tmp_path, mf.Concat([paths[0], late]))

    assert np.array_equal(found, np.concatenate([sounds[0], silence(1), noise(RATE)]))


@pytest.mark.parametrize("heard", [(0.0,), ()], ids=["within", "before"])
def test_gap_longer_than_allowed_is_refused(tmp_path, heard):
    pieces = [(seconds, noise(RATE)) for seconds in (*heard, 4.0)]
    film = heard_at(tmp_path / "film.mkv", *pieces, picture_seconds=5)

    with pytest.raises(LimitExceededError, match=r"part 1 of 1 .* the sound has [34] gap seconds"):
        joined(tmp_path, mf.Concat([film]), limits=mf.Limits(max_gap_seconds=2))


def test_silence_is_handed_on_in_small_steps():
    frame = av.AudioFrame("s16", "stereo", 100)
    frame.sample_rate, frame.pts, frame.time_base = RATE, 30 * RATE, Fraction(1, RATE)
    seam = Seam(RATE, "stereo", Fraction(0), mf.Limits())

    made = [block.samples for block in seam.push(frame)]

    assert sum(made) == 30 * RATE + 100
    assert max(made) <= 8_192


def test_gap_within_a_part_is_silence(tmp_path, parts):
    paths, sounds = parts
    pieces = [(0, noise(RATE)), (2, noise(RATE)[::-1])]
    film = heard_at(tmp_path / "film.mkv", *pieces, picture_seconds=3)

    _, found = joined(tmp_path, mf.Concat([film, paths[0]]))

    wanted = [noise(RATE), silence(1), noise(RATE)[::-1], sounds[0]]
    assert np.array_equal(found, np.concatenate(wanted))


def test_what_overlaps_within_a_part_is_dropped(tmp_path, parts):
    paths, sounds = parts
    pieces = [(0, noise(RATE)), (0.92, noise(RATE)[::-1])]
    film = heard_at(tmp_path / "film.mkv", *pieces, picture_seconds=2)

    _, found = joined(tmp_path, mf.Concat([film, paths[0]]))

    later = noise(RATE)[::-1][RATE * 8 // 100 :]
    assert np.array_equal(found, np.concatenate([noise(RATE), later, sounds[0]]))


def test_jitter_of_time_stamps_leaves_no_gap(tmp_path, parts):
    paths, sounds = parts
    pieces = [(0, noise(RATE)), (1.02, noise(RATE)[::-1])]
    film = heard_at(tmp_path / "film.mkv", *pieces, picture_seconds=2)

    _, found = joined(tmp_path, mf.Concat([film, paths[0]]))

    assert np.array_equal(found, np.concatenate([noise(RATE), noise(RATE)[::-1], sounds[0]]))


@pytest.mark.parametrize("end", [3, None], ids=["with end", "to its end"])
@pytest.mark.parametrize("container", ["mkv", "mov"])
def test_piece_behind_the_sound_of_its_film_is_silent(tmp_path, parts, container, end):
    paths, sounds = parts
    film = heard_at(tmp_path / f"film.{container}", (0, noise(RATE)), picture_seconds=3)

    _, found = joined(tmp_path, mf.Concat([mf.Part(film, start=2, end=end), paths[0]]))

    assert np.array_equal(found, np.concatenate([silence(1), sounds[0]]))

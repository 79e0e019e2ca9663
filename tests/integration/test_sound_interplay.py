"""What several wishes do to one sound together, and what one output's failure does to others."""

from __future__ import annotations

import wave
from fractions import Fraction

import av
import numpy as np
import pytest

import mediaflow as mf
from tests.film import counting_film
from tests.sounds import RATE, noise, tone, write_wav

pytestmark = pytest.mark.integration

SILENT = np.zeros((RATE // 2, 2), "<i2")


def heard(path):
    """Return the samples of a file of 16 bits, (samples, channels)."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        channels = stream.codec_context.layout.nb_channels
        return np.concatenate(
            [frame.to_ndarray().reshape(-1, channels) for frame in file.decode(stream)]
        )


def made(source, folder, *outputs, **words):
    return mf.process(source, list(outputs), to=f"{folder}/to/", **words).outputs


# ------------------------------------------------------------------ course and finish together

COURSES = {
    "gain": ({"gain_db": -6.0}, 1.0),
    "speed": ({"speed": 2.0}, 0.5),
}


@pytest.mark.parametrize("name", COURSES)
def test_silence_is_cut_off_a_sound_that_was_changed(tmp_path, name):
    words, share = COURSES[name]
    data = np.concatenate([SILENT, tone(2.0, 500, 0.5), SILENT])
    source = write_wav(tmp_path / "source.wav", data)

    (output,) = made(source, tmp_path, mf.AudioOutput("wav", trim_silence_dbfs=-50.0, **words))

    # the speed is changed by joining windows of some milliseconds
    assert output.duration_seconds == pytest.approx(2.0 * share, abs=0.05)


@pytest.mark.parametrize("words", [{"speed": 1.5}, {"fade_in": 0.1}], ids=str)
def test_loudness_is_that_of_what_was_changed(tmp_path, words):
    source = write_wav(tmp_path / "source.wav", tone(6.0, 997, 10 ** (-30 / 20)))

    (output,) = made(source, tmp_path, mf.AudioOutput("flac", loudness_lufs=-20.0, **words))

    assert output.data.measured_lufs == pytest.approx(-30, abs=0.3)
    assert output.data.measured_range_lu == pytest.approx(0, abs=0.5)


def late(folder, seconds):
    """Write a film whose sound begins later than its picture."""
    painted = counting_film(folder / "painted.mkv", frames=50)
    path = folder / "late.mkv"
    with av.open(str(painted)) as film, av.open(str(path), "w") as to:
        streams = (film.streams.video[0], film.streams.audio[0])
        tracks = {one.index: to.add_stream_from_template(one) for one in streams}
        for packet in film.demux(*streams):
            if packet.size:
                is_sound = packet.stream.type == "audio"
                later = round(seconds / packet.time_base) if is_sound else 0
                packet.pts, packet.dts = packet.pts + later, packet.dts + later
                packet.stream = tracks[packet.stream.index]
                to.mux(packet)
    return path


def test_sound_that_begins_late_is_cut_and_levelled(tmp_path):
    film = late(tmp_path, 1)

    output = mf.AudioOutput("flac", trim_silence_dbfs=-50.0, loudness_lufs=-23.0)
    (sound,) = made(film, tmp_path, output)

    assert 1.0 < sound.duration_seconds < 2.1


def test_sound_that_begins_late_is_encoded_with_its_silence(tmp_path):
    film = late(tmp_path, 1)

    sound = mf.AudioOutput("ogg", codec="opus")
    with av.open(str(film)) as source:
        seconds = max(stream.start_time * stream.time_base for stream in source.streams)
    (output,) = made(film, tmp_path, sound)

    assert float(seconds) == pytest.approx(1, abs=0.05)
    assert output.duration_seconds == pytest.approx(3.0, abs=0.1)


# ------------------------------------------------------------------ outputs apart


def test_cover_that_is_none_stops_its_own_file_alone(tmp_path):
    source = write_wav(tmp_path / "source.wav", noise(20_000))

    first, twin, other = made(
        source,
        tmp_path,
        mf.AudioOutput("mp3", suffix="_a", cover=b"nonsense"),
        mf.AudioOutput("mp3", suffix="_b"),
        mf.AudioOutput("flac"),
        on_failure="partial",
    )

    assert [one.status for one in (first, twin, other)] == ["failed", "completed", "completed"]


def gapped(folder):
    """Write a film of two sounds of which the second has a gap of an hour."""
    painted = counting_film(folder / "painted.mkv", frames=50, languages=("eng", "deu"))
    path = folder / "gapped.mkv"
    with av.open(str(painted)) as film, av.open(str(path), "w") as to:
        streams = film.streams.audio
        tracks = {one.index: to.add_stream_from_template(one) for one in streams}
        for packet in film.demux(*streams):
            if packet.size:
                is_far = (
                    packet.stream.index == streams[1].index and packet.pts * packet.time_base > 1
                )
                later = round(3_600 / packet.time_base) if is_far else 0
                packet.pts, packet.dts = packet.pts + later, packet.dts + later
                packet.stream = tracks[packet.stream.index]
                to.mux(packet)
    return path


def test_sound_that_cannot_be_measured_stops_its_own_output_alone(tmp_path):
    film = gapped(tmp_path)

    good, bad = made(
        film,
        tmp_path,
        mf.AudioOutput("flac", track=0, suffix="_a", bit_depth=16),
        mf.AudioOutput("flac", track=1, suffix="_b", bit_depth=16, loudness_lufs=-20.0),
        on_failure="partial",
        limits=mf.Limits(max_gap_seconds=60),
    )

    assert (good.status, bad.status) == ("completed", "failed")
    assert "gap" in bad.error


def test_track_that_is_stored_behind_another_is_not_lost(tmp_path):
    """As some programs store it: the whole of one track, then the whole of the other."""
    path, data = tmp_path / "tracks.mkv", tone(4.0, 500, 0.5)
    with av.open(str(path), "w", options={"max_interleave_delta": "1"}) as to:
        tracks = [to.add_stream("pcm_s16le", rate=RATE) for _ in range(2)]
        for track in tracks:
            track.codec_context.layout = "stereo"
        to.start_encoding()
        for track in tracks:
            for first in range(0, len(data), RATE):
                packet = av.Packet(data[first : first + RATE].tobytes())
                packet.stream, packet.pts, packet.dts = track, first, first
                packet.time_base = Fraction(1, RATE)
                to.mux(packet)
    outputs = [mf.AudioOutput("flac", track=at, end=1.0, suffix=f"_{at}") for at in (0, 1)]

    made(path, tmp_path, *outputs)

    for at in (0, 1):
        assert np.array_equal(heard(tmp_path / "to" / f"tracks_{at}.flac"), data[:RATE])


# ------------------------------------------------------------------ very many planes


@pytest.fixture
def eight(tmp_path):
    """Return a sound of eight channels in AAC, whose frames have eight planes."""
    data = np.zeros((RATE, 8), "<i2")
    data[:, 0] = tone(1.0, 500, 0.5)[:, 0]
    path = tmp_path / "eight.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(8)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data.tobytes())
    return path


def in_aac(folder, eight, film=None):
    """Write a sound of eight channels in AAC, beside the picture of a film where there is one."""
    path = folder / ("eight.mp4" if film else "eight.m4a")
    with av.open(str(eight)) as source, av.open(str(path), "w", format="mp4") as to:
        sound = to.add_stream("aac", rate=RATE)
        sound.codec_context.layout = "7.1"
        if film is not None:
            with av.open(str(film)) as shown:
                picture = to.add_stream_from_template(shown.streams.video[0])
                for packet in shown.demux(video=0):
                    if packet.size:
                        packet.stream = picture
                        to.mux(packet)
        for frame in source.decode(audio=0):
            to.mux(sound.encode(frame))
        to.mux(sound.encode(None))
    return path


def test_films_of_eight_planes_are_joined(eight, tmp_path):
    film = in_aac(tmp_path, eight, counting_film(tmp_path / "film.mp4", frames=20))

    output = mf.VideoOutput("mp4", effort=0)
    made_film = mf.process(mf.Concat([film, film]), output, to=f"{tmp_path}/to/").outputs[0]

    assert made_film.frames == 40


def test_eight_planes_are_read(eight, tmp_path):
    outputs = made(
        in_aac(tmp_path, eight),
        tmp_path,
        mf.AudioOutput("wav", suffix="_stereo"),
        mf.AudioOutput("wav", channels=8, loudness_lufs=-30.0, suffix="_eight"),
        mf.WaveformOutput("json", suffix="_wave"),
        mf.AnalysisOutput(what=("loudness", "silence")),
    )

    assert [one.status for one in outputs] == ["completed"] * 4

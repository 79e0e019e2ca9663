"""Ends, fades and chapters of files of sound whose source tells little, or is cut."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

import mediaflow as mf
from mediaflow.errors import OutputsFailedError
from tests.film import ffprobe
from tests.sounds import RATE, noise, tone, write_wav

pytestmark = pytest.mark.integration

SECONDS = 6


def level(samples):
    return float(np.sqrt((samples.astype(np.float64) ** 2).mean()))


def heard(path):
    """Return the samples of a file of 16 bits, (samples, channels)."""
    with av.open(path) as file:
        stream = file.streams.audio[0]
        rows = [frame.to_ndarray().reshape(-1, 2) for frame in file.decode(stream)]
    return np.concatenate(rows)


def encoded(stream, data):
    frame = av.AudioFrame.from_ndarray(data.reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    return [packet for one in (frame, None) for packet in stream.encode(one)]


@pytest.fixture
def changing(tmp_path):
    """Return AAC without a header that begins loud and goes on quiet: 6 s, estimated as less."""
    data = np.concatenate([noise(RATE), tone(SECONDS - 1, 440, 0.1)])
    path = tmp_path / "changing.aac"
    with av.open(str(path), "w", format="adts") as file:
        stream = file.add_stream("aac", rate=RATE, layout="stereo")
        stream.codec_context.qscale = True
        stream.codec_context.options = {"global_quality": "240"}
        for packet in encoded(stream, data):
            file.mux(packet)
    told = mf.probe(path).container
    assert told.duration_seconds_from_header is None
    assert told.duration_seconds_estimated < SECONDS - 1
    return path


def test_a_part_up_to_an_end_is_that_long_whatever_was_estimated(tmp_path, changing):
    made = mf.process(changing, mf.AudioOutput("wav", end=5.0), to=f"{tmp_path}/to/").outputs[0]

    assert len(heard(made.uri)) == 5 * RATE


def test_a_part_that_begins_after_the_estimated_end_is_made(tmp_path, changing):
    output = mf.AudioOutput("wav", start=5.0, end=5.5)

    made = mf.process(changing, output, to=f"{tmp_path}/to/").outputs[0]

    samples = heard(made.uri)
    assert len(samples) == RATE // 2
    assert level(samples) > 1_000


def test_the_rest_of_a_sound_is_not_silent_after_an_estimated_end(tmp_path, changing):
    output = mf.AudioOutput("wav", fade_out=1.0, end=5.0)

    made = mf.process(changing, output, to=f"{tmp_path}/to/").outputs[0]

    samples = heard(made.uri)
    assert level(samples[3 * RATE : 4 * RATE]) == pytest.approx(
        level(samples[2 * RATE : 3 * RATE]), rel=0.05
    )
    assert level(samples[-RATE // 20 :]) < level(samples[2 * RATE : 3 * RATE]) / 10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"end": 20.0, "fade_out": 1.0}, ("at 6.0", "at 20 s")),
        ({"end": 6.5, "fade_out": 1.0}, ("at 6.0", "at 6.5 s")),
        ({"end": 20.0, "fade_out": 1.0, "speed": 2.0}, ("at 3.0", "at 10 s")),
        ({"end": 20.0, "fade_out": 1.0, "loudness_lufs": -20.0}, ("at 6.0", "at 20 s")),
    ],
)
def test_fade_behind_the_end_of_a_sound_is_told(tmp_path, changing, options, words):
    output = mf.AudioOutput("wav", **options)

    made = mf.process(changing, output, to=f"{tmp_path}/to/").outputs[0]

    told = [one.message for one in made.notices if one.code == "time_clamped"]
    assert len(told) == 1
    assert all(word in told[0] for word in words)
    with pytest.raises(OutputsFailedError, match="before fade_out is over"):
        mf.process(changing, output, to=f"{tmp_path}/strict/", strict=True)


@pytest.mark.parametrize("options", [{}, {"speed": 0.75}, {"loudness_lufs": -40.0}])
def test_fade_that_went_down_is_no_notice(tmp_path, changing, options):
    output = mf.AudioOutput("wav", end=5.0, fade_out=0.5, **options)

    made = mf.process(changing, output, to=f"{tmp_path}/to/").outputs[0]

    assert made.notices == ()


def test_sound_that_is_shorter_than_its_picture_fades_before_it_ends(tmp_path):
    path = tmp_path / "short.mp4"
    with av.open(str(path), "w") as file:
        picture = file.add_stream("mpeg4", rate=10, width=64, height=48, pix_fmt="yuv420p")
        sound = file.add_stream("aac", rate=RATE, layout="stereo")
        gray = np.full((72, 64), 128, np.uint8)
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(gray, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            file.mux(picture.encode(frame))
        file.mux(picture.encode(None))
        for packet in encoded(sound, tone(1.0, 440, 0.3)):
            file.mux(packet)

    output = mf.AudioOutput("wav", fade_out=0.5)
    made = mf.process(path, output, to=f"{tmp_path}/to/").outputs[0]

    samples = heard(made.uri)[: RATE - RATE // 100]
    assert level(samples[-RATE // 20 :]) < level(samples[RATE // 5 : RATE // 2]) / 5


def test_chapters_move_with_the_silence_that_is_cut_off(tmp_path):
    silence = np.zeros((RATE // 2, 2), np.int16)
    source = write_wav(
        tmp_path / "book.wav", np.concatenate([silence, tone(1.0, 440, 0.3), silence])
    )
    path = tmp_path / "book.m4a"
    with av.open(str(source)) as given, av.open(str(path), "w", format="ipod") as file:
        stream = file.add_stream("alac", rate=RATE, layout="stereo")
        file.set_chapters(
            [
                {
                    "id": at,
                    "start": at * 500,
                    "end": at * 500 + 500,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": f"C{at}"},
                }
                for at in range(4)
            ]
        )
        for frame in given.decode(audio=0):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))

    output = mf.AudioOutput("m4a", trim_silence_dbfs=-50.0, suffix="_cut")
    made = mf.process(path, output, to=f"{tmp_path}/to/").outputs[0]

    found = [
        (each["tags"]["title"], round(float(each["start_time"]), 2), float(each["end_time"]))
        for each in ffprobe(made.uri, "-show_chapters")["chapters"]
    ]
    assert found == [
        ("C1", 0.0, pytest.approx(0.5, abs=0.03)),
        ("C2", 0.5, pytest.approx(1.0, abs=0.03)),
    ]


@pytest.mark.parametrize("output", [mf.AudioOutput("flac"), mf.WaveformOutput("json")])
def test_what_is_made_of_sound_without_a_name_is_called_sound(tmp_path, output):
    data = write_wav(tmp_path / "talk.wav", tone(0.5, 440, 0.3)).read_bytes()

    made = mf.process(data, output, to=f"{tmp_path}/to/").outputs[0]

    assert made.uri.rpartition("/")[2].startswith("sound")

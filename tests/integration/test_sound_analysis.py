"""Loudness and silences of sounds, by whole jobs: by arithmetic on painted tones, and by pyloudnorm."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.audio import reading
from mediaflow.errors import (
    JobCancelledError,
    OutputsFailedError,
    SourceError,
    SpecError,
    TruncatedMediaError,
    UnsupportedError,
)
from tests.film import counting_film
from tests.sounds import RATE, Samples, noise, tone, write_wav

pytestmark = pytest.mark.integration

BOTH = mf.AnalysisOutput(what=("loudness", "silence"))
LU = 0.1  # what a meter may be off (EBU Tech 3341)
QUIET = 10 ** (-23 / 20)  # peak of a tone of 997 Hz in two channels that has -23 LUFS


def hush(samples: int) -> Samples:
    return np.zeros((samples, 2), "<i2")


@pytest.fixture
def talk(tmp_path) -> Path:
    """Return a tone of -23 LUFS with a silence of 1 s in it and one of 0.3 s, off every block."""
    loud = tone(3.0, 997, QUIET)
    parts = [loud, hush(RATE + 7), loud[:-11], hush(RATE * 3 // 10), loud]
    return write_wav(tmp_path / "talk.wav", np.concatenate(parts))


def made(source, folder: Path, *outputs, **words) -> tuple[mf.OutputResult, ...]:
    return mf.process(source, list(outputs), to=f"{folder}/to/", **words).outputs


def stretches(output: mf.OutputResult) -> list[tuple[int, int]]:
    """Return first and last sample of the silences, which floats of seconds tell exactly."""
    found = output.data.silence.silences
    return [(round(one.start_seconds * RATE), round(one.end_seconds * RATE)) for one in found]


def sounding(data: Samples, least: int) -> list[tuple[int, int]]:
    """Return the stretches of samples up to -60 dBFS in every channel, found one by one."""
    loud = np.flatnonzero(np.abs(data.astype(int)).max(axis=1) > 32_768 / 1_000)
    edges = [-1, *loud.tolist(), len(data)]
    return [(one + 1, other) for one, other in pairwise(edges) if other - one - 1 >= least]


def begun_late(path: Path, sound: Path) -> Path:
    """Write a film whose picture begins at 0 and whose sound, sample for sample, at 2 s."""
    film = counting_film(path.with_name("picture.mkv"), frames=50, sound=None)
    with av.open(str(film)) as seen, av.open(str(sound)) as heard, av.open(str(path), "w") as made:
        streams = [made.add_stream_from_template(one.streams[0]) for one in (seen, heard)]
        for one, stream, delay in zip((seen, heard), streams, (0, 2), strict=True):
            for packet in one.demux(0):
                if packet.size:
                    packet.pts += round(delay / packet.time_base)
                    packet.dts = packet.pts
                    packet.stream = stream
                    made.mux(packet)
    return path


def test_tone_has_the_loudness_of_its_arithmetic(tmp_path):
    source = write_wav(tmp_path / "tone.wav", tone(5.0, 997, QUIET))

    (output,) = made(source, tmp_path, mf.AnalysisOutput(what=("loudness",)))

    assert isinstance(output.data, mf.SoundData)
    loudness = output.data.loudness
    assert output.data.silence is None
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=LU)
    assert loudness.true_peak_dbtp == pytest.approx(-23.0, abs=0.1)
    assert loudness.range_lu == pytest.approx(0.0, abs=LU)
    assert (len(loudness.momentary_lufs), len(loudness.short_term_lufs)) == (47, 21)
    assert (loudness.duration_seconds, output.duration_seconds) == (5.0, 5.0)
    assert (output.uri, output.bytes, output.width, output.format) == ("", 0, None, "json")
    assert not (tmp_path / "to").exists()


def test_loudness_is_that_of_another_meter(tmp_path):
    pyloudnorm = pytest.importorskip("pyloudnorm", reason="pyloudnorm is not installed")
    data = np.concatenate([noise(4 * RATE), noise(4 * RATE) // 3, noise(2 * RATE) // 200])
    source = write_wav(tmp_path / "noise.wav", data)

    (output,) = made(source, tmp_path, BOTH)

    expected = pyloudnorm.Meter(RATE).integrated_loudness(data / 32_768)
    assert output.data.loudness.integrated_lufs == pytest.approx(expected, abs=2 * LU)


def test_silences_are_exact_to_the_sample(tmp_path, talk):
    (output,) = made(talk, tmp_path, mf.AnalysisOutput(what=("silence",)))

    assert stretches(output) == [(3 * RATE, 4 * RATE + 8)]  # a sine begins with a sample of 0
    assert output.data.loudness is None
    assert output.data.silence.duration_seconds == output.duration_seconds


def test_threshold_and_length_are_those_that_were_asked(tmp_path):
    data = noise(3 * RATE)
    data[: RATE // 4] //= 4_000
    data[RATE : 2 * RATE] //= 400
    source = write_wav(tmp_path / "noise.wav", data)
    outputs = [
        mf.AnalysisOutput(what=("silence",), silence_seconds=0.1, name="short"),
        mf.AnalysisOutput(what=("silence",), silence_seconds=0.1, silence_dbfs=-30, name="loud"),
        mf.AnalysisOutput(what=("silence",), name="usual"),
    ]

    short, loud, usual = made(source, tmp_path, *outputs)

    assert stretches(short) == sounding(data, RATE // 10)
    assert stretches(usual) == sounding(data, RATE // 2)
    assert stretches(short)[0][0] == 0
    assert stretches(loud)[0][0] == 0
    assert (loud.data.silence.threshold_dbfs, loud.data.silence.least_seconds) == (-30, 0.1)


def test_both_are_one_object_and_json_when_stored(tmp_path, talk):
    (output,) = made(talk, tmp_path, mf.AnalysisOutput(what=("silence", "loudness"), store=True))

    stored = json.loads(Path(output.uri).read_text())
    assert Path(output.uri).name == "talk_analysis.json"
    assert (output.data.loudness is None, output.data.silence is None) == (False, False)
    assert stored["kind"] == "sound"
    assert stored["loudness"]["integrated_lufs"] == output.data.loudness.integrated_lufs
    assert stored["silence"]["silences"] == [{"start_seconds": 3.0, "end_seconds": 4 + 8 / RATE}]


def test_one_decode_gives_files_and_numbers(tmp_path, talk, monkeypatch):
    opened, real = [], reading.open_decoder

    def counted(*args, **words):
        opened.append(args)
        return real(*args, **words)

    monkeypatch.setattr(reading, "open_decoder", counted)
    outputs = [
        mf.AudioOutput("flac"),
        BOTH,
        mf.WaveformOutput(),
        mf.AudioOutput("mp3"),
        mf.AnalysisOutput(what=("silence",), silence_seconds=0.2, name="pauses"),
    ]

    results = made(talk, tmp_path, *outputs)

    assert len(opened) == 1
    assert [one.status for one in results] == ["completed"] * 5
    assert len(stretches(results[4])) == 2
    (alone,) = made(talk, tmp_path, BOTH)
    assert results[1].data == alone.data


def test_levelled_file_beside_it_does_not_change_what_is_measured(tmp_path, talk):
    level = mf.AudioOutput("flac", loudness_lufs=-18.0)

    file, measured = made(talk, tmp_path, level, BOTH)
    (after,) = made(file.uri, tmp_path, BOTH)

    (alone,) = made(talk, tmp_path, BOTH)
    assert measured.data == alone.data
    assert file.data.measured_lufs == pytest.approx(
        measured.data.loudness.integrated_lufs, abs=0.01
    )
    assert after.data.loudness.integrated_lufs == pytest.approx(-18.0, abs=LU)


def test_sound_of_a_film_is_measured_as_its_file_is(tmp_path):
    film = counting_film(tmp_path / "film.mp4", frames=50)

    sound, shown = made(film, tmp_path, mf.AudioOutput("wav"), BOTH)
    (again,) = made(sound.uri, tmp_path, BOTH)

    found, expected = shown.data.loudness, again.data.loudness
    assert found.integrated_lufs == pytest.approx(expected.integrated_lufs, abs=0.02)
    assert found.duration_seconds == pytest.approx(expected.duration_seconds, abs=1 / RATE)
    for one, other in zip(stretches(shown), stretches(again), strict=True):
        assert np.abs(np.subtract(one, other)).max() <= 48  # AAC fades in and out of silence
    assert stretches(shown)


def test_track_that_begins_late_is_silent_until_then(tmp_path, talk):
    late = begun_late(tmp_path / "late.mkv", talk)

    (output,) = made(late, tmp_path, BOTH)

    assert stretches(output) == [(0, 2 * RATE + 1), (5 * RATE, 6 * RATE + 8)]


def test_silences_of_joined_sounds_go_over_the_seam(tmp_path):
    first = np.concatenate([noise(30_011), hush(12_000)])
    second = np.concatenate([hush(20_000), noise(40_003)])
    parts = [write_wav(tmp_path / f"{at}.wav", data) for at, data in enumerate((first, second))]

    file, output = made(mf.Concat(parts), tmp_path, mf.AudioOutput("flac"), BOTH)

    assert stretches(output) == sounding(np.concatenate([first, second]), RATE // 2)
    assert len(stretches(output)) == 1
    assert output.duration_seconds == file.duration_seconds


def test_sound_of_joined_films_is_measured_as_one(tmp_path):
    film = counting_film(tmp_path / "film.mp4", frames=50)
    joined = mf.Concat([film, film])

    (output,) = made(joined, tmp_path, BOTH)

    assert output.duration_seconds == 4.0
    assert output.data.silence.duration_seconds == 4.0
    with pytest.raises(UnsupportedError, match="an analysis of sound beside pictures"):
        made(joined, tmp_path, mf.VideoOutput(), BOTH)


def test_joined_sounds_are_measured_with_their_crossfade(tmp_path, talk):
    joined = mf.Concat([talk, talk], crossfade_seconds=0.5)

    (output,) = made(joined, tmp_path, BOTH)

    (alone,) = made(talk, tmp_path, BOTH)
    assert output.duration_seconds == 2 * alone.duration_seconds - 0.5


def test_plan_says_what_is_measured(tmp_path, talk):
    outputs = [BOTH, mf.AnalysisOutput(what=("loudness",), store=True, name="stored")]

    words = str(mf.plan(talk, outputs, to=f"{tmp_path}/to/"))

    assert (
        "output analysis: loudness and peaks and silences of 0.5 s or more up to -60 dBFS "
        "of stream 0 as data"
    ) in words
    assert "output stored: loudness and peaks of stream 0 → " in words


def test_source_that_is_cut_off_is_refused_or_told(tmp_path, talk):
    (whole,) = made(talk, tmp_path, mf.AudioOutput("mp3"))
    data = Path(whole.uri).read_bytes()
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(data[: len(data) // 4])

    with pytest.raises(TruncatedMediaError):
        made(cut, tmp_path, BOTH)
    (output,) = made(cut, tmp_path, BOTH, fail_on="none")
    with pytest.raises(OutputsFailedError) as caught:
        made(cut, tmp_path, BOTH, fail_on="none", strict=True)

    assert [notice.code for notice in output.notices] == ["source_salvaged"]
    assert 0 < output.duration_seconds < 3
    assert caught.value.result.outputs[0].data is None


def test_silence_has_no_loudness_and_is_one_silence(tmp_path):
    source = write_wav(tmp_path / "hush.wav", hush(RATE))

    (output,) = made(source, tmp_path, BOTH)

    assert output.data.loudness.integrated_lufs is None
    assert output.data.loudness.true_peak_dbtp is None
    assert stretches(output) == [(0, RATE)]


def test_sound_without_samples_is_refused(tmp_path):
    empty = write_wav(tmp_path / "empty.wav", hush(0))

    with pytest.raises(SourceError):
        made(empty, tmp_path, BOTH)


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ({"language": "deu"}, UnsupportedError, "no sound in 'deu'"),
        ({"track": 7}, UnsupportedError, "no sound in stream 7"),
    ],
    ids=["language", "track"],
)
def test_track_that_is_not_there_is_refused(tmp_path, talk, words, error, text):
    with pytest.raises(error, match=text):
        made(talk, tmp_path, mf.AnalysisOutput(what=("loudness",), **words))


@pytest.mark.parametrize("word", ["placeholder", "scenes"])
def test_sound_has_nothing_to_see(tmp_path, talk, word):
    with pytest.raises(UnsupportedError, match="sound only") as caught:
        made(talk, tmp_path, mf.AnalysisOutput(what=(word,)))

    assert "loudness" in caught.value.hint


def test_picture_and_silent_film_have_no_sound_to_measure(tmp_path):
    silent = counting_film(tmp_path / "film.mp4", frames=5, sound=None)
    picture = tmp_path / "a.png"
    Image.new("RGB", (4, 4)).save(picture)

    for source in (silent, picture):
        with pytest.raises(UnsupportedError, match="has no sound"):
            made(source, tmp_path, BOTH)


def test_template_may_not_ask_for_a_width(tmp_path, talk):
    stored = mf.AnalysisOutput(what=("loudness",), store=True)

    with pytest.raises(SpecError, match="has not"):
        mf.process(talk, stored, to=f"{tmp_path}/{{stem}}_{{width}}.json")


def test_gap_longer_than_allowed_is_an_error(tmp_path, talk):
    late = begun_late(tmp_path / "late.mkv", talk)
    limits = mf.Limits(max_gap_seconds=1)

    with (
        mf.Processor(workers=1, limits=limits) as processor,
        pytest.raises(OutputsFailedError, match="the sound"),
    ):
        processor.process(late, BOTH)


def floats(path: Path, values: Samples) -> Path:
    """Write a WAV file of floats, (samples, channels), with any numbers."""
    data, channels = values.astype("<f4").tobytes(), values.shape[1]
    step = 4 * channels
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, channels, RATE, RATE * step, step, 32)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    return path


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
@pytest.mark.parametrize("channels", [1, 24])
def test_floats_that_are_no_samples_are_refused(tmp_path, value, channels):
    data = np.zeros((RATE, channels))
    data[RATE // 2, -1] = value
    source = floats(tmp_path / "bad.wav", data)

    with pytest.raises(OutputsFailedError, match="no samples"):
        made(source, tmp_path, BOTH)


def test_many_channels_and_floats_above_full_scale_are_measured(tmp_path):
    data = np.zeros((2 * RATE, 24))
    data[RATE:, 20] = 2.0
    source = floats(tmp_path / "loud.wav", data)

    (output,) = made(source, tmp_path, BOTH)

    assert stretches(output) == [(0, RATE)]
    assert output.data.loudness.sample_peak_dbfs == pytest.approx(6.02, abs=0.01)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_cancelled_job_leaves_nothing(tmp_path, share):
    source = write_wav(tmp_path / "talk.wav", noise(60 * RATE))
    progress = []

    with mf.Processor(workers=1) as processor:
        handle = processor.submit(
            source,
            mf.AnalysisOutput(what=("loudness",), store=True),
            to=f"{tmp_path}/to/",
            on_event=lambda event: (
                progress.append(getattr(event, "fraction", 0))
                or (progress[-1] >= share and processor.jobs()[0].cancel())
            ),
        )
        with pytest.raises(JobCancelledError):
            handle.result(60)

    assert progress[-1] < 0.9
    assert not list((tmp_path / "to").glob("*"))

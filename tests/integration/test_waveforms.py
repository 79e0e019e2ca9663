"""Waveforms, made by whole jobs: points by arithmetic on painted samples, pictures by their readers."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

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

SAMPLES = 70_000  # no multiple of the samples of a point
USUAL = RATE // 20


@pytest.fixture
def painted(tmp_path) -> tuple[Path, Samples]:
    """Return a file of noise and its samples, (samples, channels)."""
    data = noise(SAMPLES)
    return write_wav(tmp_path / "talk.wav", data), data


def made(source, folder: Path, *outputs, **words) -> tuple[mf.OutputResult, ...]:
    return mf.process(source, list(outputs), to=f"{folder}/to/", **words).outputs


def extremes(rows: Samples, each: int) -> list[int]:
    """Return the least and the greatest of so many samples, (channels, samples), as in a file."""
    found = []
    for at in range(0, rows.shape[1], each):
        for row in rows[:, at : at + each]:
            found += [int(row.min()), int(row.max())]
    return found


def mixed(data: Samples) -> Samples:
    """Return the sum of two channels, halved and cut off toward zero as C divides."""
    total = data.astype(int).sum(axis=1)
    return (np.sign(total) * (np.abs(total) // 2))[np.newaxis]


def test_json_holds_the_extremes_of_every_point(tmp_path, painted):
    source, data = painted

    (output,) = made(source, tmp_path, mf.WaveformOutput())
    stored = json.loads(Path(output.uri).read_text())

    numbers = extremes(mixed(data), USUAL)
    assert stored["data"] == [int(number / 256) for number in numbers]
    assert {key: stored[key] for key in stored if key != "data"} == {
        "version": 2,
        "channels": 1,
        "sample_rate": RATE,
        "samples_per_pixel": USUAL,
        "bits": 8,
        "length": 30,
    }
    assert Path(output.uri).name == "talk_waveform.json"
    assert (output.width, output.height, output.format) == (None, None, "json")


def test_data_stands_on_the_result(tmp_path, painted):
    source, data = painted
    wanted = mf.WaveformOutput(samples_per_point=1_000, channels="split", bits=16)

    (output,) = made(source, tmp_path, wanted)

    assert isinstance(output.data, mf.WaveformData)
    assert list(output.data.values()) == extremes(data.T, 1_000)
    assert output.duration_seconds == SAMPLES / RATE


def test_part_is_exact_to_the_sample(tmp_path, painted):
    source, data = painted
    wanted = mf.WaveformOutput(samples_per_point=500, bits=16, start=0.25, end=1.0)

    (output,) = made(source, tmp_path, wanted)

    assert list(output.data.values()) == extremes(mixed(data[RATE // 4 : RATE]), 500)


def test_pictures_have_their_size_and_draw_the_loud_part(tmp_path):
    loud = np.concatenate([tone(1.0, 997, 0.0), tone(1.0, 997, 0.9)])
    source = write_wav(tmp_path / "talk.wav", loud)
    wanted = [
        mf.WaveformOutput(kind, width=200, height=50, color="black") for kind in ("png", "svg")
    ]

    png, svg = made(source, tmp_path, *wanted)

    with Image.open(png.uri) as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    root = ElementTree.parse(svg.uri).getroot()
    assert [(one.width, one.height) for one in (png, svg)] == [(200, 50)] * 2
    assert (root.get("width"), root.get("height")) == ("200", "50")
    assert alpha.shape == (50, 200)
    assert (alpha[:, 105:] > 0).sum(axis=0).min() > 40  # nine tenths of 50 px
    assert (alpha[:, :95] > 0).sum(axis=0).max() <= 2  # the line of silence


def test_one_decode_gives_sounds_and_waveforms(tmp_path, painted, monkeypatch):
    source, data = painted
    opened, real = [], reading.open_decoder

    def counted(*args, **words):
        opened.append(args)
        return real(*args, **words)

    monkeypatch.setattr(reading, "open_decoder", counted)
    outputs = [
        mf.AudioOutput("flac"),
        mf.AudioOutput("mp3"),
        mf.WaveformOutput(bits=16),
        mf.WaveformOutput("png", name="png"),
        mf.WaveformOutput("svg", name="svg"),
    ]

    results = made(source, tmp_path, *outputs)

    assert len(opened) == 1
    assert [one.status for one in results] == ["completed"] * 5
    assert list(results[2].data.values()) == extremes(mixed(data), USUAL)


def test_waveform_beside_a_loudness_is_of_the_source(tmp_path, painted):
    source, data = painted
    outputs = [mf.AudioOutput("flac", loudness_lufs=-30.0), mf.WaveformOutput(bits=16)]

    sound, shown = made(source, tmp_path, *outputs)

    assert isinstance(sound.data, mf.LevelData)
    assert list(shown.data.values()) == extremes(mixed(data), USUAL)


def test_waveform_of_a_film_is_that_of_its_sound(tmp_path):
    film = counting_film(tmp_path / "film.mp4", frames=25)
    wanted = mf.WaveformOutput(samples_per_point=480, bits=16, channels="split")

    sound, shown = made(film, tmp_path, mf.AudioOutput("wav"), wanted)
    (again,) = made(Path(sound.uri), tmp_path, wanted)

    found, expected = (np.array(one.data.values(), int) for one in (shown, again))
    assert shown.data.length == 100
    # of a sample x, round(32768x) of the file against 32767x that is cut off: less than 2.5 apart
    assert np.abs(found - expected).max() <= 2
    assert found.any()


def test_waveform_of_joined_sounds_goes_on_at_the_seam(tmp_path):
    sounds = [noise(30_011), noise(40_003)[::-1]]
    parts = [write_wav(tmp_path / f"{at}.wav", data) for at, data in enumerate(sounds)]
    wanted = mf.WaveformOutput(samples_per_point=1_000, bits=16, channels="split")

    shown, sound = made(mf.Concat(parts), tmp_path, wanted, mf.AudioOutput("flac"))

    found = np.array(shown.data.values(), int)
    expected = extremes(np.concatenate(sounds).T, 1_000)
    assert np.abs(found - expected).max() <= 1  # n/32768 is cut off to n·32767/32768
    assert sound.duration_seconds == shown.duration_seconds == 70_014 / RATE


def test_plan_says_what_a_waveform_is(tmp_path, painted):
    outputs = [mf.WaveformOutput(), mf.WaveformOutput("png", name="png", channels="split")]

    words = str(mf.plan(painted[0], outputs, to=f"{tmp_path}/to/"))

    assert "output waveform: waveform of stream 0, all channels mixed → JSON → " in words
    assert "points: one of 2,400 samples, 20 a second" in words
    assert "output png: waveform of stream 0, each channel → PNG 1800×280 → " in words
    assert "points: up to 28,800, joined to 1,800 at most" in words


def test_source_that_is_cut_off_is_refused_or_told(tmp_path, painted):
    source, _ = painted
    (whole,) = made(source, tmp_path, mf.AudioOutput("mp3"))
    data = Path(whole.uri).read_bytes()
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(data[: len(data) // 4])

    with pytest.raises(TruncatedMediaError):
        made(cut, tmp_path, mf.WaveformOutput())
    (output,) = made(cut, tmp_path, mf.WaveformOutput(), fail_on="none")

    assert [notice.code for notice in output.notices] == ["source_salvaged"]
    assert 0 < output.duration_seconds < 1


def test_strict_takes_what_is_missing_for_an_error(tmp_path, painted):
    source, _ = painted
    (whole,) = made(source, tmp_path, mf.AudioOutput("mp3"))
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(Path(whole.uri).read_bytes()[:8_000])

    with pytest.raises(OutputsFailedError) as caught:
        made(cut, tmp_path, mf.WaveformOutput(), fail_on="none", strict=True)

    (output,) = caught.value.result.outputs
    assert (output.status, output.data) == ("failed", None)


def test_sound_without_samples_is_refused(tmp_path):
    empty = write_wav(tmp_path / "empty.wav", noise(0))

    with pytest.raises(SourceError):
        made(empty, tmp_path, mf.WaveformOutput())

    assert not list((tmp_path / "to").glob("*"))


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        (mf.WaveformOutput(start=10.0), SpecError, "start"),
        (mf.WaveformOutput(language="deu"), UnsupportedError, "no sound in 'deu'"),
        (mf.WaveformOutput(track=7), UnsupportedError, "no sound in stream 7"),
    ],
    ids=["start", "language", "track"],
)
def test_what_the_source_has_not_is_refused(tmp_path, painted, wanted, error, words):
    with pytest.raises(error, match=words):
        made(painted[0], tmp_path, wanted)


def test_film_without_sound_and_picture_have_no_waveform(tmp_path):
    silent = tmp_path / "silent.mp4"
    mf.process(
        counting_film(tmp_path / "film.mp4", frames=5),
        mf.VideoOutput(audio=None),
        to=str(silent),
    )
    picture = tmp_path / "a.png"
    Image.new("RGB", (4, 4)).save(picture)

    for source in (silent, picture):
        with pytest.raises(UnsupportedError, match="has no sound"):
            made(source, tmp_path, mf.WaveformOutput())


def test_template_may_not_ask_for_the_width_of_json(tmp_path, painted):
    with pytest.raises(SpecError, match="which json has not"):
        mf.process(painted[0], mf.WaveformOutput(), to=f"{tmp_path}/{{stem}}_{{width}}.json")


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_cancelled_job_leaves_nothing(tmp_path, share):
    source = write_wav(tmp_path / "talk.wav", noise(60 * RATE))
    progress = []

    with mf.Processor(workers=1) as processor:
        handle = processor.submit(
            source,
            mf.WaveformOutput(),
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

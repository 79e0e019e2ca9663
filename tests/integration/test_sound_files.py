"""Files of sound, made by whole jobs and read back by PyAV used plainly.

Sources are written by the wave module of Python; what is expected is arithmetic on their samples.
"""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

import mediaflow as mf
from mediaflow.errors import SpecError, UnsupportedError
from tests.sounds import RATE, Samples, noise, write_wav

pytestmark = pytest.mark.integration

SAMPLES = 70_000  # no multiple of any codec's frame
KINDS = {
    "aac": "aac",
    "flac": "flac",
    "m4a": "aac",
    "mp3": "mp3float",
    "ogg": "opus",
    "opus": "opus",
    "wav": "pcm_s16le",
}


def painted(folder: Path, *, channels: int = 2, samples: int = SAMPLES) -> tuple[Path, Samples]:
    """Write noise that goes up and down, and return it as (samples, channels)."""
    data = noise(samples, channels)
    return write_wav(folder / "source.wav", data), data


def heard(path: str) -> tuple[str, int, Samples]:
    """Return codec, rate and samples, (samples, channels), of a file."""
    with av.open(path) as file:
        stream = file.streams.audio[0]
        rows = [
            frame.to_ndarray()
            if frame.format.is_planar
            else frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
            for frame in file.decode(stream)
        ]
        return stream.codec_context.name, stream.rate, np.concatenate(rows, axis=1).T


def made(source: Path, folder: Path, output: mf.AudioOutput) -> mf.OutputResult:
    return mf.process(source, output, to=f"{folder}/to/").outputs[0]


@pytest.mark.parametrize("format", KINDS)
def test_no_sample_is_lost_or_added(tmp_path, format):
    source, data = painted(tmp_path)

    output = made(source, tmp_path, mf.AudioOutput(format))
    again = made(Path(output.uri), tmp_path, mf.AudioOutput("wav", suffix="_again"))

    codec, _, _ = heard(output.uri)
    assert codec == KINDS[format]
    pads = 2_048 if format == "aac" else 0  # ADTS has no place to say how much is padding
    assert 0 <= len(heard(again.uri)[2]) - len(data) <= pads
    assert (output.width, output.height, output.status) == (None, None, "completed")


@pytest.mark.parametrize("output", [mf.AudioOutput("flac"), mf.AudioOutput("m4a", codec="alac")])
def test_exact_codecs_keep_every_sample(tmp_path, output):
    source, data = painted(tmp_path)

    _, rate, found = heard(made(source, tmp_path, output).uri)

    assert rate == RATE
    assert np.array_equal(found, data)


def test_part_is_exact_to_the_sample(tmp_path):
    source, data = painted(tmp_path)

    output = mf.AudioOutput("flac", start=0.25, end=1.0)
    _, _, found = heard(made(source, tmp_path, output).uri)

    assert np.array_equal(found, data[RATE // 4 : RATE])


def test_gain_scales_and_clips(tmp_path):
    source, data = painted(tmp_path)

    quiet = heard(made(source, tmp_path, mf.AudioOutput("flac", gain_db=-20.0)).uri)[2]
    loud = heard(made(source, tmp_path, mf.AudioOutput("flac", gain_db=20.0, suffix="_l")).uri)[2]

    assert np.abs(quiet - data / 10).max() <= 0.5 + 1e-9
    assert np.abs(loud - np.clip(data.astype(int) * 10, -32_768, 32_767)).max() <= 1


def test_channels_are_mixed_with_a_notice(tmp_path):
    source, _ = painted(tmp_path, channels=6)

    output = made(source, tmp_path, mf.AudioOutput("mp3"))

    assert heard(output.uri)[2].shape == (SAMPLES, 2)
    assert [notice.code for notice in output.notices] == ["channels_mixed_down"]


def test_a_sound_that_is_right_is_copied(tmp_path):
    source, _ = painted(tmp_path)
    first = made(source, tmp_path, mf.AudioOutput("mp3"))

    again = made(Path(first.uri), tmp_path, mf.AudioOutput("mp3", suffix="_again"))

    assert packets(again.uri) == packets(first.uri)
    assert len(heard(again.uri)[2]) == SAMPLES
    plan = mf.plan(first.uri, mf.AudioOutput("mp3", suffix="_again"), to=f"{tmp_path}/to/")
    assert "copied: mp3 is what is wanted" in str(plan)


def packets(path: str) -> list[bytes]:
    with av.open(path) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def test_files_of_one_job_are_those_of_jobs_of_their_own(tmp_path):
    source, _ = painted(tmp_path)
    outputs = [mf.AudioOutput(format, name=format) for format in ("mp3", "m4a", "opus", "flac")]

    together = mf.process(source, outputs, to=f"{tmp_path}/all/").outputs
    alone = [made(source, tmp_path, output) for output in outputs]

    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(heard(one.uri)[2], heard(other.uri)[2])


def test_one_line_makes_a_sound(tmp_path):
    source, _ = painted(tmp_path)

    result = mf.process(source, f"{tmp_path}/{{stem}}.mp3")

    assert heard(result.outputs[0].uri)[0] == "mp3float"


def test_sound_of_a_film_keeps_its_time(tmp_path, media):
    film = media / "video" / "bunny_720p25_5.1.mp4"
    with av.open(str(film)) as source:
        seconds = source.duration / 1_000_000

    output = made(film, tmp_path, mf.AudioOutput("m4a"))

    assert output.duration_seconds == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (mf.AudioOutput("mp3", channels=6), "mp3 holds up to 2 channels, got 6"),
        (mf.AudioOutput("opus", sample_rate=44_100), "opus takes 48,000 Hz, got 44,100"),
        (mf.AudioOutput("flac", rate=mf.Bitrate(128_000)), "flac is exact and takes no bit rate"),
        (mf.AudioOutput("flac", quality=50), "flac takes no quality, got 50: it is exact"),
        (mf.AudioOutput("mp3", bit_depth=24), "mp3 has no bits a sample"),
        (mf.AudioOutput("mp3", codec="aac"), "mp3 holds no aac"),
        (mf.AudioOutput("ogg", codec="vorbis", channels=1), "vorbis is written with 2 channels"),
        (mf.AudioOutput("mp3", rate=mf.Bitrate(2_000_000)), "mp3 takes 8,000 to 320,000 bit/s"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_a_codec_cannot_do_is_refused(tmp_path, output, words):
    source, _ = painted(tmp_path)

    with pytest.raises(SpecError, match=words):
        made(source, tmp_path, output)


def test_picture_has_no_sound(tmp_path):
    with pytest.raises(UnsupportedError, match="has no sound"):
        mf.process(
            b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
            mf.AudioOutput("mp3"),
            to=f"{tmp_path}/",
        )

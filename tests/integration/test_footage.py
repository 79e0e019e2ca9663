"""Real footage becomes what can be shown, whole jobs through, read by the ffmpeg programs."""

from __future__ import annotations

import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.testing.film_making import seen
from mediaflow.testing.film_writing import write_film
from mediaflow.testing.footage_films import patch_film, read_patches
from tests.film import av_offsets, counting_film, ffprobe

TAGS = ("pix_fmt", "color_range", "color_space", "color_transfer", "color_primaries")


def first_stream(path):
    return ffprobe(path)["streams"][0]


def tags(path):
    stream = first_stream(path)
    return tuple(stream.get(name) for name in TAGS)


def combed_frames(path):
    """Return how many frames the filter idet takes for interlaced, and for whole."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed")
    words = [program, "-hide_banner", "-i", str(path), "-vf", "idet", "-f", "null", "-"]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stderr
    found = re.findall(
        r"Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Progressive:\s*(\d+)", said
    )
    top, bottom, whole = map(int, found[-1])
    return top + bottom, whole


def stripes(path, top_first):
    """Write a film of soft stripes all over the frame, which move from field to field."""

    def paint(index):
        frame = np.empty((240, 320), np.uint8)
        for row, later in ((0, not top_first), (1, top_first)):
            phase = (np.arange(320) + 5 * (2 * index + later)) / 40 * 2 * np.pi
            frame[row::2] = 128 + 90 * np.sin(phase)
        return frame

    order = "tff=1" if top_first else "bff=1"
    return write_film(
        path,
        paint,
        [Fraction(index, 25) for index in range(50)],
        (),
        rate=Fraction(25),
        codec="libx264",
        container=None,
        codec_options={"x264-params": order, "crf": "10", "bf": "0"},
        matrix=1,
        sound=None,
    )


@pytest.mark.parametrize("top_first", [True, False])
def test_fields_are_gone_by_another_detector(tmp_path, top_first):
    source = stripes(tmp_path / "film.mp4", top_first)

    result = mf.process(source, mf.VideoOutput(effort=0), to=f"{tmp_path}/out/")

    assert combed_frames(source)[0] >= 45
    assert combed_frames(result.outputs[0].uri)[0] == 0


def test_a_real_interlaced_stream_keeps_its_frames(media, tmp_path):
    source = media / "video" / "interlaced_tff.mp4"

    result = mf.process(source, mf.VideoOutput(height=90), to=f"{tmp_path}/")

    made = result.outputs[0]
    assert (made.frames, made.duration_seconds) == (75, 3.0)
    assert [notice.code for notice in made.notices] == ["deinterlaced"]
    assert first_stream(made.uri)["field_order"] == "progressive"


def test_hdr_from_a_camera_becomes_sdr_or_stays_with_its_tags(media, tmp_path):
    source = media / "video" / "bt2020_10bit.mp4"
    outputs = [
        mf.VideoOutput("mp4", suffix="_sdr"),
        mf.VideoOutput("mp4", codec="hevc", effort=1, suffix="_hdr"),
        mf.VideoOutput("mkv", codec="av1", effort=2, suffix="_hdr"),
    ]

    result = mf.process(source, outputs, to=f"{tmp_path}/")

    sdr, hevc, av1 = (tags(one.uri) for one in result.outputs)
    assert sdr == ("yuv420p", "tv", "bt709", "bt709", "bt709")
    assert hevc == av1 == ("yuv420p10le", "tv", "bt2020nc", "smpte2084", "bt2020")


def test_full_range_film_stays_full_range_end_to_end(media, tmp_path):
    source = media / "video" / "bt709_full_range.mp4"

    result = mf.process(source, mf.VideoOutput(height=90), to=f"{tmp_path}/")

    assert tags(result.outputs[0].uri)[1:3] == ("pc", "bt709")


@pytest.mark.parametrize("speed", [0.75, 1.7, 4])
@pytest.mark.parametrize("container", ["mkv", "mp4", "webm"])
def test_speed_keeps_sound_with_its_picture_to_the_end(tmp_path, container, speed):
    source = counting_film(tmp_path / "film.mp4", frames=150, size=(64, 48))
    wanted = mf.VideoOutput(container, effort=0, speed=speed)

    result = mf.process(source, wanted, to=f"{tmp_path}/out/")

    made = result.outputs[0]
    offsets = av_offsets(made.uri)
    assert made.frames == 150
    assert made.duration_seconds == pytest.approx(6 / speed, abs=0.03)
    assert len(offsets) == 6
    assert abs(offsets[-1]) <= 0.010


def test_a_slow_film_at_a_constant_rate_repeats_its_frames(tmp_path):
    source = counting_film(tmp_path / "film.mp4", frames=25, size=(64, 48))

    result = mf.process(source, mf.VideoOutput(speed=0.5, fps=25), to=f"{tmp_path}/out/")

    film = seen(result.outputs[0].uri)
    assert film.numbers == [n // 2 for n in range(50)]


def test_a_callers_curve_serves_a_whole_job(media, tmp_path):
    source = media / "video" / "bt2020_10bit.mp4"
    asked = []

    def curve(nits):
        asked.append(nits)
        return nits / 203

    result = mf.process(
        source, mf.StillOutput(0.5, format="png", tone_map=mf.ToneMap(curve)), to=f"{tmp_path}/"
    )

    assert Path(result.outputs[0].uri).stat().st_size > 0
    assert (min(asked), max(asked)) == (0, pytest.approx(10_000))


def test_a_storyboard_of_hdr_shows_the_colours_of_its_stills(tmp_path):
    codes = ((0.3, 0.3, 0.3), (0.5, 0.4, 0.45), (0.58, 0.58, 0.58), (0.7, 0.7, 0.7))
    source = patch_film(tmp_path / "film.mkv", codes, "pq", frames=25)
    outputs = [mf.StoryboardOutput("png", width=128), mf.StillOutput(format="png")]

    result = mf.process(source, outputs, to=f"{tmp_path}/out/")

    board, still = result.outputs
    with Image.open(board.files[0].uri) as sheet, Image.open(still.uri) as picture:
        tile = np.asarray(sheet.convert("RGB"))[:32, :128]
        shown, expected = (
            read_patches(one, 4) for one in (tile, np.asarray(picture.convert("RGB")))
        )
    assert np.array(shown) == pytest.approx(np.array(expected), abs=2)
    assert "tone_mapped" in [notice.code for notice in board.notices]

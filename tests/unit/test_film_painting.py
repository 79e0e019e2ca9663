"""What other tests rely on: painted films carry what they are said to carry."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.film import (
    CONTAINERS,
    av_offsets,
    counting_film,
    cut,
    ffprobe,
    frame_numbers,
    numbers_of,
    quadrant_film,
    read_number,
    read_quadrants,
    solid_film,
)
from tests.media import QUADRANTS


@pytest.mark.parametrize("extension", sorted(CONTAINERS))
def test_every_frame_of_every_container_carries_its_number(tmp_path: Path, extension: str) -> None:
    path = counting_film(tmp_path / f"film.{extension}", frames=30)

    assert numbers_of(path) == list(range(30))


@pytest.mark.parametrize("extension", sorted(CONTAINERS))
def test_flashes_and_beeps_start_together(tmp_path: Path, extension: str) -> None:
    path = counting_film(tmp_path / f"film.{extension}", frames=60)

    offsets = av_offsets(path)

    assert len(offsets) == 3
    assert max(map(abs, offsets)) < 0.002  # time stamps of flv and asf are whole milliseconds


def test_a_late_sound_is_measured(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mkv", frames=50, sound_codec="flac", sound_delay=0.03)

    assert av_offsets(path) == pytest.approx([0.03, 0.03], abs=0.001)


def test_numbers_survive_scaling_to_a_half_and_hard_compression(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=40, codec_options={"crf": "40"})

    with av.open(str(path)) as film:
        halves = [frame.reformat(width=80, height=45) for frame in film.decode(video=0)]

    assert [read_number(frame) for frame in halves] == list(range(40))


def test_a_frame_without_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="no counting frame"):
        read_number(np.zeros((90, 160), np.uint8))


def test_times_of_a_varying_rate_are_kept(tmp_path: Path) -> None:
    times = [Fraction(n, 1000) for n in (0, 40, 73, 200, 1013, 1500)]

    path = counting_film(tmp_path / "film.mp4", pts=times)

    found = frame_numbers(path)
    assert [number for _, number in found] == [0, 1, 2, 3, 4, 5]
    assert [round(float(time), 4) for time, _ in found] == [0, 0.04, 0.073, 0.2, 1.013, 1.5]
    assert max(map(abs, av_offsets(path))) < 0.003


def test_frames_predicted_from_both_sides_are_written(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=30, b_frames=2)

    types = {
        frame["pict_type"]
        for frame in ffprobe(path, "-show_frames", "-select_streams", "v")["frames"]
    }

    assert "B" in types
    assert numbers_of(path) == list(range(30))


def test_a_start_offset_moves_all_time_stamps(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mkv", frames=5, start_offset=5)

    assert frame_numbers(path)[0] == (5, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_independent_player_shows_quadrants_upright(tmp_path: Path, orientation: int) -> None:
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed")
    path = quadrant_film(tmp_path / "film.mp4", orientation)

    wanted = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24")
    raw = subprocess.run(
        [program, "-v", "error", "-i", path, *wanted, "-"],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout

    assert read_quadrants(np.frombuffer(raw, np.uint8).reshape(96, 160, 3)) == QUADRANTS


def test_tags_reach_the_file(tmp_path: Path) -> None:
    path = counting_film(
        tmp_path / "film.mp4",
        frames=3,
        sar=Fraction(4, 3),
        color=(9, 14, 9),
        full_range=True,
        languages=("deu", "eng"),
    )

    video, *sounds = ffprobe(path)["streams"]
    assert video["sample_aspect_ratio"] == "4:3"
    assert (video["color_space"], video["color_range"]) == ("bt2020nc", "pc")
    assert [sound["tags"]["language"] for sound in sounds] == ["deu", "eng"]


@pytest.mark.parametrize(
    ("pixel_format", "yuv"), [("yuv420p", (100, 90, 200)), ("yuv420p10le", (400, 360, 800))]
)
def test_samples_of_a_solid_film_are_exact(
    tmp_path: Path, pixel_format: str, yuv: tuple[int, int, int]
) -> None:
    path = solid_film(tmp_path / "film.mkv", yuv, pixel_format=pixel_format)

    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
    kind = np.uint8 if pixel_format == "yuv420p" else np.dtype("<u2")
    assert tuple(np.frombuffer(plane, kind)[0] for plane in frame.planes) == yuv


def test_a_cut_film_is_shorter(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mkv", frames=30)
    whole = path.stat().st_size

    cut(path, 0.5)

    assert path.stat().st_size == whole // 2

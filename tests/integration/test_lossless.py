"""Exact films of real cameras are exact, as the ffmpeg program decodes them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.formats import video_codecs

FRAMES = 6


def samples(path, frames=FRAMES):
    """Return a digest of the first frames of a film as they are stored."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed")
    plain = ["-frames:v", str(frames), "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    done = subprocess.run(
        [program, "-v", "error", "-noautorotate", "-i", str(path), "-map", "0:v:0", *plain],
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout
    return hashlib.sha256(done.stdout).hexdigest()


@pytest.mark.parametrize("codec", [*video_codecs.builtin_names()])
def test_frames_of_a_real_film_are_kept(media, tmp_path, codec):
    source = media / "video" / "bikes.mp4"
    wanted = mf.VideoOutput("mkv", codec=codec, rate=mf.Lossless(), effort=3, end=FRAMES / 25)

    output = mf.process(str(source), wanted, to=f"{tmp_path}/").outputs[0]

    assert output.frames == FRAMES
    assert samples(output.uri) == samples(source)


def test_frames_that_use_all_levels_are_kept(media, tmp_path):
    source = media / "video" / "bt709_full_range.mp4"
    wanted = mf.VideoOutput("mp4", rate=mf.Lossless(), effort=1, end=0.1)

    output = mf.process(str(source), wanted, to=f"{tmp_path}/").outputs[0]

    assert output.notices == ()
    assert samples(output.uri, 3) == samples(source, 3)


def test_loss_before_an_exact_film_is_told(media, tmp_path):
    source = media / "video" / "bt2020_10bit.mp4"
    wanted = mf.VideoOutput("mkv", rate=mf.Lossless(), effort=1, end=0.1)

    output = mf.process(str(source), wanted, to=f"{tmp_path}/").outputs[0]

    assert {"depth_reduced", "not_exact"} <= {notice.code for notice in output.notices}
    assert Path(output.uri).stat().st_size == output.bytes

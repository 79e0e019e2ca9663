"""Loudness and silences of real recordings, beside the meters of the ffmpeg program."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import mediaflow as mf

pytestmark = pytest.mark.integration


def ffmpeg_says(path: Path, graph: str) -> str:
    """Return what a filter of the ffmpeg program tells of a sound."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed")
    words = [program, "-hide_banner", "-nostats", "-i", str(path), "-af", graph, "-f", "null", "-"]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stderr


@pytest.mark.parametrize("name", ["chapters.m4b", "speech.mp3"])
def test_real_recordings_measure_as_the_ffmpeg_program_measures_them(media, name):
    source = media / "audio" / name
    if not source.exists():
        pytest.skip(f"{name} is not in the folder of real files")
    wanted = mf.AnalysisOutput(
        what=("loudness", "silence"), silence_dbfs=-50.0, silence_seconds=0.3
    )

    output = mf.process(source, wanted)["analysis"]

    said = ffmpeg_says(source, "ebur128=peak=true")
    loudness = float(re.findall(r"I:\s+(\S+) LUFS", said)[-1])
    peak = float(re.findall(r"Peak:\s+(\S+) dBFS", said)[-1])
    ends = re.findall(r"silence_end: (\S+)", ffmpeg_says(source, "silencedetect=n=-50dB:d=0.3"))
    assert output.data.loudness.integrated_lufs == pytest.approx(loudness, abs=0.2)
    assert output.data.loudness.true_peak_dbtp == pytest.approx(peak, abs=0.3)  # other filters
    found = [one.end_seconds for one in output.data.silence.silences]
    assert found == pytest.approx([float(end) for end in ends], abs=0.001)

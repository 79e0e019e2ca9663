"""Films painted by code, and what other tests read of them beside what suites do.

Frames carry their number, flashes come with beeps, and what a film shows is known by arithmetic; all
of that stands in ``mediaflow.testing``. Here files are opened by PyAV alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from mediaflow.testing.film_reading import moving_stream, numbers_in, offsets_in
from mediaflow.testing.film_writing import CONTAINERS, MATRICES
from mediaflow.testing.films import (
    counting_film,
    is_lit,
    quadrant_film,
    read_number,
    read_quadrants,
    solid_film,
)
from mediaflow.testing.pngs import STORED

__all__ = [
    "CONTAINERS",
    "MATRICES",
    "STORED",
    "av_offsets",
    "counting_film",
    "cut",
    "ffprobe",
    "frame_numbers",
    "is_lit",
    "moving_stream",
    "numbers_of",
    "quadrant_film",
    "read_number",
    "read_quadrants",
    "solid_film",
]


def frame_numbers(path: Path | str) -> list[tuple[Fraction, int]]:
    """Return time and number of all frames of a film by decoding it from start to end.

    Times are seconds by the file's own time stamps.
    """
    with av.open(str(path)) as film:
        return numbers_in(film)


def numbers_of(path: Path | str) -> list[int]:
    """Return the numbers of all frames of a film in the order of display."""
    return [number for _, number in frame_numbers(path)]


def av_offsets(path: Path | str) -> list[float]:
    """Return by how many seconds each beep of a counting film comes after its flash.

    A flash without a beep within 60 ms, or a beep without a flash, counts as a failure.

    Raises:
        ValueError: The number of flashes and beeps differs, or there are none.
    """
    with av.open(str(path)) as film:
        return offsets_in(film)


def cut(path: Path, share: float) -> Path:
    """Cut a file off after a share of its bytes, in place."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def ffprobe(path: Path | str, *arguments: str) -> dict[str, Any]:
    """Return what the ffprobe program says of a file; skip the test where there is none."""
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("the ffprobe program is not installed")
    asked = arguments or ("-show_format", "-show_streams")
    done = subprocess.run(
        [program, "-v", "error", "-of", "json", *asked, str(path)],
        capture_output=True,
        timeout=60,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said

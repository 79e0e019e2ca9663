"""The demonstration as a new user runs it: a process, its files, and real photos."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.media import image

pytestmark = pytest.mark.integration

TURNED = ("orientation_1.jpg", "orientation_6.jpg")


@pytest.fixture(autouse=True)
def _with_the_extra() -> None:
    pytest.importorskip("typer", reason="the extra cli is not installed")


def mediaflow(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mediaflow", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def shown(folder: Path) -> dict[str, tuple[int, int]]:
    page = (folder / "index.html").read_text(encoding="utf-8")
    found = re.findall(r'<img src="([^"]+)" width="(\d+)" height="(\d+)"', page)
    return {name: (int(width), int(height)) for name, width, height in found}


def test_demo_without_anything_shows_a_12_megapixel_photo_and_a_film(tmp_path: Path) -> None:
    done = mediaflow("demo", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "mediaflow-demo"
    assert image((folder / "landscape.jpg").read_bytes()).size == (4000, 3000)
    assert shown(folder) == {
        "landscape_thumb_150.jpg": (150, 113),  # 150 × 3/4 = 112.5
        "landscape_thumb_300.jpg": (300, 225),
        "landscape_thumb_800.jpg": (800, 600),
        "landscape_thumb_300_webp.webp": (300, 225),
        "landscape_optimized.jpg": (4000, 3000),
        "landscape_webp.webp": (4000, 3000),
        "landscape_avif.avif": (4000, 3000),
        "lake_poster.jpg": (1280, 720),
        "lake_preview.gif": (320, 180),
    }
    sizes = {name: image((folder / name).read_bytes()).size for name in shown(folder)}
    assert sizes == shown(folder)


def test_demo_turns_a_photo_upright(media: Path, tmp_path: Path) -> None:
    first, turned = (
        mediaflow("demo", str(media / "images" / name), "--to", name, folder=tmp_path)
        for name in TURNED
    )

    assert (first.returncode, turned.returncode) == (0, 0)
    sizes = [list(shown(tmp_path / name).values()) for name in TURNED]
    assert sizes[0] == sizes[1]
    assert sizes[0][-1] == (1800, 1200)

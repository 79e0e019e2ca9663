from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.media import image

OUTPUTS = {
    "photo_avif.avif",
    "photo_optimized.jpg",
    "photo_thumb_150.jpg",
    "photo_thumb_300.jpg",
    "photo_thumb_300_webp.webp",
    "photo_thumb_800.jpg",
    "photo_webp.webp",
}


def test_demo_makes_both_sets_and_a_page(run, photo: Path, tmp_path: Path) -> None:
    done = run("demo", photo, "--to", tmp_path / "shown")

    assert done.exit_code == 0
    assert {path.name for path in (tmp_path / "shown").iterdir()} == OUTPUTS | {"index.html"}
    head, _, *rows = done.stdout.splitlines()
    assert head.split() == ["output", "px", "bytes", "seconds", "notices"]
    assert {row.split()[0] for row in rows[:7]} == OUTPUTS
    assert rows[-1] == f"page: {tmp_path}/shown/index.html"
    assert done.stderr == ""


def test_page_shows_every_output_and_links_the_original(run, photo, tmp_path: Path) -> None:
    run("demo", photo, "--to", tmp_path / "shown")

    page = (tmp_path / "shown" / "index.html").read_text(encoding="utf-8")
    shown = re.findall(r'<img src="([^"]+)" width="(\d+)" height="(\d+)"', page)
    assert {name for name, *_ in shown} == OUTPUTS
    sizes = {name: (int(width), int(height)) for name, width, height in shown}
    files = {name: image((tmp_path / "shown" / name).read_bytes()).size for name in OUTPUTS}
    assert sizes == files
    assert '<a href="../photo.jpg">original</a>' in page


def test_demo_without_a_file_paints_a_photo_and_a_film(run, tmp_path: Path, monkeypatch) -> None:
    from mediaflow.geometry import Size
    from mediaflow.image import painting
    from mediaflow.video import painting as film

    monkeypatch.chdir(tmp_path)
    clip = film.paint_clip
    monkeypatch.setattr(film, "paint_clip", lambda: clip(0.5, Size(160, 90)))
    whole = painting.paint_photo
    monkeypatch.setattr(painting, "paint_photo", lambda: whole(Size(200, 150)))

    done = run("demo")

    assert done.exit_code == 0
    folder = tmp_path / "mediaflow-demo"
    assert image((folder / "landscape.jpg").read_bytes()).size == (200, 150)
    made = {path.name for path in folder.iterdir()}
    assert len([name for name in made if name.startswith("landscape")]) == 8  # and seven outputs
    assert {"index.html", "lake.mp4", "lake_preview.gif", "lake_poster.jpg"} <= made
    assert '<a href="lake.mp4">original</a>' in (folder / "index.html").read_text("utf-8")
    assert '<a href="landscape.jpg">original</a>' in (folder / "index.html").read_text("utf-8")


def test_folder_is_never_a_template(run, photo: Path, tmp_path: Path) -> None:
    done = run("demo", photo, "--to", tmp_path / "{stem}.d")

    assert done.exit_code == 0
    assert (tmp_path / "{stem}.d" / "photo_webp.webp").is_file()
    assert (tmp_path / "{stem}.d" / "index.html").is_file()


def test_failed_output_is_told_and_the_page_is_still_written(run, photo, tmp_path: Path) -> None:
    (tmp_path / "shown" / "photo_webp.webp" / "in the way").mkdir(parents=True)

    done = run("demo", photo, "--to", tmp_path / "shown")

    assert done.exit_code == 4
    assert "1 of 7 outputs failed" in done.stderr
    assert (tmp_path / "shown" / "index.html").is_file()


@pytest.mark.parametrize("text", ["not a picture", ""])
def test_bad_source_leaves_nothing(run, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.jpg").write_text(text)

    done = run("demo", tmp_path / "bad.jpg", "--to", tmp_path / "shown")

    assert done.exit_code == 3
    assert not (tmp_path / "shown").exists()

"""Jobs leave the process with places that mean the same elsewhere, or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

import mediaflow as mf
from mediaflow.errors import SpecError
from mediaflow.filters import CubeLut, Watermark
from mediaflow.jobs.portable import portable

OUT = mf.ImageOutput("webp")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.jpg", "{cwd}/a.jpg"),
        ("shot:1.jpg", "{cwd}/shot:1.jpg"),
        ("file:b/a.jpg", "{cwd}/b/a.jpg"),
        ("local://a.jpg", "{cwd}/a.jpg"),
        ("/srv/a.jpg", "/srv/a.jpg"),
        ("file:///srv/a%20b.jpg", "file:///srv/a%20b.jpg"),
        ("s3://bucket/a.jpg", "s3://bucket/a.jpg"),
        ("prod://a.jpg", "prod://a.jpg"),
    ],
)
def test_local_source_becomes_absolute_and_others_stay(
    folder: Path, source: str, expected: str
) -> None:
    job = portable(mf.Job(source, OUT, to="/out/"))

    assert job.source == expected.format(cwd=folder)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (None, None),
        ("out/", "{cwd}/out/"),
        ("{stem}_{width}.webp", "{cwd}/{{stem}}_{{width}}.webp"),
        ("/srv/{stem}.webp", "/srv/{{stem}}.webp"),
        ("s3://bucket/{stem}.webp", "s3://bucket/{{stem}}.webp"),
    ],
)
def test_relative_destination_becomes_absolute(folder: Path, to: Any, expected: Any) -> None:
    job = portable(mf.Job("a.jpg", OUT, to=to))

    assert job.to == (None if expected is None else expected.format(cwd=folder))


def test_braces_of_the_working_folder_are_no_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "{x}" / "made.d").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "{x}")

    template = portable(mf.Job("a.jpg", OUT, to="{stem}.webp"))
    existing = portable(mf.Job("a.jpg", OUT, to="made.d"))

    assert template.to == f"{tmp_path}/{{{{x}}}}/{{stem}}.webp"
    assert existing.to == f"{tmp_path}/{{{{x}}}}/made.d/"
    assert template.source == f"{tmp_path}/{{x}}/a.jpg"


def test_second_inputs_and_parts_become_absolute_too(folder: Path) -> None:
    look = CubeLut("look.cube")
    output = mf.VideoOutput("mp4", filters=[Watermark("mark.png"), look])
    source = mf.Concat(["a.mp4", mf.Part("/b.mp4", start=1)])

    job = portable(mf.Job(source, [output], to="/out/"))

    assert isinstance(job.source, mf.Concat)
    assert [part.source for part in job.source.parts] == [f"{folder}/a.mp4", "/b.mp4"]
    assert job.source.parts[1].start == 1.0
    (made,) = job.outputs
    assert isinstance(made, mf.VideoOutput)
    mark, cube = made.filters
    assert isinstance(mark, Watermark)
    assert isinstance(cube, CubeLut)
    assert (mark.picture, cube.file) == (f"{folder}/mark.png", f"{folder}/look.cube")


def test_local_upath_travels_as_its_path(folder: Path) -> None:
    assert portable(mf.Job(UPath(folder / "a.jpg"), OUT)).source == f"{folder}/a.jpg"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"\xff\xd8", "<2 bytes> cannot travel to another process"),
        (io.BytesIO(b"x"), "<file object> cannot travel to another process"),
        ("memory://a.jpg", "memory:// is private to one process"),
        (UPath("memory://a.jpg"), "brings a file system of its own"),
        ("s3://id:hush@bucket/a.jpg", "holds a query or credentials"),
        ("https://host/a.jpg?X-Amz-Signature=hush", "holds a query or credentials"),
        ("/" + "a" * 5000, "at most 4,000"),
    ],
)
def test_what_cannot_travel_is_refused_without_its_secret(source: Any, expected: str) -> None:
    with pytest.raises(SpecError, match=expected) as caught:
        portable(mf.Job(source, OUT, to="/out/"))

    assert caught.value.hint or len(str(source)) > 4_000
    assert "hush" not in f"{caught.value} {caught.value.hint}"


def test_destination_and_second_inputs_are_looked_at_alike() -> None:
    with pytest.raises(SpecError, match="private to one process"):
        portable(mf.Job("/a.jpg", OUT, to="memory://out/"))
    with pytest.raises(SpecError, match="<3 bytes> cannot travel"):
        portable(mf.Job("/a.jpg", mf.ImageOutput("webp", filters=[Watermark(b"abc")]), to="/out/"))

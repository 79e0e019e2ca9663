"""A rehearsal goes the way of every job, and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mediaflow.executors.line import Line, line_pair
from mediaflow.jobs.child import Server
from mediaflow.jobs.rehearsal import PICTURE, Rehearsal

LINUX = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="/proc is Linux's")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Line, Server]]:
    ours, theirs = line_pair()
    other = Line(theirs)
    yield ours, Server(other, str(tmp_path), nullcontext())
    ours.close()
    other.close()


def test_a_rehearsal_goes_well_again_and_again(server: tuple[Line, Server]) -> None:
    line, serving = server
    rehearsal = Rehearsal.planned()

    assert [rehearsal.play(line, serving.serve) for _ in range(3)] == [True] * 3


@LINUX
def test_nothing_of_a_rehearsal_stays(server: tuple[Line, Server], tmp_path: Path) -> None:
    line, serving = server
    rehearsal = Rehearsal.planned()
    before = len(os.listdir("/proc/self/fd"))

    rehearsal.play(line, serving.serve)

    assert len(os.listdir("/proc/self/fd")) == before
    assert list(tmp_path.iterdir()) == []
    assert not line.has_message()


def test_all_usual_formats_of_pictures_are_made(server: tuple[Line, Server]) -> None:
    line, serving = server
    rehearsal = Rehearsal.planned()
    files: list[bytes] = []
    keep(serving, files)

    rehearsal.play(line, serving.serve)

    assert sorted(str(Image.open(BytesIO(data)).format) for data in files) == [
        "JPEG",
        "PNG",
        "WEBP",
    ]
    assert {Image.open(BytesIO(data)).size for data in files} == {(12, 8)}


def test_a_rehearsal_that_fails_is_told() -> None:
    ours, theirs = line_pair()
    with theirs:
        assert Rehearsal.planned().play(ours, lambda: None) is False
    ours.close()


def test_the_picture_is_what_it_says() -> None:
    picture = Image.open(BytesIO(PICTURE))

    assert (picture.format, picture.size, picture.mode) == ("JPEG", (24, 16), "RGB")


def keep(serving: Server, files: list[bytes]) -> None:
    """Keep what goes beside the messages of a server."""
    send: Callable[..., None] = serving._line.send

    def kept(data: dict[str, object], payload: bytes = b"", *rest: object) -> None:
        if payload:
            files.append(payload)
        send(data, payload, *rest)

    serving._line.send = kept  # type: ignore[method-assign,assignment]  # looks over its shoulder

"""A folder goes whatever was put into it, however deep, and without following a link."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediaflow.security.janitor import PrivateFolder, remove_folder, sweep

resource = pytest.importorskip("resource")

DEEP = 1_500
FEW = 24
"""Descriptors beside those that are open."""


def nest(path: str, depth: int = DEEP) -> None:
    """Nest folders beyond what a path can say, each with a file."""
    here = os.open(path, os.O_RDONLY)
    for _ in range(depth):
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.mkdir("folder", dir_fd=here)
        below = os.open("folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened + FEW, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_descriptors")
def test_a_private_folder_goes_however_deep_it_is(tmp_path: Path) -> None:
    folder = PrivateFolder(str(tmp_path))
    nest(folder.path)

    folder.remove()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("few_descriptors")
def test_a_deep_folder_that_is_left_behind_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "mediaflow-7-abcdefgh.private"
    left.mkdir()
    nest(str(left))

    assert sweep(tmp_path) == (left.name,)
    assert list(tmp_path.iterdir()) == []


def test_many_beside_each_other_go_and_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_bytes(b"x")
    folder = tmp_path / "folder"
    for number in range(20):
        (folder / str(number) / "below" / "it").mkdir(parents=True)
        (folder / str(number) / "below" / "it" / "file").write_bytes(b"x")
        (folder / str(number) / "link").symlink_to(tmp_path / "mine")
    (folder / "link").symlink_to(tmp_path / "mine")
    os.mkfifo(folder / "pipe")

    remove_folder(str(folder))

    assert not folder.exists()
    assert (tmp_path / "mine" / "photo.jpg").exists()


def test_a_link_or_nothing_is_no_folder_to_remove(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "mine")

    remove_folder(str(tmp_path / "link"))
    remove_folder(str(tmp_path / "none"))

    assert (tmp_path / "mine").is_dir()


def test_where_folders_cannot_be_moved_up_they_are_removed_level_by_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder" / "below").mkdir(parents=True)
    monkeypatch.setattr("os.supports_dir_fd", set(os.supports_dir_fd) - {os.rename})

    remove_folder(str(tmp_path / "folder"))

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_held_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        PrivateFolder(str(tmp_path))
    monkeypatch.undo()

    assert list(tmp_path.iterdir()) == []

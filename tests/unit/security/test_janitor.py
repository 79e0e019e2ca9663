"""What nobody holds is swept away; what somebody holds, or what is not ours, stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mediaflow.security import janitor
from mediaflow.security.janitor import PrivateFolder, hold, sweep
from mediaflow.storage import Storage

locks_only = pytest.mark.skipif(janitor.fcntl is None, reason="this system has no locks of files")
pytestmark = locks_only

LEFT = ("mediaflow-7-abcdefgh.private", ".mediaflow-7-0123456789ab.tmp", ".mediaflow-abc_1234.tmp")
OTHERS = (
    "mediaflow-demo",
    "mediaflow-7-abcdefgh",
    "mediaflow-x-abcdefgh.private",
    ".mediaflow-notes.tmp",
    "report.tmp",
)

HOLDER = """
import sys, time
from mediaflow.security.janitor import PrivateFolder
from mediaflow.storage import Storage, local
local._TMPFILE = 0
folder = PrivateFolder(sys.argv[1])
open(folder.path + "/half.mp4", "wb").close()
with Storage().stage(sys.argv[1] + "/photo.jpg") as staged:
    staged.write(b"half")
    print(folder.path, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep files under hidden names, as file systems without unnamed ones do."""
    monkeypatch.setattr("mediaflow.storage.local._TMPFILE", 0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_left_behind_goes_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / LEFT[0]).mkdir()
    (tmp_path / LEFT[0] / "0.mp4").write_bytes(b"half")
    for name in (*LEFT[1:], *OTHERS):
        (tmp_path / name).write_bytes(b"x")

    assert sweep(tmp_path) == tuple(sorted(LEFT))
    assert names(tmp_path) == sorted(OTHERS)
    assert sweep(tmp_path) == ()


def test_what_this_process_uses_stays(tmp_path: Path) -> None:
    folder = PrivateFolder(str(tmp_path))
    with Storage().stage(tmp_path / "photo.jpg") as staged:
        staged.write(b"x")
        kept = names(tmp_path)

        assert sweep(tmp_path) == ()
        assert names(tmp_path) == kept
        assert len(kept) == 2

        staged.publish()
    folder.remove()
    assert names(tmp_path) == ["photo.jpg"]


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_another_process_uses_stays_until_it_is_gone(tmp_path: Path, is_killed: bool) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"old")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        folder = child.stdout.readline().strip()
        if is_killed:
            child.kill()
            child.wait()
        removed = sweep(tmp_path)
        child.kill()

    assert len(removed) == (2 if is_killed else 0)
    assert os.path.exists(folder) != is_killed
    assert (tmp_path / "photo.jpg").read_bytes() == b"old"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_bytes(b"x")
    (tmp_path / LEFT[0]).symlink_to(tmp_path / "mine")

    assert sweep(tmp_path) == ()
    assert (tmp_path / "mine" / "photo.jpg").exists()


def test_a_folder_that_is_not_there_is_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none") == ()


def test_a_sweep_without_time_gives_up(tmp_path: Path) -> None:
    (tmp_path / LEFT[0]).mkdir()

    assert sweep(tmp_path, most_seconds=-1) == ()


def test_the_first_private_folder_of_a_place_sweeps_it(tmp_path: Path) -> None:
    (tmp_path / LEFT[0]).mkdir()

    folder = PrivateFolder(str(tmp_path))

    assert names(tmp_path) == [os.path.basename(folder.path)]
    folder.remove()
    folder.remove()
    assert names(tmp_path) == []


def test_a_private_folder_goes_with_its_process_and_not_with_a_fork_of_it(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from mediaflow.security.janitor import PrivateFolder\n"
        "folder = PrivateFolder(sys.argv[1])\n"
        "if not os.fork(): sys.exit()\n"
        "os.wait()\n"
        "print(os.path.isdir(folder.path))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert child.stdout == "True\n"
    assert names(tmp_path) == []


def test_a_file_that_was_swept_before_it_was_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr("mediaflow.storage.local.hold", lambda _: next(answers))

    with Storage().stage(tmp_path / "photo.jpg") as staged:
        staged.write(b"x")
        staged.publish()

    assert (tmp_path / "photo.jpg").read_bytes() == b"x"


def test_what_has_no_name_any_more_is_not_held(tmp_path: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=tmp_path, delete=False) as file:
        os.unlink(file.name)

        assert not hold(file.fileno())


def test_a_signal_of_the_system_is_no_way_around(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGTERM)

    sweep(tmp_path)

    assert names(tmp_path) == []

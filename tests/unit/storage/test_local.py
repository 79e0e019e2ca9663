"""Local outputs are whole or absent, whatever stands at their name and whenever the end comes."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mediaflow.errors import OutputExistsError, StorageError
from mediaflow.storage import Storage

posix_only = pytest.mark.skipif(os.name != "posix", reason="about modes and links of POSIX")
unnamed_only = pytest.mark.skipif(
    not hasattr(os, "O_TMPFILE"), reason="this system has no unnamed files"
)
not_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere"
)
NEW = b"new" * 1000
QUICK = Storage(durable=False)


def _publish(path, data=NEW, storage=QUICK, **options):
    with storage.stage(path, **options) as staged:
        staged.write(data)
        return staged.publish()


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


@pytest.fixture(params=["unnamed", "hidden"])
def way(request, monkeypatch):
    """Both ways of keeping a file out of sight: without a name, and under a hidden one."""
    flag = {"unnamed": getattr(os, "O_TMPFILE", 0), "hidden": 0}[request.param]
    monkeypatch.setattr("mediaflow.storage.local._TMPFILE", flag)


@posix_only
def test_new_file_gets_the_mode_that_the_umask_gives(tmp_path, umask, way):
    _publish(tmp_path / "a.jpg")

    assert stat.S_IMODE((tmp_path / "a.jpg").stat().st_mode) == 0o640


@posix_only
def test_replaced_file_keeps_its_mode(tmp_path, umask, way):
    (tmp_path / "a.jpg").write_bytes(b"old")
    (tmp_path / "a.jpg").chmod(0o604)

    _publish(tmp_path / "a.jpg")

    assert stat.S_IMODE((tmp_path / "a.jpg").stat().st_mode) == 0o604
    assert (tmp_path / "a.jpg").read_bytes() == NEW


@posix_only
@pytest.mark.parametrize("target", ["there.jpg", "nowhere.jpg"])
def test_link_at_the_destination_is_itself_replaced(tmp_path, way, target):
    (tmp_path / "there.jpg").write_bytes(b"old")
    (tmp_path / "a.jpg").symlink_to(target)

    _publish(tmp_path / "a.jpg")

    assert not (tmp_path / "a.jpg").is_symlink()
    assert (tmp_path / "a.jpg").read_bytes() == NEW
    assert (tmp_path / "there.jpg").read_bytes() == b"old"


@posix_only
def test_dangling_link_counts_as_an_output_that_exists(tmp_path, way):
    (tmp_path / "a.jpg").symlink_to("nowhere.jpg")

    with pytest.raises(OutputExistsError):
        _publish(tmp_path / "a.jpg", if_exists="error")

    assert QUICK.exists(tmp_path / "a.jpg")


def test_folder_at_the_destination_is_refused_before_writing(tmp_path, way):
    (tmp_path / "a.jpg").mkdir()

    with (
        pytest.raises(StorageError, match="is a folder") as caught,
        QUICK.stage(tmp_path / "a.jpg"),
    ):
        pytest.fail("the block was entered")

    assert caught.value.retryable is False


def test_name_that_is_too_long_is_refused_before_writing(tmp_path, way):
    location = tmp_path / "new" / ("a" * 300)

    with pytest.raises(StorageError, match="too long") as caught, QUICK.stage(location):
        pytest.fail("the block was entered")

    assert caught.value.retryable is False
    assert list(tmp_path.iterdir()) == []


def test_file_in_the_way_of_a_folder_is_refused(tmp_path, way):
    (tmp_path / "a").write_bytes(b"old")

    with pytest.raises(StorageError) as caught:
        _publish(tmp_path / "a" / "b" / "c.jpg")

    assert caught.value.retryable is False
    assert (tmp_path / "a").read_bytes() == b"old"


@not_root
def test_folder_that_may_not_be_written_is_refused(tmp_path, way):
    (tmp_path / "shut").mkdir(mode=0o500)

    with pytest.raises(StorageError, match="Permission denied") as caught:
        _publish(tmp_path / "shut" / "a.jpg")

    assert caught.value.retryable is False
    assert caught.value.hint is not None


def test_file_system_that_refuses_is_said_as_it_is(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("mediaflow.storage.local.os.open", refuse)

    with pytest.raises(StorageError, match="Read-only file system") as caught:
        _publish(tmp_path / "new" / "a.jpg")

    assert caught.value.retryable is False


@pytest.mark.parametrize("name", ["", "out/", "out/."])
def test_name_of_a_folder_is_no_output(tmp_path, name):
    with pytest.raises(StorageError, match="names a folder"):
        _publish(f"{tmp_path}/{name}")

    assert list(tmp_path.iterdir()) == []


def test_full_device_keeps_the_old_output(tmp_path, monkeypatch, way):
    (tmp_path / "a.jpg").write_bytes(b"old")
    real = os.write

    def fill(fd, data):
        if len(data) < 2000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data[:1500])

    monkeypatch.setattr("mediaflow.storage.local.os.write", fill)

    with (
        pytest.raises(StorageError, match="No space left") as caught,
        QUICK.stage(tmp_path / "a.jpg") as staged,
    ):
        staged.write(NEW)

    assert caught.value.hint == "make room on the device"
    assert (tmp_path / "a.jpg").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.jpg"]


def test_file_with_a_failed_write_cannot_be_published(tmp_path, monkeypatch, way):
    def fail(fd, data):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with QUICK.stage(tmp_path / "a.jpg") as staged:
        staged.write(NEW)
        with monkeypatch.context() as broken:
            broken.setattr("mediaflow.storage.local.os.write", fail)
            with pytest.raises(StorageError, match="Input/output"):
                staged.write(NEW)
        with pytest.raises(StorageError, match="an earlier write failed"):
            staged.publish()

    assert os.listdir(tmp_path) == []


def test_short_writes_of_the_system_are_completed(tmp_path, monkeypatch, way):
    real = os.write
    monkeypatch.setattr("mediaflow.storage.local.os.write", lambda fd, data: real(fd, data[:7]))

    stored = _publish(tmp_path / "a.jpg")

    assert (tmp_path / "a.jpg").read_bytes() == NEW
    assert stored.sha256 == hashlib.sha256(NEW).hexdigest()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failure_while_publishing_keeps_the_old_output(tmp_path, monkeypatch, way, call):
    (tmp_path / "a.jpg").write_bytes(b"old")

    def fail(*args, **options):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(f"mediaflow.storage.local.os.{call}", fail)

    with Storage().stage(tmp_path / "a.jpg") as staged:
        staged.write(NEW)
        with pytest.raises(StorageError, match="Input/output"):
            staged.publish()
        with pytest.raises(StorageError, match="publishing failed"):
            staged.publish()

    assert (tmp_path / "a.jpg").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.jpg"]


@posix_only
def test_file_systems_without_links_do_not_replace_either(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr("mediaflow.storage.local._TMPFILE", 0)
    monkeypatch.setattr("mediaflow.storage.local.os.link", refuse)

    _publish(tmp_path / "a.jpg", if_exists="error")
    with QUICK.stage(tmp_path / "b.jpg", if_exists="error") as staged:
        (tmp_path / "b.jpg").write_bytes(b"old")
        with pytest.raises(OutputExistsError):
            staged.publish()

    assert (tmp_path / "a.jpg").read_bytes() == NEW
    assert (tmp_path / "b.jpg").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["a.jpg", "b.jpg"]


@unnamed_only
@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EISDIR, errno.EPERM])
def test_file_systems_without_unnamed_files_use_hidden_ones(tmp_path, monkeypatch, code):
    real = os.open

    def refuse(path, flags, *args, **options):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(code, os.strerror(code))
        return real(path, flags, *args, **options)

    monkeypatch.setattr("mediaflow.storage.local.os.open", refuse)

    with QUICK.stage(tmp_path / "a.jpg") as staged:
        staged.write(NEW)
        (hidden,) = os.listdir(tmp_path)
        staged.publish()

    assert hidden.startswith(f".mediaflow-{os.getpid()}-")
    assert hidden.endswith(".tmp")
    assert os.listdir(tmp_path) == ["a.jpg"]


@unnamed_only
def test_unnamed_file_is_seen_by_nobody(tmp_path):
    with QUICK.stage(tmp_path / "a.jpg") as staged:
        staged.write(NEW)
        seen = os.listdir(tmp_path)

    assert seen == []


@unnamed_only
def test_folder_that_is_removed_meanwhile_is_made_again(tmp_path):
    with QUICK.stage(tmp_path / "new" / "a.jpg") as staged:
        staged.write(NEW)
        (tmp_path / "new").rmdir()
        staged.publish()

    assert (tmp_path / "new" / "a.jpg").read_bytes() == NEW


def test_folder_that_is_removed_before_its_file_is_opened_is_made_again(tmp_path, monkeypatch, way):
    real = os.stat
    steps = [os.rmdir]

    def remove_once(name, **options):
        while steps:
            steps.pop()(tmp_path / "new")
        return real(name, **options)

    monkeypatch.setattr("mediaflow.storage.folder.os.stat", remove_once)

    _publish(tmp_path / "new" / "a.jpg")

    assert (tmp_path / "new" / "a.jpg").read_bytes() == NEW


def test_folder_that_a_neighbour_makes_and_removes_is_made_again(tmp_path, monkeypatch, way):
    real = os.mkdir
    answers = [FileExistsError(errno.EEXIST, "File exists")]

    def refuse_once(path, *args):
        while answers:
            raise answers.pop()
        real(path, *args)

    monkeypatch.setattr("mediaflow.storage.folder.os.mkdir", refuse_once)

    _publish(tmp_path / "new" / "a.jpg")

    assert (tmp_path / "new" / "a.jpg").read_bytes() == NEW


def test_folder_with_other_files_in_it_is_kept(tmp_path, way):
    with QUICK.stage(tmp_path / "new" / "deep" / "a.jpg") as staged:
        staged.write(NEW)
        (tmp_path / "new" / "b.jpg").write_bytes(b"other")

    assert sorted(os.listdir(tmp_path / "new")) == ["b.jpg"]


def test_file_is_made_in_the_current_folder(tmp_path, monkeypatch, way):
    monkeypatch.chdir(tmp_path)

    stored = _publish("a.jpg")

    assert stored.uri == "a.jpg"
    assert os.listdir(tmp_path) == ["a.jpg"]


@posix_only
@pytest.mark.parametrize(("durable", "synced"), [(True, 2), (False, 0)])
def test_durable_means_file_and_folder_are_synced(tmp_path, monkeypatch, durable, synced):
    calls = []
    monkeypatch.setattr(os, "fsync", calls.append)

    _publish(tmp_path / "a.jpg", storage=Storage(durable=durable))

    assert len(calls) == synced


@posix_only
def test_folders_that_are_made_are_synced_in_theirs(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "fsync", calls.append)

    _publish(tmp_path / "new" / "deep" / "a.jpg", storage=Storage())

    assert len(calls) == 4  # the file, its folder, and the folders of "deep" and "new"


def test_digest_may_be_left_out(tmp_path):
    assert _publish(tmp_path / "a.jpg", storage=Storage(digest=False)).sha256 is None


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors through /proc")
def test_no_descriptor_is_left_open(tmp_path, way):
    before = len(os.listdir("/proc/self/fd"))

    _publish(tmp_path / "a.jpg")
    _publish(tmp_path / "a.jpg")
    with pytest.raises(OutputExistsError):
        _publish(tmp_path / "a.jpg", if_exists="error")
    with pytest.raises(StorageError):
        _publish(tmp_path / ("a" * 300))
    with QUICK.stage(tmp_path / "b.jpg") as staged:
        staged.write(NEW)

    assert len(os.listdir("/proc/self/fd")) == before


CHILD = """
import sys, time
from mediaflow.storage import Storage
storage, path, version = Storage(durable=False), sys.argv[1], 0
while True:
    with storage.stage(path) as staged:
        for _ in range(64):
            staged.write(bytes([version % 256]) * 65536)
        staged.publish()
    version += 1
    print(version, flush=True)
"""


@posix_only
def test_killed_process_leaves_no_half_output(tmp_path):
    seen = []
    for index in range(10):
        path = tmp_path / "out" / "a.bin"
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        with child:
            child.stdout.readline()  # the first version is published; more are on their way
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(timeout=0.003 * index)
            child.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        seen.append((len(data), len(set(data[::4096]))))

    assert seen == [(64 * 65536, 1)] * 10

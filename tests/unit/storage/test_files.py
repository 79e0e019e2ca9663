"""Local paths, open files and bytes are read by position, within a limit, in one version."""

from __future__ import annotations

import io
import os
import socket
import tempfile

import pytest

from mediaflow.errors import (
    LimitExceededError,
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    SpecError,
    StorageError,
)
from mediaflow.frames import ByteReader
from mediaflow.storage import Storage

DATA = bytes(range(256)) * 8
LIMIT = 1 << 20


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(DATA)
    return path


def _open(source, max_bytes=LIMIT):
    return Storage().open(source, max_bytes=max_bytes)


class Stream(io.RawIOBase):
    """A pipe: bytes that come once, a few at a time."""

    def __init__(self, data, step=100):
        self._data, self._step, self.taken = data, step, 0

    def readable(self):
        return True

    def seekable(self):
        return False

    def read(self, size=-1):
        part = self._data[self.taken : self.taken + min(size, self._step)]
        self.taken += len(part)
        return part


SOURCES = {
    "path": lambda path: str(path),
    "pathlib": lambda path: path,
    "url": lambda path: path.as_uri(),
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "stream": lambda path: Stream(path.read_bytes()),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_source_is_read_alike(photo, make):
    with _open(make(photo)) as source:
        assert isinstance(source, ByteReader)
        assert source.size == len(DATA)
        assert source.read_at(0, 3) == DATA[:3]
        assert source.read_at(1000, 50) == DATA[1000:1050]
        assert source.read_at(len(DATA) - 2, 50) == DATA[-2:]
        assert source.read_at(len(DATA) + 5, 50) == b""
        assert source.read_at(7, 0) == b""
        assert source.read_all() == DATA


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_source_refuses_more_than_allowed(photo, make):
    with pytest.raises(LimitExceededError, match="the limit is 2,047") as caught:
        _open(make(photo), max_bytes=len(DATA) - 1)

    assert caught.value.details["limit"] == "max_input_bytes"


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_source_may_be_just_as_large_as_allowed(photo, make):
    with _open(make(photo), max_bytes=len(DATA)) as source:
        assert len(source.read_all()) == len(DATA)


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_position_before_the_start_is_refused(photo, make):
    with _open(make(photo)) as source, pytest.raises(SpecError, match="negative"):
        source.read_at(-1, 5)


def test_empty_file_is_a_source(tmp_path):
    (tmp_path / "empty.jpg").touch()

    with _open(tmp_path / "empty.jpg") as source:
        assert (source.size, source.read_all(), source.read_at(0, 9)) == (0, b"", b"")


def test_local_file_has_a_place_and_a_name(photo):
    with _open(photo) as source:
        assert (source.uri, source.name) == (str(photo), "photo.jpg")


def test_bytes_have_no_place_and_are_not_copied():
    with _open(DATA) as source:
        assert (source.uri, source.name) == (None, None)
        assert source.read_all() is DATA


def test_open_file_has_a_name_only(photo):
    with photo.open("rb") as file, _open(file) as source:
        assert (source.uri, source.name) == (None, "photo.jpg")


def test_open_file_stays_open_where_it_was(photo):
    with photo.open("rb") as file:
        file.seek(10)
        with _open(file) as source:
            source.read_at(5, 20)
            source.read_all()
        assert file.tell() == 10
        assert not file.closed


def test_open_file_is_read_from_its_start():
    with tempfile.SpooledTemporaryFile() as file:
        file.write(DATA)

        with _open(file) as source:
            assert source.read_all() == DATA


def test_stream_is_not_read_far_beyond_the_limit():
    stream = Stream(bytes(10**6), step=1000)

    with pytest.raises(LimitExceededError):
        _open(stream, max_bytes=5000)

    assert stream.taken <= 6000


def test_missing_file_is_not_found(tmp_path):
    with pytest.raises(SourceNotFoundError, match="there is nothing at") as caught:
        _open(tmp_path / "none.jpg")

    assert caught.value.where == str(tmp_path / "none.jpg")
    assert isinstance(caught.value, FileNotFoundError)


def test_path_through_a_file_is_not_found(photo):
    with pytest.raises(SourceNotFoundError):
        _open(photo / "a.jpg")


def test_folder_is_no_source(tmp_path):
    with pytest.raises(SourceError, match="is a folder"):
        _open(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_is_no_source_and_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")

    with pytest.raises(SourceError, match="is a pipe"):
        _open(tmp_path / "pipe.jpg")


def test_device_is_no_source():
    with pytest.raises(SourceError, match="device"):
        _open(os.devnull)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no local sockets")
def test_socket_is_no_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.jpg")

        with pytest.raises(SourceError, match="no regular file"):
            _open("s.jpg")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file"
)
def test_file_without_permission_is_refused(photo):
    photo.chmod(0)

    with pytest.raises(StorageError, match="Permission denied") as caught:
        _open(photo)

    assert caught.value.retryable is False


@pytest.mark.parametrize("change", [b"x", DATA + b"x"], ids=["shorter", "longer"])
def test_local_file_that_changes_is_refused(photo, change):
    with _open(photo) as source:
        photo.write_bytes(change)

        with pytest.raises(SourceChangedError) as caught:
            source.read_all()

    assert caught.value.retryable is True


def test_local_file_that_is_rewritten_in_its_length_is_refused(photo):
    with _open(photo) as source:
        source.read_at(0, 10)
        photo.write_bytes(bytes(len(DATA)))
        os.utime(photo, ns=(1, 1))

        with pytest.raises(SourceChangedError):
            source.read_at(10, 10)


def test_local_file_that_is_replaced_is_read_in_its_old_version(photo, tmp_path):
    (tmp_path / "new.jpg").write_bytes(b"new")

    with _open(photo) as source:
        os.replace(tmp_path / "new.jpg", photo)

        assert source.read_all() == DATA


def test_open_file_that_grows_is_refused():
    file = io.BytesIO(DATA)

    with _open(file) as source:
        file.seek(0, os.SEEK_END)
        file.write(b"more")

        with pytest.raises(SourceChangedError):
            source.read_all()


def test_open_file_that_shrinks_is_refused():
    file = io.BytesIO(DATA)

    with _open(file) as source:
        file.truncate(100)

        with pytest.raises(SourceChangedError, match="1,948 bytes early"):
            source.read_at(0, len(DATA))


def test_closed_source_is_refused(photo):
    with _open(photo) as source:
        pass

    with pytest.raises(SourceError, match="is closed"):
        source.read_all()


def test_text_file_is_refused(photo):
    with photo.open(encoding="latin-1") as file, pytest.raises(SpecError, match="as text"):
        _open(file)


def test_closed_file_is_refused(photo):
    file = photo.open("rb")
    file.close()

    with pytest.raises(SpecError, match="is closed"):
        _open(file)


@pytest.mark.parametrize("seekable", [True, False])
def test_file_that_yields_text_is_refused(seekable):
    class Text:
        def seekable(self):
            return seekable

        def tell(self):
            return 0

        def seek(self, *where):
            return 5

        def read(self, size):
            return "text"

    with pytest.raises(SpecError, match="must yield bytes, got str"), _open(Text()) as source:
        source.read_all()


@pytest.mark.parametrize("value", [None, 3, object(), ["a.jpg"]])
def test_what_is_no_source_is_refused(value):
    with pytest.raises(SpecError, match="must be a path or a URL"):
        _open(value)


def test_error_of_a_file_object_is_translated():
    class Broken(io.RawIOBase):
        def seekable(self):
            raise OSError(5, "Input/output error")

    with pytest.raises(StorageError, match="Input/output error") as caught:
        _open(Broken())

    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors through /proc")
def test_no_descriptor_is_left_open(photo, tmp_path):
    before = len(os.listdir("/proc/self/fd"))

    with _open(photo) as source:
        source.read_all()
    with pytest.raises(SourceError):
        _open(tmp_path)
    with pytest.raises(LimitExceededError):
        _open(photo, max_bytes=1)

    assert len(os.listdir("/proc/self/fd")) == before


def test_systems_without_positioned_reads_read_alike(photo, monkeypatch):
    monkeypatch.delattr(os, "pread", raising=False)

    with _open(photo) as source:
        assert source.read_at(1000, 50) == DATA[1000:1050]
        assert source.read_all() == DATA


def test_short_answers_of_the_system_are_put_together(photo, monkeypatch):
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, length, offset: real(fd, min(length, 100), offset))

    with _open(photo) as source:
        assert source.read_all() == DATA

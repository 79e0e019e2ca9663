"""Objects are read by few requests in one version, and sent whole in one."""

from __future__ import annotations

import io

import pytest

from mediaflow.errors import (
    LimitExceededError,
    OutputExistsError,
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    StorageError,
    UnsupportedError,
)
from mediaflow.storage import Storage
from mediaflow.storage.location import FilesystemLocation

DATA = bytes(range(256)) * 1024  # 256 KiB
BLOCK = 32 * 1024
LIMIT = 1 << 24


class Store:
    """An object store in a dict, which notes every request."""

    protocol = "s3"

    def __init__(self, **objects):
        self.objects = {f"bucket/{name}": data for name, data in objects.items()}
        self.version = 0
        self.requests = []
        self.options = []

    def invalidate_cache(self, path=None):
        self.requests = self.requests  # forgetting costs no request

    def info(self, path):
        self.requests.append("info")
        if path not in self.objects:
            raise FileNotFoundError(path)
        return {"size": len(self.objects[path]), "ETag": str(self.version), "type": "file"}

    def cat_file(self, path, start=None, end=None):
        self.requests.append((start, end))
        return self.objects[path][start:end]

    def pipe_file(self, path, value, mode="overwrite", **options):
        return self._put(path, bytes(value), "pipe", mode, options)

    def put_file(self, lpath, rpath, mode="overwrite", **options):
        with open(lpath, "rb") as file:
            return self._put(rpath, file.read(), "put", mode, options)

    def _put(self, path, value, way, mode, options):
        self.requests.append(way)
        self.options.append(options)
        if mode == "create" and path in self.objects:
            raise FileExistsError(path)
        self.objects[path] = value
        self.version += 1
        return {"ETag": str(self.version)}


def _at(store, name="photo"):
    return FilesystemLocation(store, f"bucket/{name}")


def _open(store, max_bytes=LIMIT):
    return Storage().open(_at(store), max_bytes=max_bytes)


def _publish(store, name, data=DATA, **options):
    with Storage().stage(_at(store, name), **options) as staged:
        staged.write(data)
        return staged.publish()


def test_whole_object_is_one_request_between_two_looks_at_its_version():
    store = Store(photo=DATA)

    with _open(store) as source:
        assert source.read_all() == DATA

    assert store.requests == ["info", (0, len(DATA)), "info"]


def test_many_small_reads_of_a_header_are_one_request():
    store = Store(photo=DATA)

    with _open(store) as source:
        parts = [source.read_at(offset, 7) for offset in range(0, 1000, 7)]

    assert b"".join(parts) == DATA[:1001]
    assert store.requests == ["info", (0, BLOCK)]


def test_read_over_the_edge_of_a_block_fetches_what_is_missing():
    store = Store(photo=DATA)

    with _open(store) as source:
        source.read_at(0, 10)
        assert source.read_at(BLOCK - 5, BLOCK) == DATA[BLOCK - 5 : 2 * BLOCK - 5]

    assert store.requests == ["info", (0, BLOCK), (BLOCK, 2 * BLOCK), "info"]


def test_end_of_the_object_is_read_without_asking_beyond():
    store = Store(photo=DATA[:-100])

    with _open(store) as source:
        assert source.read_at(len(DATA) - 110, 50) == DATA[-110:-100]
        assert source.read_at(len(DATA), 50) == b""

    assert store.requests == ["info", (7 * BLOCK, 8 * BLOCK - 100)]


def test_long_read_is_one_request_and_is_not_kept():
    large = DATA * 8
    store = Store(photo=large)

    with _open(store) as source:
        assert source.read_at(5, 1_500_000) == large[5:1_500_005]

    assert store.requests == ["info", (5, 1_500_005)]


def test_kept_blocks_are_bounded():
    large = DATA * 12  # 96 blocks, 64 are kept
    store = Store(photo=large)

    with _open(store) as source:
        for index in [*range(96), 0]:
            assert source.read_at(index * BLOCK, 4) == large[index * BLOCK : index * BLOCK + 4]

    assert store.requests.count((0, BLOCK)) == 2


def test_object_above_the_limit_is_never_fetched():
    store = Store(photo=DATA)

    with pytest.raises(LimitExceededError):
        _open(store, max_bytes=len(DATA) - 1)

    assert store.requests == ["info"]


def test_empty_object_is_read_without_a_range():
    store = Store(photo=b"")

    with _open(store) as source:
        assert (source.size, source.read_all(), source.read_at(0, 5)) == (0, b"", b"")


@pytest.mark.parametrize("data", [DATA[::-1], DATA[:-1]], ids=["as long", "shorter"])
def test_object_that_is_replaced_before_it_is_read_is_refused(data):
    store = Store(photo=DATA)

    with _open(store) as source:
        source.read_at(0, 100)
        _publish(store, "photo", data)

        with pytest.raises(SourceChangedError):
            source.read_all()


def test_parts_of_two_versions_are_refused_at_the_end():
    store = Store(photo=DATA)

    def read_parts():
        with _open(store) as source:
            source.read_at(0, 100)
            _publish(store, "photo", DATA[::-1])
            source.read_at(5 * BLOCK, 100)

    with pytest.raises(SourceChangedError, match="another version"):
        read_parts()


def test_error_in_the_block_is_not_hidden_by_a_changed_source():
    store = Store(photo=DATA)

    def fail():
        with _open(store) as source:
            source.read_at(0, 100)
            source.read_at(5 * BLOCK, 100)
            _publish(store, "photo", DATA[::-1])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_server_without_ranges_is_read_all_the_same():
    class Whole(Store):
        def cat_file(self, path, start=None, end=None):
            return self.objects[path]

    with _open(Whole(photo=DATA)) as source:
        assert source.read_at(100_000, 10) == DATA[100_000:100_010]


class Unsized(Store):
    def info(self, path):
        return {"size": None, "type": "file"}

    def open(self, path, mode):
        return io.BytesIO(self.objects[path])


def test_object_of_unknown_length_is_read_counted():
    with _open(Unsized(photo=DATA)) as source:
        assert (source.size, source.name) == (len(DATA), "photo")
        assert source.read_all() == DATA

    with pytest.raises(LimitExceededError):
        _open(Unsized(photo=DATA), max_bytes=1000)


def test_folder_is_no_source():
    class Folder(Store):
        def info(self, path):
            return {"size": 0, "type": "directory"}

    with pytest.raises(SourceError, match="is a folder"):
        _open(Folder())


def test_missing_object_is_not_found():
    with pytest.raises(SourceNotFoundError) as caught:
        _open(Store())

    assert caught.value.where == "s3://bucket/photo"


def test_output_is_one_put_and_one_look():
    store = Store()

    stored = _publish(store, "a.webp")

    assert store.requests == ["pipe", "info"]
    assert store.objects == {"bucket/a.webp": DATA}
    assert stored.uri == "s3://bucket/a.webp"


def test_large_output_goes_through_a_file(monkeypatch, tmp_path):
    monkeypatch.setattr("mediaflow.storage.upload.SPOOL_BYTES", 1000)
    store = Store()

    with Storage(scratch=str(tmp_path)).stage(_at(store, "a.webp")) as staged:
        for start in range(0, len(DATA), 600):
            staged.write(DATA[start : start + 600])
        scratch = list(tmp_path.iterdir())
        staged.publish()

    assert store.requests == ["put", "info"]
    assert store.objects == {"bucket/a.webp": DATA}
    assert len(scratch) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.webp", "image/webp"),
        ("a.srt", "application/x-subrip"),
        ("a.vtt", "text/vtt"),
        ("a.AVIF", "image/avif"),
        ("a.jpg", "image/jpeg"),
        ("a.png", "image/png"),
        ("a.html", "text/html"),
        ("a.m3u8", "application/vnd.apple.mpegurl"),
        ("a.mpd", "application/dash+xml"),
        ("a.m4s", "video/iso.segment"),
        ("a.mp4", "video/mp4"),
    ],
)
def test_store_is_told_the_media_type(name, kind):
    store = Store()

    _publish(store, name)

    assert store.options == [{"ContentType": kind}]


def test_name_without_a_type_has_none():
    store = Store()

    _publish(store, "a")

    assert store.options == [{}]


@pytest.mark.parametrize("spool", [1000, 1 << 25], ids=["file", "memory"])
def test_name_taken_at_the_last_moment_is_not_replaced(monkeypatch, spool):
    monkeypatch.setattr("mediaflow.storage.upload.SPOOL_BYTES", spool)
    store = Store()

    with Storage().stage(_at(store, "a.webp"), if_exists="error") as staged:
        staged.write(DATA)
        store.objects["bucket/a.webp"] = b"old"
        with pytest.raises(OutputExistsError):
            staged.publish()

    assert store.objects == {"bucket/a.webp": b"old"}


def test_store_that_keeps_less_than_was_sent_is_found_out():
    class Lossy(Store):
        def _put(self, path, value, *rest):
            super()._put(path, value[:-1], *rest)

    with pytest.raises(StorageError, match="262143 bytes after 262,144 were sent") as caught:
        _publish(Lossy(), "a.webp")

    assert caught.value.retryable is True


def test_output_that_a_neighbour_replaces_at_once_was_published():
    class Busy(Store):
        def _put(self, path, value, *rest):
            answer = super()._put(path, value, *rest)
            super()._put(path, b"of a neighbour", *rest)
            return answer

    assert _publish(Busy(), "a.webp").bytes == len(DATA)


def test_store_that_cannot_write_is_unsupported():
    class ReadOnly(Store):
        def pipe_file(self, path, value, mode="overwrite", **options):
            raise NotImplementedError

    with pytest.raises(UnsupportedError, match="cannot be written"):
        _publish(ReadOnly(), "a.webp")


def test_folders_are_made_where_a_file_system_has_them():
    class Tree(Store):
        protocol = "sftp"
        made = ()

        def makedirs(self, path, exist_ok=False):
            self.made = (*self.made, path)

    tree = Tree()

    _publish(tree, "new/a.webp")

    assert tree.made == ("bucket/new",)


def test_put_that_fails_keeps_the_old_output():
    class Failing(Store):
        def _put(self, *args):
            raise ConnectionResetError(104, "Connection reset by peer")

    store = Failing(**{"a.webp": b"old"})

    with pytest.raises(StorageError, match="reset by peer") as caught:
        _publish(store, "a.webp")

    assert caught.value.retryable is True
    assert store.objects == {"bucket/a.webp": b"old"}

"""What every place for outputs must keep to, whatever stands behind it.

Inherit `StorageTargetContract`, give the two fixtures and ``left_behind``, and run it with pytest::

    class TestMyStore(StorageTargetContract):
        @pytest.fixture
        def storage(self): ...

        @pytest.fixture
        def folder(self): ...

        def left_behind(self, folder): ...

Law: the suite knows a storage and a folder. It asks nothing of the implementation.
"""

from __future__ import annotations

import contextlib
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest

from mediaflow.errors import OutputExistsError, SourceNotFoundError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.job import IfExists
    from mediaflow.storage import Storage, Stored

__all__ = ["StorageTargetContract"]

OLD: Final = b"the old output"
NEW: Final = bytes(range(256)) * 400
LIMIT: Final = 1 << 26
WRITERS: Final = 8


class _InterruptionError(Exception):
    """Stands for whatever may go wrong between two writes."""


class StorageTargetContract:
    """Publishing is whole or nothing, and reading gives back what was published."""

    @pytest.fixture
    def storage(self) -> Storage:
        """Return the storage under test."""
        raise NotImplementedError

    @pytest.fixture
    def folder(self) -> str:
        """Return a location that ends in ``/``, lies in an empty place and is not made yet."""
        raise NotImplementedError

    def left_behind(self, folder: str) -> Sequence[str]:
        """Return every file, folder, temporary file and unfinished upload around the folder."""
        raise NotImplementedError

    def test_published_bytes_are_read_back(self, storage: Storage, folder: str) -> None:
        stored = _publish(storage, f"{folder}a.webp", NEW)

        assert _read(storage, f"{folder}a.webp") == NEW
        assert stored.uri == f"{folder}a.webp"

    def test_published_length_and_digest_are_reported(self, storage: Storage, folder: str) -> None:
        stored = _publish(storage, f"{folder}a.bin", NEW)

        assert stored.bytes == len(NEW)
        assert stored.sha256 == hashlib.sha256(NEW).hexdigest()

    def test_bytes_written_in_pieces_are_one_file(self, storage: Storage, folder: str) -> None:
        with storage.stage(f"{folder}a.bin") as staged:
            staged.write(NEW[:7])
            staged.write(bytearray(NEW[7:1000]))
            staged.write(memoryview(NEW)[1000:])
            stored = staged.publish()

        assert _read(storage, f"{folder}a.bin") == NEW
        assert stored.sha256 == hashlib.sha256(NEW).hexdigest()

    def test_empty_file_is_published(self, storage: Storage, folder: str) -> None:
        with storage.stage(f"{folder}empty.bin") as staged:
            stored = staged.publish()

        assert stored.bytes == 0
        assert _read(storage, f"{folder}empty.bin") == b""

    def test_file_is_read_by_position(self, storage: Storage, folder: str) -> None:
        _publish(storage, f"{folder}a.bin", NEW)

        with storage.open(f"{folder}a.bin", max_bytes=LIMIT) as source:
            assert source.size == len(NEW)
            assert source.name == "a.bin"
            assert source.read_at(0, 4) == NEW[:4]
            assert source.read_at(70_000, 40_000) == NEW[70_000:]
            assert source.read_at(len(NEW), 10) == b""

    @pytest.mark.parametrize("name", ["über.webp", "日本 語.jpg", "a b+c&d.png", "名前.avif"])
    def test_names_may_hold_any_letters(self, storage: Storage, folder: str, name: str) -> None:
        _publish(storage, folder + name, NEW)

        assert storage.exists(folder + name)
        assert _read(storage, folder + name) == NEW

    def test_leaving_without_publishing_leaves_nothing(self, storage: Storage, folder: str) -> None:
        with storage.stage(f"{folder}deep/er/a.bin") as staged:
            staged.write(NEW)

        assert list(self.left_behind(folder)) == []
        assert not storage.exists(f"{folder}deep/er/a.bin")

    def test_exception_while_writing_leaves_nothing(self, storage: Storage, folder: str) -> None:
        _interrupted(storage, f"{folder}deep/er/a.bin")

        assert list(self.left_behind(folder)) == []

    def test_exception_while_writing_keeps_the_old_output(
        self, storage: Storage, folder: str
    ) -> None:
        _publish(storage, f"{folder}a.bin", OLD)
        before = list(self.left_behind(folder))

        _interrupted(storage, f"{folder}a.bin")

        assert _read(storage, f"{folder}a.bin") == OLD
        assert list(self.left_behind(folder)) == before

    def test_nothing_is_visible_before_publishing(self, storage: Storage, folder: str) -> None:
        _publish(storage, f"{folder}a.bin", OLD)

        with storage.stage(f"{folder}a.bin") as staged:
            staged.write(NEW)
            seen_before = _read(storage, f"{folder}a.bin")
            staged.publish()

        assert seen_before == OLD
        assert _read(storage, f"{folder}a.bin") == NEW

    def test_replacing_leaves_nothing_but_the_new_output(
        self, storage: Storage, folder: str
    ) -> None:
        _publish(storage, f"{folder}a.bin", OLD)
        before = list(self.left_behind(folder))

        _publish(storage, f"{folder}a.bin", NEW)

        assert list(self.left_behind(folder)) == before

    @pytest.mark.parametrize("if_exists", ["error", "skip"])
    def test_old_output_is_refused_before_anything_is_written(
        self, storage: Storage, folder: str, if_exists: IfExists
    ) -> None:
        _publish(storage, f"{folder}a.bin", OLD)

        with (
            pytest.raises(OutputExistsError) as caught,
            storage.stage(f"{folder}a.bin", if_exists=if_exists),
        ):
            pytest.fail("the block was entered")

        assert caught.value.retryable is False
        assert _read(storage, f"{folder}a.bin") == OLD

    def test_output_that_appears_meanwhile_is_not_replaced(
        self, storage: Storage, folder: str
    ) -> None:
        _publish(storage, f"{folder}b.bin", OLD)
        before = set(self.left_behind(folder))

        with storage.stage(f"{folder}a.bin", if_exists="error") as staged:
            staged.write(NEW)
            _publish(storage, f"{folder}a.bin", OLD)
            with pytest.raises(OutputExistsError):
                staged.publish()

        assert _read(storage, f"{folder}a.bin") == OLD
        assert len(set(self.left_behind(folder)) - before) == 1

    def test_new_output_is_published_when_none_may_be_replaced(
        self, storage: Storage, folder: str
    ) -> None:
        _publish(storage, f"{folder}a.bin", NEW, if_exists="error")

        assert _read(storage, f"{folder}a.bin") == NEW

    def test_output_can_be_made_after_a_failure(self, storage: Storage, folder: str) -> None:
        _interrupted(storage, f"{folder}a.bin")

        _publish(storage, f"{folder}a.bin", NEW)

        assert _read(storage, f"{folder}a.bin") == NEW

    def test_published_file_takes_no_more(self, storage: Storage, folder: str) -> None:
        with storage.stage(f"{folder}a.bin") as staged:
            staged.write(OLD)
            staged.publish()
            with pytest.raises(StorageError, match="published"):
                staged.write(NEW)
            with pytest.raises(StorageError, match="published"):
                staged.publish()

        assert _read(storage, f"{folder}a.bin") == OLD

    def test_left_file_is_not_published(self, storage: Storage, folder: str) -> None:
        with storage.stage(f"{folder}a.bin") as staged:
            staged.write(NEW)

        with pytest.raises(StorageError, match="unpublished"):
            staged.publish()

        assert not storage.exists(f"{folder}a.bin")

    def test_concurrent_outputs_of_one_name_end_whole(self, storage: Storage, folder: str) -> None:
        versions = [bytes([index]) * 50_000 for index in range(WRITERS)]

        with ThreadPoolExecutor(WRITERS) as pool:
            stored = list(
                pool.map(lambda data: _publish(storage, f"{folder}a.bin", data), versions)
            )

        assert {one.bytes for one in stored} == {50_000}
        assert _read(storage, f"{folder}a.bin") in versions

    def test_concurrent_outputs_share_a_new_folder(self, storage: Storage, folder: str) -> None:
        def work(index: int) -> None:
            location = f"{folder}deep/{index}.bin"
            (_publish if index % 2 else _interrupted)(storage, location)

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(work, range(WRITERS)))

        there = [storage.exists(f"{folder}deep/{index}.bin") for index in range(WRITERS)]
        assert there == [index % 2 == 1 for index in range(WRITERS)]

    def test_existence_is_of_files_only(self, storage: Storage, folder: str) -> None:
        _publish(storage, f"{folder}deep/a.bin", NEW)

        assert storage.exists(f"{folder}deep/a.bin")
        assert not storage.exists(f"{folder}deep/b.bin")
        assert not storage.exists(f"{folder}deep")

    def test_folder_is_known_by_its_slash_or_its_files(self, storage: Storage, folder: str) -> None:
        _publish(storage, f"{folder}deep/a.bin", NEW)

        assert storage.is_folder(f"{folder}not/yet/")
        assert storage.is_folder(f"{folder}deep")
        assert not storage.is_folder(f"{folder}deep/a.bin")
        assert not storage.is_folder(f"{folder}nowhere")

    def test_one_place_may_be_spelled_in_several_ways(self, storage: Storage, folder: str) -> None:
        _publish(storage, f"{folder}a.bin", NEW)

        assert storage.same_place(f"{folder}a.bin", f"{folder}a.bin")
        assert storage.same_place(f"{folder}a.bin", f"{folder}./a.bin")
        assert not storage.same_place(f"{folder}a.bin", f"{folder}b.bin")

    def test_missing_source_is_not_found(self, storage: Storage, folder: str) -> None:
        with pytest.raises(SourceNotFoundError) as caught:
            storage.open(f"{folder}nothing.jpg", max_bytes=LIMIT)

        assert caught.value.where == f"{folder}nothing.jpg"

    def test_folder_is_no_output(self, storage: Storage, folder: str) -> None:
        with pytest.raises(StorageError, match="folder"), storage.stage(f"{folder}deep/"):
            pytest.fail("the block was entered")

        assert list(self.left_behind(folder)) == []


def _publish(
    storage: Storage, location: str, data: bytes = NEW, if_exists: IfExists = "replace"
) -> Stored:
    with storage.stage(location, if_exists=if_exists) as staged:
        staged.write(data)
        return staged.publish()


def _read(storage: Storage, location: str) -> bytes:
    with storage.open(location, max_bytes=LIMIT) as source:
        return source.read_all()


def _interrupted(storage: Storage, location: str) -> None:
    with contextlib.suppress(_InterruptionError), storage.stage(location) as staged:
        staged.write(NEW)
        raise _InterruptionError

"""Local folders, memory and S3 keep the contract of storage targets."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from mediaflow.errors import OutputExistsError, SourceNotFoundError, StorageError
from mediaflow.storage import Profile, Storage
from mediaflow.testing.storage import StorageTargetContract

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.contract

NUMBERS = itertools.count()
BUCKET = "photos"


class TestLocalFolder(StorageTargetContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return Storage(durable=False)

    @pytest.fixture
    def folder(self, tmp_path: Path) -> str:
        self.root = tmp_path
        return f"{tmp_path}/new/site/"

    def left_behind(self, folder: str) -> Sequence[str]:
        return sorted(str(path) for path in self.root.rglob("*"))


class TestLocalFolderWithFsync(TestLocalFolder):
    @pytest.fixture
    def storage(self) -> Storage:
        return Storage()


class TestLocalFolderWithoutUnnamedFiles(TestLocalFolder):
    """What other systems and some network file systems leave: hidden names beside the output."""

    @pytest.fixture(autouse=True)
    def _system(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mediaflow.storage.local._TMPFILE", 0)


class TestLocalFolderWithoutDescriptors(TestLocalFolder):
    """What Windows leaves: no descriptor of a folder, so names are whole paths."""

    @pytest.fixture(autouse=True)
    def _system(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mediaflow.storage.folder._DIRECTORY", 0)


class TestMemory(StorageTargetContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return Storage()

    @pytest.fixture
    def folder(self) -> str:
        return f"memory://contract-{next(NUMBERS)}/site/"

    def left_behind(self, folder: str) -> Sequence[str]:
        import fsspec

        root = folder.removeprefix("memory:/").removesuffix("/site/")
        return sorted(fsspec.filesystem("memory").find(root))


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = pytest.importorskip("moto.server", reason="S3 is played by moto, not installed here")
    pytest.importorskip("s3fs", reason="the extra s3 is not installed here")
    thread = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    thread.start()
    host, port = thread.get_host_and_port()
    yield f"http://{host}:{port}"
    thread.stop()


@pytest.fixture(scope="module")
def s3_profile(s3_endpoint: str) -> Profile:
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "hush"}
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    client.close()
    options = {
        "key": "test",
        "secret": "hush",
        "endpoint_url": s3_endpoint,
        "client_kwargs": {"region_name": "us-east-1"},
    }
    return Profile(protocol="s3", root="", options=options)


@pytest.mark.integration
class TestS3(StorageTargetContract):
    @pytest.fixture
    def storage(self, s3_profile: Profile) -> Storage:
        self.profile = s3_profile
        return Storage({"prod": s3_profile})

    @pytest.fixture
    def folder(self) -> str:
        return f"s3://{BUCKET}/contract-{next(NUMBERS)}/site/"

    def left_behind(self, folder: str) -> Sequence[str]:
        import s3fs

        filesystem = s3fs.S3FileSystem(**self.profile.options, skip_instance_cache=True)
        uploads = filesystem.list_multipart_uploads(BUCKET)
        return [*sorted(filesystem.find(folder)), *(upload["Key"] for upload in uploads)]

    def test_missing_bucket_is_a_storage_error_for_an_output(self, storage: Storage) -> None:
        with (
            pytest.raises(StorageError, match="does not exist") as caught,
            storage.stage("s3://no-such-bucket/a.bin") as staged,
        ):
            staged.publish()

        assert caught.value.retryable is False

    def test_missing_bucket_holds_no_source(self, storage: Storage) -> None:
        with pytest.raises(SourceNotFoundError):
            storage.open("s3://no-such-bucket/a.bin", max_bytes=10)

    def test_large_output_is_sent_in_parts_and_leaves_none_behind(
        self, storage: Storage, folder: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("s3fs.core.calculate_chunksize", lambda size, chunksize: 5 << 20)
        data = bytes(34 << 20)  # above what stays in memory

        with storage.stage(f"{folder}a.bin") as staged:
            staged.write(data)
            stored = staged.publish()

        assert stored.bytes == len(data)
        assert len(self.left_behind(folder)) == 1

    def test_upload_that_is_refused_at_its_end_leaves_no_part_behind(
        self, storage: Storage, folder: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("s3fs.core.calculate_chunksize", lambda size, chunksize: 5 << 20)

        with storage.stage(f"{folder}a.bin", if_exists="error") as staged:
            staged.write(bytes(34 << 20))
            with storage.stage(f"{folder}a.bin") as neighbour:
                neighbour.write(b"old")
                neighbour.publish()
            with pytest.raises(OutputExistsError):
                staged.publish()

        assert len(self.left_behind(folder)) == 1
        with storage.open(f"{folder}a.bin", max_bytes=10) as source:
            assert source.read_all() == b"old"


class TestS3Profile(TestS3):
    @pytest.fixture
    def storage(self, s3_profile: Profile) -> Storage:
        self.profile = s3_profile
        prod = Profile(protocol="s3", root=f"{BUCKET}/site", options=s3_profile.options)
        return Storage({"any": s3_profile, "prod": prod})

    @pytest.fixture
    def folder(self) -> str:
        return f"prod://contract-{next(NUMBERS)}/"

    def left_behind(self, folder: str) -> Sequence[str]:
        return super().left_behind(folder.replace("prod://", f"s3://{BUCKET}/site/"))

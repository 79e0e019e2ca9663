"""What is removed is what stands there, and no more: no link's end, no folder in use."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from mediaflow.errors import ForbiddenLocationError, StorageError
from mediaflow.security.policy import UriPolicy, policy_for
from mediaflow.storage import Storage

links_only = pytest.mark.skipif(os.name != "posix", reason="about links of POSIX")


@pytest.fixture
def storage() -> Storage:
    return Storage(durable=False)


def test_a_file_is_removed_and_none_is_no_error(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")

    storage.remove(tmp_path / "a")
    storage.remove(tmp_path / "a")
    storage.remove(tmp_path / "no" / "folder")

    assert [place.name for place in tmp_path.iterdir()] == ["b"]


@links_only
def test_a_link_goes_and_what_it_leads_to_stays(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    storage.remove(tmp_path / "link")

    assert [place.name for place in tmp_path.iterdir()] == ["a"]


@links_only
def test_a_link_in_the_roots_goes_and_what_lies_outside_stays(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "outside").write_bytes(b"a")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "outside")
    rooted = Storage(policy=UriPolicy(roots=(str(tmp_path / "in"),)), durable=False)

    rooted.remove(tmp_path / "in" / "link")

    assert (tmp_path / "outside").read_bytes() == b"a"
    assert not list((tmp_path / "in").iterdir())


def test_nothing_is_removed_outside_of_the_roots(tmp_path: Path) -> None:
    for name in ("in", "out", "out/empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "out" / "a").write_bytes(b"a")
    rooted = Storage(policy=UriPolicy(roots=(str(tmp_path / "in"),)), durable=False)

    for way in (tmp_path / "out", tmp_path / "in" / ".." / "out"):
        with pytest.raises(ForbiddenLocationError):
            rooted.remove(way / "a")
        with pytest.raises(ForbiddenLocationError):
            rooted.remove_empty_folder(way / "empty")

    assert sorted(place.name for place in (tmp_path / "out").iterdir()) == ["a", "empty"]


@links_only
def test_a_folder_that_is_a_link_out_of_the_roots_is_not_entered(tmp_path: Path) -> None:
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "out" / "a").write_bytes(b"a")
    (tmp_path / "out" / "empty").mkdir()
    (tmp_path / "in" / "way").symlink_to(tmp_path / "out")
    rooted = Storage(policy=UriPolicy(roots=(str(tmp_path / "in"),)), durable=False)

    with pytest.raises(ForbiddenLocationError):
        rooted.remove(tmp_path / "in" / "way" / "a")
    with pytest.raises(ForbiddenLocationError):
        rooted.remove_empty_folder(tmp_path / "in" / "way" / "empty")

    assert sorted(place.name for place in (tmp_path / "out").iterdir()) == ["a", "empty"]


def test_a_folder_is_no_file(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(StorageError):
        storage.remove(tmp_path / "folder")

    assert (tmp_path / "folder").is_dir()


def test_a_folder_goes_where_it_is_empty(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "a").write_bytes(b"a")
    (tmp_path / "file").write_bytes(b"a")

    for name in ("empty", "used", "file", "missing"):
        storage.remove_empty_folder(tmp_path / name)

    assert sorted(place.name for place in tmp_path.iterdir()) == ["file", "used"]


@links_only
def test_a_link_to_an_empty_folder_stays(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")

    storage.remove_empty_folder(tmp_path / "link")

    assert sorted(place.name for place in tmp_path.iterdir()) == ["empty", "link"]


@pytest.mark.parametrize("verb", ["remove", "remove_empty_folder"])
@pytest.mark.parametrize(
    "text",
    ["s3://bucket/../../a", "ftp://127.0.0.1/a", "/srv/a\n", "zip://a::/srv/b"],
)
def test_strangers_remove_nothing(verb: str, text: str) -> None:
    with pytest.raises(ForbiddenLocationError):
        getattr(Storage(policy=policy_for("strangers")), verb)(text)


def test_an_object_is_removed_and_its_neighbours_stay(storage: Storage) -> None:
    root = f"/removal-{os.getpid()}"
    memory = fsspec.filesystem("memory")
    for name in ("a/b", "a/bc", "d"):
        memory.pipe_file(f"{root}/{name}", b"x")

    storage.remove(f"memory:/{root}/a/b")
    storage.remove(f"memory:/{root}/a/b")
    storage.remove_empty_folder(f"memory:/{root}/a")

    assert sorted(memory.find(root)) == [f"{root}/a/bc", f"{root}/d"]


def test_an_object_store_that_refuses_is_told(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = fsspec.filesystem("memory")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(type(memory), "rm_file", refuse)

    with pytest.raises(StorageError):
        storage.remove("memory://removal/a")


BUCKET = "removal"


def test_s3_removes_an_object_and_knows_that_it_is_gone() -> None:
    server = pytest.importorskip("moto.server", reason="S3 is played by moto, not installed here")
    pytest.importorskip("s3fs", reason="the extra s3 is not installed here")
    boto3 = pytest.importorskip("boto3", reason="S3 is played by moto, not installed here")
    from mediaflow.storage import Profile

    thread = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    thread.start()
    try:
        host, port = thread.get_host_and_port()
        url = f"http://{host}:{port}"
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "hush"}
        client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
        client.create_bucket(Bucket=BUCKET)
        for name in ("set/a", "set/ab"):
            client.put_object(Bucket=BUCKET, Key=name, Body=b"x")
        options = {
            "key": "test",
            "secret": "hush",
            "endpoint_url": url,
            "client_kwargs": {"region_name": "us-east-1"},
            "skip_instance_cache": True,
        }
        storage = Storage({"prod": Profile(protocol="s3", root=f"{BUCKET}/set", options=options)})
        assert storage.exists("prod://a")

        storage.remove("prod://a")
        storage.remove("prod://a")
        storage.remove_empty_folder("prod://")

        assert not storage.exists("prod://a")
        left = client.list_objects_v2(Bucket=BUCKET)["Contents"]
        assert [one["Key"] for one in left] == ["set/ab"]
        with pytest.raises(ForbiddenLocationError):
            storage.remove("prod://../other/a")
        client.close()
    finally:
        thread.stop()

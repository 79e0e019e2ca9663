"""One front for every place: the policy comes first, and fsspec only when it is needed."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mediaflow.errors import (
    ForbiddenLocationError,
    MissingExtraError,
    SpecError,
    UnknownNameError,
    UnsupportedError,
)
from mediaflow.security.policy import UriPolicy, policy_for
from mediaflow.storage import Profile, Storage
from mediaflow.storage.location import FilesystemLocation

links_only = pytest.mark.skipif(os.name != "posix", reason="about links of POSIX")
STRANGE = [
    "simplecache::/srv/a.jpg",
    "simplecache::file:///srv/a.jpg",
    "simplecache::simplecache::/srv/a.jpg",
    "filecache::s3://bucket/a.jpg",
    "blockcache::s3://bucket/a.jpg",
    "zip://member::/srv/a.zip",
    "async_wrapper::file:///srv/a.jpg",
    "zip://a.jpg",
    "tar://a.jpg",
    "libarchive://a.jpg",
    "reference://a.jpg",
    "dir://a.jpg",
    "data:text/plain,hello",
    "data://text/plain,hello",
    "http://127.0.0.1/a.jpg",
    "https://127.0.0.1/a.jpg",
    "HTTP://127.0.0.1/a.jpg",
    "ftp://127.0.0.1/a.jpg",
    "sftp://127.0.0.1/a.jpg",
    "ssh://127.0.0.1/a.jpg",
    "smb://127.0.0.1/a.jpg",
    "webhdfs://127.0.0.1/a.jpg",
    "github://owner/a.jpg",
    "git://a.jpg",
    "jupyter://127.0.0.1/a.jpg",
    "s3://bucket/../../a.jpg",
    "s3://bucket\\..\\a.jpg",
    "/srv/a\n.jpg",
]


@pytest.fixture
def strangers():
    return Storage(policy=policy_for("strangers"))


@pytest.mark.parametrize("text", STRANGE)
@pytest.mark.parametrize("verb", ["check", "stage", "exists", "is_folder", "open"])
def test_strangers_are_refused_before_anything_is_touched(strangers, monkeypatch, text, verb):
    monkeypatch.setitem(sys.modules, "fsspec", None)  # an import would fail in another way
    options = {"max_bytes": 10} if verb == "open" else {}

    with pytest.raises(ForbiddenLocationError):
        getattr(strangers, verb)(text, **options)


def test_home_sign_is_a_name_like_any_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/nowhere")

    with Storage(durable=False).stage("~/a.txt") as staged:
        staged.publish()

    assert (tmp_path / "~" / "a.txt").exists()


@pytest.fixture
def rooted(tmp_path):
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(name.encode())
    return Storage(policy=UriPolicy(roots=(str(tmp_path / "in"),)), durable=False)


def _read(storage, place):
    with storage.open(place, max_bytes=1000) as source:
        return source.read_all()


def test_path_in_the_roots_is_read_and_written(rooted, tmp_path):
    with rooted.stage(tmp_path / "in" / "new" / "b.jpg") as staged:
        staged.publish()

    assert _read(rooted, tmp_path / "in" / "a.jpg") == b"in"
    assert rooted.exists(tmp_path / "in" / "new" / "b.jpg")


def test_relative_path_is_judged_by_where_it_leads(rooted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "in")

    assert _read(rooted, "a.jpg") == b"in"
    with pytest.raises(ForbiddenLocationError):
        rooted.open("../out/a.jpg", max_bytes=1000)


def test_storage_within_a_folder_knows_nothing_else(tmp_path):
    storage = Storage.within(tmp_path / "in", durable=False)
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(name.encode())

    assert _read(storage, tmp_path / "in" / "a.jpg") == b"in"
    assert storage.policy.roots == (os.path.realpath(tmp_path / "in"),)
    for place in (tmp_path / "out" / "a.jpg", "memory://a.jpg", "s3://bucket/a.jpg"):
        with pytest.raises(ForbiddenLocationError):
            storage.open(place, max_bytes=1000)


@links_only
def test_link_out_of_the_roots_is_refused(rooted, tmp_path):
    (tmp_path / "in" / "file.jpg").symlink_to(tmp_path / "out" / "a.jpg")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")

    with pytest.raises(ForbiddenLocationError, match="outside"):
        rooted.open(tmp_path / "in" / "file.jpg", max_bytes=1000)
    with pytest.raises(ForbiddenLocationError, match="outside"):
        rooted.stage(tmp_path / "in" / "folder" / "b.jpg")


@links_only
def test_link_to_the_roots_is_followed(rooted, tmp_path):
    (tmp_path / "out" / "back").symlink_to(tmp_path / "in")

    assert _read(rooted, tmp_path / "out" / "back" / "a.jpg") == b"in"


@links_only
def test_roots_may_be_named_by_a_link(rooted, tmp_path):
    (tmp_path / "alias").symlink_to(tmp_path / "in")
    storage = Storage(policy=UriPolicy(roots=(str(tmp_path / "alias"),)))

    assert _read(storage, tmp_path / "in" / "a.jpg") == b"in"


@links_only
def test_link_out_of_a_local_profile_is_refused(rooted, tmp_path):
    storage = Storage({"disk": Profile(protocol="file", root=str(tmp_path / "in"))})
    (tmp_path / "in" / "file.jpg").symlink_to(tmp_path / "out" / "a.jpg")

    assert _read(storage, "disk://a.jpg") == b"in"
    with pytest.raises(ForbiddenLocationError, match="leads out of its profile"):
        storage.open("disk://file.jpg", max_bytes=1000)


def test_profile_is_open_to_strangers(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"in")
    profiles = {"disk": Profile(protocol="file", root=str(tmp_path))}
    storage = Storage(profiles, UriPolicy(protocols=frozenset(), roots=()))

    assert _read(storage, "disk://a.jpg") == b"in"
    with pytest.raises(ForbiddenLocationError):
        storage.open(tmp_path / "a.jpg", max_bytes=1000)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("prd://a.jpg", "'prod'"),
        ("githb://bucket/a.jpg", "'github'"),
        ("memroy://a.jpg", "'memory'"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "exists", "stage"])
def test_unknown_name_is_refused_with_a_near_one(text, near, verb):
    storage = Storage({"prod": Profile(protocol="memory")})

    with pytest.raises(UnknownNameError, match=f"did you mean {near}"):
        getattr(storage, verb)(text)


@pytest.mark.parametrize(
    ("text", "package", "line"),
    [
        ("s3://bucket/a.jpg", "s3fs", "pip install 'pymediaflow[s3]'"),
        ("gs://bucket/a.jpg", "gcsfs", "pip install 'pymediaflow[gcs]'"),
        ("az://bucket/a.jpg", "adlfs", "pip install 'pymediaflow[azure]'"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "exists", "stage"])
def test_missing_package_is_said_with_the_line_that_installs_it(
    monkeypatch, text, package, line, verb
):
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingExtraError) as caught:
        getattr(Storage(), verb)(text)

    assert caught.value.hint == line
    assert line in str(caught.value)


def test_protocol_without_an_extra_of_ours_is_unsupported(monkeypatch):
    monkeypatch.setitem(sys.modules, "ocifs", None)

    with pytest.raises(UnsupportedError, match="ocifs"):
        Storage().check("oci://bucket/a.jpg")


def test_wrong_options_of_a_profile_are_named_without_values(monkeypatch):
    class Shelf:
        @staticmethod
        def _get_kwargs_from_urls(url):
            return {}

    registry = importlib.import_module("fsspec.registry")
    monkeypatch.setitem(registry._registry, "shelf", Shelf)
    storage = Storage({"prod": Profile(protocol="shelf", options={"secret": "hush"})})

    with pytest.raises(SpecError, match="does not take these options: secret") as caught:
        storage.exists("prod://a.jpg")

    assert "hush" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_one_file_system_serves_all_threads():
    from concurrent.futures import ThreadPoolExecutor

    storage = Storage({"prod": Profile(protocol="memory", root="one")})
    storage.exists("prod://a")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(storage.exists, ["prod://b"] * 8))

    assert len(storage._filesystems._made) == 1


@links_only
def test_links_lead_to_one_place(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"in")
    (tmp_path / "soft.jpg").symlink_to("a.jpg")
    (tmp_path / "hard.jpg").hardlink_to(tmp_path / "a.jpg")
    (tmp_path / "copy.jpg").write_bytes(b"in")
    (tmp_path / "alias").symlink_to(".")
    storage = Storage()

    for name in ("a.jpg", "soft.jpg", "hard.jpg", "alias/a.jpg", "./a.jpg"):
        assert storage.same_place(tmp_path / "a.jpg", f"{tmp_path}/{name}")
    assert not storage.same_place(tmp_path / "a.jpg", tmp_path / "copy.jpg")
    assert storage.same_place(tmp_path / "alias" / "new.jpg", tmp_path / "new.jpg")


def test_open_file_is_where_its_name_is(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"in")
    storage = Storage()

    with (tmp_path / "a.jpg").open("rb") as file:
        assert storage.same_place(file, tmp_path / "a.jpg")
        assert not storage.same_place(file, tmp_path / "b.jpg")
    assert not storage.same_place(io.BytesIO(b"in"), tmp_path / "a.jpg")
    assert not storage.same_place(b"in", b"in")


S3 = Profile(protocol="s3", root="bucket/site", options={"endpoint_url": "http://127.0.0.1:1"})
ELSEWHERE = Profile(
    protocol="s3",
    root="bucket/site",
    options={"client_kwargs": {"endpoint_url": "http://127.0.0.1:2"}},
)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("s3://bucket/site/a.jpg", "prod://a.jpg", True),
        ("s3a://bucket/site/x/../a.jpg", "prod://./a.jpg", True),
        ("prod://a.jpg", "prod://b.jpg", False),
        ("prod://a.jpg", "else://a.jpg", False),
        ("s3://other/a.jpg", "gs://other/a.jpg", False),
        ("memory://a.jpg", "memory:///a.jpg", True),
        ("memory://a.jpg", "a.jpg", False),
    ],
)
def test_objects_are_compared_by_where_they_end_up(a, b, same):
    storage = Storage({"prod": S3, "else": ELSEWHERE, "a-first": S3})

    assert storage.same_place(a, b) is same
    assert storage.same_place(b, a) is same


def test_brought_file_system_is_used_directly():
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    place = FilesystemLocation(memory, "/brought/a.txt")
    storage = Storage()

    with storage.stage(place) as staged:
        staged.write(b"hello")
        stored = staged.publish()

    assert stored.uri == "memory://brought/a.txt"
    assert _read(storage, "memory://brought/a.txt") == b"hello"
    assert storage.same_place(place, "memory://brought/a.txt")


def test_upath_is_a_place(tmp_path):
    upath = pytest.importorskip("upath", reason="universal-pathlib is not installed")
    storage = Storage(durable=False)

    for place in (upath.UPath("memory://upath/a.txt"), upath.UPath(tmp_path / "a.txt")):
        with storage.stage(place) as staged:
            staged.write(b"hello")
            stored = staged.publish()

        assert _read(storage, place) == b"hello"
        assert stored.uri == str(place)
        assert storage.is_folder(place.parent)
    assert (tmp_path / "a.txt").read_bytes() == b"hello"


def test_environment_makes_a_storage(tmp_path):
    storage = Storage.from_environment(
        environ={
            "MEDIAFLOW_PROFILE_DISK_PROTOCOL": "file",
            "MEDIAFLOW_PROFILE_DISK_ROOT": str(tmp_path),
        },
        durable=False,
    )

    with storage.stage("disk://new/a.txt") as staged:
        stored = staged.publish()

    assert stored.uri == "disk://new/a.txt"
    assert (tmp_path / "new" / "a.txt").exists()


LIGHT = """
import io, sys
from pathlib import Path
from mediaflow.storage import Storage
storage, path = Storage.from_environment(), Path(sys.argv[1]) / "new" / "a.txt"
with storage.stage(path) as staged:
    staged.write(b"hello")
    staged.publish()
for source in (path, str(path), b"hello", io.BytesIO(b"hello")):
    with storage.open(source, max_bytes=10) as opened:
        assert opened.read_all() == b"hello"
assert storage.same_place(path, path) and storage.exists(path) and storage.is_folder(path.parent)
storage.check(path)
heavy = {"fsspec", "asyncio", "numpy", "PIL", "av", "mimetypes", "urllib.request"}
print(sorted(heavy & set(sys.modules)))
"""


def test_local_work_imports_nothing_heavy(tmp_path):
    child = subprocess.run(
        [sys.executable, "-c", LIGHT, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )

    assert child.stdout == "[]\n"


def test_packages_are_looked_for_without_importing_them(monkeypatch):
    found = []
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "mediaflow.storage.filesystems.find_spec", lambda name: found.append(name) or real("json")
    )
    monkeypatch.delitem(sys.modules, "s3fs", raising=False)

    Storage().check("s3://bucket/a.jpg")

    assert found == ["s3fs"]
    assert "s3fs" not in sys.modules

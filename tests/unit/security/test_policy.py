"""Two named rules for locations: deny by default for strangers, no chains for anybody."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.errors import ForbiddenLocationError
from mediaflow.security.policy import UriPolicy, canonical_protocol, policy_for

CHAINS = [
    "simplecache::/srv/a.jpg",
    "simplecache::file:///srv/a.jpg",
    "simplecache::simplecache::/srv/a.jpg",
    "filecache::s3://bucket/a.jpg",
    "blockcache::s3://bucket/a.jpg",
    "zip://member::/srv/a.zip",
    "zip://a::simplecache::http://127.0.0.1/a.zip",
    "async_wrapper::file:///srv/a.jpg",
]
CONTROLS = ["a\0b", "a\nb", "a\rb", "\x1b[31ma", "a\x7fb", "a\x85b", "a\x9fb"]
STRANGE_PROTOCOLS = [
    "cached",
    "data",
    "dir",
    "ftp",
    "git",
    "github",
    "hdfs",
    "http",
    "HTTPS",
    "jupyter",
    "libarchive",
    "reference",
    "sftp",
    "smb",
    "ssh",
    "tar",
    "webhdfs",
    "zip",
]

both = pytest.mark.parametrize("trust", ["own", "strangers"])


@both
@pytest.mark.parametrize("text", CHAINS)
def test_chain_of_protocols_is_refused(trust, text):
    with pytest.raises(ForbiddenLocationError, match="chains"):
        policy_for(trust).check_text(text)
    with pytest.raises(ForbiddenLocationError, match="chains"):
        policy_for(trust).check("file", text)


@both
@pytest.mark.parametrize("text", CONTROLS)
def test_control_character_is_refused(trust, text):
    with pytest.raises(ForbiddenLocationError, match="control characters"):
        policy_for(trust).check("file", text)


@pytest.mark.parametrize("protocol", STRANGE_PROTOCOLS)
def test_strangers_have_no_protocol_that_nobody_named(protocol):
    with pytest.raises(ForbiddenLocationError, match=f"protocol '{protocol.lower()}' is not"):
        policy_for("strangers").check(protocol, "x/y")


@pytest.mark.parametrize("protocol", STRANGE_PROTOCOLS)
def test_own_may_use_any_protocol(protocol):
    policy_for("own").check(protocol, "x/y")


@both
@pytest.mark.parametrize(
    "protocol", ["file", "local", "memory", "s3", "S3A", "gs", "gcs", "az", "abfs", "abfss"]
)
def test_usual_places_are_allowed_in_every_spelling(trust, protocol):
    policy_for(trust).check(protocol, "bucket/a b/日本.jpg")


def test_profile_is_allowed_whatever_its_protocol():
    policy_for("strangers").check("sftp", "host/a.jpg", profile="archive")


def test_strangers_have_no_backslash():
    with pytest.raises(ForbiddenLocationError, match="backslash"):
        policy_for("strangers").check("s3", "bucket\\..\\a.jpg")


def test_names_of_files_keep_their_bytes_that_are_no_text():
    policy_for("own").check("file", os.fsdecode(b"/srv/caf\xe9.jpg"))


@pytest.mark.parametrize("path", ["/srv/up", "/srv/up/a.jpg", "/srv/up/deep/er/a.jpg"])
def test_path_inside_of_a_root_is_allowed(path):
    UriPolicy(roots=("/data", "/srv/up")).check("file", path)


@pytest.mark.parametrize(
    "path",
    [
        "/srv/upper/a.jpg",
        "/srv",
        "/etc/hostname",
        "/srv/up/../a.jpg",
        "a.jpg",
        "./a.jpg",
        "",
        "~/a",
    ],
)
def test_path_outside_of_all_roots_is_refused(path):
    with pytest.raises(ForbiddenLocationError):
        UriPolicy(roots=("/data", "/srv/up")).check("file", path)


def test_everything_lies_in_the_root_of_the_file_system():
    UriPolicy(roots=("/",)).check("file", "/etc/hostname")


def test_roots_are_about_local_paths_only():
    UriPolicy(roots=("/srv",)).check("s3", "bucket/a.jpg")


def test_no_root_means_no_local_path():
    with pytest.raises(ForbiddenLocationError):
        UriPolicy(roots=()).check("file", "/srv/a.jpg")


@given(st.lists(st.text("ab./", min_size=1, max_size=6), max_size=5))
def test_allowed_path_never_leaves_its_root(parts):
    path = "/srv/up/" + "/".join(parts)
    inside = os.path.normpath(path).startswith("/srv/up/") or os.path.normpath(path) == "/srv/up"
    try:
        UriPolicy(roots=("/srv/up",)).check("file", path)
    except ForbiddenLocationError:
        inside = True

    assert inside


@pytest.mark.parametrize(
    ("spelled", "name"),
    [("", "file"), ("local", "file"), ("FILE", "file"), ("S3", "s3"), ("gcs", "gs"), ("x", "x")],
)
def test_protocol_has_one_name(spelled, name):
    assert canonical_protocol(spelled) == name

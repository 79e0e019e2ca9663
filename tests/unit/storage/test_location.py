"""A text, a path or a UPath is told apart by what it says, never by what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediaflow.errors import ForbiddenLocationError, MissingExtraError, SpecError
from mediaflow.storage.location import FilesystemLocation, join, locate
from mediaflow.storage.profiles import Profile

PROD = {
    "prod": Profile(protocol="s3", root="bucket/site"),
    "prod-eu": Profile(protocol="s3", root="bucket/site/eu"),
    "disk": Profile(protocol="file", root="/srv/media"),
}


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("a.jpg", "a.jpg"),
        ("/srv/a.jpg", "/srv/a.jpg"),
        ("../a.jpg", "../a.jpg"),
        ("~/a.jpg", "~/a.jpg"),
        ("shot:1.jpg", "shot:1.jpg"),
        ("C:\\photos\\a.jpg", "C:\\photos\\a.jpg"),
        ("what?.jpg", "what?.jpg"),
        (Path("/srv/a.jpg"), "/srv/a.jpg"),
        ("file:///srv/a%20b.jpg", "/srv/a b.jpg"),
        ("FILE://localhost/srv/a.jpg", "/srv/a.jpg"),
        ("file:/srv/a.jpg", "/srv/a.jpg"),
        ("local:///srv/a%20b.jpg", "/srv/a%20b.jpg"),
    ],
)
def test_plain_path_or_file_url_is_local(place, path):
    location = locate(place, {})

    assert location.is_local
    assert location.path == path
    assert location.name == path.rpartition("/")[2]


@pytest.mark.parametrize(
    ("text", "protocol", "path", "name"),
    [
        ("s3://bucket/a/b.jpg", "s3", "bucket/a/b.jpg", "b.jpg"),
        ("S3://bucket/a.jpg", "s3", "bucket/a.jpg", "a.jpg"),
        ("s3://bucket/a//b.jpg", "s3", "bucket/a//b.jpg", "b.jpg"),
        ("s3://bucket/a/./c/../b.jpg", "s3", "bucket/a/b.jpg", "b.jpg"),
        ("memory://a/b.jpg", "memory", "a/b.jpg", "b.jpg"),
        ("gs://bucket/folder/", "gs", "bucket/folder/", None),
        ("https://host/a.jpg?sig=hush", "https", "host/a.jpg?sig=hush", "a.jpg"),
    ],
)
def test_url_has_a_protocol_and_a_key(text, protocol, path, name):
    location = locate(text, {})

    assert (location.protocol, location.path, location.name) == (protocol, path, name)
    assert not location.is_local


def test_signature_is_nowhere_in_the_text_of_a_location():
    location = locate("https://host/a.jpg?sig=hush", {})

    assert "hush" not in f"{location.uri} {location} {location!r}"
    assert location.target == "https://host/a.jpg?sig=hush"


def test_profile_is_put_before_its_key():
    location = locate("prod://2024/a.jpg", PROD)

    assert (location.protocol, location.path) == ("s3", "bucket/site/2024/a.jpg")
    assert (location.profile, location.uri) == ("prod", "prod://2024/a.jpg")
    assert location.target == "s3://bucket/site/2024/a.jpg"


def test_profile_may_be_a_local_folder():
    location = locate("disk://2024/a.jpg", PROD)

    assert location.is_local
    assert location.path == "/srv/media/2024/a.jpg"


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("s3://bucket/site/a.jpg", "prod"),
        ("s3a://bucket/site/a.jpg", "prod"),
        ("s3://bucket/site", "prod"),
        ("s3://bucket/site/eu/a.jpg", "prod-eu"),
        ("s3://bucket/sites/a.jpg", None),
        ("s3://other/site/a.jpg", None),
        ("gs://bucket/site/a.jpg", None),
    ],
)
def test_ordinary_url_uses_the_profile_with_the_longest_root(text, profile):
    assert locate(text, PROD).profile == profile


def test_profile_without_a_root_serves_its_whole_protocol():
    assert locate("s3://any/a.jpg", {"any": Profile(protocol="s3")}).profile == "any"


@pytest.mark.parametrize(
    "text",
    ["prod://../a.jpg", "prod://a/../../b.jpg", "disk://../a", "s3://bucket/../other/a.jpg"],
)
def test_dots_never_lead_out_of_a_bucket_or_profile(text):
    with pytest.raises(ForbiddenLocationError, match="leads out"):
        locate(text, PROD)


@pytest.mark.parametrize("text", ["s3://id:hush@bucket/a.jpg", "sftp://me:hush@host/a.jpg"])
def test_password_in_a_location_is_refused_and_not_repeated(text):
    with pytest.raises(SpecError, match="password") as caught:
        locate(text, {})

    assert "hush" not in f"{caught.value!r} {caught.value.details}"


def test_file_url_of_a_host_is_refused():
    with pytest.raises(SpecError, match="names a host"):
        locate("file://server/share/a.jpg", {})


@pytest.mark.parametrize("place", ["", 3, None, b"a.jpg", object()])
def test_what_is_no_location_is_refused(place):
    with pytest.raises(SpecError):
        locate(place, {})


class Brought:
    protocol = ("s3", "s3a")


def test_brought_file_system_is_used_as_it_is():
    fs = Brought()

    location = locate(FilesystemLocation(fs, "bucket/a/../b.jpg"), {})

    assert location.filesystem is fs
    assert (location.protocol, location.path) == ("s3", "bucket/b.jpg")
    assert location.uri == "s3://bucket/b.jpg"


def test_brought_file_system_without_its_package_names_it():
    class Broken:
        path = "bucket/a.jpg"

        @property
        def fs(self):
            raise ImportError("Install s3fs to access S3")

    with pytest.raises(MissingExtraError, match="s3fs"):
        locate(Broken(), {})


@pytest.mark.parametrize(
    ("folder", "joined"),
    [
        ("out", "out/a.webp"),
        ("out/", "out/a.webp"),
        (Path("/srv/out"), "/srv/out/a.webp"),
        ("s3://bucket", "s3://bucket/a.webp"),
        ("prod://thumbs/", "prod://thumbs/a.webp"),
    ],
)
def test_name_is_joined_to_a_folder(folder, joined):
    assert join(folder, "a.webp") == joined


def test_name_is_joined_within_a_brought_file_system():
    joined = join(FilesystemLocation(Brought(), "bucket/out/"), "a.webp")

    assert (joined.path, str(joined)) == ("bucket/out/a.webp", "s3://bucket/out/a.webp")

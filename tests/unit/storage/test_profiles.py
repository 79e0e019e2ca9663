"""Profiles come from a file and the environment, which wins; their values stay inside."""

from __future__ import annotations

import copy
import pickle

import pytest

from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.storage import Profile, Storage
from mediaflow.storage.profiles import load_profiles

TOML = """
[prod]
protocol = "S3"
root = "bucket/site"
[prod.options]
key = "id"
secret = "hush"
[prod.options.client_kwargs]
region_name = "eu-1"

[prod-eu]
protocol = "s3"
"""


@pytest.fixture
def environ(tmp_path):
    path = tmp_path / "profiles.toml"
    path.write_text(TOML, encoding="utf-8")
    return {"MEDIAFLOW_PROFILES": str(path)}


def test_no_variable_means_no_profile():
    assert load_profiles({"HOME": "/root"}) == {}


def test_file_describes_profiles(environ):
    profiles = load_profiles(environ)

    assert sorted(profiles) == ["prod", "prod-eu"]
    assert (profiles["prod"].protocol, profiles["prod"].root) == ("s3", "bucket/site")
    assert profiles["prod"].options == {
        "key": "id",
        "secret": "hush",
        "client_kwargs": {"region_name": "eu-1"},
    }


def test_environment_wins_over_the_file(environ):
    profiles = load_profiles(
        {
            **environ,
            "MEDIAFLOW_PROFILE_PROD_SECRET": "louder",
            "MEDIAFLOW_PROFILE_PROD_ENDPOINT_URL": "http://127.0.0.1",
            "MEDIAFLOW_PROFILE_PROD_ROOT": "other",
        }
    )

    assert profiles["prod"].root == "other"
    assert profiles["prod"].options["secret"] == "louder"
    assert profiles["prod"].options["endpoint_url"] == "http://127.0.0.1"
    assert profiles["prod"].options["key"] == "id"


def test_variable_belongs_to_the_profile_with_the_longest_name(environ):
    profiles = load_profiles({**environ, "MEDIAFLOW_PROFILE_PROD_EU_KEY": "eu"})

    assert profiles["prod-eu"].options == {"key": "eu"}
    assert profiles["prod"].options["key"] == "id"
    assert "eu_key" not in profiles["prod"].options


def test_environment_alone_describes_a_profile():
    profiles = load_profiles(
        {
            "MEDIAFLOW_PROFILE_COLD_STORE_PROTOCOL": "gs",
            "MEDIAFLOW_PROFILE_COLD_STORE_ROOT": "bucket",
            "MEDIAFLOW_PROFILE_COLD_STORE_TOKEN": "anon",
        }
    )

    assert sorted(profiles) == ["cold-store"]
    assert (profiles["cold-store"].protocol, profiles["cold-store"].root) == ("gs", "bucket")
    assert profiles["cold-store"].options == {"token": "anon"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("12345", "12345"),
        ('{"region_name": "eu-1"}', {"region_name": "eu-1"}),
        ("truely", "truely"),
    ],
)
def test_variable_is_text_unless_it_is_a_word_or_an_object(environ, text, value):
    profiles = load_profiles({**environ, "MEDIAFLOW_PROFILE_PROD_ANON": text})

    assert profiles["prod"].options["anon"] == value


def test_missing_file_is_said_by_the_name_of_its_variable(tmp_path):
    with pytest.raises(SpecError, match="MEDIAFLOW_PROFILES names"):
        load_profiles({"MEDIAFLOW_PROFILES": str(tmp_path / "none.toml")})


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ('[prod]\nsecret = hush"', SpecError, "not valid TOML"),
        ('[prod]\nprotcol = "s3"', UnknownNameError, "did you mean 'protocol'"),
        ('[prod]\nroot = "hush"', SpecError, "needs protocol"),
        ('prod = "hush"', SpecError, "must be a table"),
        ('[prod]\nprotocol = "s3"\noptions = "hush"', SpecError, "must be a table"),
        ('[s3]\nprotocol = "s3"', SpecError, "cannot be called 's3'"),
        ('["a b"]\nprotocol = "s3"', SpecError, "cannot be called 'a b'"),
        ('[disk]\nprotocol = "file"\nroot = "media"', SpecError, "absolute root"),
    ],
)
def test_wrong_file_is_refused_without_showing_its_values(tmp_path, text, error, says):
    path = tmp_path / "profiles.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(error, match=says) as caught:
        load_profiles({"MEDIAFLOW_PROFILES": str(path)})

    assert "hush" not in f"{caught.value!r} {caught.value.details} {caught.value.__cause__!r}"


def test_broken_object_in_a_variable_is_not_repeated(environ):
    with pytest.raises(SpecError, match="MEDIAFLOW_PROFILE_PROD_X") as caught:
        load_profiles({**environ, "MEDIAFLOW_PROFILE_PROD_X": '{"secret": "hush'})

    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_value_of_an_option_is_in_no_repr(environ):
    profiles = load_profiles(environ)
    storage = Storage(profiles)

    assert repr(profiles["prod"]) == (
        "Profile(protocol='s3', root='bucket/site', options=<client_kwargs, key, secret>)"
    )
    assert "hush" not in f"{profiles} {storage!r} {storage}"


@pytest.mark.parametrize("make", [lambda p: p["prod"], Storage], ids=["profile", "storage"])
@pytest.mark.parametrize("carry", [pickle.dumps, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_credentials_never_travel(environ, make, carry):
    with pytest.raises(SpecError, match="never pickled"):
        carry(make(load_profiles(environ)))


def test_options_are_kept_as_they_were():
    options = {"key": "id"}
    profile = Profile(protocol="s3", options=options)

    options["key"] = "other"

    assert profile.options["key"] == "id"

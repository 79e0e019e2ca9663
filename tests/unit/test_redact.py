"""Texts for people and logs hold no secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.redact import printable, redact, redact_mapping


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("s3://id:hush@bucket/a.jpg", "s3://***@bucket/a.jpg"),
        ("https://hush@host/a.jpg", "https://***@host/a.jpg"),
        ("https://host/a.jpg?X-Amz-Signature=hush&x=1", "https://host/a.jpg?***"),
        ("https://host/a.jpg?sv=1&sig=hush#top", "https://host/a.jpg?***#top"),
        ("two: s3://a:hush@b/c and s3://d:hush@e/f", "two: s3://***@b/c and s3://***@e/f"),
        ("password=hush", "password=***"),
        ("secret_access_key: hush, region: eu", "secret_access_key: ***, region: eu"),
        ("{'token': 'hush', 'width': 3}", "{'token': ***, 'width': 3}"),
        ('{"api_key": "hush hush"}', '{"api_key": ***}'),
        ("AccountKey=hush;EndpointSuffix=net", "AccountKey=***;EndpointSuffix=net"),
        ("the id AKIAABCDEFGHIJKLMNOP is refused", "the id *** is refused"),
    ],
)
def test_secret_is_hidden_and_the_rest_stays(text, clean):
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        "photo.jpg",
        "out/{stem}{suffix}.{ext}",
        "width must be a whole number of px from 1 to 1,000,000, got 0",
        "s3://bucket/a@2x.jpg",
        "C:\\photos\\a.jpg",
        "somebody@example.org",
        "known fields: ext, format, height, key, name",
        "is this it? no",
        "monkey=1",
    ],
)
def test_plain_text_stays_as_it_is(text):
    assert redact(text) == text


def test_bearer_token_is_hidden():
    assert "hush" not in redact("Authorization: Bearer hush")


def test_password_with_an_at_sign_is_hidden_whole():
    assert "hush" not in redact("s3://id:p@hush@bucket/a.jpg")


def test_secret_key_with_a_slash_is_hidden_whole():
    # A secret key of AWS is base64 and often holds a slash.
    assert "hush" not in redact("s3://AKIAABCDEFGHIJKLMNOP:ab/hush@bucket/a.jpg")


def test_query_with_a_quotation_mark_is_hidden_whole():
    # RFC 3986 3.4: an apostrophe may stand in a query as it is.
    assert "hush" not in redact("https://host/a.jpg?sig=ab'hush")


@given(st.text())
def test_redacting_twice_changes_nothing(text):
    once = redact(text)

    assert redact(once) == once


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_user_part_of_any_url_is_hidden(secret):
    assert redact(f"s3://id:{secret}@bucket/a.jpg") == "s3://***@bucket/a.jpg"


def test_mapping_hides_the_values_of_secret_names():
    options = {"key": "hush", "secret": "hush", "anon": False, "region_name": "eu-1"}

    assert redact_mapping(options) == {
        "key": "***",
        "secret": "***",
        "anon": False,
        "region_name": "eu-1",
    }


def test_mapping_hides_secrets_in_mappings_inside():
    options = {"client_kwargs": {"aws_session_token": "hush", "verify": True}}

    assert redact_mapping(options) == {
        "client_kwargs": {"aws_session_token": "***", "verify": True}
    }


def test_mapping_hides_secrets_in_plain_values():
    assert redact_mapping({"endpoint_url": "https://id:hush@host"}) == {
        "endpoint_url": "https://***@host"
    }


def test_mapping_hides_secrets_in_lists():
    assert "hush" not in repr(redact_mapping({"profiles": [{"secret": "hush"}]}))


def test_mapping_itself_is_not_changed():
    options = {"secret": "hush"}

    redact_mapping(options)

    assert options == {"secret": "hush"}


def test_control_characters_are_written_out():
    assert printable("\x1b[31m\n\t\x9b\u202e\udcff") == r"\x1b[31m\n\t\x9b\u202e\udcff"


def test_letters_of_all_people_stay():
    assert printable("été 写真 фото 🎞.mp4") == "été 写真 фото 🎞.mp4"

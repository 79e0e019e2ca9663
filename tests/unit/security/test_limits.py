"""How much an input may cost."""

from __future__ import annotations

import pickle
from dataclasses import fields

import pytest

from mediaflow.errors import LimitExceededError, SpecError
from mediaflow.security.limits import Limits, limits_for

COUNTS = [field.name for field in fields(Limits) if field.name != "allowed_formats"]
MIB = 1024 * 1024


def test_own_files_may_be_as_large_as_pillow_allows():
    own = limits_for("own")

    # Pillow refuses above twice its MAX_IMAGE_PIXELS of 1024 * 1024 * 1024 / 4 / 3.
    assert own.max_pixels <= 2 * (1024 * 1024 * 1024 // 4 // 3)
    assert own.allowed_formats is None


def test_a_bomb_of_90_megapixels_from_strangers_is_over_the_limit():
    with pytest.raises(LimitExceededError, match="90,000,000"):
        limits_for("strangers").check("max_pixels", 90_000_000)


def test_strangers_may_send_what_phones_and_browsers_make():
    limits = limits_for("strangers")

    limits.check("max_pixels", 48_000_000)  # the largest picture of a phone of today
    pictures = {"avif", "gif", "jpeg", "png", "tiff", "webp"}
    sounds = {"aac", "flac", "m4a", "mp3", "ogg", "wav"}
    assert set(limits.allowed_formats or ()) == pictures | sounds | {"matroska", "mov", "mp4"}
    assert list(limits.allowed_formats or ()) == sorted(limits.allowed_formats or ())


@pytest.mark.parametrize("name", COUNTS)
def test_strangers_never_get_more_than_own_files(name):
    assert getattr(limits_for("strangers"), name) <= getattr(limits_for("own"), name)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [0, -1, 1.5, "1", None])
def test_a_limit_is_a_whole_number_of_at_least_one(name, value):
    with pytest.raises(SpecError, match=rf"limits\.{name} must be a whole number of at least 1"):
        Limits(**{name: value})


@pytest.mark.parametrize("name", COUNTS)
def test_true_is_no_number(name):
    with pytest.raises(SpecError):
        Limits(**{name: True})


@pytest.mark.parametrize("value", ["jpeg", 3, (1, 2)])
def test_allowed_formats_are_a_tuple_of_names(value):
    # A single text would allow every part of itself.
    with pytest.raises(SpecError, match="allowed_formats"):
        Limits(allowed_formats=value)


@pytest.mark.parametrize("name", COUNTS)
def test_the_limit_itself_is_allowed(name):
    Limits(**{name: 7}).check(name, 7)


@pytest.mark.parametrize("name", COUNTS)
def test_one_more_than_the_limit_is_refused(name):
    with pytest.raises(LimitExceededError) as caught:
        Limits(**{name: 7}).check(name, 8, where="a.jpg")

    error = caught.value
    assert error.details["limit"] == name
    assert error.details["allowed"] == 7
    assert error.details["seen"] == 8
    assert error.where == "a.jpg"
    assert f"limits.{name}" in (error.hint or "")


def test_refusal_says_what_and_the_rule():
    with pytest.raises(LimitExceededError) as caught:
        Limits(max_pixels=50_000_000).check("max_pixels", 90_000_000)

    assert str(caught.value) == "input has 90,000,000 pixels; the limit is 50,000,000"


@pytest.mark.parametrize("trust", ["stranger", "", "OWN", None])
def test_unknown_trust_is_refused(trust):
    with pytest.raises(SpecError, match="strangers"):
        limits_for(trust)


def test_limits_are_plain_values():
    limits = Limits(max_pixels=5)

    assert pickle.loads(pickle.dumps(limits)) == limits
    assert hash(limits) == hash(Limits(max_pixels=5))
    assert limits != Limits()

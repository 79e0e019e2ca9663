"""How much an encoder may spend."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.encoding import Lossless, MaxBytes, Quality, check_quality


@pytest.mark.parametrize("value", [1, 50, 100])
def test_quality_goes_from_1_to_100(value):
    check_quality(value)

    assert Quality(value).value == value


@pytest.mark.parametrize("value", [0, 101, 1.0, True, None, "80"])
def test_any_other_quality_is_refused_with_a_hint(value):
    with pytest.raises(SpecError, match="quality must be a whole number 1 to 100") as caught:
        Quality(value)

    assert "Lossless()" in (caught.value.hint or "")
    assert caught.value.details["field"] == "quality"


def test_the_two_ways_are_told_apart_by_kind():
    assert (Quality(80).kind, Lossless().kind) == ("quality", "lossless")
    assert Quality(80) != Lossless()


@pytest.mark.parametrize("value", [1_000, 8_000_000, 1 << 50])
def test_limit_of_bytes_is_a_whole_number(value):
    assert (MaxBytes(value).value, MaxBytes(value).kind) == (value, "max_bytes")


@pytest.mark.parametrize("value", [0, 999, (1 << 50) + 1, 8e6, True, None, "8MB"])
def test_any_other_limit_of_bytes_is_refused_with_a_hint(value):
    with pytest.raises(SpecError, match=r"a file may have 1,000 to .* bytes, got") as caught:
        MaxBytes(value)

    assert "MaxBytes(8_000_000) is 8 MB" in (caught.value.hint or "")
    assert caught.value.details["field"] == "rate"

"""Four texts are read out of IPTC-IIM records."""

from __future__ import annotations

import pytest

from mediaflow.image.metadata.iptc import read_iptc
from tests.planted import iptc_records


def test_texts_are_found_beside_others() -> None:
    records = iptc_records(
        title=b"a title", city=b"Munich", creator=b"me", rights=b"\xc2\xa9 me", description=b"x"
    )

    assert read_iptc(records) == {
        "title": ("a title",),
        "creator": ("me",),
        "rights": ("© me",),
        "description": ("x",),
    }


def test_creators_repeat_and_titles_do_not() -> None:
    twice = iptc_records(title=b"one", creator=b"a") + iptc_records(title=b"two", creator=b"b")

    assert read_iptc(twice) == {"title": ("one",), "creator": ("a", "b")}


def test_latin_1_is_read() -> None:
    assert read_iptc(iptc_records(creator="Zoë".encode("latin-1")))["creator"] == ("Zoë",)


@pytest.mark.parametrize(
    "records",
    [
        b"",
        b"\x1c\2",
        b"\x1c\2\5\xff\xff" + bytes(99),
        b"\x1c\2\5\0\x50short",
        b"junk" * 99,
        b"\x1c\2\5\0\0" * 99_999,
    ],
    ids=["empty", "cut", "extended", "beyond the end", "junk", "many empty ones"],
)
def test_broken_records_hold_nothing(records: bytes) -> None:
    assert read_iptc(records) == {}

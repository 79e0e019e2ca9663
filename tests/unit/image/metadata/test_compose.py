"""What each policy writes, told by other readers of EXIF and XMP."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image

from mediaflow.frames import SourceMetadata
from mediaflow.image.metadata.compose import compose
from mediaflow.image.metadata.rules import DC, KEPT_MAIN, KEPT_PHOTO, RDF, SAFE_EXIF, SILENT_TAGS
from tests.planted import (
    CREDITS,
    SECRETS,
    credit_xmp,
    entry,
    exif_block,
    iptc_records,
    planted_exif,
)

FULL = SourceMetadata(exif=planted_exif(orientation=6), xmp=credit_xmp())


def _tags(block: bytes) -> dict[int, object]:
    read = Image.Exif()
    read.load(block)
    return dict(read)


def _properties(packet: bytes) -> set[str]:
    root = ElementTree.fromstring(packet.partition(b"?>")[2])
    return {child.tag for child in root[0][0]}


def test_strip_writes_nothing_and_misses_nothing() -> None:
    made = compose(FULL, "strip", "jpeg")

    assert (made.exif, made.xmp, made.dropped) == (b"", b"", ())


def test_safe_writes_the_credits_and_nothing_else() -> None:
    made = compose(FULL, "safe", "jpeg")

    assert _tags(made.exif) == {
        0x010E: "CREDIT-description",
        0x013B: "CREDIT-artist",
        0x8298: "CREDIT-copyright",
    }
    rights = "http://ns.adobe.com/xap/1.0/rights/"
    assert _properties(made.xmp) == {
        *(f"{{{DC}}}{name}" for name in ("title", "creator", "description", "rights")),
        *(f"{{{rights}}}{name}" for name in ("Marked", "WebStatement", "UsageTerms")),
    }
    assert [word for word in CREDITS if word not in made.exif + made.xmp] == []
    assert SECRETS not in made.exif + made.xmp
    assert made.dropped == ()


def test_keep_leaves_out_what_is_no_longer_true() -> None:
    made = compose(FULL, "keep", "jpeg")

    tags = _tags(made.exif)
    assert tags[0x010F] == "PLANTED-maker"
    assert 0x0112 not in tags
    for gone in (b"PLANTED-thumbnail", b"PLANTED-maker-note"):
        assert gone not in made.exif
    for gone in (b"Orientation", b"Thumbnails", b"PLANTED-face", b"PLANTED-original", b"hdrgm"):
        assert gone not in made.xmp
    for kept in (b"PLANTED-serial", b"PLANTED-gps", b"PLANTED-user"):
        assert kept in made.exif
    for kept in (b"PLANTED-document", b"PLANTED-keyword", b"48,8.2N"):
        assert kept in made.xmp


def test_keep_says_what_it_leaves_out() -> None:
    made = compose(replace(FULL, others=("a comment",)), "keep", "jpeg")

    assert set(made.dropped) == {
        "a comment",
        "maker notes of 24 bytes",
        "regions of the picture",
        "the original picture inside XMP",
    }


def test_value_that_hides_a_jpeg_is_not_kept() -> None:
    hidden = entry(0x9286, 7, 16, b"ASCII\0\0\0\xff\xd8\xff\xe0abcd")

    made = compose(SourceMetadata(exif=exif_block([], [hidden])), "keep", "jpeg")

    assert b"abcd" not in made.exif
    assert made.dropped == ("EXIF entries that no standard names (1)",)


@pytest.mark.parametrize("policy", ["safe", "keep"])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SourceMetadata(exif=b"II*\0 no directory"), "EXIF that cannot be read"),
        (SourceMetadata(xmp=b"<!DOCTYPE x><x/>"), "XMP that cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(policy: str, source: SourceMetadata, said: str) -> None:
    made = compose(source, policy, "jpeg")  # type: ignore[arg-type]  # one of two words

    assert (made.exif, made.xmp, made.dropped) == (b"", b"", (said,))


def _fields_of_60_kilobytes() -> list[tuple[int, int, int, bytes]]:
    return [entry(0x010E, 2, 40_000, b"a" * 39_999 + b"\0")]


def test_exif_beyond_one_segment_is_left_out_of_jpeg_and_said() -> None:
    # ITU-T T.81 B.1.1.4: a segment holds 65,535 - 2 bytes; 2 × 40,000 are more
    more = entry(0x9286, 7, 40_000, b"ASCII\0\0\0" + b"b" * 39_992)
    source = SourceMetadata(exif=exif_block(_fields_of_60_kilobytes(), [more]))

    jpeg, png = (compose(source, "keep", format) for format in ("jpeg", "png"))

    assert jpeg.exif == b""
    assert len(jpeg.dropped) == 1
    assert "65,533" in jpeg.dropped[0]
    assert len(png.exif) > 80_000
    assert png.dropped == ()


def test_text_of_a_novel_is_not_safe() -> None:
    made = compose(SourceMetadata(exif=exif_block(_fields_of_60_kilobytes())), "safe", "jpeg")

    assert made.exif == b""
    assert made.dropped == ("an EXIF text of more than 8,192 characters",)


def test_format_without_metadata_says_so() -> None:
    made = compose(FULL, "safe", "gif")

    assert (made.exif, made.xmp) == (b"", b"")
    assert made.dropped == (
        "EXIF (gif files are written without)",
        "XMP (gif files are written without)",
    )


@pytest.mark.parametrize("policy", ["safe", "keep"])
def test_iptc_alone_becomes_exif_and_xmp(policy: str) -> None:
    records = iptc_records(title=b"a title", creator=b"me", rights=b"(c) me", city=b"PLANTED")

    made = compose(SourceMetadata(iptc=records), policy, "jpeg")  # type: ignore[arg-type]  # one of two words

    assert _tags(made.exif) == {0x013B: "me", 0x8298: "(c) me"}
    assert _properties(made.xmp) == {f"{{{DC}}}{name}" for name in ("title", "creator", "rights")}
    assert SECRETS not in made.exif + made.xmp


def test_iptc_does_not_stand_before_xmp() -> None:
    records = iptc_records(title=b"PLANTED", creator=b"PLANTED", rights=b"PLANTED")

    made = compose(replace(FULL, iptc=records), "safe", "jpeg")

    assert SECRETS not in made.exif + made.xmp


def test_text_in_any_encoding_is_written_as_utf_8() -> None:
    latin = entry(0x013B, 2, 4, "Zoë".encode("latin-1") + b"\0")
    wide = entry(0x010E, 2, 10, "Größe".encode("utf-16-le"))

    made = compose(SourceMetadata(exif=exif_block([latin, wide])), "safe", "jpeg")

    assert "Zoë".encode() in made.exif
    assert "Größe".encode() in made.exif


def test_languages_and_names_are_kept_in_order() -> None:
    made = compose(FULL, "safe", "webp")

    root = ElementTree.fromstring(made.xmp.partition(b"?>")[2])
    creators = root.find(f".//{{{DC}}}creator")
    assert creators is not None
    assert [li.text for li in creators.iter(f"{{{RDF}}}li")] == ["CREDIT-xmp-creator", "Zoë & Co"]
    title = root.find(f".//{{{DC}}}title")
    assert title is not None
    languages = [li.attrib for li in title.iter(f"{{{RDF}}}li")]
    assert [list(each.values()) for each in languages] == [["x-default"], ["de"]]


def test_tables_do_not_contradict_each_other() -> None:
    assert not (KEPT_MAIN | KEPT_PHOTO) & SILENT_TAGS
    assert set(SAFE_EXIF) <= KEPT_MAIN

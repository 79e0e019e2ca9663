"""What an ICC profile says of itself."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import ImageCms

from mediaflow.probing.icc import Profile, describe_profile
from mediaflow.probing.reading import Memory
from tests.media import srgb_profile
from tests.profiles import hdr_profile


def u32(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def profile(tag: bytes, *, space: bytes = b"RGB ") -> bytes:
    """Build a profile whose only tag is a description."""
    header = bytearray(128)
    header[16:20] = space
    header[36:40] = b"acsp"
    return bytes(header) + u32(1) + b"desc" + u32(144, len(tag)) + tag


def old_text(text: bytes) -> bytes:
    return b"desc" + u32(0, len(text) + 1) + text + bytes(79)


def new_text(*texts: tuple[bytes, str]) -> bytes:
    """Build a list of translations: language, text."""
    coded = [(language, text.encode("utf-16-be")) for language, text in texts]
    offset = 16 + 12 * len(coded)
    records, strings = b"", b""
    for language, data in coded:
        records += language + b"XX" + u32(len(data), offset + len(strings))
        strings += data
    return b"mluc" + u32(0, len(coded), 12) + records + strings


def describe(data: bytes) -> Profile:
    return describe_profile(Memory(data))


@pytest.mark.parametrize(
    ("space", "expected"),
    [(b"RGB ", "RGB"), (b"GRAY", "GRAY"), (b"CMYK", "CMYK"), (b"Lab ", "LAB"), (b"YCbr", "other")],
)
def test_the_colour_space_is_read(space, expected):
    assert describe(profile(old_text(b"x"), space=space)).space == expected


def test_little_cms_reads_the_same_description():
    data = srgb_profile()

    assert describe(data) == Profile("RGB", "sRGB built-in")
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(data))).strip() == (
        "sRGB built-in"
    )


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (old_text(b"Adobe RGB (1998)"), "Adobe RGB (1998)"),
        (old_text(b"  spaces \x07 and bells "), "spaces  and bells"),
        (old_text(b""), None),
        (new_text((b"en", "Display P3")), "Display P3"),
        (new_text((b"de", "Anzeige"), (b"en", "Display")), "Display"),
        (new_text((b"cs", "Barvy ž"), (b"fr", "Couleurs")), "Barvy ž"),
        (new_text((b"en", ""), (b"fr", "Couleurs")), "Couleurs"),
        (new_text(), None),
        (b"text\0\0\0\0hello", None),
        (b"", None),
    ],
)
def test_descriptions_of_both_types_are_read(tag, expected):
    assert describe(profile(tag)).description == expected


def test_half_a_character_is_no_error():
    broken = b"mluc" + u32(0, 1, 12) + b"enUS" + u32(3, 28) + b"\0P\xd8"

    assert describe(profile(broken)).description == "P�"


@pytest.mark.parametrize("length", [0, 1, 127, 128, 131, 132, 140, 150])
def test_a_cut_profile_is_no_error(length):
    assert describe(profile(old_text(b"Adobe RGB"))[:length]).description is None


def test_what_is_no_profile_says_nothing():
    assert describe(bytes(500)) == Profile(None, None)


def test_a_tag_that_claims_four_gigabytes_is_read_to_its_text():
    data = bytearray(profile(old_text(b"P3")))
    data[140:144] = b"\xff\xff\xff\xff"
    data[152:156] = b"\xff\xff\xff\xff"

    assert describe(bytes(data)).description == "P3"


@pytest.mark.parametrize("transfer", [13, 16, 18])
def test_transfer_is_read_from_the_cicp_tag(transfer: int) -> None:
    assert describe(hdr_profile(transfer)).transfer == transfer


def test_cut_off_cicp_tag_says_nothing() -> None:
    whole = hdr_profile(16)

    assert describe(whole[: whole.index(b"cicp\0\0\0\0") + 9]).transfer is None

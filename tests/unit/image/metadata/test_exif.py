"""EXIF is read with suspicion and written after TIFF 6.0."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from PIL import Image

from mediaflow.image.metadata.exif import ExifData, Field, decoded, read_exif, write_exif
from tests.planted import entry, exif_block, planted_exif


def test_three_directories_are_read_and_the_thumbnail_is_not() -> None:
    found = read_exif(planted_exif(orientation=6))

    assert found is not None
    assert found.main[0x013B] == Field(2, 14, b"CREDIT-artist\0")
    assert found.main[0x0112] == Field(3, 1, b"\6\0")
    assert found.photo[0xA431].data == b"PLANTED-serial\0"
    assert found.place[1].data == b"N\0"
    assert not {0x0201, 0x0202, 0x8769, 0x8825} & set(found.main)
    assert found.unreadable == []


@pytest.mark.parametrize("order", ["little", "big"])
def test_written_block_is_what_another_reader_finds(order: str) -> None:
    number = struct.pack("<H" if order == "little" else ">H", 400)
    made = write_exif(
        ExifData(
            order=order,  # type: ignore[arg-type]  # one of two words
            main={0x8298: Field(2, 5, b"odd!\0"), 0x010E: Field(2, 2, b"x\0")},
            photo={0x8827: Field(3, 1, number), 0xA430: Field(2, 8, b"someone\0")},
            place={0: Field(1, 4, b"\2\3\0\0")},
        )
    )

    read = Image.Exif()
    read.load(made)
    assert (read[0x8298], read[0x010E]) == ("odd!", "x")
    assert read.get_ifd(0x8769) == {0x8827: 400, 0xA430: "someone"}
    assert read.get_ifd(0x8825) == {0: b"\2\3\0\0"}


def test_values_stand_on_even_places() -> None:
    # TIFF 6.0 section 2: "the Value is expected to begin on a word boundary"
    made = write_exif(
        ExifData(main={0x010E: Field(2, 5, b"odd!\0"), 0x013B: Field(2, 5, b"even\0")})
    )

    tiff = made.removeprefix(b"Exif\0\0")
    places = [int.from_bytes(tiff[10 + 12 * n + 8 : 10 + 12 * n + 12], "big") for n in range(2)]
    assert places == [8 + 2 + 24 + 4, 8 + 2 + 24 + 4 + 6]


def test_nothing_is_written_for_no_fields() -> None:
    assert write_exif(ExifData()) == b""


def test_read_and_written_again_keeps_every_field() -> None:
    first = read_exif(planted_exif())
    assert first is not None

    again = read_exif(write_exif(first))

    assert again is not None
    assert (again.main, again.photo, again.place) == (first.main, first.photo, first.place)


def _looping() -> bytes:
    # the EXIF and GPS pointers lead back to the main directory, and so does its successor
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", 2)
    pointers = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    return head + pointers + struct.pack("<I", 8)


def _sharing() -> bytes:
    # a thousand tags that all claim the same 60,000 bytes
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", 1000)
    table = b"".join(struct.pack("<HHII", 1000 + n, 7, 60_000, 12_014) for n in range(1000))
    return head + table + bytes(4) + bytes(60_000)


def test_loop_of_directories_is_walked_once() -> None:
    found = read_exif(_looping())

    assert found is not None
    assert set(found.photo) == set(found.place) == {0x8769, 0x8825}


def test_shared_values_do_not_unfold_into_memory() -> None:
    found = read_exif(_sharing())

    assert found is not None
    assert sum(len(field.data) for field in found.main.values()) <= 1024 * 1024
    assert len(found.unreadable) == 1000 - 1024 * 1024 // 60_000


@pytest.mark.parametrize(
    "bad",
    [
        entry(0x013B, 2, 2**31, b"12345"),
        entry(0x013B, 12, 2**32 - 1, b"12345"),
        entry(0x013B, 99, 1, b"1234"),
        entry(0x013B, 0, 5, b"1234"),
    ],
    ids=["longer than the file", "huge count", "unknown type", "type 0"],
)
def test_entry_that_cannot_be_right_is_left_out_and_known(
    bad: tuple[int, int, int, bytes],
) -> None:
    found = read_exif(exif_block([bad, entry(0x8298, 2, 3, b"me\0")]))

    assert found is not None
    assert found.main[0x8298].data == b"me\0"
    assert 0x013B not in found.main
    assert found.unreadable == [0x013B]


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"II",
        b"Exif\0\0",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0" + bytes(40),
        b"MM\0*\0\0\0\0" + bytes(40),
        b"\xff" * 64,
    ],
)
def test_what_is_no_exif_is_none(blob: bytes) -> None:
    assert read_exif(blob) is None


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"plain\0", ("plain",)),
        ("Zoë €\0".encode(), ("Zoë €",)),
        ("Zoë\0".encode("latin-1"), ("Zoë",)),
        ("Zoë €\0".encode("utf-16-le"), ("Zoë €",)),
        ("\ufeffZoë".encode("utf-16-be"), ("\ufeffZoë".strip("\ufeff"),)),
        ("Anna\0".encode("utf-16-be"), ("Anna",)),
        ("Anna\0".encode("utf-16-le"), ("Anna",)),
        (b"  spaced  \0hidden\0", ("spaced",)),
        (b"", ("",)),
    ],
)
def test_text_is_read_in_the_encoding_that_fits(data: bytes, texts: tuple[str, ...]) -> None:
    assert decoded(data) == texts


def test_copyright_has_two_texts() -> None:
    assert decoded(b"photographer\0editor\0more\0", 2) == ("photographer", "editor")


def test_whole_tiff_file_is_a_structure_as_well() -> None:
    stream = BytesIO()
    Image.new("RGB", (9, 9)).save(stream, "TIFF", tiffinfo={0x013B: "somebody"})

    found = read_exif(stream.getvalue())

    assert found is not None
    assert found.main[0x013B].data == b"somebody\0"

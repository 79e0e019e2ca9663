"""What each format of sound holds, as words, frames and blocks."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.formats import sound_formats
from mediaflow.formats.cover_files import cover_file, picture_block
from mediaflow.formats.id3_frames import filled_tag, frames_of, tag_length
from mediaflow.formats.sound_tags import LABELS, Fields, chapter_fields, fields_of
from mediaflow.geometry import Size
from mediaflow.models.streams import Chapter, Tag
from tests.sound_files import picture


def test_tables_are_sorted():
    assert list(LABELS) == sorted(LABELS) == sorted(sound_formats.builtin_names())
    for style in LABELS.values():
        assert list(style.names) == sorted(style.names)
        assert list(style.frames) == sorted(style.frames)
        assert not {name for name, _ in style.names} & set(style.frames)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("3/12", (("track", "3"), ("TRACKTOTAL", "12"))),
        ("3", (("track", "3"),)),
        ("3/", (("track", "3"),)),
        (" 3 / 12 ", (("track", "3"), ("TRACKTOTAL", "12"))),
    ],
)
def test_a_total_has_a_field_of_its_own_in_vorbis_comments(value, written):
    assert fields_of([Tag("track", value)], LABELS["flac"]) == Fields(written=written)


@pytest.mark.parametrize("format", LABELS)
def test_frames_that_one_program_alone_reads_are_told_and_not_written(format):
    found = fields_of([Tag("id3v2_priv.me", "\\xzz")], LABELS[format])

    assert found == Fields(written=(), lost=("id3v2_priv.me",))


@pytest.mark.parametrize("name", ["disc", "track"])
@pytest.mark.parametrize("value", ["1", "3/12", "3/", " 3 / 12 ", "65535/65535", "007"])
def test_numbers_of_two_bytes_stand_in_m4a(name, value):
    assert fields_of([Tag(name, value)], LABELS["m4a"]).written == ((name, value),)


@pytest.mark.parametrize("name", ["disc", "track"])
@pytest.mark.parametrize(
    "value", ["0", "0/3", "65536", "3/70000", "abc", "A1", "3/x", "/12", "-1", "1/2/3", "9" * 5_000]
)
def test_what_is_no_number_of_two_bytes_is_told_of_m4a(name, value):
    assert fields_of([Tag(name, value)], LABELS["m4a"]) == Fields(written=(), lost=(name,))
    assert fields_of([Tag(name, value)], LABELS["mp3"]).written == ((name, value),)


@pytest.mark.parametrize("name", ["a=b", "naïve", "tab\there", ""])
def test_what_can_be_no_name_of_a_field_is_told(name):
    assert fields_of([Tag(name, "x")], LABELS["ogg"]).lost == (name,)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (0.5, "00:00:00.500"),
        (59.9996, "00:01:00.000"),
        (3_599.999, "00:59:59.999"),
        (36_000, "10:00:00.000"),
    ],
)
def test_chapters_begin_to_the_thousandth(start, said):
    chapter = Chapter(start_seconds=start, end_seconds=start + 1)

    assert chapter_fields([chapter]) == (("CHAPTER001", said),)


def test_more_chapters_than_three_digits_count_are_left_out():
    many = [Chapter(start_seconds=at, end_seconds=at + 1) for at in range(1_200)]

    assert chapter_fields(many)[-1] == ("CHAPTER999", "00:16:38.000")


def test_a_comment_is_a_frame_with_a_language():
    # COMM, size 4 x 7 bits, no flags, UTF-8, language, empty description, text (ID3v2.4 frames 4.10)
    assert frames_of([("comment", "hé")], "fra") == b"COMM\0\0\0\x08\0\0\x03fra\0h\xc3\xa9"
    assert frames_of([("lyrics", "x")], "german") == b"USLT\0\0\0\x06\0\0\x03XXX\0x"
    assert frames_of([("compilation", "1")]) == b"TCMP\0\0\0\x02\0\0\x031"


def test_frames_go_behind_the_others():
    tag = b"ID3\4\0\0\0\0\0\x20" + b"TIT2\0\0\0\2\0\0\x03a" + bytes(20)

    filled = filled_tag(tag, b"TCMP\0\0\0\2\0\0\x031")

    assert filled == tag[:22] + b"TCMP\0\0\0\2\0\0\x031" + bytes(8)
    assert tag_length(tag) == len(tag) == len(filled)


def test_a_tag_without_room_is_refused():
    with pytest.raises(SpecError, match="12 bytes of frames go into 0 bytes"):
        filled_tag(b"ID3\4\0\0\0\0\0\x0cTIT2\0\0\0\2\0\0\x03a", bytes(12))


@pytest.mark.parametrize("head", [b"", b"ID3\3\0\0\0\0\0\1", b"\xff\xfb" * 5])
def test_what_is_no_tag_of_version_4_has_no_length(head):
    assert tag_length(head) == 0


@pytest.mark.parametrize(("kind", "codec"), [("JPEG", "mjpeg"), ("PNG", "png")])
def test_a_cover_is_measured_without_decoding(kind, codec):
    data = picture(kind, (33, 21))
    cover = cover_file(data)

    assert (cover.codec, cover.size, cover.bits) == (codec, Size(33, 21), 24)
    assert cover.data == data


def test_a_cover_says_nothing_of_itself_unless_it_shall():
    data = picture("JPEG")
    spoken = data[:2] + b"\xff\xfe\0\x07a man" + data[2:]  # a comment (ITU-T T.81 B.2.4.5)

    assert cover_file(spoken).data == data
    assert cover_file(spoken, bare=False).data == spoken


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"GIF89a" + bytes(50),
        b"\xff\xd8\xff",
        picture("PNG")[:60],
        picture("JPEG")[:200],
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        picture("PNG") + bytes(16_000_000),
    ],
)
def test_what_is_no_whole_picture_is_no_cover(data):
    assert cover_file(data) is None


def test_a_block_is_laid_out_as_flac_has_it():
    cover = cover_file(picture("PNG", (2, 3)), description="é")
    numbers = [3, 9, 2, 2, 3, 24, 0, len(cover.data)]
    kind, mime, words, *rest = (number.to_bytes(4, "big") for number in numbers)

    assert picture_block(cover) == b"".join(
        (kind, mime, b"image/png", words, "é".encode(), *rest, cover.data)
    )

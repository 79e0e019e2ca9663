"""Where files say that they end, and what is said of those that end before."""

from __future__ import annotations

import struct

import pytest

from mediaflow.probing.ends import is_cut_off
from mediaflow.probing.reading import HeaderReader
from tests.film import counting_film
from tests.unit.probing.readers import CountingReader

FORMATS = {"avi": "avi", "flv": "flv", "mkv": "matroska", "ts": "mpegts", "webm": "matroska"}
EBML = b"\x1a\x45\xdf\xa3\x80"
SEGMENT = b"\x18\x53\x80\x67"


def told(data, format):
    return is_cut_off(HeaderReader(CountingReader(data)), format)


@pytest.mark.parametrize("extension", FORMATS)
def test_a_whole_film_is_not_cut_and_one_without_its_last_byte_is(tmp_path, extension):
    data = counting_film(tmp_path / f"film.{extension}", frames=5).read_bytes()

    assert told(data, FORMATS[extension]) is not True
    assert told(data[:-1], FORMATS[extension]) is True


@pytest.mark.parametrize(
    ("format", "data"),
    [
        ("wav", b"RIFF\xff\xff\xff\xffWAVE"),
        ("avi", b"RIFF\0\0\0\0AVI "),
        ("wav", b"RIF"),
        ("matroska", EBML + SEGMENT + b"\x01" + b"\xff" * 7),  # a live recording
        ("matroska", EBML + SEGMENT + b"\xff"),
        ("matroska", EBML + b"\xec\x80"),
        ("matroska", EBML[:4] + b"\0"),
        ("matroska", EBML[:4] + b"\x10\xff\xff\xff"),
        ("matroska", EBML),
        ("mpeg", b"\0\0\1\xba"),
        ("mp4", b"\0\0\0\x08moov"),
    ],
)
def test_what_a_file_does_not_say_is_unknown(format, data):
    assert told(data, format) is None


def test_sizes_are_read_to_the_byte():
    content = EBML + SEGMENT + b"\x45\x00"  # 0x500 bytes, in two
    assert told(content + bytes(0x500), "matroska") is False
    assert told(content + bytes(0x4FF), "matroska") is True

    riff = b"RIFF" + struct.pack("<I", 100) + b"WAVE"
    assert told(riff + bytes(96), "wav") is False
    assert told(riff + bytes(95), "wav") is True
    assert told(riff + bytes(500), "wav") is False  # what comes behind is none of its business


@pytest.mark.parametrize("data", [b"FLV\1\5\0\0\0\x09" + bytes(4), b"FLV" + b"\xff" * 40])
def test_a_flash_film_without_a_tag_at_its_end_is_cut(data):
    assert told(data, "flv") is True

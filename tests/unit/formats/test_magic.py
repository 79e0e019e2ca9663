"""What leading bytes tell."""

from __future__ import annotations

import pytest

from mediaflow.formats import image_formats
from mediaflow.formats.magic import recognize, sniff
from tests.media import animated, encode, photo

FTYP = b"\x00\x00\x00\x18ftyp"


@pytest.mark.parametrize(
    ("pillow_name", "name", "mime_type"),
    [
        ("AVIF", "avif", "image/avif"),
        ("BMP", "bmp", "image/bmp"),
        ("GIF", "gif", "image/gif"),
        ("ICO", "ico", "image/vnd.microsoft.icon"),
        ("JPEG", "jpeg", "image/jpeg"),
        ("JPEG2000", "jp2", "image/jp2"),
        ("PDF", "pdf", "application/pdf"),
        ("PNG", "png", "image/png"),
        ("TIFF", "tiff", "image/tiff"),
        ("WEBP", "webp", "image/webp"),
        ("EPS", "eps", "application/postscript"),
    ],
)
def test_what_pillow_writes_is_recognized(pillow_name, name, mime_type):
    kind = recognize(encode(photo(32, 32), pillow_name)[:512])

    assert kind is not None
    assert (kind.name, kind.mime_type) == (name, mime_type)


def test_an_avif_sequence_is_avif():
    assert sniff(animated("AVIF")[:512]) == "avif"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (FTYP + b"heic" + bytes(4) + b"mif1heic", "heif"),
        (FTYP + b"mif1" + bytes(4) + b"mif1heic", "heif"),
        (FTYP + b"mif1" + bytes(4) + b"mif1avif", "avif"),
        (FTYP + b"msf1" + bytes(4) + b"msf1hevc", "heif"),
        (FTYP + b"isom" + bytes(4) + b"isommp41", "mp4"),
        (FTYP + b"qt  " + bytes(4) + b"qt  qt  ", "mov"),
        (FTYP + b"crx " + bytes(4) + b"crx isom", "raw"),
        (FTYP + b"M4A ", "m4a"),
        (b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86", "matroska"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "avi"),
        (b"ID3\x04\x00", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"OggS\x00\x02", "ogg"),
        (b"fLaC\x00\x00", "flac"),
        (b"G" + bytes(187) + b"G" + bytes(187) + b"G", "mpegts"),
        (b"8BPS\x00\x01", "psd"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
        (b"\xff\x0a\xfa\x7f", "jxl"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "raw"),
        (b"MM\x00+\x00\x08\x00\x00", "tiff"),
        (b"PK\x03\x04\x14\x00", "zip"),
    ],
)
def test_signatures_are_told_apart(head, name):
    assert sniff(head) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        ("\ufeff<?xml version='1.0'?>\n<!-- drawn --><SVG/>", "svg"),
        ("<?xml version='1.0'?><feed/>", "xml"),
        ("\n <!DOCTYPE html><title>x</title>", "html"),
        ("<html><body/>", "html"),
        ("#EXTM3U\n#EXT-X-VERSION:3", "m3u"),
        ("ffconcat version 1.0", "ffconcat"),
        ("just words, ž and all", "text"),
        ("Gone with the wind " * 30, "text"),
    ],
)
def test_texts_are_told_apart(text, name):
    assert sniff(text.encode()) == name


def test_a_character_cut_at_the_end_of_the_head_is_still_text():
    assert sniff("aaž".encode()[:-1]) == "text"


@pytest.mark.parametrize(
    "head", [b"", b"\xff\xd8", b"\x00\x01\x02\x03", b"RIFF\x24\x00\x00\x00ABCD"]
)
def test_unknown_bytes_have_no_name(head):
    assert sniff(head) is None


def test_every_image_format_of_the_table_is_recognized():
    heads = {
        "avif": FTYP + b"avif",
        "bmp": b"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36",
        "gif": b"GIF89a",
        "heif": FTYP + b"heic",
        "ico": b"\x00\x00\x01\x00",
        "jpeg": b"\xff\xd8\xff\xe0",
        "png": b"\x89PNG\r\n\x1a\n",
        "svg": b"<svg",
        "tiff": b"II*\x00",
        "webp": b"RIFF\x00\x00\x00\x00WEBP",
    }

    assert {sniff(head) for head in heads.values()} == set(image_formats.builtin_names())

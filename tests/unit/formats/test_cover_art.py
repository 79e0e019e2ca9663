"""A cover is shown as before, and says nothing of itself."""

from __future__ import annotations

import io
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from mediaflow.formats.cover_art import COVER_CODECS, bare_cover
from mediaflow.formats.jpeg_markers import MAX_MARKERS

SECRET = b"51.5074N in the garden"
PICTURE = Image.linear_gradient("L").resize((48, 32)).convert("RGB")
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
NOISE = Image.frombytes("RGB", (64, 64), random.Random(1).randbytes(64 * 64 * 3))
SOI, EOI, SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda\x00\x02\x12\xff\x00\x34"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    out = io.BytesIO()
    PICTURE.save(out, "JPEG", exif=exif, comment=SECRET, icc_profile=PROFILE, xmp=SECRET)
    return out.getvalue() + SECRET


def png() -> bytes:
    notes = PngInfo()
    notes.add_text("Comment", SECRET.decode())
    out = io.BytesIO()
    PICTURE.convert("P").save(out, "PNG", pnginfo=notes, icc_profile=PROFILE, transparency=0)
    return out.getvalue() + SECRET


@pytest.mark.parametrize(("codec", "made"), [("mjpeg", jpeg), ("png", png)])
def test_px_and_colors_stay_and_words_go(codec, made):
    data = made()

    bare = bare_cover(data, codec)

    assert SECRET in data
    assert SECRET not in bare
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(bare))
    assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert after.info["icc_profile"] == PROFILE


@pytest.mark.parametrize(("codec", "made"), [("mjpeg", jpeg), ("png", png)])
def test_what_is_cut_off_is_no_cover(codec, made):
    whole = made().removesuffix(SECRET)

    assert bare_cover(whole[: len(whole) // 2], codec) is None


SAID = segment(0xE1, b"Exif\0\0" + SOI + SECRET + EOI) + segment(0xFE, SECRET)


@pytest.mark.parametrize("way", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_coded_data_stays_to_the_byte(way):
    out = io.BytesIO()
    NOISE.save(out, "JPEG", quality=100, **way)

    assert b"\xff\x00" in out.getvalue()
    assert bare_cover(out.getvalue(), "mjpeg") == out.getvalue()


def test_what_is_said_between_scans_goes():
    out = io.BytesIO()
    NOISE.save(out, "JPEG", progressive=True)
    said = out.getvalue().replace(b"\xff\xda", SAID + b"\xff\xda")

    assert said.count(SAID) == 10  # libjpeg's standard script has 10 scans
    assert bare_cover(said, "mjpeg") == out.getvalue()


@pytest.mark.parametrize("behind", [jpeg(), SECRET + EOI, SOI + SAID + SCAN + EOI])
def test_what_follows_a_jpeg_goes(behind):
    first = jpeg().removesuffix(SECRET)

    assert bare_cover(first + behind, "mjpeg") == bare_cover(first, "mjpeg")


def test_words_between_segments_go():
    table = segment(0xC4, b"table")
    data = SOI + SECRET + table + SECRET + SCAN + table + SECRET + SCAN + EOI

    assert bare_cover(data, "mjpeg") == SOI + table + SCAN + table + SCAN + EOI


@pytest.mark.parametrize("marker", [0x02, 0xC8, 0xF0, 0xFD])
def test_segments_that_no_decoder_needs_go(marker):
    assert bare_cover(SOI + segment(marker, SECRET) + SCAN + EOI, "mjpeg") == SOI + SCAN + EOI


def test_a_thumbnail_of_jfif_goes():
    def jfif(sides: bytes) -> bytes:
        return segment(0xE0, b"JFIF\0" + b"\x01\x02" + b"\x01" + b"\0\x48\0\x49" + sides)

    data = SOI + jfif(b"\x02\x01" + b"\x7fpixel") + SCAN + EOI

    assert bare_cover(data, "mjpeg") == SOI + jfif(b"\0\0") + SCAN + EOI


@pytest.mark.parametrize("data", [SOI + EOI, SOI + SCAN, SOI + SAID + EOI, SOI + b"\xff\xda\0\xff"])
def test_a_jpeg_without_a_scan_or_an_end_is_no_cover(data):
    assert bare_cover(data, "mjpeg") is None


def test_a_flood_of_markers_is_no_cover():
    assert bare_cover(SOI + SAID * (MAX_MARKERS // 2) + SCAN + EOI, "mjpeg") is None


@pytest.mark.parametrize("name", [b"eXIf", b"iTXt", b"tEXt", b"tIME", b"zTXt", b"prVt"])
def test_chunks_that_say_something_go(name):
    whole = png().removesuffix(SECRET)
    head = whole.index(b"IDAT") - 4

    said = whole[:head] + chunk(name, SECRET) + whole[head:] + chunk(name, SECRET)

    assert bare_cover(said, "png") == bare_cover(whole, "png")


def test_numbers_of_colors_stay_in_a_png():
    whole = png().removesuffix(SECRET)
    head = whole.index(b"IDAT") - 4
    colors = chunk(b"cICP", b"\x09\x10\x00\x01")  # BT.2020, PQ, RGB, full range

    assert colors in bare_cover(whole[:head] + colors + whole[head:], "png")


def test_an_end_that_says_something_is_no_end():
    whole = png().removesuffix(SECRET)
    end = chunk(b"IEND", b"")

    said = whole.removesuffix(end) + chunk(b"IEND", SECRET + b"IEND")[:-4] + end[-4:]

    assert bare_cover(said, "png") is None


@given(st.binary(max_size=200), st.sampled_from(COVER_CODECS))
def test_damage_is_no_cover(data, codec):
    assert bare_cover(data, codec) is None

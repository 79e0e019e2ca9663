"""Headers of BMP, ICO and SVG, built by their specifications."""

from __future__ import annotations

import struct

import pytest

from mediaflow.errors import CorruptMediaError, TruncatedMediaError, UnidentifiedMediaError
from mediaflow.probing import probe
from mediaflow.security.limits import limits_for
from tests.unit.probing.readers import CountingReader


def bmp(width, height, depth=24, header=40, masks=b""):
    body = struct.pack("<iiHHIIIIII", width, height, 1, depth, 0, 0, 2835, 2835, 0, 0) + masks
    body = struct.pack("<I", header) + body.ljust(header - 4, b"\0")
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 14 + len(body)) + body


def ico(*sides, kind=1):
    entries = b"".join(
        struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, 100, 6) for side in sides
    )
    return struct.pack("<HHH", 0, kind, len(sides)) + entries


def read(data):
    return probe(CountingReader(data))


@pytest.mark.parametrize(
    ("data", "size", "alpha", "model"),
    [
        (bmp(31, 17), (31, 17), False, "rgb"),
        (bmp(31, -17), (31, 17), False, "rgb"),  # rows from the top down
        (bmp(31, 17, depth=8), (31, 17), False, "palette"),
        (bmp(31, 17, depth=32), (31, 17), True, "rgb"),
    ],
)
def test_bitmap_has_its_size_and_kind(data, size, alpha, model):
    info = read(data)

    assert (info.format, info.mime_type) == ("bmp", "image/bmp")
    assert (info.width, info.height) == size
    assert (info.image.has_alpha, info.image.color.model) == (alpha, model)


def test_oldest_bitmaps_have_sides_of_16_bits():
    core = struct.pack("<IHHHH", 12, 31, 17, 1, 24)

    info = read(b"BM" + struct.pack("<IHHI", 26, 0, 0, 26) + core)

    assert (info.width, info.height) == (31, 17)


@pytest.mark.parametrize(
    "data",
    [bmp(0, 17), bmp(31, 0), bmp(31, 17, depth=7), bmp(31, 17)[:14] + b"\x05\0\0\0" + bytes(60)],
)
def test_impossible_bitmap_is_refused(data):
    with pytest.raises(CorruptMediaError):
        read(data)


def test_bitmap_that_ends_in_its_header_is_cut_off():
    with pytest.raises(TruncatedMediaError):
        read(bmp(31, 17)[:30])


def test_largest_picture_of_an_icon_counts_and_0_means_256():
    info = read(ico(16, 256, 48))

    assert (info.format, info.width, info.height) == ("ico", 256, 256)
    assert info.image.has_alpha


@pytest.mark.parametrize("data", [ico(), ico(16, kind=2)], ids=["empty", "cursor"])
def test_what_is_no_icon_is_refused(data):
    with pytest.raises(CorruptMediaError, match="icon"):
        read(data)


def test_icon_that_ends_in_its_directory_is_cut_off():
    with pytest.raises(TruncatedMediaError):
        read(ico(16, 32)[:-3])


def test_drawing_has_the_size_of_its_root_tag_rounded():
    info = read(b'<svg xmlns="http://www.w3.org/2000/svg" width="30.5" height="0.2"/>')

    assert (info.format, info.mime_type) == ("svg", "image/svg+xml")
    assert (info.width, info.height) == (31, 1)
    assert info.image.has_alpha


def test_endless_root_tag_costs_64_kilobytes():
    source = CountingReader(b"<svg " + b" " * 1_000_000)

    with pytest.raises(CorruptMediaError):
        probe(source)


def test_entity_bomb_is_refused_by_its_header():
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE svg [<!ENTITY a0 "ha">{levels}]><svg width="9" height="9">&a9;</svg>'

    with pytest.raises(CorruptMediaError, match="DOCTYPE"):
        read(bomb.encode())


@pytest.mark.parametrize("data", [bmp(3, 2), ico(16), b'<svg width="3" height="2"/>'])
def test_strangers_may_send_none_of_them(data):
    with pytest.raises(UnidentifiedMediaError, match="the limits in force allow"):
        probe(CountingReader(data), limits=limits_for("strangers"))

"""TIFF headers, painted by Pillow and built by hand."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.geometry import Size
from mediaflow.models.info import ImageInfo
from mediaflow.probing import probe
from tests.media import encode, photo, srgb_profile
from tests.unit.probing.readers import CountingReader

SHORT, LONG, LONG8 = 3, 4, 16


def read(data: bytes) -> ImageInfo:
    return probe(CountingReader(data)).image


def tiff(order: Any, tags: dict[int, tuple[int, int]], *, next_offset: int = 0) -> bytes:
    """Build a classic TIFF of tags with one number each, in either byte order."""
    mark = b"II" if order == "little" else b"MM"
    head = mark + (42).to_bytes(2, order) + (8).to_bytes(4, order) + len(tags).to_bytes(2, order)
    widths = {SHORT: 2, LONG: 4}
    entries = b"".join(
        tag.to_bytes(2, order)
        + kind.to_bytes(2, order)
        + (1).to_bytes(4, order)
        + value.to_bytes(widths[kind], order).ljust(4, b"\0")
        for tag, (kind, value) in tags.items()
    )
    return head + entries + next_offset.to_bytes(4, order)


def big_tiff(tags: dict[int, int]) -> bytes:
    """Build a BigTIFF of 8-byte numbers, whose directory stands behind a gap."""
    head = b"II+\0\x08\0\0\0" + (100).to_bytes(8, "little")
    entries = b"".join(
        tag.to_bytes(2, "little")
        + LONG8.to_bytes(2, "little")
        + (1).to_bytes(8, "little")
        + value.to_bytes(8, "little")
        for tag, value in tags.items()
    )
    return head.ljust(100, b"\0") + len(tags).to_bytes(8, "little") + entries + bytes(8)


SIZE = {256: (LONG, 70), 257: (LONG, 50)}


@pytest.mark.parametrize(
    ("mode", "model", "depth", "has_alpha"),
    [
        ("1", "gray", 1, False),
        ("L", "gray", 8, False),
        ("LA", "gray", 8, True),
        ("I;16", "gray", 16, False),
        ("F", "gray", 32, False),
        ("P", "palette", 8, False),
        ("RGB", "rgb", 8, False),
        ("RGBA", "rgb", 8, True),
        ("CMYK", "cmyk", 8, False),
        ("LAB", "lab", 8, False),
    ],
)
def test_tags_tell_model_depth_and_alpha(mode, model, depth, has_alpha):
    info = read(encode(Image.new(mode, (70, 50)), "TIFF"))

    assert (info.color.model, info.bit_depth, info.has_alpha) == (model, depth, has_alpha)
    assert (info.stored_size, info.frames, info.is_animated) == (Size(70, 50), 1, False)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("kind", [SHORT, LONG])
def test_both_byte_orders_and_number_types_are_read(order, kind):
    data = tiff(order, {256: (kind, 70), 257: (kind, 50), 258: (SHORT, 16), 274: (SHORT, 8)})

    info = probe(CountingReader(data))

    assert (info.image.stored_size, info.image.bit_depth) == (Size(70, 50), 16)
    assert (info.image.orientation, info.size) == (8, Size(50, 70))


def test_big_tiff_is_read():
    info = probe(CountingReader(big_tiff({256: 70, 257: 50, 262: 2, 274: 6})))

    assert (info.image.stored_size, info.size) == (Size(70, 50), Size(50, 70))
    assert info.image.color.model == "rgb"


def test_pillows_big_tiff_is_read():
    assert read(encode(photo(70, 50), "TIFF", big_tiff=True)).stored_size == Size(70, 50)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_stored_size_stands_beside_the_orientation_though_pillow_turns_by_itself(orientation):
    data = encode(photo(70, 50), "TIFF", tiffinfo={274: orientation})

    info = probe(CountingReader(data))

    assert info.image.stored_size == Size(70, 50)
    assert info.image.orientation == orientation
    assert (info.width, info.height) == Image.open(BytesIO(data)).size


def test_a_profile_is_described():
    profile = srgb_profile()

    color = read(encode(photo(70, 50), "TIFF", icc_profile=profile)).color

    assert (color.icc_space, color.icc_description) == ("RGB", "sRGB built-in")
    assert color.icc_bytes == len(profile)


def test_pages_are_no_animation_and_are_not_counted():
    data = encode(photo(70, 50), "TIFF", save_all=True, append_images=[photo(30, 20)] * 3)

    info = read(data)

    assert (info.frames, info.is_animated, info.stored_size) == (None, False, Size(70, 50))


def test_a_directory_that_leads_to_itself_is_read_once():
    source = CountingReader(tiff("little", SIZE, next_offset=8))

    assert probe(source).image.frames is None
    assert source.calls == 1


def test_a_directory_at_the_end_costs_one_more_request():
    data = encode(photo(640, 480), "TIFF", compression="raw")
    moved = data[:4] + len(data).to_bytes(4, "little") + data[8:]
    source = CountingReader(moved + tiff("little", SIZE)[8:])

    assert probe(source).size == Size(70, 50)
    assert source.calls == 2


@pytest.mark.parametrize(("factors", "chroma"), [((2, 2), "4:2:0"), ((2, 1), "4:2:2")])
def test_a_jpeg_in_a_tiff_tells_its_chroma_subsampling(factors, chroma):
    tags = SIZE | {262: (SHORT, 6), 530: (LONG, factors[0] | factors[1] << 16)}
    data = bytearray(tiff("little", tags))
    entry = data.index((530).to_bytes(2, "little"))
    data[entry + 2 : entry + 8] = SHORT.to_bytes(2, "little") + (2).to_bytes(4, "little")

    assert read(bytes(data)).chroma_subsampling == chroma


def test_a_jpeg_in_a_tiff_that_says_nothing_has_a_quarter_of_the_colour():
    assert read(tiff("little", SIZE | {262: (SHORT, 6)})).chroma_subsampling == "4:2:0"


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({}, "0×0 px"),
        ({256: (LONG, 70)}, "70×0 px"),
        ({256: (LONG, 0), 257: (LONG, 50)}, "0×50 px"),
        ({256: (LONG, 2**32 - 1), 257: (LONG, 50)}, "4294967295×50 px"),
        (SIZE | {258: (SHORT, 65)}, "65 bits per sample"),
        (SIZE | {258: (SHORT, 0)}, "0 bits per sample"),
    ],
)
def test_what_breaks_the_rules_is_corrupt(tags, message):
    with pytest.raises(CorruptMediaError, match=message):
        probe(CountingReader(tiff("little", tags)))


@pytest.mark.parametrize(
    "data",
    [
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0" + b"\xff" * 8,
        tiff("little", SIZE)[:20],
        tiff("big", SIZE)[:10],
    ],
)
def test_a_directory_beyond_the_end_is_truncated(data):
    with pytest.raises(TruncatedMediaError):
        probe(CountingReader(data))


def test_a_tag_of_four_billion_values_costs_nothing():
    data = bytearray(tiff("little", SIZE | {258: (LONG, 62)}))  # where the values would stand
    entry = data.index((258).to_bytes(2, "little"))
    data[entry + 2 : entry + 8] = SHORT.to_bytes(2, "little") + b"\xff\xff\xff\xff"
    source = CountingReader(bytes(data).ljust(62, b"\0") + b"\x08\0" * 40)

    assert probe(source).image.bit_depth == 8
    assert source.bytes_read < 1000

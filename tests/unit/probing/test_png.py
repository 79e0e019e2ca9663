"""PNG headers, painted by Pillow and cut by hand."""

from __future__ import annotations

import zlib

import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, LimitExceededError, TruncatedMediaError
from mediaflow.geometry import Size
from mediaflow.models.info import ImageInfo
from mediaflow.probing import probe
from tests.media import (
    alpha_png,
    animated,
    bilevel_png,
    encode,
    exif_orientation,
    gray_png,
    palette_png,
    photo,
    png16,
    srgb_profile,
)
from tests.unit.probing.readers import CountingReader

AFTER_HEADER = 8 + 25


def read(data: bytes) -> ImageInfo:
    return probe(CountingReader(data)).image


def chunk(kind: bytes, payload: bytes = b"") -> bytes:
    body = kind + payload
    return len(payload).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    return data[:AFTER_HEADER] + b"".join(chunks) + data[AFTER_HEADER:]


@pytest.mark.parametrize(
    ("data", "model", "depth", "has_alpha"),
    [
        (encode(photo(64, 48), "PNG"), "rgb", 8, False),
        (alpha_png(), "rgb", 8, True),
        (gray_png(), "gray", 8, False),
        (png16(), "gray", 16, False),
        (bilevel_png(), "gray", 1, False),
        (palette_png(), "palette", 8, False),
        (palette_png(transparent=True), "palette", 8, True),
        (encode(Image.new("LA", (64, 48)), "PNG"), "gray", 8, True),
        (encode(Image.new("RGB", (64, 48)), "PNG", transparency=(0, 0, 0)), "rgb", 8, True),
    ],
)
def test_the_header_tells_model_depth_and_alpha(data, model, depth, has_alpha):
    info = read(data)

    assert (info.color.model, info.bit_depth, info.has_alpha) == (model, depth, has_alpha)
    assert (info.stored_size, info.orientation, info.frames) == (Size(64, 48), 1, 1)


def test_a_profile_is_described():
    profile = srgb_profile()

    color = read(encode(photo(64, 48), "PNG", icc_profile=profile)).color

    assert (color.icc_space, color.icc_description) == ("RGB", "sRGB built-in")
    assert color.icc_bytes == int.from_bytes(profile[:4], "big") == len(profile)


def test_a_profile_that_unfolds_into_memory_is_not_unfolded():
    bomb = b"bomb\0\0" + zlib.compress(bytes(50_000_000), 9)

    color = read(with_chunks(gray_png(), chunk(b"iCCP", bomb))).color

    assert (color.icc_space, color.icc_bytes) == (None, 64 * 1024)


@pytest.mark.parametrize("payload", [b"", b"no end of the name" * 9, b"name\0\0not zlib", b"\0\0"])
def test_a_broken_profile_does_not_break_the_picture(payload):
    assert read(with_chunks(gray_png(), chunk(b"iCCP", payload))).color.icc_description is None


def test_code_points_are_read():
    color = read(with_chunks(gray_png(), chunk(b"cICP", bytes([9, 16, 0, 1])))).color

    assert (color.primaries, color.transfer, color.matrix, color.full_range) == (9, 16, 0, True)
    assert color.is_hdr


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_before_the_pixels_tells_the_orientation(orientation):
    data = with_chunks(gray_png(), chunk(b"eXIf", exif_orientation(orientation).tobytes()[6:]))

    assert read(data).orientation == orientation


@pytest.mark.parametrize("frames", [2, 3, 7])
def test_an_animation_tells_its_frames(frames):
    info = read(animated("PNG", frames=frames))

    assert (info.frames, info.is_animated) == (frames, True)


def test_an_animation_of_one_frame_stands_still():
    info = read(with_chunks(gray_png(), chunk(b"acTL", bytes([0, 0, 0, 1, 0, 0, 0, 0]))))

    assert (info.frames, info.is_animated) == (1, False)


def test_interlacing_is_progressive():
    data = bytearray(gray_png())
    data[8 + 8 + 12] = 1

    assert read(bytes(data)).is_progressive


def test_a_long_chunk_is_jumped_over():
    source = CountingReader(with_chunks(gray_png(), chunk(b"zTXt", bytes(900_000))))

    assert probe(source).width == 64
    assert source.bytes_read < 20_000


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [
        (16, bytes(4), "0×48 px"),
        (20, bytes(4), "64×0 px"),
        (16, b"\xff\xff\xff\xff", "4294967295×48 px"),
        (24, b"\x03", "bit depth 3"),
        (25, b"\x07", "colour type 7"),
        (12, b"CgBI", "no valid IHDR"),
        (8, b"\0\0\0\x0c", "no valid IHDR"),
        (AFTER_HEADER, b"\xff\xff\xff\xff", "claims 4,294,967,295 bytes"),
        (AFTER_HEADER + 4, b"IEND", "without pixel data"),
    ],
)
def test_what_breaks_the_rules_is_corrupt(offset, value, message):
    data = with_chunks(gray_png(), chunk(b"tEXt", b"a\0b"))
    broken = data[:offset] + value + data[offset + len(value) :]

    with pytest.raises(CorruptMediaError, match=message):
        probe(CountingReader(broken))


def test_a_flood_of_chunks_is_refused():
    source = CountingReader(with_chunks(gray_png(), chunk(b"tEXt") * 5_000))

    with pytest.raises(CorruptMediaError, match="1,000 chunks"):
        probe(source)
    assert source.bytes_read < 64 * 1024


def test_endless_long_chunks_are_refused():
    source = CountingReader(with_chunks(gray_png(), chunk(b"tEXt", bytes(600)) * 1_000))

    with pytest.raises(LimitExceededError, match="262,144 bytes"):
        probe(source)


def test_a_png_cut_before_its_pixels_is_truncated():
    data = gray_png()

    with pytest.raises(TruncatedMediaError):
        probe(CountingReader(data[: data.index(b"IDAT")]))

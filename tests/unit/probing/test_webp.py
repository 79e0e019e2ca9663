"""WebP headers, painted by Pillow and cut by hand."""

from __future__ import annotations

import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.geometry import Size
from mediaflow.models.info import ImageInfo
from mediaflow.probing import probe
from tests.media import animated, encode, exif_orientation, photo, srgb_profile
from tests.unit.probing.readers import CountingReader


def read(data: bytes) -> ImageInfo:
    return probe(CountingReader(data)).image


def chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "little") + payload + b"\0" * (len(payload) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def extended(flags: int, width: int = 64, height: int = 48) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


def translucent(width: int = 64, height: int = 48) -> Image.Image:
    return Image.new("RGBA", (width, height), (255, 0, 0, 100))


@pytest.mark.parametrize(
    ("data", "has_alpha", "chroma"),
    [
        (encode(photo(70, 50), "WEBP"), False, "4:2:0"),
        (encode(photo(70, 50), "WEBP", lossless=True), False, None),
        (encode(translucent(70, 50), "WEBP", lossless=True), True, None),
        (encode(translucent(70, 50), "WEBP"), True, "4:2:0"),
        (encode(photo(70, 50), "WEBP", icc_profile=srgb_profile()), False, "4:2:0"),
    ],
)
def test_all_three_kinds_of_first_chunk_tell_size_alpha_and_chroma(data, has_alpha, chroma):
    info = read(data)

    assert info.stored_size == Size(70, 50)
    assert (info.has_alpha, info.chroma_subsampling, info.color.model) == (has_alpha, chroma, "rgb")
    assert (info.frames, info.is_animated, info.bit_depth) == (1, False, 8)


@pytest.mark.parametrize("size", [(1, 1), (16_383, 1), (1, 16_383)])
@pytest.mark.parametrize("lossless", [False, True])
def test_the_smallest_and_the_largest_sides_are_read(size, lossless):
    data = encode(Image.new("RGB", size), "WEBP", lossless=lossless, method=0)

    assert read(data).stored_size == Size(*size)


def test_a_profile_is_described():
    profile = srgb_profile()

    color = read(encode(photo(64, 48), "WEBP", icc_profile=profile)).color

    assert (color.icc_space, color.icc_description) == ("RGB", "sRGB built-in")
    assert color.icc_bytes == len(profile)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_at_the_end_is_found_with_one_more_request(orientation):
    data = encode(photo(640, 480), "WEBP", exif=exif_orientation(orientation), quality=95)
    source = CountingReader(data)

    info = probe(source)

    assert len(data) > 64 * 1024
    assert info.image.orientation == orientation
    assert source.calls == 2
    assert source.bytes_read < 17 * 1024


def test_exif_may_start_with_its_jpeg_name():
    exif = chunk(b"EXIF", exif_orientation(6).tobytes())
    data = riff(extended(0x08), chunk(b"VP8L", b"\x2f"), exif)

    assert exif_orientation(6).tobytes().startswith(b"Exif\0\0")
    assert read(data).orientation == 6


def test_odd_chunks_are_filled_up_to_even_lengths():
    exif = chunk(b"EXIF", exif_orientation(6).tobytes())
    data = riff(extended(0x28), chunk(b"ICCP", b"odd"), chunk(b"VP8L", b"\x2f"), exif)

    assert read(data).orientation == 6


def test_exif_that_is_announced_and_missing_counts_as_upright():
    assert read(riff(extended(0x08), chunk(b"VP8L", b"\x2f"))).orientation == 1


@pytest.mark.parametrize("frames", [2, 3, 9])
def test_frames_of_an_animation_are_counted(frames):
    info = read(animated("WEBP", frames=frames))

    assert (info.frames, info.is_animated) == (frames, True)


def test_an_animation_of_one_frame_stands_still():
    info = read(riff(extended(0x02), chunk(b"ANIM", bytes(6)), chunk(b"ANMF", bytes(30))))

    assert (info.frames, info.is_animated) == (1, False)


def test_a_long_animation_has_an_unknown_number_of_frames():
    data = riff(extended(0x02), *[chunk(b"ANMF", bytes(20_000))] * 200)
    source = CountingReader(data)

    info = probe(source).image

    assert (info.frames, info.is_animated) == (None, True)
    assert source.calls <= 40


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (chunk(b"XMP ", bytes(20)), "not with a picture"),
        (chunk(b"VP8 ", bytes(20)), "VP8 key frame"),
        (chunk(b"VP8 ", b"\x01\0\0\x9d\x01\x2a\x40\0\x30\0"), "VP8 key frame"),
        (chunk(b"VP8 ", b"\x00\0\0\x9d\x01\x2a\x00\x40\x30\0"), "0×48 px"),
        (chunk(b"VP8L", bytes(20)), "VP8L header"),
        (chunk(b"VP8L", b"\x2f\0\0\0\xe0" + bytes(9)), "VP8L header"),
        (chunk(b"VP8X", bytes(4)) + bytes(20), "VP8X chunk of 4 bytes"),
    ],
)
def test_what_breaks_the_rules_is_corrupt(body, message):
    with pytest.raises(CorruptMediaError, match=message):
        probe(CountingReader(riff(body)))


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_cut_inside_its_first_header_is_truncated(lossless):
    data = encode(photo(64, 48), "WEBP", lossless=lossless)

    with pytest.raises(TruncatedMediaError):
        probe(CountingReader(data[:24]))
    assert read(data[:30]).stored_size == Size(64, 48)

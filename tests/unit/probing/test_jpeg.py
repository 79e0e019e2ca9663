"""JPEG headers, painted by Pillow and cut by hand."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.geometry import Size
from mediaflow.models.info import ImageInfo
from mediaflow.probing import probe
from tests.media import encode, exif_orientation, oriented_jpeg, photo, photo_jpeg, srgb_profile
from tests.unit.probing.readers import CountingReader

HDRGM = b"http://ns.adobe.com/xap/1.0/\0<x xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'/>"
APPLE = b"http://ns.adobe.com/xap/1.0/\0<x>urn:com:apple:photo:2020:aux:hdrgainmap</x>"


def read(data: bytes) -> ImageInfo:
    return probe(CountingReader(data)).image


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def with_segments(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def frame_at(data: bytes) -> int:
    """Return where the content of the frame header starts: precision, height, width."""
    return data.index(b"\xff\xc0\x00\x11") + 4


@pytest.mark.parametrize(("mode", "model"), [("L", "gray"), ("RGB", "rgb"), ("CMYK", "cmyk")])
def test_components_tell_the_color_model(mode, model):
    info = read(encode(photo(70, 50).convert(mode), "JPEG"))

    assert (info.color.model, info.bit_depth, info.has_alpha) == (model, 8, False)
    assert info.stored_size == Size(70, 50)


@pytest.mark.parametrize(
    ("option", "chroma"), [("4:4:4", "4:4:4"), ("4:2:2", "4:2:2"), ("4:2:0", "4:2:0")]
)
def test_sampling_factors_tell_the_chroma_subsampling(option, chroma):
    assert read(photo_jpeg(subsampling=option)).chroma_subsampling == chroma


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_gray_and_ink_have_no_chroma(mode):
    assert read(encode(photo(70, 50).convert(mode), "JPEG")).chroma_subsampling is None


@pytest.mark.parametrize("progressive", [False, True])
def test_the_frame_marker_tells_progressive(progressive):
    assert read(photo_jpeg(progressive=progressive)).is_progressive is progressive


def test_twelve_bits_are_told():
    data = bytearray(photo_jpeg())
    data[frame_at(data)] = 12

    assert read(bytes(data)).bit_depth == 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_tells_the_orientation(orientation):
    info = probe(CountingReader(oriented_jpeg(orientation)))

    assert info.image.orientation == orientation
    assert info.size == Size(64, 48)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_out_of_range_counts_as_upright(orientation):
    assert read(photo_jpeg(exif=exif_orientation(orientation))).orientation == 1


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"II",
        b"no tiff header at all",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x01\0\x06\0\0",  # a text, not a number
    ],
)
def test_broken_exif_does_not_break_the_picture(exif):
    data = with_segments(photo_jpeg(64, 48), segment(0xE1, b"Exif\0\0" + exif))

    assert read(data).orientation == 1


def test_big_endian_exif_is_read():
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"

    assert read(with_segments(photo_jpeg(64, 48), segment(0xE1, exif))).orientation == 6


def test_a_profile_is_described():
    profile = srgb_profile()

    color = read(photo_jpeg(icc_profile=profile)).color

    assert (color.icc_space, color.icc_bytes) == ("RGB", len(profile))
    assert color.icc_description == "sRGB built-in"


def test_long_exif_and_profile_are_jumped_over():
    profile = srgb_profile() + bytes(240_000)
    exif = exif_orientation(8)
    exif[0x9286] = b"c" * 60_000
    data = photo_jpeg(icc_profile=profile, exif=exif)
    source = CountingReader(data)

    info = probe(source)

    assert data.index(b"\xff\xc0\x00\x11") > 300_000
    assert (info.image.orientation, info.image.color.icc_bytes) == (8, len(profile))
    assert info.image.color.icc_description == "sRGB built-in"
    assert source.bytes_read <= 64 * 1024
    assert source.calls <= 8


def test_pieces_of_a_profile_are_joined_by_their_numbers():
    profile = srgb_profile()
    pieces = [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, 3]) + profile[at : at + 200])
        for number, at in ((2, 200), (1, 0))
    ]
    last = segment(0xE2, b"ICC_PROFILE\0\x03\x03" + profile[400:])

    color = read(with_segments(photo_jpeg(64, 48), *pieces, last)).color

    assert (color.icc_description, color.icc_bytes) == ("sRGB built-in", len(profile))


def test_an_unreadable_profile_is_counted_and_not_described():
    color = read(photo_jpeg(icc_profile=b"no profile" * 30)).color

    assert (color.icc_space, color.icc_description, color.icc_bytes) == (None, None, 300)


@pytest.mark.parametrize(
    "extra",
    [
        segment(0xE1, HDRGM),
        segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"),
    ],
)
def test_a_gain_map_is_told_by_xmp_or_by_the_iso_name(extra):
    assert not read(photo_jpeg()).has_gain_map
    assert read(with_segments(photo_jpeg(), extra)).has_gain_map


def two_pictures(*, sign: bytes = b"") -> bytes:
    """Return a multi-picture file whose second picture may say that it is a gain map."""
    data = encode(photo(64, 48), "MPO", save_all=True, append_images=[photo(32, 24)])
    second = data.index(b"\xff\xd8\xff", 2)
    return data[: second + 2] + sign + data[second + 2 :]


@pytest.mark.parametrize(
    ("sign", "expected"),
    [(b"", False), (segment(0xE1, APPLE), True), (segment(0xE1, HDRGM), True)],
)
def test_a_second_picture_is_a_gain_map_when_it_says_so(sign, expected):
    assert read(two_pictures(sign=sign)).has_gain_map is expected


def test_a_multi_picture_file_is_no_animation():
    data = two_pictures()

    info = read(data)

    assert Image.open(BytesIO(data)).n_frames == 2
    assert (info.frames, info.is_animated) == (1, False)


def test_stray_bytes_between_segments_are_stepped_over():
    data = photo_jpeg(64, 48)
    at = data.index(b"\xff\xdb")

    assert read(data[:at] + b"\x00\x01stray\xff\x00\xff\xff" + data[at:]).stored_size == Size(
        64, 48
    )


def test_ycck_is_ink_with_chroma():
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x02")
    frame = segment(
        0xC0, b"\x08\x00\x30\x00\x40\x04\x01\x22\x00\x02\x11\x01\x03\x11\x01\x04\x22\x00"
    )
    data = b"\xff\xd8" + adobe + frame + segment(0xDA, bytes(12))

    info = read(data)

    assert (info.color.model, info.chroma_subsampling) == ("cmyk", "4:2:0")


@pytest.mark.parametrize(
    ("factors", "chroma"),
    [
        ((0x21, 0x11), "4:2:2"),
        ((0x12, 0x11), "4:4:0"),
        ((0x41, 0x11), "4:1:1"),
        ((0x22, 0x22), "4:4:4"),
        ((0x42, 0x21), "4:2:0"),
        ((0x31, 0x21), "other"),
        ((0x22, 0x10), "other"),
        ((0x14, 0x11), "other"),
    ],
)
def test_subsampling_is_the_ratio_of_the_factors(factors, chroma):
    luma, other = factors
    frame = b"\x08\x00\x30\x00\x40\x03" + bytes([1, luma, 0, 2, other, 1, 3, other, 1])

    data = b"\xff\xd8" + segment(0xC0, frame) + segment(0xDA, bytes(10))

    assert read(data).chroma_subsampling == chroma


FRAME = segment(0xC0, b"\x08\x00\x30\x00\x40\x01\x01\x11\x00")
SCAN = segment(0xDA, bytes(6))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (FRAME + FRAME + SCAN, "two frame headers"),
        (SCAN, "before any frame header"),
        (b"\xff\xd9" + bytes(20), "without a picture"),
        (b"\xff\xe0\x00\x01" + bytes(20), "has length 1"),
        (segment(0xC0, b"\x08\x00\x00\x00\x40\x01\x01\x11\x00") + SCAN, "64×0 px"),
        (segment(0xC0, b"\x08\x00\x30\x00\x00\x01\x01\x11\x00") + SCAN, "0×48 px"),
        (segment(0xC0, b"\x08\x00\x30\x00\x40\x03\x01\x11\x00") + SCAN, "for 3 components"),
        (segment(0xC0, b"\x08\x00\x30\x00\x40\x00") + SCAN, "for 0 components"),
        (FRAME + bytes(600), "no JPEG marker"),
        (segment(0xFE, b"") * 3_000 + FRAME + SCAN, "2,000 segments"),
    ],
)
def test_what_breaks_the_rules_is_corrupt(body, message):
    data = b"\xff\xd8\xff\xe0\x00\x02" + body

    with pytest.raises(CorruptMediaError, match=message):
        probe(CountingReader(data))


def test_a_jpeg_cut_before_its_first_scan_is_truncated():
    data = photo_jpeg(64, 48)
    scan = data.index(b"\xff\xda")

    with pytest.raises(TruncatedMediaError, match=f"ends at byte {scan}"):
        probe(CountingReader(data[:scan]))
    assert read(data[: scan + 4]).stored_size == Size(64, 48)

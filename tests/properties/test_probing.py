"""Whatever the bytes, a probe answers or raises a typed error, in bounded reads."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from mediaflow.errors import SourceError, UnsupportedError
from mediaflow.formats.jpeg_markers import count_scans
from mediaflow.models.info import MediaInfo
from mediaflow.probing import probe, sniff
from mediaflow.probing.reading import REQUIRED_BYTES
from tests.media import animated, encode, exif_orientation, photo, srgb_profile
from tests.unit.probing.readers import CountingReader

MOST_CALLS = REQUIRED_BYTES // 64  # the smallest piece that is asked for, but at the end of a file

HEADS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    b"GIF89a",
    b"RIFF\0\0\0\0WEBPVP8X",
    b"RIFF\0\0\0\0WEBP",
    b"\0\0\0\x18ftypavif\0\0\0\0avifmif1\0\0\0\x80meta\0\0\0\0",
    b"\0\0\0\x18ftypavis\0\0\0\0avismsf1\0\0\0\x80moov",
    b"II*\0\x08\0\0\0",
    b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10",
)


@cache
def painted() -> dict[str, bytes]:
    """Small files of every kind, with as much in their headers as Pillow writes."""
    exif, icc = exif_orientation(6), srgb_profile()
    picture = photo(24, 16)
    clear = Image.new("RGBA", (24, 16), (255, 0, 0, 100))
    rest = [photo(12, 8)]
    return {
        "apng": animated("PNG", size=(24, 16)),
        "avif": encode(clear, "AVIF", speed=10, exif=exif, icc_profile=icc),
        "avis": animated("AVIF", size=(24, 16)),
        "gif": encode(picture.quantize(16), "GIF"),
        "gif animation": animated("GIF", size=(24, 16)),
        "jpeg": encode(picture, "JPEG", exif=exif, icc_profile=icc),
        "mpo": encode(picture, "MPO", save_all=True, append_images=rest, exif=exif),
        "png": encode(clear, "PNG", exif=exif, icc_profile=icc),
        "tiff": encode(picture, "TIFF", icc_profile=icc, compression="tiff_deflate"),
        "webp": encode(picture, "WEBP", exif=exif, icc_profile=icc),
        "webp animation": animated("WEBP", size=(24, 16)),
        "webp lossless": encode(clear, "WEBP", lossless=True),
    }


def answer(data: bytes, *, tells_size: bool = True) -> MediaInfo | SourceError | UnsupportedError:
    """Probe, and hold the bounds that every probe must keep."""
    source = CountingReader(data, tells_size=tells_size)
    result: MediaInfo | SourceError | UnsupportedError
    try:
        result = probe(source)
    except SourceError as error:
        result = error
    except UnsupportedError as error:
        assert not tells_size  # films are read by position, from both ends
        result = error
    assert source.bytes_read <= REQUIRED_BYTES
    assert source.calls <= MOST_CALLS
    return result


@example(b"\0\0\1\xb3", False)
@given(st.binary(max_size=600), st.booleans())
def test_random_bytes_are_answered(data, tells_size):
    answer(data, tells_size=tells_size)


@given(st.sampled_from(HEADS), st.binary(max_size=600), st.booleans())
def test_random_bytes_behind_a_signature_are_answered(head, data, tells_size):
    answer(head + data, tells_size=tells_size)


@given(
    st.sampled_from(sorted(painted())),
    st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), min_size=1, max_size=6),
    st.booleans(),
)
@settings(max_examples=200)
def test_damaged_headers_are_answered(name, changes, tells_size):
    data = bytearray(painted()[name])
    for position, value in changes:
        data[position % len(data)] = value

    answer(bytes(data), tells_size=tells_size)


@given(
    st.sampled_from(sorted(painted())),
    st.integers(0, 1500),
    st.sampled_from([b"", b"\xff\xff\xff\xff", bytes(4), b"\x80\0\0\0", b"\0" * 40]),
    st.integers(0, 8),
)
@settings(max_examples=200)
def test_headers_with_pieces_lost_or_put_in_are_answered(name, position, piece, lost):
    data = painted()[name]
    at = position % len(data)

    answer(data[:at] + piece + data[at + lost :])


@pytest.mark.parametrize("name", sorted(painted()))
def test_every_prefix_is_answered(name):
    data = painted()[name]
    whole = probe(CountingReader(data)).image
    sizes = {
        found.image.stored_size
        for length in range(len(data))
        if isinstance(found := answer(data[:length]), MediaInfo)
    }

    assert sizes <= {whole.stored_size}


@pytest.mark.parametrize("name", sorted(painted()))
def test_ordinary_files_cost_one_small_request(name):
    source = CountingReader(painted()[name])

    info = probe(source)

    assert source.calls <= 2
    assert info.header_bytes == source.bytes_read <= 64 * 1024


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from(["PNG", "JPEG", "GIF", "TIFF"]))
@settings(max_examples=30)
def test_pillow_reads_the_same_size(width, height, pillow_name):
    data = encode(Image.new("L", (width, height)), pillow_name)

    info = probe(CountingReader(data))

    assert (info.width, info.height) == (width, height)


@given(st.binary(max_size=64))
def test_sniffing_always_answers(data):
    assert sniff(data) is None or sniff(data).isascii()


@given(st.binary(max_size=400), st.integers(0, 20))
def test_walking_markers_always_answers(data, limit):
    assert 0 <= count_scans(b"\xff\xd8" + data, limit) <= limit + 1

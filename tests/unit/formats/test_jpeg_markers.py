"""Markers of whole JPEG files."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from mediaflow.formats.jpeg_markers import MAX_MARKERS, count_scans
from tests.media import encode, photo

SCAN = b"\xff\xda\x00\x02\x12\x34\xff\x00\x56"
SOI, EOI = b"\xff\xd8", b"\xff\xd9"


def test_a_baseline_jpeg_has_one_scan():
    assert count_scans(encode(photo(64, 48), "JPEG"), 100) == 1


@pytest.mark.parametrize(
    ("mode", "scans"),
    [("L", 6), ("RGB", 10)],  # libjpeg's standard script: 2 + 4 × components, 10 for YCbCr
)
def test_a_progressive_jpeg_has_the_scans_of_its_script(mode, scans):
    data = encode(photo(64, 48).convert(mode), "JPEG", progressive=True)

    assert count_scans(data, 100) == scans


def test_counting_stops_one_above_the_limit():
    assert count_scans(SOI + SCAN * 50 + EOI, 7) == 8


def test_restart_markers_and_fill_bytes_are_no_segments():
    data = SOI + b"\xff\xda\x00\x02\x12\xff\xd0\x34\xff\xd7\x56\xff\xff\xff" + SCAN[1:] + EOI

    assert count_scans(data, 100) == 2


def test_scans_inside_a_segment_do_not_count():
    thumbnail = SOI + SCAN * 5 + EOI
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail

    assert count_scans(SOI + segment + SCAN + EOI, 100) == 1


def test_scans_of_a_second_picture_do_not_count():
    assert count_scans(SOI + SCAN + EOI + SOI + SCAN * 9 + EOI, 100) == 1


def test_what_is_no_jpeg_has_no_scans():
    assert count_scans(b"plain \xff\xda text", 100) == 0


def test_a_flood_of_markers_counts_as_above_the_limit():
    flood = SOI + b"\xff\xe0\x00\x02" * (MAX_MARKERS + 1) + SCAN + EOI

    assert count_scans(flood, 100) == 101


def test_walk_ends_where_a_sequential_picture_is_complete():
    # SOF0 of 3 components, then a scan of 3: what follows is never decoded
    frame = b"\xff\xc0\x00\x11\x08" + b"\x00\x08\x00\x08" + b"\x03" + b"\x01\x11\x00" * 3
    whole = b"\xff\xda\x00\x0c\x03" + bytes(9)
    part = b"\xff\xda\x00\x08\x01" + bytes(5)

    assert count_scans(SOI + frame + whole + SCAN * 9 + EOI, 100) == 1
    assert count_scans(SOI + frame + part + SCAN * 9 + EOI, 100) == 10


def test_second_scan_of_a_complete_sequential_picture_is_refused_by_the_decoder():
    data = encode(photo(64, 48), "JPEG")
    start = data.index(b"\xff\xda")
    doubled = data[:-2] + data[start:]

    assert count_scans(doubled, 100) == 1
    with pytest.raises(OSError, match="broken data stream"):
        Image.open(io.BytesIO(doubled)).load()


@pytest.mark.parametrize("marker", [0x02, 0x4F, 0xBF, 0xC8, 0xF0, 0xFD])
def test_scans_cannot_hide_in_what_is_no_segment_between_scans(marker):
    # libjpeg looks for a restart marker there and steps over anything else without its length
    hidden = SCAN * 9
    cover = bytes([0xFF, marker]) + (len(hidden) + 2).to_bytes(2, "big") + hidden

    assert count_scans(SOI + SCAN + cover + EOI, 100) == 10

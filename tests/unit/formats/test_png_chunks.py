"""Chunks of a PNG are counted up to a bound."""

from __future__ import annotations

from mediaflow.formats.png_chunks import count_chunks

SIGNATURE = b"\x89PNG\r\n\x1a\n"
EMPTY = bytes(4) + b"teXt" + bytes(4)


def test_every_chunk_counts_once():
    assert count_chunks(SIGNATURE + EMPTY * 7, 100) == 7


def test_a_chunk_is_passed_over_by_its_length():
    long = (24).to_bytes(4, "big") + b"teXt" + EMPTY * 2 + bytes(4)

    assert count_chunks(SIGNATURE + long + EMPTY, 100) == 2


def test_counting_stops_beyond_the_limit():
    assert count_chunks(SIGNATURE + EMPTY * 1000, 10) == 11


def test_a_length_beyond_the_end_ends_the_walk():
    assert count_chunks(SIGNATURE + b"\xff\xff\xff\xffIDAT", 100) == 1

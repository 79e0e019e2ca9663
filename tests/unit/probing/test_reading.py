"""Buffered reading by position."""

from __future__ import annotations

import pytest

from mediaflow.errors import LimitExceededError, TruncatedMediaError
from mediaflow.probing.reading import (
    FIRST_READ,
    HOP_READ,
    OPTIONAL_BYTES,
    OPTIONAL_CALLS,
    REQUIRED_BYTES,
    HeaderReader,
    Memory,
    View,
)
from tests.unit.probing.readers import CountingReader

DATA = bytes(index * 7 % 251 for index in range(600_000))


def test_small_reads_share_one_request():
    source = CountingReader(DATA)
    header = HeaderReader(source)

    pieces = [header.read(offset, 10) for offset in range(0, 16_000, 100)]

    assert pieces == [DATA[offset : offset + 10] for offset in range(0, 16_000, 100)]
    assert (source.calls, source.bytes_read) == (1, FIRST_READ)


def test_what_is_jumped_over_is_not_read():
    source = CountingReader(DATA)
    header = HeaderReader(source)
    header.read(0, 4)

    assert header.read(500_000, 4) == DATA[500_000:500_004]
    assert source.bytes_read == FIRST_READ + HOP_READ


def test_a_read_across_what_is_held_asks_only_for_the_rest():
    source = CountingReader(DATA)
    header = HeaderReader(source)
    header.read(0, 4)

    assert header.read(FIRST_READ - 10, 20) == DATA[FIRST_READ - 10 : FIRST_READ + 10]
    assert source.bytes_read == FIRST_READ + FIRST_READ // 2


def test_reading_on_and_on_takes_few_requests():
    source = CountingReader(DATA)
    header = HeaderReader(source)

    pieces = [header.read(offset, 50) for offset in range(0, 200_000, 50)]

    assert b"".join(pieces) == DATA[:200_000]
    assert source.calls <= 16


@pytest.mark.parametrize("tells_size", [True, False])
def test_reading_past_the_end_is_an_error_and_peeking_is_not(tells_size):
    header = HeaderReader(CountingReader(DATA[:100], tells_size=tells_size), where="a.jpg")

    assert header.peek(90, 20) == DATA[90:100]
    assert header.peek(2**60, 20) == b""
    with pytest.raises(TruncatedMediaError, match="ends at byte 100") as caught:
        header.read(90, 20)
    assert caught.value.where == "a.jpg"


def test_peeking_stops_at_its_allowance():
    source = CountingReader(DATA)
    header = HeaderReader(source)

    assert header.peek(0, len(DATA)) == DATA[:OPTIONAL_BYTES]
    assert header.peek(300_000, 4) == b""
    assert source.bytes_read == OPTIONAL_BYTES


def test_peeking_stops_after_forty_requests():
    source = CountingReader(DATA)
    header = HeaderReader(source)

    found = [header.peek(offset, 4, ahead=4) for offset in range(0, 400_000, 4_000)]

    assert source.calls == OPTIONAL_CALLS
    assert found[-1] == b""


def test_reading_stops_at_its_allowance():
    source = CountingReader(DATA)
    header = HeaderReader(source)

    with pytest.raises(LimitExceededError, match="262,144"):
        header.read(0, 300_000)
    assert source.bytes_read == REQUIRED_BYTES


def test_a_source_that_gives_too_much_is_cut():
    class Generous(CountingReader):
        def read_at(self, offset, length):
            return super().read_at(offset, length + 50)

    header = HeaderReader(Generous(DATA))

    assert header.read(0, 8) + header.read(20_000, 8) == DATA[:8] + DATA[20_000:20_008]
    assert header.bytes_read == FIRST_READ + HOP_READ


def test_a_source_shorter_than_it_says_is_truncated():
    source = CountingReader(DATA[:50])
    source.size = 1_000

    with pytest.raises(TruncatedMediaError, match="ends at byte 50"):
        HeaderReader(source).read(40, 20)


def test_prefetching_asks_once_for_a_stretch_that_fits():
    source = CountingReader(DATA)
    header = HeaderReader(source)
    header.read(0, 4)

    header.prefetch(15_000, 20_000)
    header.prefetch(0, 10**9)

    assert header.read(34_990, 10) == DATA[34_990:35_000]
    assert source.calls == 2


def test_a_view_joins_stretches():
    view = View(HeaderReader(CountingReader(DATA)), (10, 5), (100, 5), (200, 5))
    joined = DATA[10:15] + DATA[100:105] + DATA[200:205]

    assert view.size == 15
    assert view.read(0, 15) == joined
    assert view.read(3, 9) == joined[3:12]
    assert view.peek(12, 50) == joined[12:]
    assert view.peek(99, 1) == b""
    with pytest.raises(TruncatedMediaError):
        view.read(10, 6)


def test_a_view_over_a_cut_file_is_short_and_has_no_gap():
    view = View(HeaderReader(CountingReader(DATA[:102])), (10, 5), (100, 5), (20, 5))

    assert view.peek(0, 15) == DATA[10:15] + DATA[100:102]


def test_memory_reads_like_a_file():
    memory = Memory(b"abcdef")

    assert (memory.peek(4, 9), memory.read(1, 2)) == (b"ef", b"bc")
    with pytest.raises(TruncatedMediaError):
        memory.read(4, 9)

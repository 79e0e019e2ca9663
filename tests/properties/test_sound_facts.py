"""Whatever the bytes, what reads sound files answers in bounded time, with numbers that can be."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaflow.errors import LimitExceededError
from mediaflow.formats.cover_files import cover_file
from mediaflow.formats.loudness_tags import loudness_tags_of
from mediaflow.libav.tag_count import MOST_TAGS, check_tag_count
from mediaflow.libav.tags import merged_tags
from mediaflow.models.streams import AttachedPicture, Tag
from mediaflow.probing.boxes import Box
from mediaflow.probing.covers import described_picture
from mediaflow.probing.edits import read_edits
from mediaflow.probing.mp3_head import read_mp3_head
from mediaflow.probing.reading import HeaderReader
from tests.sound_files import CODECS, picture, tone
from tests.unit.probing.readers import CountingReader

DEMUXERS = {"flac": "flac", "m4a": "mov", "mp3": "mp3", "ogg": "ogg", "wav": "wav"}


@cache
def sound(suffix: str) -> bytes:
    with TemporaryDirectory() as folder:
        return tone(Path(folder) / f"a.{suffix}", samples=3_000).read_bytes()


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Return bytes of which a few are others, and which may end early."""
    changed = bytearray(data[: draw(st.integers(0, len(data)))])
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, max(len(changed) - 1, 0)))
        changed[at : at + 1] = bytes([draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF)))])
    return bytes(changed)


@pytest.mark.parametrize("suffix", sorted(DEMUXERS.keys() & CODECS.keys()))
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_tags_are_counted_within_a_bound(suffix, data):
    source = CountingReader(data.draw(damaged(sound(suffix))))

    def read_at(at: int, length: int) -> bytes:
        return source.read_at(at, max(length, 1))

    with suppress(LimitExceededError):
        check_tag_count(read_at, source.size, DEMUXERS[suffix])

    assert source.calls <= 3 * MOST_TAGS


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_first_frames_claim_what_can_be(data):
    head = read_mp3_head(HeaderReader(CountingReader(data.draw(damaged(sound("mp3"))))))

    assert head.samples is None or 0 < head.samples < 2**32 * 1152
    assert head.delay is None or 0 <= head.delay < 4_096


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_edit_lists_are_read_or_unknown(data):
    film = data.draw(damaged(sound("m4a")))
    start = max(film.find(b"moov"), 0) + 4

    edits = read_edits(HeaderReader(CountingReader(film)), Box(b"moov", start, len(film)))

    assert len(edits) <= 64


@settings(deadline=None, max_examples=100)
@given(data=st.data(), kind=st.sampled_from(["JPEG", "PNG"]))
def test_pictures_are_described_or_unknown(data, kind):
    shown = data.draw(damaged(picture(kind)))

    found = described_picture(AttachedPicture(), shown)
    cover = cover_file(shown)

    assert found.bytes == len(shown)
    assert cover is None or (cover.size.width > 0 and cover.size.height > 0)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=()), max_size=300),
        st.text(st.characters(exclude_categories=()), max_size=300),
        max_size=20,
    )
)
def test_tags_can_always_be_printed(tags):
    for tag in merged_tags([tags]):
        assert tag.name == tag.name.lower()
        assert 0 < len(tag.name) <= 100
        (tag.name + tag.value).encode("utf-8")


@given(st.text(max_size=30), st.sampled_from(["replaygain_track_gain", "r128_track_gain"]))
def test_gains_are_numbers_or_unknown(text, name):
    found = loudness_tags_of([Tag(name, text)])

    assert found is None or abs(found.track_gain_db) <= 128

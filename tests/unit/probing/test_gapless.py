"""Which samples are heard, by the first frame of MP3, edit lists and the note of iTunes."""

from __future__ import annotations

import struct

import pytest

from mediaflow.libav.sample_counts import SampleCounts
from mediaflow.models.streams import AudioStream
from mediaflow.probing.boxes import Box
from mediaflow.probing.edits import TrackEdit, read_edits
from mediaflow.probing.gapless import edited, itunes_note, with_counts
from mediaflow.probing.mp3_head import read_mp3_head
from mediaflow.probing.reading import HeaderReader
from tests.hostile_films import box
from tests.unit.probing.readers import CountingReader

STEREO_MPEG_1 = b"\xff\xfb\x90\x64"
MONO_MPEG_2 = b"\xff\xf3\x90\xc4"
SOUND = AudioStream(index=0, codec="aac", sample_rate=44_100)
NOTHING = SampleCounts()


def head_of(data):
    return read_mp3_head(HeaderReader(CountingReader(data)))


def note(name=b"Xing", *, flags=15, frames=100, size=4_000, encoder=b"LAME3.100"):
    counts = frames.to_bytes(4, "big") * bool(flags & 1) + size.to_bytes(4, "big") * bool(flags & 2)
    rest = bytes(100 * bool(flags & 4)) + bytes(4 * bool(flags & 8))
    delays = (576 << 12 | 1_000).to_bytes(3, "big")
    return name + flags.to_bytes(4, "big") + counts + rest + encoder + bytes(12) + delays


@pytest.mark.parametrize(
    ("frame", "side", "samples"),
    [(STEREO_MPEG_1, 32, 100 * 1152 - 1_576), (MONO_MPEG_2, 9, 100 * 576 - 1_576)],
)
def test_a_first_frame_tells_samples_and_the_end(frame, side, samples):
    head = head_of(frame + bytes(side) + note() + bytes(200))

    assert (head.delay, head.padding, head.samples, head.end) == (576, 1_000, samples, 4_000)


@pytest.mark.parametrize("flags", [1, 3, 9])
def test_fields_that_are_not_there_move_the_others(flags):
    head = head_of(STEREO_MPEG_1 + bytes(32) + note(flags=flags))

    assert (head.frames, head.padding) == (100, 1_000)


def test_zeros_behind_the_tag_are_stepped_over():
    head = head_of(b"ID3\4\0\0\0\0\0\5" + bytes(5) + bytes(10) + STEREO_MPEG_1 + bytes(32) + note())

    assert (head.frames, head.end) == (100, 4_025)


def test_an_unknown_program_notes_no_delays():
    head = head_of(STEREO_MPEG_1 + bytes(32) + note(encoder=b"\0" * 9))

    assert (head.is_noted, head.frames, head.samples) == (True, 100, None)


def test_a_note_of_fraunhofer_tells_frames():
    vbri = b"VBRI\0\1\0\0\0\0" + (9_000).to_bytes(4, "big") + (77).to_bytes(4, "big")
    head = head_of(STEREO_MPEG_1 + bytes(32) + vbri)

    assert (head.is_noted, head.frames, head.end, head.samples) == (True, 77, 9_000, None)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfb", STEREO_MPEG_1 + bytes(600), b"ID3\4", b"x" * 99]
)
def test_a_file_without_a_note_says_nothing(data):
    assert not head_of(data).is_noted


@pytest.mark.parametrize(
    ("start", "end", "grain", "coded", "counts"),
    [
        # the list ends within a tick of the movie of the end: all is heard, exactly
        (1_024, 45_100, 45, 46_080, SampleCounts(delay=1_024, padding=960, samples=44_096)),
        (1_024, None, 45, None, SampleCounts(delay=1_024, samples=44_096)),
        # it ends earlier: its own ticks are too coarse to tell the sample
        (1_024, 44_000, 45, 46_080, SampleCounts(delay=1_024)),
        (1_024, 44_000, 0, 46_080, SampleCounts(delay=1_024, padding=2_080, samples=42_976)),
        (None, None, 0, 46_080, NOTHING),
        (50_000, None, 0, 46_080, NOTHING),
    ],
)
def test_an_edit_list_tells_samples_where_it_is_exact(start, end, grain, coded, counts):
    edit = TrackEdit(scale=44_100, length=45_120, start=start, end=end, grain=grain)

    assert edited(edit, SOUND, coded) == counts


def index(entries, *, version=0, movie=1_000, media=44_100, length=45_120):
    """Return an index of one track, numbered 7, with an edit list (ISO/IEC 14496-12 8.6.6)."""
    time, start = ("q", "q") if version else ("I", "i")
    head = bytes([version, 0, 0, 0])
    times = struct.pack(f">2{time}I{time}", 0, 0, movie, 0)
    media_times = struct.pack(f">2{time}I{time}", 0, 0, media, length)
    listed = b"".join(struct.pack(f">{time}{start}I", *entry, 1 << 16) for entry in entries)
    track = (
        box(b"tkhd", head + struct.pack(f">2{time}I", 0, 0, 7) + bytes(60))
        + box(b"edts", box(b"elst", head + struct.pack(">I", len(entries)) + listed))
        + box(b"mdia", box(b"mdhd", head + media_times))
    )
    return box(b"mvhd", head + times) + box(b"trak", track)


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    ("entries", "start", "end"),
    [
        ([(1_000, 1_024)], 1_024, 1_024 + 44_100),
        ([(500, -1), (1_000, 1_024)], 1_024, 1_024 + 44_100),  # half a second of nothing first
        ([(0, 1_024)], 1_024, None),
        ([(500, 0), (500, 30_000)], None, None),  # two stretches are no delay
    ],
)
def test_an_edit_list_is_read_entry_by_entry(version, entries, start, end):
    data = index(entries, version=version)

    (edit,) = read_edits(HeaderReader(CountingReader(data)), Box(b"moov", 0, len(data))).items()

    grain = 45 if start is not None else 0  # a thousandth of a second is 44.1 samples
    told = TrackEdit(scale=44_100, length=45_120, start=start, end=end, grain=grain)
    assert edit == (7, told)


def test_an_edit_list_in_other_ticks_than_samples_tells_nothing():
    assert edited(TrackEdit(scale=90_000, length=45_120, start=0), SOUND, None) == NOTHING


@pytest.mark.parametrize(
    "text", [None, "", "0 1 2", " 00000000 00000840 000001C0 0000000000000000", "x" * 5_000]
)
def test_what_is_no_note_of_itunes_is_nothing(text):
    assert itunes_note(text) is None


def test_numbers_that_cannot_be_are_unknown():
    counts = SampleCounts(delay=0, padding=0, samples=1 << 60)

    assert with_counts(SOUND, counts, is_cut=False).samples is None

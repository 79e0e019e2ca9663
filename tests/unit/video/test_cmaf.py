"""A picture in CMAF segments: where they start, what they show, what the table says of them."""

from __future__ import annotations

import math
import tracemalloc
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import pytest

from mediaflow.errors import EncodeError
from mediaflow.video.cmaf import PICTURE_OPTIONS, SegmentSink
from mediaflow.video.cmaf_boxes import read_fragment, read_head
from mediaflow.video.cmaf_fragment import Sample, fragment
from tests.cmaf import Files, even, made, numbers_in, picture
from tests.film import ffprobe

CINEMA, TELEVISION = Fraction(24_000, 1001), Fraction(30_000, 1001)
FINE = Fraction(1, 90_000)
# half a second at 30, nothing for 2.8 s, then frames whose distances differ
GAP = [
    *even(30, 15),
    *(Fraction(33, 10) + time for time in even(30, 20)),
    *(Fraction(41, 10) + time for time in even(7, 11)),
]
FILMS = {
    "25": (even(25, 90), Fraction(1, 25)),
    "24000/1001": (even(CINEMA, 90), 1 / CINEMA),
    "30000/1001": (even(TELEVISION, 100), 1 / TELEVISION),
    "uneven": (GAP, FINE),
}
LAST = {"uneven": Fraction(1, 10)}
OTHERS = {
    "libx265": (
        {
            "preset": "ultrafast",
            "forced-idr": "1",
            "x265-params": "keyint=-1:scenecut=0:open-gop=0:bframes=3:log-level=none:pools=1",
        },
        "hvc1",
        b"hvc1",
    ),
    "libvpx-vp9": ({"deadline": "realtime", "cpu-used": "8", "b": "0"}, None, b"vp09"),
    "libsvtav1": (
        {"preset": "8", "svtav1-params": "keyint=-1:scd=0", "crf": "8"},
        None,
        b"av01",
    ),
}


def keys_of(times: list[Fraction]) -> list[int]:
    """Return the first frame at or after each whole second that has one before the next."""
    seconds = [math.floor(time) for time in times]
    return [number for number, at in enumerate(seconds) if number == 0 or at > seconds[number - 1]]


def film(name: str, **more: Any) -> tuple[list[Fraction], list[int], Fraction, Files, Any]:
    times, base = FILMS[name]
    last = LAST.get(name, base)
    keys = keys_of(times)
    # lengths of samples do not tell the end of an uneven film with B-frames
    until = times[-1] + last if name == "uneven" else None
    files, table = made(times, keys, time_base=base, last=last, until=until, **more)
    return times, keys, times[-1] + last, files, table


@pytest.fixture(scope="module")
def plain() -> tuple[Files, Any]:
    """90 frames at 25 a second, keyframes at 0, 1, 2 and 3 s."""
    return made(even(25, 90), [0, 25, 50, 75], time_base=Fraction(1, 25), last=Fraction(1, 25))


@pytest.mark.parametrize("name", FILMS)
def test_segments_start_exactly_at_the_forced_keys_and_last_as_long_as_the_film(name):
    times, keys, end, files, table = film(name)

    tick = Fraction(1, table.timescale)
    assert len(keys) > 3
    assert list(files) == ["init.mp4", *(f"seg_{n:05}.m4s" for n in range(1, len(keys) + 1))]
    assert all(
        abs(start - times[key]) <= tick / 2 for start, key in zip(table.starts, keys, strict=True)
    )
    assert table.first == 0
    assert abs(sum(table.durations) * tick - end) <= tick / 2
    assert all(
        abs(ticks * tick - (after - before)) <= tick
        for ticks, (before, after) in zip(
            table.durations, pairwise([*(times[key] for key in keys), end]), strict=True
        )
    )
    assert table.sizes == tuple(len(data) for at, data in files.items() if at != "init.mp4")
    assert table.init_bytes == len(files["init.mp4"])
    assert [one.samples for one in table.segments] == [
        after - before for before, after in pairwise([*keys, len(times)])
    ]


@pytest.mark.parametrize("name", FILMS)
def test_every_segment_decodes_by_itself_and_together_they_are_the_film(name):
    times, keys, _, files, table = film(name)

    def near(found: list[tuple[Fraction, int]], first: int, count: int) -> bool:
        half = Fraction(1, 2 * table.timescale)
        return [number for _, number in found] == [*range(first, first + count)] and all(
            abs(time - times[number]) <= half for time, number in found
        )

    assert near(numbers_in(files.whole()), 0, len(times))
    for number, (before, after) in enumerate(pairwise([*keys, len(times)]), start=1):
        assert near(numbers_in(files.alone(number)), before, after - before)


@pytest.mark.parametrize("name", ["25", "24000/1001", "30000/1001"])
def test_decode_times_go_on_where_the_segment_before_ended(name):
    *_, table = film(name)

    assert table.segments[0].decode_time == 0
    assert all(
        one.decode_time + one.ticks == other.decode_time for one, other in pairwise(table.segments)
    )
    assert tuple(one.ticks for one in table.segments) == table.durations


@pytest.mark.parametrize("encoder", OTHERS)
def test_other_codecs_are_cut_at_the_same_keys(encoder, monkeypatch):
    monkeypatch.setenv("SVT_LOG", "0")
    if encoder not in av.codec.codecs_available:
        pytest.skip(f"this FFmpeg has no {encoder}")
    options, tag, entry = OTHERS[encoder]
    times, keys, end, files, table = film("25", encoder=encoder, options=options, tag=tag)

    assert table.starts == tuple(times[key] for key in keys)
    assert sum(table.durations) == end * table.timescale
    assert table.sample_entry[4:8] == entry
    assert [time for time, _ in numbers_in(files.whole())] == times
    for number, key in enumerate(keys, start=1):
        assert numbers_in(files.alone(number))[0] == (times[key], key)


def test_the_first_file_says_the_brand_and_how_samples_are_coded(plain):
    files, table = plain
    init = files["init.mp4"]
    length = int.from_bytes(init[:4], "big")

    assert init[4:8] == b"ftyp"
    assert b"cmfc" in [init[at : at + 4] for at in range(16, length, 4)]
    assert init[length + 4 : length + 8] == b"moov"
    assert len(init) == length + int.from_bytes(init[length : length + 4], "big")
    assert table.sample_entry[4:8] == b"avc1"
    assert b"avcC" in table.sample_entry
    assert table.sample_entry in init


def test_ticks_are_those_of_the_time_base_or_their_double(plain):
    assert plain[1].timescale == 12_800
    assert film("24000/1001")[4].timescale == 24_000
    assert film("30000/1001")[4].timescale == 30_000
    assert film("uneven")[4].timescale == 90_000


def test_fragments_of_one_cell_of_the_grid_are_one_segment():
    files = Files()
    sink = SegmentSink(files.put, segment_seconds=Fraction(2))
    times = even(TELEVISION, 150)  # the second second begins with frame 60, at 2.002 s
    keys = [0, 20, 40, 60, 80, 120, 149]
    picture(sink, times, keys, time_base=FINE, last=1 / TELEVISION)
    table = sink.finish()

    assert [one.samples for one in table.segments] == [60, 60, 30]
    assert table.starts == (0, times[60], times[120])
    assert [numbers_in(files.alone(n))[0][1] for n in (1, 2, 3)] == [0, 60, 120]
    assert [len(numbers_in(files.alone(n))) for n in (1, 2, 3)] == [60, 60, 30]
    assert [number for _, number in numbers_in(files.whole())] == [*range(150)]


def test_a_key_that_is_rounded_to_the_tick_before_the_grid_begins_a_segment():
    files = Files()
    sink = SegmentSink(files.put, segment_seconds=Fraction(7, 3))
    times = even(3, 14)
    coarse = Fraction(1, 10_000)  # frame 7 is at 23 333.33 ticks: 23 333 is before the grid
    picture(sink, times, [0, 7], time_base=coarse, last=Fraction(1, 3))

    assert [one.samples for one in sink.finish().segments] == [7, 7]


def test_a_film_that_starts_late_says_so_in_its_decode_times():
    times = even(TELEVISION, 67)[7:]  # from 0.23356 s, which is no whole number of 1/1000
    files, table = made(times, [0, 30], time_base=FINE, last=1 / TELEVISION)

    assert table.first == 7 * 3003
    assert table.starts[0] == times[0]
    assert sum(table.durations) == 60 * 3003
    assert table.segments[0].decode_time == 7 * 3003
    assert [time for time, _ in numbers_in(files.whole())] == times
    assert numbers_in(files.alone(2))[0] == (times[30], 30)
    init = files["init.mp4"]
    edits = init.index(b"elst")
    assert init[edits + 8 : edits + 12] == b"\0\0\0\1"
    assert int.from_bytes(init[edits + 16 : edits + 20], "big", signed=True) == table.media_time


def test_whoever_knows_when_the_last_frame_ends_may_say_it():
    files = Files()
    sink = SegmentSink(files.put)
    picture(sink, GAP, [0, 15], time_base=FINE, last=Fraction(1, 10))
    until = GAP[-1] + Fraction(3, 2)

    table = sink.finish(until)

    assert sum(table.durations) == round(until * 90_000)


def test_a_callback_that_fails_is_told_by_its_very_error_and_nothing_comes_after(capfd):
    class FullError(Exception):
        pass

    files = Files()
    reason = FullError("no room")

    def put(name: str, data: bytes) -> None:
        if name == "seg_00002.m4s":
            raise reason
        files.put(name, data)

    sink = SegmentSink(put)
    picture(sink, even(25, 90), [0, 25, 50, 75], time_base=Fraction(1, 25), last=Fraction(1, 25))

    assert list(files) == ["init.mp4", "seg_00001.m4s"]
    with pytest.raises(FullError) as told:
        sink.check()
    assert told.value is reason
    with pytest.raises(FullError) as told:
        sink.finish()
    assert told.value is reason
    assert sink.held == 0
    assert capfd.readouterr() == ("", "")


def test_what_comes_along_with_a_failure_is_not_kept(plain):
    def put(name: str, data: bytes) -> None:
        raise OSError(name)

    whole = plain[0].whole().getvalue()
    sink = SegmentSink(put)

    assert sink.write(whole[:-1]) == len(whole) - 1
    assert sink.held == 0
    with pytest.raises(OSError, match=r"init\.mp4"):
        sink.check()


def test_no_more_than_a_segment_is_held(plain):
    files, _ = plain
    sizes: list[int] = []
    sink = SegmentSink(lambda name, data: sizes.append(len(data)))
    sink.write(files["init.mp4"])
    step = 1 << 15
    most = 0
    tracemalloc.start()
    try:
        for number in range(1, 41):
            data = fragment(number, number * 12_800, [Sample(bytes(1_000_000), 12_800)])
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            for at in range(0, len(data), step):
                sink.write(data[at : at + step])
                most = max(most, sink.held)
            peak = tracemalloc.get_traced_memory()[1] - before
            # while one is handed out: what came in, the box, the file
            assert peak < 3.3 * len(data)
            held = tracemalloc.get_traced_memory()[0] - before
            assert held < 100_000
    finally:
        tracemalloc.stop()

    assert sizes[1:] == [len(data)] * 40
    assert most <= len(data)


def test_what_has_no_segment_is_an_error():
    with pytest.raises(EncodeError, match="nothing was encoded"):
        SegmentSink(Files().put).finish()


def test_a_muxer_that_stops_within_a_segment_is_an_error(plain):
    sink = SegmentSink(Files().put)
    sink.write(plain[0].whole().getvalue()[:-1])

    with pytest.raises(EncodeError, match="ended within a segment"):
        sink.finish()


def boxes_of(files: Files) -> tuple[bytes, bytes, bytes, bytes]:
    """Return ftyp, moov, and the first moof and mdat."""
    init, segment = files["init.mp4"], files["seg_00001.m4s"]
    head, moof = int.from_bytes(init[:4], "big"), int.from_bytes(segment[:4], "big")
    return init[:head], init[head:], segment[:moof], segment[moof:]


def with_number(box: bytes, name: bytes, offset: int, value: int) -> bytes:
    at = box.index(name) + 4 + offset
    return box[:at] + value.to_bytes(4, "big") + box[at + 4 :]


def test_a_segment_never_starts_with_what_needs_another(plain):
    ftyp, moov, moof, mdat = boxes_of(plain[0])
    # version and flags, count and offset come first
    broken = with_number(moof, b"trun", 12, 0x0101_0000)
    files = Files()
    sink = SegmentSink(files.put)
    sink.write(ftyp + moov + broken + mdat)

    with pytest.raises(EncodeError, match="does not start with a keyframe"):
        sink.check()
    assert list(files) == ["init.mp4"]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("fm(m", "is followed by"),
        ("f(d", "before the movie box"),
        ("m", "once, after the type"),
        ("fmm", "once, after the type"),
        ("fmd", "without their fragment"),
        ("fm(f", "is followed by"),
    ],
)
def test_boxes_out_of_order_are_an_error(plain, order, words):
    boxes = dict(zip("fm(d", boxes_of(plain[0]), strict=True))
    sink = SegmentSink(Files().put)
    sink.write(b"".join(boxes[one] for one in order))

    with pytest.raises(EncodeError, match=words):
        sink.check()


def is_refused(data: bytes) -> bool:
    sink = SegmentSink(Files().put)
    sink.write(data)
    try:
        sink.check()
    except EncodeError:
        return True
    return False


def test_sizes_and_counts_that_lie_are_errors(plain):
    ftyp, moov, moof, mdat = boxes_of(plain[0])
    lies = {
        "a box without its header": ftyp + b"\0\0\0\7moov",
        "a box without end": ftyp + b"\0\0\0\0moov",
        "a box of a petabyte": ftyp + b"\0\0\0\1moov" + (1 << 50).to_bytes(8, "big"),
        "a run of too many": ftyp + moov + with_number(moof, b"trun", 4, 1 << 30) + mdat,
        "a run of one less": ftyp + moov + with_number(moof, b"trun", 4, 24) + mdat,
        "a sample entry beyond its table": ftyp + with_number(moov, b"avc1", -8, 9999),
        "a run of one more": ftyp + moov + with_number(moof, b"trun", 4, 26) + mdat,
        "a traf longer than its moof": ftyp + moov + with_number(moof, b"traf", -8, 9999) + mdat,
        "samples longer than their data": ftyp + moov + moof + b"\0\0\0\x10mdat12345678",
        "no timescale": ftyp + with_number(moov, b"mdhd", 12, 0),
        "edits that are not there": ftyp + with_number(moov, b"elst", 4, 1 << 20),
    }

    assert {what for what, data in lies.items() if not is_refused(data)} == set()
    assert not is_refused(ftyp + moov + moof + mdat)


@pytest.mark.parametrize("value", [0x00, 0x01, 0x7F, 0xFF])
def test_no_byte_makes_reading_fail_in_another_way(plain, value):
    _, moov, moof, _ = boxes_of(plain[0])
    head = read_head(moov)
    refused = 0
    for box, read in ((moov, read_head), (moof, lambda box: read_fragment(box, head))):
        for at in range(8, len(box)):
            try:
                read(box[:at] + bytes([value]) + box[at + 1 :])
            except EncodeError:
                refused += 1
        for end in range(8, len(box)):
            try:
                read(box[:end])
            except EncodeError:
                refused += 1

    # nearly each place to cut at; what stands behind the last table is not read
    assert refused > len(moov) + len(moof) - 100


def test_the_options_are_those_that_were_measured():
    assert set(PICTURE_OPTIONS["movflags"].split("+")) == {
        "frag_keyframe",
        "delay_moov",
        "default_base_moof",
        "skip_trailer",
    }


def test_ffprobe_finds_the_same_packets(plain, tmp_path):
    files, table = plain
    (tmp_path / "film.mp4").write_bytes(files.whole().getvalue())

    said = ffprobe(tmp_path / "film.mp4", "-show_packets", "-show_streams")

    keys = [one for one in said["packets"] if one["flags"].startswith("K")]
    assert len(said["packets"]) == 90
    assert [one["pts"] for one in keys] == [one.start for one in table.segments]
    assert said["streams"][0]["codec_tag_string"] == "avc1"

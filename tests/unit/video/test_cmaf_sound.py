"""A sound in CMAF segments: cut where the picture is, heard when it should be."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from mediaflow.audio.sound import Coded
from mediaflow.errors import EncodeError
from mediaflow.testing.film_reading import offsets_of
from mediaflow.video.cmaf import SegmentTable
from mediaflow.video.cmaf_fragment import Sample, fragment
from mediaflow.video.cmaf_sound import SoundSegments
from tests.cmaf import Encoded, Files, beeps, encoded, even, made, packets_in, samples_in
from tests.film import ffprobe

CODECS = {"aac": 44_100, "libopus": 48_000, "flac": 44_100, "libmp3lame": 44_100}
PADDING = 2 * 1152  # samples that an encoder adds at most
SECOND = Fraction(1)


def segmented(
    sound: Encoded, cuts: list[Fraction], grid: Fraction = Fraction(6)
) -> tuple[Files, SegmentTable]:
    """Return files and table of a sound, its cuts told when half of its packets are in."""
    files = Files()
    segments = SoundSegments(sound.add, files.put, segment_seconds=grid)
    half = len(sound.packets) // 2
    for one in sound.packets[:half]:
        segments.push(one)
    for cut in cuts:
        segments.cut_at(cut)
    for one in sound.packets[half:]:
        segments.push(one)
    return files, segments.finish()


@pytest.fixture(scope="module")
def aac() -> Encoded:
    """5 seconds with beeps."""
    return encoded("aac", 44_100, beeps(5, 44_100))


@pytest.mark.parametrize("encoder", CODECS)
def test_a_beep_is_heard_when_it_was_put(encoder):
    rate = CODECS[encoder]
    files, table = segmented(encoded(encoder, rate, beeps(5, rate)), [SECOND * n for n in range(5)])

    start, samples = samples_in(files.whole())

    loud = np.abs(samples) > 0.3
    onsets = [
        start + Fraction(int(at), rate)
        for at in np.flatnonzero(loud)
        if not loud[max(at - rate // 10, 0) : at].any()
    ]
    assert len(onsets) == 4
    assert all(abs(onset - n) <= Fraction(1, 100) for n, onset in enumerate(onsets, start=1))
    assert len(table.segments) == 5


@pytest.mark.parametrize("encoder", CODECS)
def test_the_table_says_the_length_of_the_sound(encoder):
    rate = CODECS[encoder]
    sound = encoded(encoder, rate, beeps(5, rate))
    _, table = segmented(sound, [SECOND, 3 * SECOND])

    # from 0: priming is not heard
    end = sound.packets[-1].until if sound.packets[-1].data else sound.packets[-2].until
    assert table.timescale == rate
    assert table.first == 0
    assert sum(table.durations) == end * rate
    assert 5 * rate <= sum(table.durations) <= 5 * rate + PADDING
    assert table.media_time == -(sound.packets[0].pts or 0)


@pytest.mark.parametrize("encoder", CODECS)
def test_no_packet_is_lost_and_each_segment_is_read_by_itself(encoder):
    rate = CODECS[encoder]
    sound = encoded(encoder, rate, beeps(5, rate))
    files, table = segmented(sound, [SECOND, 2 * SECOND, 4 * SECOND])

    wanted = [one.data for one in sound.packets if one.data]
    assert packets_in(files.whole()) == wanted
    assert sum(one.samples for one in table.segments) == len(wanted)
    at = 0
    for number, segment in enumerate(table.segments, start=1):
        assert packets_in(files.alone(number)) == wanted[at : at + segment.samples]
        with av.open(files.alone(number)) as film:
            first = next(film.demux())
        assert first.pts == segment.start
        at += segment.samples
    assert len(samples_in(files.alone(2))[1]) >= rate - PADDING - 4608  # a cut of FLAC is coarse


def test_flac_in_segments_is_the_same_sound():
    samples = beeps(3, 44_100)
    files, _ = segmented(encoded("flac", 44_100, samples), [SECOND, 2 * SECOND])

    start, heard = samples_in(files.whole())

    assert start == 0
    assert np.array_equal(heard, np.round(samples * 32767).astype(np.int16))


@pytest.mark.parametrize("encoder", CODECS)
def test_cuts_do_not_drift_from_those_of_the_picture(encoder):
    rate = CODECS[encoder]
    sound = encoded(encoder, rate, np.zeros(rate * 125, np.float32))
    cuts = [Fraction(30 * 1001, 30_000) * n for n in range(1, 122)]  # 1.001 s
    files, table = segmented(sound, cuts)

    times = [one.start for one in sound.packets if one.data]
    half = max(after - before for before, after in pairwise(times)) / 2
    assert len(table.segments) == 122
    assert all(abs(start - cut) <= half for start, cut in zip(table.starts[1:], cuts, strict=True))
    assert set(table.starts[1:]) <= set(times)
    assert table.segments[0].decode_time == 0
    assert all(
        one.decode_time + one.ticks == other.decode_time for one, other in pairwise(table.segments)
    )
    assert len(files) == 123


def test_a_flash_and_a_beep_come_together():
    times = even(Fraction(30_000, 1001), 150)
    keys = [0, 30, 60, 90, 120]
    shown, table = made(times, keys, time_base=Fraction(1, 90_000), last=Fraction(1001, 30_000))
    flashes = beeps(times[-1], 48_000)
    sound = encoded("aac", 48_000, flashes)
    heard, _ = segmented(sound, list(table.starts[1:]))

    with av.open(shown.whole()) as film, av.open(heard.whole()) as track:
        frames, sounds = list(film.decode(video=0)), list(track.decode(audio=0))
    frames = [frame for frame in frames if (frame.pts or 0) >= 45_000]  # no beep at 0

    offsets = offsets_of(frames, sounds)
    # a flash is on the first frame of its second, which comes after the beep
    wanted = [n - next(time for time in times if time >= n) for n in range(1, 5)]
    assert len(offsets) == 4
    assert all(
        abs(offset - float(one)) <= 0.01 for offset, one in zip(offsets, wanted, strict=True)
    )


def test_a_flash_at_a_whole_second_is_within_ten_milliseconds():
    shown, table = made(
        even(25, 80), [0, 25, 50, 75], time_base=Fraction(1, 25), last=Fraction(1, 25)
    )
    heard, _ = segmented(encoded("aac", 48_000, beeps(3.2, 48_000)), list(table.starts[1:]))

    with av.open(shown.whole()) as film, av.open(heard.whole()) as track:
        frames, sounds = list(film.decode(video=0)), list(track.decode(audio=0))

    assert frames[0].pts == 0
    assert sounds[0].pts == 0
    offsets = offsets_of([one for one in frames if (one.pts or 0) > 6400], sounds)
    assert len(offsets) == 3
    assert max(map(abs, offsets)) <= 0.01


def test_packets_wait_until_the_cut_is_known(aac):
    files = Files()
    segments = SoundSegments(aac.add, files.put, segment_seconds=SECOND)
    for one in aac.packets[:100]:
        segments.push(one)
    assert (list(files), segments.waiting) == ([], 100)

    segments.cut_at(SECOND)
    assert list(files) == ["init.mp4", "seg_00001.m4s"]
    # 44 packets of 1024 end at 1.0217 - 0.0232 s: packet 43 starts at 0.9752, 44 at 0.9985 s
    assert segments.segments[0].samples == 44

    segments.cut_at(3 * SECOND)
    assert len(files) == 2
    for one in aac.packets[100:]:
        segments.push(one)
    assert list(files)[2:] == ["seg_00002.m4s"]


def test_without_a_picture_the_grid_says_where(aac):
    files = Files()
    segments = SoundSegments(aac.add, files.put, segment_seconds=Fraction(2))
    segments.go_on()
    for one in aac.packets:
        segments.push(one)
    table = segments.finish()

    half = Fraction(512, 44_100)
    assert len(table.segments) == 3
    assert abs(table.starts[1] - 2) <= half
    assert abs(table.starts[2] - 4) <= half


def test_behind_the_picture_cuts_go_on_at_multiples_of_the_grid(aac):
    _, table = segmented(aac, [Fraction(3, 2)], grid=SECOND)

    half = Fraction(512, 44_100)
    wanted = [0, Fraction(3, 2), 2, 3, 4]
    assert len(table.starts) == len(wanted)
    assert all(abs(start - time) <= half for start, time in zip(table.starts, wanted, strict=True))


@pytest.mark.parametrize(("seconds", "count"), [(4.0, 2), (4.15, 2), (4.3, 3)])
def test_what_an_encoder_pads_is_no_segment_of_its_own(seconds, count):
    sound = encoded("aac", 44_100, beeps(seconds, 44_100))

    _, table = segmented(sound, [], grid=Fraction(2))

    assert len(table.segments) == count


def test_a_cut_with_nothing_to_be_heard_before_it_is_left_out(aac):
    _, table = segmented(aac, [Fraction(0), Fraction(0), SECOND, SECOND, Fraction(1001, 1000)])

    assert [one.samples for one in table.segments] == [44, len(aac.packets) - 44]
    assert min(table.durations) > 0


def test_cuts_behind_the_sound_are_left_out(aac):
    _, table = segmented(aac, [2 * SECOND, 7 * SECOND, 9 * SECOND])

    assert len(table.segments) == 2


def test_a_sound_that_starts_late_says_so_in_its_decode_times(aac):
    late = [
        Coded(
            data=one.data,
            pts=(one.pts or 0) + 1024 + 22_050,
            dts=(one.pts or 0) + 1024 + 22_050,
            duration=one.duration,
            time_base=one.time_base,
        )
        for one in aac.packets
    ]
    files, table = segmented(Encoded("aac", 44_100, aac.format, late), [2 * SECOND])

    assert table.first == 22_050
    with av.open(files.whole()) as film:
        assert next(film.demux()).pts == 22_050
    with av.open(files.alone(2)) as film:
        assert next(film.demux()).pts == table.segments[1].start


def test_a_cut_that_comes_too_late_is_an_error(aac):
    segments = SoundSegments(aac.add, Files().put, segment_seconds=SECOND)
    segments.cut_at(2 * SECOND)

    with pytest.raises(EncodeError, match=r"1\.000 s comes too late"):
        segments.cut_at(SECOND)
    segments.go_on()
    with pytest.raises(EncodeError, match=r"3\.000 s comes too late"):
        segments.cut_at(3 * SECOND)


def test_packets_out_of_order_are_an_error(aac):
    segments = SoundSegments(aac.add, Files().put, segment_seconds=SECOND)
    segments.push(aac.packets[1])

    with pytest.raises(EncodeError, match="do not follow"):
        segments.push(aac.packets[0])


def test_no_packet_is_an_error(aac):
    with pytest.raises(EncodeError, match="no packet"):
        SoundSegments(aac.add, Files().put, segment_seconds=SECOND).finish()


def run(segments: SoundSegments, sound: Encoded) -> None:
    segments.go_on()
    for one in sound.packets:
        segments.push(one)
    segments.finish()


def test_the_callbacks_error_is_raised_as_it_is(aac):
    reason = KeyError("full")

    def put(name: str, data: bytes) -> None:
        if name == "seg_00002.m4s":
            raise reason

    with pytest.raises(KeyError) as told:
        run(SoundSegments(aac.add, put, segment_seconds=SECOND), aac)
    assert told.value is reason


def test_an_error_of_who_adds_the_track_is_raised_as_it_is(aac):
    reason = EncodeError("no such track")

    def add(container: object) -> av.AudioStream:
        raise reason

    with pytest.raises(EncodeError) as told:
        run(SoundSegments(add, Files().put, segment_seconds=SECOND), aac)
    assert told.value is reason


@pytest.mark.parametrize(
    "samples",
    [
        [],
        [Sample(b"", 1)],
        [Sample(b"1", 0)],
        [Sample(b"1", 1 << 32)],
        [Sample(b"1", 1), Sample(b"", 1)],
    ],
)
def test_what_is_no_fragment_is_refused(samples):
    with pytest.raises(EncodeError, match="are no fragment"):
        fragment(1, 0, samples)


def test_a_fragment_says_the_flags_of_samples_that_differ():
    rest = 0x0101_0000
    data = fragment(7, 1 << 40, [Sample(b"one", 10), Sample(b"three", 20, rest)])

    at = data.index(b"trun") - 4
    run = [int.from_bytes(data[at + n : at + n + 4], "big") for n in range(0, 44, 4)]
    assert run[:2] == [44, int.from_bytes(b"trun", "big")]
    assert run[2:5] == [0x701, 2, data.index(b"one")]
    assert run[5:] == [10, 3, 0x0200_0000, 20, 5, rest]
    assert data[data.index(b"mdat") - 4 :] == b"\0\0\0\x10mdatonethree"
    time = data.index(b"tfdt") + 4
    assert data[time : time + 12] == b"\1\0\0\0" + (1 << 40).to_bytes(8, "big")
    number = data.index(b"mfhd") + 8
    assert data[number : number + 4] == b"\0\0\0\7"


def test_ffprobe_finds_the_same_packets(aac, tmp_path):
    files, table = segmented(aac, [SECOND])
    (tmp_path / "sound.mp4").write_bytes(files.whole().getvalue())

    said = ffprobe(tmp_path / "sound.mp4", "-show_packets", "-show_streams")

    assert [one["pts"] for one in said["packets"]] == [one.pts for one in aac.packets if one.data]
    assert said["streams"][0]["codec_name"] == "aac"
    assert said["packets"][44]["pts"] == table.segments[1].start

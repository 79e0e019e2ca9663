"""A part begins with the last keyframe at or before a moment, wherever packets stand in the file."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from mediaflow.video.part import Part, Track
from tests.film import counting_film, moving_stream

RATE = 25
GOP = 12


def parted(path, start, end=None):
    """Return the part, and its packets in the order of the file."""
    with av.open(str(path)) as film:
        part = Part(film, moving_stream(film), Fraction(start), end and Fraction(end))
        part.approach(lambda: None)
        packets = [packet for packet in film.demux() if packet.size and part.admits(packet)]
        return part, [(one.stream.type, seconds(one.pts, one), one.is_keyframe) for one in packets]


def seconds(ticks, packet):
    return None if ticks is None else ticks * Fraction(str(packet.time_base))


def first_picture(packets):
    return next(packet for packet in packets if packet[0] == "video")


@pytest.mark.parametrize("extension", ["avi", "flv", "mkv", "mov", "mp4", "mpg", "ts"])
@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("start", ["0.04", "1", "1.4", "1.45", "1.9"])
def test_it_begins_with_a_keyframe_at_or_before_the_start(tmp_path, extension, b_frames, start):
    path = counting_film(
        tmp_path / f"film.{extension}", frames=60, size=(64, 36), gop=GOP, b_frames=b_frames
    )

    part, packets = parted(path, start)

    _, at, is_key = first_picture(packets)
    assert is_key
    assert at == part.base
    assert 0 <= part.moved < Fraction(GOP + 3, RATE)  # painters of MPEG move keys by a few frames
    assert part.start + part.moved == Fraction(start)


@pytest.mark.parametrize("extension", ["mkv", "mov", "mp4"])
def test_it_begins_with_a_keyframe_at_the_very_start(tmp_path, extension):
    path = counting_film(tmp_path / f"film.{extension}", frames=60, size=(64, 36), gop=GOP)

    part, packets = parted(path, Fraction(2 * GOP, RATE))

    assert part.moved == 0
    assert first_picture(packets)[1] == part.base


def test_the_whole_is_taken_as_it_is(tmp_path):
    path = counting_film(tmp_path / "film.mkv", frames=30, size=(64, 36), start_offset=3)

    part, packets = parted(path, 0)

    assert (part.start, part.moved, part.zero) == (0, 0, 3)
    assert len([packet for packet in packets if packet[0] == "video"]) == 30


def tracked(folder, start, end=None, **words):
    """Return where a part of a film with whole milliseconds lies in its picture."""
    path = counting_film(folder / "film.mkv", frames=60, size=(64, 36), gop=GOP, start_offset=3)
    with av.open(str(path)) as film:
        stream = moving_stream(film)
        part = Part(film, stream, Fraction(start), end and Fraction(end))
        part.approach(lambda: None)
        return Track(part, stream, **words)


def test_what_comes_before_or_after_is_told_by_time_stamps_of_the_source(tmp_path):
    track = tracked(tmp_path, "0.5", "1.5")

    # the keyframe of 480 ms, and 1.5 s, of a film that starts at 3 s
    assert [track.is_early(ticks) for ticks in (3_479, 3_480, None)] == [True, False, False]
    assert [track.is_late(ticks) for ticks in (4_499, 4_500, None)] == [False, True, False]


def test_what_primes_a_decoder_may_come_before(tmp_path):
    track = tracked(tmp_path, "0.5", lead=Fraction(1024, 48_000))

    assert [track.is_early(ticks) for ticks in (3_458, 3_459)] == [True, False]  # 21.3 ms before
    assert not track.is_late(10**9)


def test_nothing_comes_before_the_whole(tmp_path):
    assert not tracked(tmp_path, 0).is_early(0)


def test_a_text_that_reaches_into_a_part_begins_with_it(tmp_path):
    track = tracked(tmp_path, "0.5")

    made = [text(3_100, 1_000), text(3_100, 380), text(3_600, 100)]
    left = [track.clip(one) for one in made]

    assert left == [True, False, True]
    assert [(one.pts, one.duration) for one in (made[0], made[2])] == [(3_480, 620), (3_600, 100)]


def text(pts, duration):
    packet = av.Packet(b"x")
    packet.pts = packet.dts = pts
    packet.duration, packet.time_base = duration, Fraction(1, 1000)
    return packet


def test_packets_are_counted_from_the_start_of_the_part(tmp_path):
    track = tracked(tmp_path, "0.5")
    packets = [text(3_560, 40), text(3_480, 40), text(3_520, 0)]
    packets[2].dts = None

    for packet in packets:
        track.take(packet, length=100)

    assert [(one.pts, one.dts) for one in packets] == [(80, 80), (0, 0), (40, None)]
    assert (track.start, track.until) == (0, 140)

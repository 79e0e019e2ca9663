"""Durations and plays, read from containers without decoding; Pillow and hand-cut bytes are the witness."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import TruncatedMediaError
from mediaflow.probing import probe
from mediaflow.probing.times import frame_seconds
from tests.media import animated, encode, photo
from tests.motion import moving
from tests.unit.probing.readers import CountingReader

DURATIONS = [40, 100, 1000, 250]
SECONDS = tuple(Fraction(ms, 1000) for ms in DURATIONS)


def info_of(data):
    return probe(CountingReader(data)).image


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
def test_every_frame_has_its_duration(format):
    assert frame_seconds(moving(format, DURATIONS), format.lower()) == SECONDS


@pytest.mark.parametrize("format", ["GIF", "WEBP", "AVIF"])
def test_header_tells_frames_and_length_of_a_short_animation(format):
    info = info_of(moving(format, DURATIONS))

    assert (info.frames, info.is_animated, info.duration_seconds) == (4, True, 1.39)


def test_length_of_an_apng_stands_behind_its_px_and_is_not_looked_for():
    info = info_of(moving("PNG", DURATIONS))

    assert (info.frames, info.duration_seconds) == (4, None)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("plays", [0, 1, 2, 3, 1000])
def test_plays_are_counted_in_all(format, plays):
    assert info_of(moving(format, [100, 100], plays=plays)).loop_plays == plays


def test_gif_that_says_nothing_of_loops_is_played_once():
    data = moving("GIF", [100, 100], plays=None)

    assert b"NETSCAPE" not in data
    assert info_of(data).loop_plays == 1


def test_avif_does_not_tell_its_plays():
    assert info_of(moving("AVIF", [100, 100])).loop_plays is None


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF", "JPEG", "TIFF"])
def test_still_has_no_plays_and_no_length(format):
    info = info_of(encode(photo(32, 24), format))

    assert (info.is_animated, info.loop_plays, info.duration_seconds) == (False, None, None)


def test_unstated_duration_is_a_tenth_of_a_second():
    assert frame_seconds(moving("GIF", [0, 0, 50]), "gif") == (
        Fraction(1, 10),
        Fraction(1, 10),
        Fraction(1, 20),
    )


def test_denominator_of_0_means_hundredths():
    data = moving("PNG", [100, 100])
    at = data.index(b"fcTL") + 4 + 20
    changed = data[:at] + (7).to_bytes(2, "big") + bytes(2) + data[at + 4 :]

    assert frame_seconds(changed, "png")[0] == Fraction(7, 100)


@pytest.mark.parametrize("format", ["jpeg", "tiff", "heif"])
def test_other_formats_have_no_frames(format):
    assert frame_seconds(b"anything", format) == ()


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_file_that_ends_inside_a_frame_is_cut_off(format, share):
    data = moving(format, DURATIONS)

    with pytest.raises(TruncatedMediaError, match="ends too early"):
        frame_seconds(data[: int(len(data) * share)], format.lower())


def test_gif_without_its_last_byte_is_whole():
    data = moving("GIF", DURATIONS)

    assert frame_seconds(data[:-1], "gif") == SECONDS


def test_long_animation_is_counted_whole_where_its_header_does_not_tell():
    frames = [photo(200, 150 + index).resize((200, 150)) for index in range(6)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, duration=70)

    assert info_of(data).frames is None
    assert frame_seconds(data, "gif") == (Fraction(7, 100),) * 6


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_any_cut_is_an_answer_or_a_source_error(format):
    data = animated(format, size=(16, 12))

    for end in range(len(data)):
        try:
            frame_seconds(data[:end], format.lower())
        except TruncatedMediaError:
            continue

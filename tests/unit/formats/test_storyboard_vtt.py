"""The track of a storyboard: what a player must find in it."""

from __future__ import annotations

from fractions import Fraction

from mediaflow.formats.storyboard_vtt import Cue, storyboard_vtt
from mediaflow.geometry import Size
from mediaflow.testing.preview_films import read_track


def cue(start, end, *, sheet="s_1.jpg", left=0, top=0):
    times = {"start": Fraction(start), "end": Fraction(end)}
    return Cue(sheet=sheet, left=left, top=top, size=Size(160, 90), **times)


def test_times_are_written_in_full_and_parts_in_px():
    text = storyboard_vtt([cue(0, 5), cue(5, "3725.5", sheet="s_2.jpg", left=320, top=180)])

    assert text == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:05.000\ns_1.jpg#xywh=0,0,160,90\n\n"
        "00:00:05.000 --> 01:02:05.500\ns_2.jpg#xywh=320,180,160,90\n"
    )


def test_a_hundred_hours_have_three_digits():
    assert "100:00:00.000 --> 100:00:01.000" in storyboard_vtt([cue(360_000, 360_001)])


def test_cues_meet_after_rounding():
    thirds = [cue(Fraction(n, 3), Fraction(n + 1, 3)) for n in range(7)]

    cues = read_track(storyboard_vtt(thirds))

    assert [one.end for one in cues[:-1]] == [one.start for one in cues[1:]]


def test_a_cue_that_lasts_for_nothing_is_left_out():
    cues = read_track(storyboard_vtt([cue(0, 1), cue(1, Fraction(10_003, 10_000))]))

    assert len(cues) == 1


def test_a_name_is_escaped_so_that_it_is_one_address():
    text = storyboard_vtt([cue(0, 1, sheet="my film #1 50%?.jpg")])

    assert "my%20film%20%231%2050%25%3F.jpg#xywh=0,0,160,90" in text
    assert read_track(text)[0].sheet == "my film #1 50%?.jpg"

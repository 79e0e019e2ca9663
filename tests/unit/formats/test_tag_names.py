"""One name for what containers call differently, and the gains that tags ask for."""

from __future__ import annotations

import pytest

from mediaflow.formats.loudness_tags import loudness_tags_of
from mediaflow.formats.tag_names import HIDDEN_NAMES, TAG_NAMES, TOTAL_NAMES, tag_name
from mediaflow.models.streams import LoudnessTags, Tag


def test_tables_are_sorted_and_lead_nowhere_else():
    assert list(TAG_NAMES) == sorted(TAG_NAMES)
    assert list(TOTAL_NAMES) == sorted(TOTAL_NAMES)
    assert not TAG_NAMES.keys() & set(TAG_NAMES.values())
    assert not TAG_NAMES.keys() & HIDDEN_NAMES


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("ALBUMARTIST", "album_artist"),
        ("TPA", "disc"),
        ("lyrics-eng", "lyrics"),
        ("lyrics-verse-XXX", "lyrics"),
        ("Some Thing", "some thing"),
        ("iTunSMPB", None),
        ("id3v2_priv.me", None),
    ],
)
def test_a_name_is_one(name, one):
    assert tag_name(name) == one


@pytest.mark.parametrize(
    ("text", "gain"),
    [
        ("-6.50 dB", -6.5),
        ("+0.25dB", 0.25),
        (" 3 DB ", 3.0),
        ("-128", -128.0),
        ("129 dB", None),
        ("loud", None),
        ("nan dB", None),
        ("1e5 dB", None),
        ("٣ dB", None),
        ("9" * 400, None),
    ],
)
def test_a_gain_is_a_number_of_decibels(text, gain):
    found = loudness_tags_of([Tag("replaygain_track_gain", text)])

    assert (found.track_gain_db if found else None) == gain


@pytest.mark.parametrize(
    ("text", "gain"), [("256", 1.0), ("-32768", -128.0), ("32768", None), ("1.5", None)]
)
def test_a_gain_of_opus_is_in_steps_of_a_256th(text, gain):
    found = loudness_tags_of([Tag("r128_album_gain", text)])

    assert (found.album_gain_db if found else None) == gain


def test_what_says_nothing_is_nothing():
    assert loudness_tags_of([Tag("replaygain_reference_loudness", "89.0 dB")]) is None
    assert loudness_tags_of([Tag("replaygain_track_peak", "0.5")]) == LoudnessTags(
        reference_lufs=-18.0, track_peak=0.5
    )

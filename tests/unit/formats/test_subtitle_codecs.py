"""Packets of subtitles become text and text becomes packets."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.errors import UnknownNameError
from mediaflow.formats import containers
from mediaflow.formats.subtitle_codecs import (
    IMAGE_SUBTITLES,
    SIDECARS,
    SUBTITLE_CODECS,
    sidecar_of,
)
from mediaflow.formats.subtitle_text import runs_of

every_codec = pytest.mark.parametrize("name", SUBTITLE_CODECS)

signs = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs"))
markup = st.lists(
    st.one_of(
        st.text(signs, max_size=8), st.sampled_from(["<b>", "</b>", "<i>", "</i>", "<u>", "\n"])
    ),
    max_size=12,
).map("".join)


def test_tables_are_sorted_and_apart():
    assert list(SUBTITLE_CODECS) == sorted(SUBTITLE_CODECS)
    assert all(row.name == name for name, row in SUBTITLE_CODECS.items())
    assert list(SIDECARS) == sorted(SIDECARS)
    assert list(IMAGE_SUBTITLES) == sorted(set(IMAGE_SUBTITLES) - set(SUBTITLE_CODECS))


@pytest.mark.parametrize("name", containers.builtin_names())
def test_containers_name_codecs_of_the_table(name):
    assert set(containers[name].subtitle_codecs) <= set(SUBTITLE_CODECS)


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("gif", ()),
        ("mkv", ("subrip", "ass", "webvtt")),
        ("mov", ("mov_text",)),
        ("mp4", ("mov_text",)),
        ("webm", ("webvtt",)),
    ],
)
def test_containers_take_what_their_players_show(name, codecs):
    assert containers[name].subtitle_codecs == codecs


@pytest.mark.parametrize(  # packets as FFmpeg's muxers wrote and its demuxers gave them
    ("name", "payload", "text"),
    [
        ("subrip", b"Hello <i>you</i> & me\r\nline 2", "Hello <i>you</i> & me\nline 2"),
        ("webvtt", b"Hello <i>you</i> & me\nline 2", "Hello <i>you</i> & me\nline 2"),
        (
            "ass",
            b"0,0,Default,,0,0,0,,Hello {\\i1}you{\\i0}, me\\Nline 2",
            "Hello <i>you</i>, me\nline 2",
        ),
        (
            "mov_text",
            b"\0\x15Hello you & me\nline 2\0\0\0\x16styl\0\1\0\6\0\t\0\1\2\x10\xff\xff\xff\xff",
            "Hello <i>you</i> & me\nline 2",
        ),
        (
            "mov_text",
            b"\0\7Bold \xc3\xa9\0\0\0\x16styl\0\1\0\0\0\4\0\1\1\x10\xff\xff\xff\xff",
            "<b>Bold</b> é",
        ),
        ("mov_text", b"\0\0", ""),
        ("mov_text", b"\0\x06\xfe\xff\0a\x05\xd0", "aא"),
        ("text", b"1 < 2 <i>as it is</i>", "1 < 2 <\u2060i>as it is<\u2060/i>"),
    ],
)
def test_packets_are_read(name, payload, text):
    assert SUBTITLE_CODECS[name].to_text(payload) == text


@every_codec
@given(payload=st.binary(max_size=200))
def test_any_bytes_are_some_text(name, payload):
    text = SUBTITLE_CODECS[name].to_text(payload)

    assert not any(ord(sign) < 32 and sign != "\n" for sign in text)
    assert "\n\n" not in text


@pytest.mark.parametrize("name", sorted({"ass", "mov_text", "webvtt"}))
@given(markup)
def test_text_and_styles_come_back(name, text):
    row = SUBTITLE_CODECS[name]
    tidy = row.to_text(row.from_text(text))

    assert row.to_text(row.from_text(tidy)) == tidy
    assert "".join(run.text for run in runs_of(tidy)).split() == shown(text).split()


def shown(text):
    """Return what a text shows, by the rule that tags are the only markup."""
    for tag in ("<b>", "</b>", "<i>", "</i>", "<u>", "</u>"):
        text = text.replace(tag, "")
    return text.replace("\ufeff", "")


@pytest.mark.parametrize("name", ["subrip", "text"])
@pytest.mark.parametrize("text", ["plain", "two\nlines", "a < b & c", "\u202eאבג"])
def test_ordinary_text_comes_back(name, text):
    row = SUBTITLE_CODECS[name]

    assert row.to_text(row.from_text(text)) == text


def test_events_of_ass_are_numbered():
    assert SUBTITLE_CODECS["ass"].from_text("a", 7) == b"7,0,Default,,0,0,0,,a"


def test_events_and_samples_hold_no_more_than_is_allowed():
    long = SUBTITLE_CODECS["mov_text"].from_text("é" * 20_000)

    assert int.from_bytes(long[:2], "big") == 2 * 10_000 == len(long) - 2


@every_codec
def test_ffmpeg_decodes_what_is_written(name):
    row = SUBTITLE_CODECS[name]
    decoder = av.CodecContext.create(name, "r")
    decoder.extradata = row.header or None
    packet = av.Packet(row.from_text("<b>é</b> and\n<i>so</i> on", 3))
    packet.pts, packet.time_base, packet.duration = 0, Fraction(1, 1000), 500

    (found,) = decoder.decode2(packet).rects

    keeps_styles = name != "text"
    expected = "<b>é</b> and\n<i>so</i> on" if keeps_styles else "é and\nso on"
    assert SUBTITLE_CODECS["ass"].to_text(found.ass) == expected


def test_unknown_sidecar_is_refused():
    assert sidecar_of("vtt").mime_type == "text/vtt"
    with pytest.raises(UnknownNameError, match="'sub'"):
        sidecar_of("sub")

"""Files of subtitles are read with patience and written exactly."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediaflow.errors import CorruptMediaError, LimitExceededError
from mediaflow.formats.subtitle_text import runs_of
from mediaflow.formats.subtitles import (
    MAX_FILE_BYTES,
    Cue,
    parse_ass,
    parse_srt,
    parse_subtitles,
    parse_webvtt,
    write_srt,
    write_webvtt,
)

SRT = """\
1
00:00:00,500 --> 00:00:01,250
Hello <i>you</i> & me
second line

2
00:00:01,500 --> 00:00:02,000
<font color="#ff0000">Red</font> {\\an8}up
"""
VTT = """\
WEBVTT - with words
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000

STYLE
::cue { color: red }

NOTE
nothing --> to see

an id
00:00.500 --> 00:01.250 line:10% align:start
<v Ada>Fish &amp; <b.loud>chips</b>
1 &lt; 2

01:00:01.500 --> 01:00:02.000
<00:00:01.700><c>later</c>
"""
ASS = """\
[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,unseen
Dialogue: 0,0:00:01.50,0:00:02.00,Default,,0,0,0,,{\\pos(3,4)\\b1}Bold{\\r}, plain\\Nnext
Dialogue: 0,0:00:00.50,0:00:01.25,Default,,0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}{\\i1}It{\\i0}
"""


def seconds(*cues):
    return [(float(cue.start), float(cue.end), cue.text) for cue in cues]


def test_srt_is_read():
    assert seconds(*parse_srt(SRT.encode())) == [
        (0.5, 1.25, "Hello <i>you</i> & me\nsecond line"),
        (1.5, 2.0, "Red up"),
    ]


def test_webvtt_is_read():
    assert seconds(*parse_webvtt(VTT.encode())) == [
        (0.5, 1.25, "Fish & <b>chips</b>\n1 < 2"),
        (3601.5, 3602.0, "later"),
    ]


def test_ass_is_read_by_time():
    assert seconds(*parse_ass(ASS.encode())) == [
        (0.5, 1.25, "<i>It</i>"),
        (1.5, 2.0, "<b>Bold</b>, plain\nnext"),
    ]


@pytest.mark.parametrize("text", [SRT, VTT, ASS], ids=["srt", "vtt", "ass"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encoding_and_line_ends_change_nothing(text, ends, encoding):
    plain = parse_subtitles(text.encode())

    assert parse_subtitles(text.replace("\n", ends).encode(encoding)) == plain
    assert len(plain) == 2


def test_what_is_not_utf8_is_windows_1252():
    (cue,) = parse_srt(b"00:01,000 --> 00:02,000\n\xabOh\xbb, 5 \x80")

    assert cue.text == "«Oh», 5 €"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:00:01,000 --> 00:00:02,000\nno number", ["no number"]),
        ("7\n0:1.5 --> 0:2\nshort times", ["short times"]),
        ("1\n00:01,0 --> 00:02,0 X1:9 Y1:9\nplaces", ["places"]),
        ("1\n00:01,0 --> 00:02,0\na\n2\n00:03,0 --> 00:04,0\nb", ["a", "b"]),
        ("1\n00:01,0 --> 00:02,0\n\na\n\nb\n\n2\n00:03,0 --> 00:04,0\nc", ["a\nb", "c"]),
        ("1\n00:01,0 --> 00:02,0\n42\n\n2\n00:03,0 --> 00:04,0\nlast\n43\n", ["42", "last\n43"]),
        ("2\n00:05,0 --> 00:06,0\nlater\n\n1\n00:01,0 --> 00:07,0\nover", ["over", "later"]),
        ("1\n00:02,0 --> 00:01,0\nbackwards\n\n2\n00:01,0 --> 00:01,0\nno time", []),
        ("1\n00:01,0 --> 00:02,0\n<i> </i>\n", []),
        ("1\n00:01,0 --> 00:02,0\n<I>a\n2 < 3 <3 <b>b\n", ["<i>a\n2 < 3 <3 <b>b</b></i>"]),
        ("", []),
        ("\n\n", []),
    ],
)
def test_srt_is_read_with_patience(text, expected):
    assert [cue.text for cue in parse_srt(text.encode())] == expected


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (parse_srt, "1\n00:00:01,000 --> soon\ntext", "line 2 does not hold two times"),
        (parse_srt, "some words\n\n1\n00:01,0 --> 00:02,0\na", "line 1 is no subtitle"),
        (parse_srt, "\nonly words", "line 2 is no subtitle"),
        (parse_srt, "1\n00:01,0 --> 00:02,0\n" + "x" * 10_001, "line 2 has 10,001 characters"),
        (parse_webvtt, "1\n00:01.0 --> 00:02.0\na", "does not begin with WEBVTT"),
        (parse_webvtt, "WEBVTT\n\n00:01 -> 00:02\na --> b", "line 4 does not hold two times"),
        (parse_ass, "words", "no sections"),
        (parse_ass, "[Events]\nDialogue: 0,soon,later,a,b,0,0,0,,text", "line 2 does not hold"),
        (parse_subtitles, "\0\0\0\x1cftypisom", "is no text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(read, text, words):
    with pytest.raises(CorruptMediaError, match=words):
        read(text.encode())


def test_webvtt_cue_may_follow_its_head_at_once():
    assert [cue.text for cue in parse_webvtt(b"WEBVTT\n00:01.0 --> 00:02.0\na\n")] == ["a"]


def test_size_and_number_are_bounded():
    with pytest.raises(LimitExceededError, match="bytes"):
        parse_srt(b" " * (MAX_FILE_BYTES + 1))
    with pytest.raises(LimitExceededError, match="more than 100,000"):
        parse_srt(b"0:1 --> 0:2\na\n" * 100_001)


@pytest.mark.parametrize(
    "text",
    ["<" * 9_999, "<b" * 4_999, "{" * 9_999, "{\\" * 4_999, "\\" * 9_999, "<b><i></b></i>" * 700],
)
@pytest.mark.parametrize("head", ["0:1 --> 0:2\n", "WEBVTT\n\n0:1 --> 0:2\n"])
@pytest.mark.timeout(5)  # a search that is not linear takes minutes
def test_hostile_text_takes_no_time(head, text):
    for _ in range(20):
        parse_subtitles((head + text).encode())


def test_control_characters_never_pass():
    (cue,) = parse_srt("0:1 --> 0:2\n\x1b[31mred\x07\x9b0m\tand \x85 more\u2028lines".encode())

    assert cue.text == "[31mred0m and\nmore\nlines"


words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff"
    ),
    min_size=1,
    max_size=12,
)
styled = st.builds(
    lambda word, tag: f"<{tag}>{word}</{tag}>" if tag else word,
    words,
    st.sampled_from(["", *"biu"]),
)
texts = st.lists(
    st.lists(styled, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3
).map("\n".join)
milliseconds = st.integers(0, 9_999 * 3_600_000)
cues = st.builds(
    lambda at, length, text: Cue(Fraction(at, 1000), Fraction(at + length, 1000), text),
    milliseconds,
    st.integers(1, 100_000),
    texts,
)


def tidy(found):
    """Return cues as WebVTT keeps them: what spells no markup stands for itself."""
    return parse_webvtt(write_webvtt(found).encode())


@given(st.lists(cues, max_size=5))
@example([Cue(Fraction(0), Fraction(1), "\u2060"), Cue(Fraction(1), Fraction(2), "a\u2060 \u2060")])
def test_webvtt_keeps_what_was_read_before(found):
    once = tidy(found)

    assert tidy(once) == once
    assert [(cue.start, cue.end) for cue in once] == sorted(
        ((cue.start, cue.end) for cue in found if plain(cue)), key=lambda times: times[0]
    )
    assert sorted(plain(cue) for cue in once) == sorted(plain(cue) for cue in found if plain(cue))


def plain(cue):
    """Return the signs of a cue without markup and space."""
    return "".join("".join(run.text for run in runs_of(cue.text)).split()).replace("\u2060", "")


@given(st.lists(cues, max_size=5))
def test_srt_keeps_its_times_and_never_breaks(found):
    once = tidy(found)

    again = parse_srt(write_srt(once).encode())

    assert {(cue.start, cue.end) for cue in again} <= {(cue.start, cue.end) for cue in once}


@pytest.mark.parametrize(
    "text", ["a", "<b>a</b>\n<i>b <u>c</u></i>", "1\n2", "5 < 6 & 7", "é\u202eא"]
)
def test_srt_keeps_ordinary_text(text):
    cues = (Cue(Fraction(1, 3), Fraction(1), text), Cue(Fraction(1, 2), Fraction(2), "next"))

    assert [cue.text for cue in parse_srt(write_srt(cues).encode())] == [text, "next"]


def test_times_are_whole_milliseconds_and_never_nothing():
    cues = [Cue(Fraction(1, 3), Fraction(1, 3) + Fraction(1, 9000), "a")]

    assert "00:00:00,333 --> 00:00:00,334" in write_srt(cues)
    assert "100:00:00.000" in write_webvtt([Cue(Fraction(1), Fraction(360_000), "a")])


def test_text_cannot_begin_a_cue_of_its_own():
    cue = Cue(Fraction(1), Fraction(2), "a\n00:00:05.000 --> 00:00:06.000\nb")

    assert len(parse_webvtt(write_webvtt([cue]).encode())) == 1
    assert len(parse_srt(write_srt([cue]).encode())) == 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg")
@pytest.mark.parametrize(("write", "ext"), [(write_srt, "srt"), (write_webvtt, "vtt")])
def test_ffmpeg_reads_what_is_written(write, ext, tmp_path):
    cues = parse_subtitles(SRT.encode())
    path = tmp_path / f"a.{ext}"
    path.write_text(write(cues), encoding="utf-8")

    made = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "srt", "-"], capture_output=True, check=True
    )

    assert parse_srt(made.stdout) == cues

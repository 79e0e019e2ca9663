"""Subtitles are drawn at the times of the film, in lines that fit, or refused in words."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from mediaflow.errors import CorruptMediaError, SpecError, UnsupportedError
from mediaflow.filters import Subtitles, apply_filters
from mediaflow.filters.lettering import Letters, font_of, missing_letters
from mediaflow.filters.lut import filters_at
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning import narrow_for
from mediaflow.testing.filters import BytesAssets
from tests.film_infos import film_planned
from tests.infos import media_info

SIZE = (320, 180)
ASSETS = BytesAssets()
SRT = b"""\
1
00:00:01,000 --> 00:00:02,000
first

2
00:00:01,500 --> 00:00:03,000
second
"""
FONTS = [path for path in Path("/usr/share/fonts").rglob("DejaVuSans.ttf") if path.is_file()]
needs_font = pytest.mark.skipif(not FONTS, reason="needs the font DejaVu Sans")


def srt(*texts):
    """Return a file whose texts are shown for a second each."""
    lines = [f"00:{at:02},0 --> 00:{at + 1:02},0\n{text}\n" for at, text in enumerate(texts)]
    return "\n".join(lines).encode()


def drawn(spec, seconds, size=SIZE):
    """Return the picture of a moment over black."""
    found = filters_at((spec,), size, ASSETS, Fraction(seconds))
    return np.asarray(apply_filters(Image.new("RGB", size), found))


def inked(pixels):
    """Return first and last row and column with anything on them."""
    rows, columns = np.nonzero(pixels.any(axis=2))
    return rows.min(), rows.max(), columns.min(), columns.max()


@pytest.mark.parametrize(
    ("seconds", "count"),
    [("0.99", 0), ("1", 1), ("1.49", 1), ("1.5", 2), ("1.99", 2), ("2", 1), ("2.99", 1), ("3", 0)],
)
def test_each_is_shown_from_its_start_to_its_end(seconds, count):
    fitted = Subtitles(SRT, size=20).fitted(SIZE, ASSETS)

    mark = fitted.at(Fraction(seconds))

    assert (mark is not None) == (count > 0)
    heights = {0: (0, 0), 1: (10, 26), 2: (30, 56)}
    height = 0 if mark is None else mark.mark.height
    assert heights[count][0] <= height <= heights[count][1]


def test_same_text_is_drawn_once():
    fitted = Subtitles(SRT).fitted(SIZE, ASSETS)

    marks = [fitted.at(Fraction(tenth, 10)) for tenth in (10, 11, 14, 16, 19, 20)]

    assert marks[0] is marks[1] is marks[2]
    assert marks[3] is marks[4]
    assert len({id(mark) for mark in marks}) == 3


def test_picture_is_left_alone_while_nothing_is_shown():
    assert filters_at((Subtitles(SRT),), SIZE, ASSETS, Fraction(5)) == ()
    assert not drawn(Subtitles(SRT), 5).any()
    assert drawn(Subtitles(SRT), 1).any()


def test_long_one_outlives_many_short_ones():
    short = "".join(f"00:{at:02},0 --> 00:{at:02},5\nshort\n\n" for at in range(1, 50))
    fitted = Subtitles(b"00:00,0 --> 01:00,0\nlong\n\n" + short.encode()).fitted(SIZE, ASSETS)

    assert fitted._text(Fraction(99, 2)) == "long"
    assert fitted._text(Fraction(49)) == "long\nshort"
    assert fitted._text(Fraction(60)) == ""
    assert fitted._text(Fraction(5, 4)) == "long\nshort"  # time may run back
    assert fitted._text(Fraction(0)) == "long"


def test_no_more_is_drawn_at_once_than_people_read():
    many = b"00:00,0 --> 00:09,0\n" + b"word " * 90 + b"\n\n"
    fitted = Subtitles(many * 50).fitted(SIZE, ASSETS)

    text = fitted._text(Fraction(1))

    assert len(text) == 500
    assert fitted.at(Fraction(1)).mark.size[1] <= SIZE[1]


@pytest.mark.parametrize(
    ("position", "row", "column"),
    [
        ("south", 1, 0.5),
        ("north", 0, 0.5),
        ("northwest", 0, 0),
        ("southeast", 1, 1),
        ("center", 0.5, 0.5),
    ],
)
def test_place_and_margin_are_kept(position, row, column):
    top, bottom, left, right = inked(drawn(Subtitles(srt("big"), position=position, margin=0.1), 0))

    free = {0: (18, 18), 1: (180 - 18, 320 - 18)}
    assert {0: top, 1: bottom + 1}.get(row, 90) == pytest.approx(free.get(row, (90,))[0], abs=2)
    assert {0: left, 1: right + 1}.get(column, 160) == pytest.approx(
        free.get(column, (0, 160))[1], abs=2
    )
    assert column != 0.5 or (left + right + 1) / 2 == pytest.approx(160, abs=2)


@pytest.mark.parametrize("position", ["south", "north"])
def test_lines_stand_where_those_before_them_stood(position):
    tops = [
        inked(drawn(Subtitles(srt(text), size=24, position=position, outline=None), 0))[0]
        for text in ("HH", "HHg", "bH", "HHj")
    ]

    assert len(set(tops)) <= 2  # "b" may reach a px higher than "H"
    assert max(tops) - min(tops) <= 2


def test_size_is_a_share_of_the_shorter_side():
    wide, tall = (
        inked(drawn(Subtitles(srt("H"), size="20%", outline=None), 0, size))
        for size in ((320, 180), (180, 320))
    )

    assert wide[1] - wide[0] == tall[1] - tall[0]
    assert 20 <= wide[1] - wide[0] + 1 <= 36  # a capital letter is about 0.7 of 36 px high


@pytest.mark.parametrize("text", ["many words " * 8, "x" * 120, "short", "a\nb"])
def test_lines_fit_between_the_margins(text):
    top, bottom, left, right = inked(drawn(Subtitles(srt(text), size=16, margin=0.1), 0))

    assert left >= 17
    assert right < 320 - 17
    assert top >= 17
    assert bottom < 180 - 17


def test_lines_break_between_words():
    letters = Letters(text="one two three four five\nsix")
    font = font_of(None, 20)

    lines = letters.wrapped(20, 100).text.split("\n")

    assert " ".join(lines) == "one two three four five six"
    assert lines[-1] == "six"
    assert all(font.getlength(line) <= 100 for line in lines)
    assert all(
        font.getlength(f"{line} {after.split()[0]}") > 100 for line, after in pairwise(lines[:-1])
    )


def test_letters_that_the_font_lacks_are_refused_by_name():
    assert missing_letters(None, "aZ09.,!? ") == ()
    assert missing_letters(None, "aéあ\u200f") == ("é", "あ")

    with pytest.raises(
        UnsupportedError, match=r"comes with Pillow has no letter for 'é' \(U\+00E9\)"
    ):
        Subtitles(srt("café")).fitted(SIZE, ASSETS)


@needs_font
def test_font_that_has_them_draws_them():
    font = FONTS[0].read_bytes()

    assert missing_letters(font, "éßЖΩאب♪") == ()
    assert drawn(Subtitles(srt("café"), font=font), 0).any()
    with pytest.raises(UnsupportedError, match=r"the font has no letter for '漢' \(U\+6F22\); "):
        Subtitles(srt("漢"), font=font).fitted(SIZE, ASSETS)


@needs_font
@pytest.mark.skipif(not features.check("raqm"), reason="needs libraqm")
def test_right_to_left_runs_from_right_to_left():
    font, text = FONTS[0].read_bytes(), "שלום"
    shaped, turned, straight = (
        Letters(text=said, font=font, is_shaped=is_shaped).drawn(40, (300, 100))
        for said, is_shaped in ((text, True), (text[::-1], False), (text, False))
    )

    assert Subtitles(srt(text), font=font).fitted(SIZE, ASSETS).style.is_shaped
    assert unlike(shaped, turned) < 0.08  # hinting moves letters by a px
    assert unlike(shaped, straight) > 0.2


def unlike(one, other):
    """Return the share of px that two marks differ in."""
    inks = [np.asarray(mark.getchannel("A").resize((90, 30))) > 127 for mark in (one, other)]
    return (inks[0] != inks[1]).mean()


@needs_font
def test_what_pillow_cannot_set_is_refused(monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: False)

    with pytest.raises(UnsupportedError, match="right to left"):
        Subtitles(srt("שלום"), font=FONTS[0].read_bytes()).fitted(SIZE, ASSETS).at(Fraction(0))


@pytest.mark.parametrize(
    ("data", "words"), [(b"\0\1\2", "no text"), (b"just words", "line 1 is no subtitle")]
)
def test_file_that_is_none_is_refused(data, words):
    with pytest.raises(CorruptMediaError, match=words):
        Subtitles(data).fitted(SIZE, ASSETS)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": None}, "size"),
        ({"position": "bottom"}, "position"),
        ({"margin": 0.5}, "margin"),
        ({"color": "whitish"}, None),
        ({"outline": "blackish"}, None),
    ],
)
def test_spec_refuses_what_cannot_be(words, field):
    with pytest.raises(SpecError) as caught:
        Subtitles("a.srt", **words)

    assert field is None or caught.value.details["field"] == field


def test_it_is_a_value():
    spec = Subtitles("s3://bucket/talk.srt?sig=secret", font="serif.ttf")

    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(spec) == hash(Subtitles("s3://bucket/talk.srt?sig=secret", font="serif.ttf"))
    assert [asset.holds for asset in spec.assets()] == ["file", "file"]
    assert "secret" not in spec.words() + repr(spec)


def test_pictures_have_no_subtitles_and_plans_of_films_name_them():
    with pytest.raises(UnsupportedError, match="subtitles need a film"):
        narrow_for([ImageOutput("png", filters=[Subtitles("a.srt")])], media_info("jpeg", 9, 9))

    plan = film_planned(VideoOutput(filters=[Subtitles("talk.srt")]))
    assert any("subtitles talk.srt at south" in line for line in plan.lines())

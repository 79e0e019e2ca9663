"""The root tag of a drawing tells its size; a document type is refused before anything is parsed."""

from __future__ import annotations

import pytest

from mediaflow.errors import CorruptMediaError
from mediaflow.formats.svg_text import check_svg, svg_size


def size(attributes, before=""):
    found = svg_size(f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>'.encode())
    return found.width, found.height


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('width="30" height="20"', (30, 20)),
        ("width='30px' height='20.5'", (30, 20.5)),
        ('width="1in" height="72pt"', (96, 96)),  # CSS: an inch is 96 px and 72 pt
        ('width="2.54cm" height="25.4mm"', (96, 96)),
        ('width="6pc" height="101.6q"', (96, 96)),
        ('viewBox="0 0 30 20"', (30, 20)),
        ('viewBox="-5,-5, 1e2 50"', (100, 50)),
        ('width="100%" height="100%" viewBox="0 0 30 20"', (30, 20)),
        ('width="60" viewBox="0 0 30 20"', (60, 40)),
        ('height="60" viewBox="0 0 30 20"', (90, 60)),
        ('width="60" height="1em" viewBox="0 0 30 20"', (60, 40)),
    ],
)
def test_size_follows_width_height_and_view_box(attributes, expected):
    assert size(attributes) == pytest.approx(expected)


@pytest.mark.parametrize(
    "before",
    [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        "\ufeff",
        "<!-- a comment with <svg width='1'> inside -->",
        "<?xml-stylesheet href='a.css'?>  ",
    ],
    ids=["declaration", "mark", "comment", "instruction"],
)
def test_what_may_stand_before_the_root_is_skipped(before):
    assert size('width="30" height="20"', before) == (30, 20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<svg/>", "neither a size nor a viewBox"),
        ('<svg width="100%" height="100%"/>', "neither a size nor a viewBox"),
        ('<svg viewBox="0 0 0 20"/>', "neither a size nor a viewBox"),
        ('<svg viewBox="0 0 nan 20"/>', "neither a size nor a viewBox"),
        ('<svg width="0" height="20"/>', "cannot be"),
        ('<svg width="1e9" height="20"/>', "cannot be"),
        ("<html/>", "no <svg> tag"),
        ('<svg width="3" height="2', "does not end"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg width="3" height="2"/>', "DOCTYPE"),
        ('<?xml version="1.0" encoding="UTF-7"?><svg width="3" height="2"/>', "'UTF-7'"),
        ('<svg width="3"\0 height="2"/>', "not in UTF-8"),
    ],
)
def test_other_drawing_is_refused(text, words):
    with pytest.raises(CorruptMediaError, match=words):
        svg_size(text.encode())


@pytest.mark.parametrize("word", ["<!DOCTYPE svg>", '<!ENTITY a "b">'])
def test_document_type_is_refused_wherever_it_stands(word):
    with pytest.raises(CorruptMediaError, match=word[:8]):
        check_svg(b'<svg width="3" height="2">' + word.encode() + b"</svg>")


@pytest.mark.parametrize(
    "text",
    [
        b"<!--" * 16_000,
        b" " * 64_000,
        b"<?" * 32_000,
        b"<svg " + b'a="' * 20_000,
        b"<svg" + b" a" * 32_000,
    ],
)
def test_hostile_head_is_refused_within_the_time_of_a_test(text):
    with pytest.raises(CorruptMediaError):
        svg_size(text)


def test_length_of_very_many_digits_is_none():
    with pytest.raises(CorruptMediaError, match="neither a size nor a viewBox"):
        size(f'width="{"1" * 60_000}x"')


def test_declaration_that_cannot_be_read_whole_is_refused():
    hidden = b'<?xml version="1.0"' + b" " * 250 + b'encoding="UTF-7"?><svg viewBox="0 0 3 2"/>'

    with pytest.raises(CorruptMediaError, match="declaration of the drawing cannot be read"):
        check_svg(hidden)

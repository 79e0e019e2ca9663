"""Colour words and hex notation mean what CSS says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from mediaflow.errors import SpecError
from mediaflow.models.color import NAMED_COLORS, parse_color

CHANNEL = st.integers(0, 255)


def test_the_sixteen_words_of_css_are_known_in_order():
    assert len(NAMED_COLORS) == 16
    assert list(NAMED_COLORS) == sorted(NAMED_COLORS)


@pytest.mark.parametrize("word", NAMED_COLORS)
def test_word_means_what_pillow_means(word):
    assert parse_color(word) == ImageColor.getrgb(word)


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("#f80", (255, 136, 0)),
        ("#FF8800", (255, 136, 0)),
        ("#000", (0, 0, 0)),
        ("WHITE", (255, 255, 255)),
        ("Teal", (0, 128, 128)),
    ],
)
def test_case_does_not_matter(text, rgb):
    assert parse_color(text) == rgb


@given(CHANNEL, CHANNEL, CHANNEL)
def test_six_digits_are_three_bytes(red, green, blue):
    assert parse_color(f"#{red:02x}{green:02x}{blue:02x}") == (red, green, blue)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "#ff",
        "#ffff",
        "#ggg",
        "f80",
        "#ff8800 ",
        "rgb(1,2,3)",
        "transparent",
        None,
        3,
        b"red",
    ],
)
def test_anything_else_is_no_colour(text):
    with pytest.raises(SpecError, match="is no colour") as caught:
        parse_color(text)

    assert caught.value.hint == "write '#rrggbb', '#rgb' or a CSS basic colour word"


def test_near_miss_is_named():
    with pytest.raises(SpecError, match="did you mean 'gray'"):
        parse_color("grey")

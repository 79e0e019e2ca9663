"""Specs of files of sound: tags in one form, and what is refused."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.models.sound import AudioOutput
from mediaflow.models.streams import Tag


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "Talk \udfff"])
def test_text_that_no_file_can_say_is_refused_by_the_name_of_its_tag(text):
    with pytest.raises(SpecError, match="'title' holds a NUL or half a character"):
        AudioOutput("mp3", tags={"artist": "Ada", "title": text})


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "", " "])
def test_a_name_that_no_file_can_say_is_refused(name):
    with pytest.raises(SpecError, match="no usable name"):
        AudioOutput("mp3", tags={name: "x"})


def test_whole_characters_beyond_16_bits_are_text():
    assert AudioOutput("mp3", tags={"title": "𝄞\n"}).tags == (Tag("title", "𝄞\n"),)


@pytest.mark.parametrize(
    "tags",
    [
        {"Title": "One", "artist": "Ada", " title ": "Two"},
        [("title", "One"), ("artist", "Ada"), ("TITLE", "Two")],
        (Tag("Title", "One"), Tag("artist", "Ada"), Tag("title", "Two")),
    ],
)
def test_of_a_tag_that_is_said_twice_the_last_counts(tags):
    output = AudioOutput("mp3", tags=tags)

    assert output.tags == (Tag("title", "Two"), Tag("artist", "Ada"))
    assert from_dict(AudioOutput, to_dict(output)) == output


@pytest.mark.parametrize(("value", "hint"), [(3, 'write "3"'), (1.5, 'write "1.5"')])
def test_a_number_is_said_how_to_write(value, hint):
    with pytest.raises(SpecError, match="'track' must be text, got") as caught:
        AudioOutput("mp3", tags={"track": value})

    assert caught.value.hint == hint


@pytest.mark.parametrize("tags", ["title", b"words", 3, {3: "x"}, {"title": None}, [("title",)]])
def test_what_is_no_mapping_of_text_is_refused(tags):
    with pytest.raises(SpecError, match="mapping of text to text"):
        AudioOutput("mp3", tags=tags)


@pytest.mark.parametrize("fade", ["fade_in", "fade_out"])
def test_silence_is_not_cut_off_beside_fades(fade):
    with pytest.raises(SpecError, match="exclude each other") as caught:
        AudioOutput("wav", trim_silence_dbfs=-50, **{fade: 0.5})

    assert "first" in caught.value.hint

"""Languages have the shortest code that BCP 47 knows; what is unknown has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.formats.language_tags import language_tag

# ISO 639-2: where a language has two codes, the bibliographic one stands first
PAIRS = {
    "alb": "sq",
    "sqi": "sq",
    "chi": "zh",
    "zho": "zh",
    "cze": "cs",
    "ces": "cs",
    "dut": "nl",
    "nld": "nl",
    "eng": "en",
    "fre": "fr",
    "fra": "fr",
    "ger": "de",
    "deu": "de",
    "gre": "el",
    "ell": "el",
    "ice": "is",
    "isl": "is",
    "jpn": "ja",
    "kor": "ko",
    "may": "ms",
    "msa": "ms",
    "nob": "nb",
    "per": "fa",
    "fas": "fa",
    "por": "pt",
    "rum": "ro",
    "ron": "ro",
    "slo": "sk",
    "slk": "sk",
    "slv": "sl",
    "spa": "es",
    "swe": "sv",
    "wel": "cy",
    "cym": "cy",
    "zul": "zu",
}


@pytest.mark.parametrize(("code", "short"), PAIRS.items())
def test_a_code_of_three_letters_becomes_one_of_two(code, short):
    assert language_tag(code) == short


@pytest.mark.parametrize("code", ["tlh", "yue", "haw", "gsw", "cmn", "fil"])
def test_a_language_without_a_short_code_keeps_its_own(code):
    assert language_tag(code) == code


@pytest.mark.parametrize("code", [None, "", "und", "UND", "mul", "zxx", "mis", "und-Latn"])
def test_an_unknown_language_has_no_tag(code):
    assert language_tag(code) is None


@pytest.mark.parametrize(
    "code", ["en us", "deutsch-", "e_n", "-de", "a" * 9, 'en"', "en\n", "日本語"]
)
def test_what_no_tag_can_say_has_none(code):
    assert language_tag(code) is None


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("pt-BR", "pt-BR"),
        ("por-BR", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("GER", "de"),
        ("Eng-GB", "en-GB"),
        ("DE", "de"),
    ],
)
def test_what_follows_the_language_stays(code, tag):
    assert language_tag(code) == tag


@given(st.text(max_size=12))
def test_a_tag_of_a_tag_is_itself(code):
    tag = language_tag(code)

    assert tag is None or language_tag(tag) == tag


@given(st.from_regex(r"[a-z]{3}", fullmatch=True))
def test_a_language_is_two_letters_or_as_it_was(code):
    tag = language_tag(code)

    assert tag is None or tag == code or (len(tag) == 2 and tag.isalpha())

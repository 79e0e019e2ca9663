"""What muxers call languages is what they write, and what their files are read to say."""

from __future__ import annotations

import io

import av
import pytest

from mediaflow.formats.languages import QUICKTIME_LANGUAGES, iso_language, language_in

TWO_CODES = {
    "bod": "tib",
    "ces": "cze",
    "cym": "wel",
    "deu": "ger",
    "ell": "gre",
    "eus": "baq",
    "fas": "per",
    "fra": "fre",
    "hye": "arm",
    "isl": "ice",
    "kat": "geo",
    "mkd": "mac",
    "mri": "mao",
    "msa": "may",
    "mya": "bur",
    "nld": "dut",
    "ron": "rum",
    "slk": "slo",
    "sqi": "alb",
    "zho": "chi",
}
"""Languages that have two codes in ISO 639-2: that of terms and the bibliographic one."""

NAMES = sorted(set(QUICKTIME_LANGUAGES.values()))


def read_again(muxer: str, names: list[str]) -> list[str | None]:
    """Write one track of text a language and return what FFmpeg reads again."""
    file = io.BytesIO()
    with av.open(file, "w", format=muxer) as target:
        for name in names:
            track = target.add_stream("mov_text")
            track.codec_context.subtitle_header = b"[Events]"
            track.metadata["language"] = name
        target.start_encoding()
        for track in target.streams:
            packet = av.Packet(b"\0\x01a")
            packet.stream, packet.pts, packet.dts, packet.duration = track, 0, 0, 1
            target.mux(packet)
    file.seek(0)
    with av.open(file) as source:
        return [track.language for track in source.streams]


def test_mov_says_each_language_by_its_name():
    assert read_again("mov", NAMES) == NAMES


def test_mov_says_nothing_of_those_that_are_not_in_the_table():
    names = ["deu", "hrv", "mao", "mri", "swe", "tlh"]

    assert read_again("mov", names) == [None] * len(names)


def test_mp4_says_three_letters():
    assert read_again("mp4", ["deu", "en", "pt-br", "tlh"]) == ["deu", None, None, "tlh"]
    assert [language_in("mp4", name) for name in ("deu", "en", "pt-br", "tlh")] == [
        "deu",
        None,
        None,
        "tlh",
    ]


@pytest.mark.parametrize("name", TWO_CODES)
def test_both_codes_of_a_language_are_one(name):
    assert language_in("mov", name) == language_in("mov", TWO_CODES[name])


@pytest.mark.parametrize("muxer", ["matroska", "webm"])
def test_matroska_says_all(muxer):
    assert [language_in(muxer, name) for name in ("deu", "pt-br", None)] == ["deu", "pt-br", None]


def test_what_is_read_again_is_the_language_that_was_written():
    own = {name: said for name, said in QUICKTIME_LANGUAGES.items() if len(said.strip()) < 3}

    assert {iso_language(said): said for said in own.values()} == own
    assert [iso_language(said) for said in ("sve", "iri", "eng")] == ["swe", "gle", "eng"]

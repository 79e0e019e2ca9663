"""How containers of film say the language of a track: what FFmpeg's muxers take.

Inside, a language is what ISO 639-2 calls it, or whatever else a file says. QuickTime has numbers,
of which FFmpeg's muxer knows some by one name each; anything else it leaves out without a word. The
one number that it has for Chinese stands for the traditional script.

Law: names only; which language is wanted is decided elsewhere.

Source: Apple QuickTime File Format, language code values; FFmpeg libavformat/isom.c,
mov_mdhd_language_map, tried with both generations of PyAV; ISO/IEC 14496-12 8.4.2.3 (three letters);
ISO 639-2 (terms and bibliographic codes of one language).
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["QUICKTIME_LANGUAGES", "iso_language", "language_in"]

_SAME: Final = (
    "alb amh ara arm asm aym aze baq bel ben bul bur cat ces chi dan dut dzo eng epo est fin "
    "fra geo ger gre grn guj heb hin hun ice ind ita jav jpn kan kas kaz khm kin kir kor kur "
    "lao lat lav lit mac mal mar may mlg mlt mol mon nep nor nya ori orm per pol por pus que "
    "ron run rus san sin slk slv smi snd som spa swa tam tat tel tgk tgl tha tib tir tuk tur "
    "uig ukr urd uzb vie wel yid"
)
"""Languages that FFmpeg calls what ISO 639-2 calls them."""

_OWN: Final = {
    "fao": "fo ",
    "gle": "iri",
    "hrv": "hr ",
    "pan": "pa ",
    "srp": "sr ",
    "swe": "sve",
}
"""Languages that it calls otherwise."""

_OTHER: Final = {
    "bod": "tib",
    "cym": "wel",
    "cze": "ces",
    "deu": "ger",
    "ell": "gre",
    "eus": "baq",
    "fas": "per",
    "fre": "fra",
    "hye": "arm",
    "isl": "ice",
    "kat": "geo",
    "mkd": "mac",
    "msa": "may",
    "mya": "bur",
    "nld": "dut",
    "rum": "ron",
    "slo": "slk",
    "sqi": "alb",
    "zho": "chi",
}
"""The other code of ISO 639-2 for languages that have two."""

QUICKTIME_LANGUAGES: Final = {**{name: name for name in _SAME.split()}, **_OTHER, **_OWN}
"""What FFmpeg's muxer of mov calls each language that it has a number for."""

_ISO: Final = {said.strip(): language for language, said in _OWN.items()}
_THREE_LETTERS: Final = re.compile(r"[a-z]{3}")


def language_in(muxer: str, language: str | None) -> str | None:
    """Return what a muxer calls a language, or None for one that its files cannot say.

    Args:
        muxer: FFmpeg's name of the muxer.
        language: The language; None for one that is unknown.

    Example:
        >>> language_in("mov", "deu"), language_in("mp4", "deu"), language_in("mov", "tlh")
        ('ger', 'deu', None)
    """
    if language is None:
        return None
    match muxer:
        case "mov":
            return QUICKTIME_LANGUAGES.get(language)
        case "mp4":
            return language if _THREE_LETTERS.fullmatch(language) else None
        case _:
            return language


def iso_language(said: str) -> str:
    """Return the code of ISO 639-2 for a language that FFmpeg read in QuickTime's own way.

    Example:
        >>> iso_language("sve"), iso_language("eng")
        ('swe', 'eng')
    """
    return _ISO.get(said.strip(), said)

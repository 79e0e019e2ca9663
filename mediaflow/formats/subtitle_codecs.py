"""How films carry subtitles: one row a codec of text, and the files that stand beside a film.

Law: one demuxed packet in, text out, and back; nothing is opened. Packets of MP4 and Matroska hold
no times, so neither do these rows.

Source: Matroska codec mappings (``S_TEXT/UTF8``, ``S_TEXT/ASS``, ``S_TEXT/WEBVTT``); ETSI TS 126 245
5.16 (``tx3g``).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from mediaflow.errors import UnknownNameError
from mediaflow.formats.subtitle_text import (
    from_ass,
    from_plain,
    from_srt,
    from_tx3g,
    from_webvtt,
    to_ass,
    to_plain,
    to_srt,
    to_tx3g,
    to_webvtt,
)
from mediaflow.formats.subtitles import Cue, write_srt, write_webvtt

__all__ = [
    "IMAGE_SUBTITLES",
    "SIDECARS",
    "SUBTITLE_CODECS",
    "Sidecar",
    "SubtitleCodec",
    "sidecar_of",
]

_COMMAS_BEFORE_TEXT: Final = 8  # ReadOrder, Layer, Style, Name, three margins, Effect
_ASS_HEADER: Final = b"""\
[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
_FONT_TABLE: Final = struct.pack(">I4sHHB5s", 18, b"ftab", 1, 1, 5, b"Arial")
_TX3G_HEADER: Final = (
    # flags, centered, at the bottom, no background, any box, characters 0 to 0, font 1, plain, 18
    struct.pack(">Ibb4s8sHHHBB4s", 0, 1, -1, bytes(4), bytes(8), 0, 0, 1, 0, 18, b"\xff" * 4)
    + _FONT_TABLE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleCodec:
    """How one codec of subtitles holds text in a packet."""

    name: str
    """Name in the probe's results."""

    to_text: Callable[[bytes], str]
    """Returns what a packet shows, in the markup of :class:`Cue`; empty where it shows nothing."""

    spell: Callable[[str, int], bytes]
    """Returns a packet that shows a text, given its place among the packets of its track."""

    header: bytes = b""
    """What a decoder wants to know before the first packet (FFmpeg's extradata)."""

    def from_text(self, text: str, number: int = 0) -> bytes:
        """Return a packet that shows a text.

        Args:
            text: In the markup of :class:`Cue`.
            number: Its place in the track; players of ASS take equal numbers for one event.
        """
        return self.spell(text, number)


def _utf8(meant: Callable[[str], str]) -> Callable[[bytes], str]:
    return lambda payload: meant(payload.decode("utf-8", "replace"))


def _spelled(to: Callable[[str], str]) -> Callable[[str, int], bytes]:
    return lambda text, _: to(text).encode("utf-8", "replace")


def _from_event(payload: bytes) -> str:
    parts = payload.decode("utf-8", "replace").split(",", _COMMAS_BEFORE_TEXT)
    return from_ass(parts[_COMMAS_BEFORE_TEXT]) if len(parts) > _COMMAS_BEFORE_TEXT else ""


def _to_event(text: str, number: int) -> bytes:
    return f"{number},0,Default,,0,0,0,,{to_ass(text)}".encode("utf-8", "replace")


SUBTITLE_CODECS: Final[dict[str, SubtitleCodec]] = {
    "ass": SubtitleCodec(name="ass", to_text=_from_event, spell=_to_event, header=_ASS_HEADER),
    "mov_text": SubtitleCodec(
        name="mov_text",
        to_text=from_tx3g,
        spell=lambda text, _: to_tx3g(text),
        header=_TX3G_HEADER,
    ),
    "subrip": SubtitleCodec(name="subrip", to_text=_utf8(from_srt), spell=_spelled(to_srt)),
    "text": SubtitleCodec(name="text", to_text=_utf8(from_plain), spell=_spelled(to_plain)),
    "webvtt": SubtitleCodec(name="webvtt", to_text=_utf8(from_webvtt), spell=_spelled(to_webvtt)),
}
"""Codecs whose packets are text, by their names in the probe's results."""

IMAGE_SUBTITLES: Final = ("dvb_subtitle", "dvd_subtitle", "hdmv_pgs_subtitle", "xsub")
"""Codecs whose packets are pictures: there is no text in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """A file of subtitles that stands beside a film."""

    name: str
    mime_type: str
    extension: str
    """File name extension, without the dot."""

    write: Callable[[Iterable[Cue]], str]
    """Returns the whole file."""


SIDECARS: Final[dict[str, Sidecar]] = {
    "srt": Sidecar(name="srt", mime_type="application/x-subrip", extension="srt", write=write_srt),
    "vtt": Sidecar(name="vtt", mime_type="text/vtt", extension="vtt", write=write_webvtt),
}
"""Files of subtitles that are written."""


def sidecar_of(name: str) -> Sidecar:
    """Return the row of a file of subtitles.

    Raises:
        UnknownNameError: None has that name.
    """
    row = SIDECARS.get(name)
    if row is None:
        known = ", ".join(SIDECARS)
        raise UnknownNameError(
            f"no file of subtitles is called {name!r:.40}", hint=f"{known} are written", value=name
        )
    return row

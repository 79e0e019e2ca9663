"""Gives a film that was painted by code its subtitles, packet by packet, by PyAV alone.

Law: packets are bytes that stand here as the formats describe them; nothing of the library writes
or reads them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
from av.subtitles.codeccontext import SubtitleCodecContext

from mediaflow.testing.film_making import opened

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TextTrack", "subtitled_film"]

ASS_HEADER: Final = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
MILLISECOND: Final = Fraction(1, 1000)
LARGE: Final = 4096  # of a picture that holds no text


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTrack:
    """One track of subtitles: its codec, and texts with their times in milliseconds."""

    codec: str = "subrip"
    texts: Sequence[tuple[int, int | None, str]] = ((500, 1_250, "Hello"), (1_500, 2_000, "again"))
    """First and last millisecond of each, and what it shows; None for one without a length."""

    language: str | None = None
    is_default: bool = False


def subtitled_film(path: Path, source: Path, *tracks: TextTrack, shift: int = 0) -> Path:
    """Write the picture and the sound of a film with subtitles.

    Args:
        path: File to write.
        source: A film whose codecs fit the path's container.
        *tracks: The subtitles.
        shift: Milliseconds that are added to every time stamp.
    """
    with opened(source) as given, av.open(str(path), "w") as film:
        kept = {one.index: film.add_stream_from_template(one, opaque=True) for one in given.streams}
        texts = [_added(film, track) for track in tracks]
        packets: list[tuple[Fraction, int, av.Packet[av.stream.Stream]]] = []
        for packet in given.demux():
            if packet.size:
                base = Fraction(packet.time_base)
                moved = int(shift * MILLISECOND / base)
                packet.pts = None if packet.pts is None else packet.pts + moved
                packet.dts = None if packet.dts is None else packet.dts + moved
                packet.stream = kept[packet.stream.index]
                packets.append(((packet.dts or 0) * base, len(packets), packet))
        for track, stream in zip(tracks, texts, strict=True):
            for number, (start, end, text) in enumerate(track.texts):
                packet = av.Packet(_payload(track.codec, text, number))
                packet.time_base = MILLISECOND
                packet.pts = packet.dts = start + shift
                packet.duration = 0 if end is None else end - start
                packet.stream = stream
                packets.append(((start + shift) * MILLISECOND, len(packets), packet))
        for _, _, packet in sorted(packets, key=lambda one: one[:2]):
            film.mux(packet)
    return path


def _added(film: av.container.OutputContainer, track: TextTrack) -> av.stream.Stream:
    stream = film.add_stream(track.codec)
    context = stream.codec_context
    assert isinstance(context, SubtitleCodecContext)
    context.subtitle_header = ASS_HEADER  # what every encoder of subtitles reads
    stream.time_base = MILLISECOND
    if track.language is not None:
        stream.metadata["language"] = track.language
    default = av.stream.Disposition.default
    stream.disposition = default if track.is_default else av.stream.Disposition(0)
    return stream


def _payload(codec: str, text: str, number: int) -> bytes:
    data = text.encode()
    match codec:
        case "ass":
            return f"{number},0,Default,,0,0,0,,{text}".encode()
        case "mov_text":
            return struct.pack(">H", len(data)) + data
        case "dvd_subtitle":
            return bytes(LARGE)
        case _:
            return data

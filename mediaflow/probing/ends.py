"""Tells from a few bytes where a film or sound file says that it ends.

Law: a header and, where a format says it there, the last bytes; nothing in between is read. What a
file does not say is unknown, not whole.

Source: Multimedia Programming Interface 1.0 (RIFF), RFC 8794 4 and 11.1 (sizes of EBML elements,
unknown size), RFC 3533 6 (pages of Ogg), ISO/IEC 13818-1 2.4.3.2 (packets of 188 bytes), Adobe FLV
10.1 E.3 and E.4 (tags and the size behind each), the Xing header (length of the sound).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.probing.mp3_head import read_mp3_head

if TYPE_CHECKING:
    from mediaflow.probing.reading import HeaderReader

__all__ = ["is_cut_off"]

RIFF_HEADER: Final = 8
UNSAID: Final = frozenset({0, 0xFFFFFFFF})  # of writers that could not go back, and of RF64
MAX_CHUNKS: Final = 64  # before the samples
PAGE: Final = b"OggS\0"
PAGE_HEADER: Final = 27
MAX_PAGE: Final = 65_307
SEGMENT: Final = b"\x18\x53\x80\x67"
MAX_EBML_HEADER: Final = 1024
TS_PACKET: Final = 188
MP3_FRAME: Final = 1_441  # bytes of the largest; programs count one more or less
FLV_HEADER: Final = 13
FLV_TAG: Final = 11
FLV_KIND: Final = 0x1F  # the bits above say that it is encrypted
FLV_KINDS: Final = frozenset({8, 9, 18})  # sound, picture, script


def is_cut_off(source: HeaderReader, format: str) -> bool | None:
    """Tell whether a file ends before it says that it does; None where it does not say.

    Args:
        source: The file; its size is known.
        format: Name of the format.
    """
    size = source.size or 0
    match format:
        case "avi":
            end = _riff_end(source)
        case "ogg":
            end = _ogg_end(source, size)
        case "wav":
            end = _wav_end(source)
        case "matroska":
            end = _segment_end(source)
        case "mp3":
            noted = read_mp3_head(source).end
            if noted is not None and noted - MP3_FRAME <= size < noted:
                return None
            end = noted
        case "mpegts":
            return True if size % TS_PACKET else None
        case "flv":
            return _is_flv_cut(source, size)
        case _:
            return None
    return None if end is None else end > size


def _riff_end(source: HeaderReader) -> int | None:
    length = int.from_bytes(source.peek(4, 4), "little")
    return None if length in UNSAID else RIFF_HEADER + length


def _wav_end(source: HeaderReader) -> int | None:
    """Return where the file ends, by itself and by its samples; either may lie."""
    end = _riff_end(source)
    at = RIFF_HEADER + 4
    for _ in range(MAX_CHUNKS):
        head = source.peek(at, RIFF_HEADER)
        length = int.from_bytes(head[4:], "little")
        if len(head) < RIFF_HEADER or head[:4] == b"data":
            is_told = head[:4] == b"data" and length not in UNSAID
            return max(end or 0, at + RIFF_HEADER + length) if is_told else end
        at += RIFF_HEADER + length + length % 2
    return end


def _ogg_end(source: HeaderReader, size: int) -> int | None:
    """Return where the last page ends."""
    start = max(size - MAX_PAGE, 0)
    tail = source.peek(start, MAX_PAGE)
    at = tail.rfind(PAGE)
    sizes = tail[at + PAGE_HEADER :][: tail[at + PAGE_HEADER - 1]] if at >= 0 else b""
    if at < 0 or len(tail) < at + PAGE_HEADER:
        return None
    return start + at + PAGE_HEADER + tail[at + PAGE_HEADER - 1] + sum(sizes)


def _segment_end(source: HeaderReader) -> int | None:
    """Return where the segment ends, which holds all else."""
    header = _sized(source, 4)
    if header is None or header[1] is None or header[1] > MAX_EBML_HEADER:
        return None
    start = header[0] + header[1]
    if source.peek(start, len(SEGMENT)) != SEGMENT:
        return None
    segment = _sized(source, start + len(SEGMENT))
    return None if segment is None or segment[1] is None else segment[0] + segment[1]


def _sized(source: HeaderReader, at: int) -> tuple[int, int | None] | None:
    """Return where the content of an EBML element starts, and its length, None for unknown."""
    first = source.peek(at, 1)
    if not first or not first[0]:
        return None
    width = 9 - first[0].bit_length()
    data = source.peek(at, width)
    if len(data) < width:
        return None
    ones = (1 << 7 * width) - 1
    length = int.from_bytes(data, "big") & ones
    return at + width, None if length == ones else length


def _is_flv_cut(source: HeaderReader, size: int) -> bool | None:
    """Tell whether the last bytes are no length of a tag that stands before them."""
    if size <= FLV_HEADER:
        return True
    length = int.from_bytes(source.peek(size - 4, 4), "big")
    start = size - 4 - length
    if not FLV_TAG <= length <= size - 4 - FLV_HEADER:
        return True
    tag = source.peek(start, 4)
    is_tag = (
        len(tag) == 4
        and tag[0] & FLV_KIND in FLV_KINDS
        and int.from_bytes(tag[1:], "big") + FLV_TAG == length
    )
    return None if is_tag else True

"""Tells what a file is by its leading bytes.

Law: the name of a file and its declared media type are never asked, and no bytes beyond the given
head are wanted. What is recognised is wider than what can be processed, so that a refusal can say
"this is a PDF document". First match wins; formats with long signatures stand before short ones.

Source: the format specifications: ITU-T T.81 B, PNG 3rd edition 5.2, GIF89a 17, RFC 9649 2.4,
ISO/IEC 14496-12 4.3 and 23008-12 10 (brands), 13818-7 6.2 (ADTS), TIFF 6.0 2, BigTIFF; the IANA
media type registry.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

__all__ = ["HEAD_BYTES", "Kind", "recognize", "sniff"]

HEAD_BYTES: Final = 512
"""How many leading bytes make every answer as good as it gets."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file that can be told by its leading bytes."""

    name: str
    """Short name, such as ``"jpeg"``; the format table uses the same names."""

    mime_type: str
    """Media type, such as ``"image/jpeg"``."""

    title: str
    """How a sentence calls such a file, such as ``"a JPEG picture"``."""


JPEG: Final = Kind("jpeg", "image/jpeg", "a JPEG picture")
AVIF: Final = Kind("avif", "image/avif", "an AVIF picture")
HEIC: Final = Kind("heif", "image/heic", "a HEIC picture")
HEIF: Final = Kind("heif", "image/heif", "a HEIF picture")
WEBP: Final = Kind("webp", "image/webp", "a WebP picture")
_MP4: Final = Kind("mp4", "video/mp4", "an MP4 film")
_M4A: Final = Kind("m4a", "audio/mp4", "an MPEG-4 sound file")
_MOV: Final = Kind("mov", "video/quicktime", "a QuickTime film")
_MP3: Final = Kind("mp3", "audio/mpeg", "an MP3 sound file")
_RAW: Final = Kind("raw", "image/x-raw", "a camera raw file")

_PREFIXES: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", Kind("jxl", "image/jxl", "a JPEG XL picture")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Kind("jp2", "image/jp2", "a JPEG 2000 picture")),
    (b"\x89PNG\r\n\x1a\n", Kind("png", "image/png", "a PNG picture")),
    (b"7z\xbc\xaf\x27\x1c", Kind("7z", "application/x-7z-compressed", "a 7-Zip archive")),
    (b"GIF87a", Kind("gif", "image/gif", "a GIF picture")),
    (b"GIF89a", Kind("gif", "image/gif", "a GIF picture")),
    (b"%PDF-", Kind("pdf", "application/pdf", "a PDF document")),
    (b"\xc5\xd0\xd3\xc6", Kind("eps", "application/postscript", "a PostScript program")),
    (b"%!PS", Kind("eps", "application/postscript", "a PostScript program")),
    (b"8BPS", Kind("psd", "image/vnd.adobe.photoshop", "a Photoshop document")),
    (b"II*\x00", Kind("tiff", "image/tiff", "a TIFF picture")),
    (b"II+\x00", Kind("tiff", "image/tiff", "a TIFF picture")),
    (b"MM\x00*", Kind("tiff", "image/tiff", "a TIFF picture")),
    (b"MM\x00+", Kind("tiff", "image/tiff", "a TIFF picture")),
    (b"FUJIFILMCCD-RAW", _RAW),
    (b"IIRO", _RAW),
    (b"IIU\x00", _RAW),
    (b"qoif", Kind("qoi", "image/qoi", "a QOI picture")),
    (b"\xff\x4f\xff\x51", Kind("jp2", "image/jp2", "a JPEG 2000 picture")),
    (b"\x76\x2f\x31\x01", Kind("exr", "image/x-exr", "an OpenEXR picture")),
    (b"\x00\x00\x01\x00", Kind("ico", "image/vnd.microsoft.icon", "an icon")),
    (b"\x00\x00\x02\x00", Kind("ico", "image/vnd.microsoft.icon", "a cursor")),
    (b"\x1a\x45\xdf\xa3", Kind("matroska", "video/x-matroska", "a Matroska or WebM film")),
    (b"\x00\x00\x01\xba", Kind("mpeg", "video/mpeg", "an MPEG film")),
    (b"\x00\x00\x01\xb3", Kind("mpeg", "video/mpeg", "an MPEG film")),
    (b"OggS", Kind("ogg", "application/ogg", "an Ogg file")),
    (b"fLaC", Kind("flac", "audio/flac", "a FLAC sound file")),
    (b"PK\x03\x04", Kind("zip", "application/zip", "a ZIP archive or an office document")),
    (b"Rar!", Kind("rar", "application/vnd.rar", "a RAR archive")),
    (b"\x7fELF", Kind("elf", "application/octet-stream", "a program")),
    (b"\x1f\x8b\x08", Kind("gzip", "application/gzip", "a gzip archive")),
    (b"\xff\xd8\xff", JPEG),
    (b"FLV", Kind("flv", "video/x-flv", "a Flash film")),
    (b"ID3", _MP3),
    (b"\xff\x0a", Kind("jxl", "image/jxl", "a JPEG XL picture")),
    (b"\xff\xfb", _MP3),
    (b"\xff\xf3", _MP3),
    (b"\xff\xf2", _MP3),
)

_RIFF: Final[dict[bytes, Kind]] = {
    b"AVI ": Kind("avi", "video/x-msvideo", "an AVI film"),
    b"WAVE": Kind("wav", "audio/wav", "a WAV sound file"),
    b"WEBP": WEBP,
}

_BRANDS: Final[dict[bytes, Kind]] = {
    b"M4A ": _M4A,
    b"M4B ": _M4A,
    b"avif": AVIF,
    b"avis": AVIF,
    b"crx ": _RAW,
    b"heic": HEIC,
    b"heim": HEIC,
    b"heis": HEIC,
    b"heix": HEIC,
    b"hevc": HEIC,
    b"hevm": HEIC,
    b"hevs": HEIC,
    b"hevx": HEIC,
    b"qt  ": _MOV,
}
"""Brands that say by themselves what a file is (ISO/IEC 23008-12 10, AV1 Image File Format 6)."""

_STRUCTURAL_BRANDS: Final = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})
"""Brands that say "pictures", but not how they are coded."""

_TEXTS: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"#extm3u", Kind("m3u", "application/vnd.apple.mpegurl", "a playlist")),
    (b"ffconcat", Kind("ffconcat", "text/plain", "a list of files to join")),
    (b"<!doctype html", Kind("html", "text/html", "an HTML page")),
    (b"<html", Kind("html", "text/html", "an HTML page")),
    (b"<svg", Kind("svg", "image/svg+xml", "an SVG drawing")),
    (b"webvtt", Kind("vtt", "text/vtt", "subtitles")),
    (b"{\\rtf", Kind("rtf", "application/rtf", "a text document")),
)
_SVG: Final = Kind("svg", "image/svg+xml", "an SVG drawing")
_XML: Final = Kind("xml", "application/xml", "an XML document")
_BMP: Final = Kind("bmp", "image/bmp", "a BMP picture")
_TS: Final = Kind("mpegts", "video/mp2t", "an MPEG transport stream")
_AAC: Final = Kind("aac", "audio/aac", "an AAC sound file")
_SYNC: Final = 0xF6  # four bits of the sync word, then the version, then the layer
_SYNC_ADTS: Final = 0xF0  # the layer is 0 (ISO/IEC 13818-7 6.2.1); MP3's is not
_TEXT: Final = Kind("text", "text/plain", "plain text")

_TS_PACKET: Final = 188  # ISO/IEC 13818-1 2.4.3.2
_CONTROLS: Final = bytes(set(range(32)) - {9, 10, 12, 13, 27})


def sniff(head: bytes) -> str | None:
    """Return the name of the kind of file that starts with these bytes.

    Args:
        head: The first bytes, :data:`HEAD_BYTES` or more unless the file is shorter.

    Returns:
        A name such as ``"jpeg"`` or ``"pdf"``, or None when nothing known starts like this.

    Example:
        >>> sniff(b"GIF89a")
        'gif'
        >>> sniff(b"%PDF-1.7")
        'pdf'
    """
    kind = recognize(head)
    return kind.name if kind else None


def recognize(head: bytes) -> Kind | None:
    """Return what is known of the kind of file that starts with these bytes.

    Args:
        head: The first bytes, :data:`HEAD_BYTES` or more unless the file is shorter.
    """
    if head.startswith(b"\xff\xd8\xff"):  # the common case first
        return JPEG
    if head.startswith(b"RIFF") and len(head) >= 12:
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _from_brands(head)
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return _RAW if kind.name == "tiff" and head[8:10] == b"CR" else kind
    return _from_structure(head)


def _from_brands(head: bytes) -> Kind:
    """Return the kind of an ISO base media file: the major brand decides, then the others."""
    size = int.from_bytes(head[:4], "big")
    major = head[8:12]
    if major in _BRANDS:
        return _BRANDS[major]
    others = {head[at : at + 4] for at in range(16, min(size, len(head)) - 3, 4)}
    if others & {b"avif", b"avis"}:
        return AVIF
    pictures = _STRUCTURAL_BRANDS & (others | {major})
    if pictures:
        return HEIC if any(_BRANDS.get(brand) is HEIC for brand in others) else HEIF
    return _MP4


def _from_structure(head: bytes) -> Kind | None:
    """Return the kind of a file whose first bytes say too little by themselves."""
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return _BMP
    if head[: 2 * _TS_PACKET + 1 : _TS_PACKET] == b"GGG":
        return _TS
    if head[:1] == b"\xff" and head[1:2] and head[1] & _SYNC == _SYNC_ADTS:
        return _AAC
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return _MOV
    return _from_text(head)


def _from_text(head: bytes) -> Kind | None:
    """Return the kind of a text, or None when the bytes are no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and head.translate(None, b"\0") != head:
        return _TEXT
    if not head or head.translate(None, _CONTROLS) != head:
        return None
    try:
        codecs.utf_8_decode(head, "strict", False)  # a character cut at the end is no fault
    except UnicodeDecodeError:
        return None
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for prefix, kind in _TEXTS:
        if text.startswith(prefix):
            return kind
    if text.startswith((b"<?xml", b"<!--", b"<!doctype")):
        return _SVG if b"<svg" in text or b"doctype svg" in text else _XML
    return _TEXT

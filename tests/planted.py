"""Files that say everything a camera, an editor and a phone can say, in words that can be found.

Each secret is a marker that starts with ``PLANTED``; what may travel under ``"safe"`` starts with
``CREDIT``. EXIF is packed by hand after TIFF 6.0, so that no library's taste decides what is in it.
"""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.media import encode, photo

__all__ = [
    "CREDITS",
    "SECRETS",
    "credit_xmp",
    "entry",
    "exif_block",
    "iptc_records",
    "planted",
    "planted_exif",
    "segment",
    "with_segments",
]

CREDITS: Final = (
    b"CREDIT-description",
    b"CREDIT-artist",
    b"CREDIT-copyright",
    b"CREDIT-xmp-title",
    b"CREDIT-xmp-creator",
    b"CREDIT-xmp-description",
    b"CREDIT-xmp-rights",
    b"CREDIT-xmp-terms",
    b"https://example.org/CREDIT-licence",
)
SECRETS: Final = b"PLANTED"
_XMP_NAME: Final = b"http://ns.adobe.com/xap/1.0/\0"


def entry(tag: int, kind: int, count: int, data: bytes) -> tuple[int, int, int, bytes]:
    """Return one directory entry: tag, type, number of values and their bytes."""
    return tag, kind, count, data


def text(tag: int, value: str) -> tuple[int, int, int, bytes]:
    """Return an entry of type ASCII."""
    data = value.encode() + b"\0"
    return entry(tag, 2, len(data), data)


def exif_block(
    main: list[tuple[int, int, int, bytes]],
    photo_part: list[tuple[int, int, int, bytes]] | None = None,
    place: list[tuple[int, int, int, bytes]] | None = None,
    thumbnail: bytes = b"",
) -> bytes:
    """Return a little-endian TIFF structure with up to four directories."""
    main = [*main, entry(0x8769, 4, 1, bytes(4)), entry(0x8825, 4, 1, bytes(4))]
    start_photo = 8 + _length(main)
    start_place = start_photo + _length(photo_part or [])
    start_second = start_place + _length(place or [])
    picture = start_second + 2 + 2 * 12 + 4
    main[-2] = entry(0x8769, 4, 1, struct.pack("<I", start_photo))
    main[-1] = entry(0x8825, 4, 1, struct.pack("<I", start_place))
    second = [
        entry(0x0201, 4, 1, struct.pack("<I", picture)),
        entry(0x0202, 4, 1, struct.pack("<I", len(thumbnail))),
    ]
    return (
        b"II*\0\x08\0\0\0"
        + _directory(main, 8, start_second if thumbnail else 0)
        + _directory(photo_part or [], start_photo, 0)
        + _directory(place or [], start_place, 0)
        + (_directory(second, start_second, 0) + thumbnail if thumbnail else b"")
    )


def _length(entries: list[tuple[int, int, int, bytes]]) -> int:
    return 2 + 12 * len(entries) + 4 + sum(len(data) for *_, data in entries if len(data) > 4)


def _directory(entries: list[tuple[int, int, int, bytes]], start: int, following: int) -> bytes:
    table, values = struct.pack("<H", len(entries)), b""
    behind = start + 2 + 12 * len(entries) + 4
    for tag, kind, count, data in sorted(entries):
        stored = data.ljust(4, b"\0")
        if len(data) > 4:
            stored = struct.pack("<I", behind + len(values))
            values += data
        table += struct.pack("<HHI", tag, kind, count) + stored
    return table + struct.pack("<I", following) + values


def planted_exif(*, orientation: int = 1) -> bytes:
    """Return EXIF with credits, device, dates, place, maker notes and a thumbnail."""
    thumbnail = encode(Image.new("RGB", (32, 24), "red"), "JPEG", comment=b"PLANTED-thumbnail")
    degrees = struct.pack("<6I", 48, 1, 8, 1, 14, 1)
    return exif_block(
        [
            text(0x010E, "CREDIT-description"),
            text(0x010F, "PLANTED-maker"),
            text(0x0110, "PLANTED-model"),
            entry(0x0112, 3, 1, struct.pack("<H", orientation)),
            text(0x0131, "PLANTED-software"),
            text(0x0132, "2020:01:02 03:04:05"),
            text(0x013B, "CREDIT-artist"),
            text(0x8298, "CREDIT-copyright"),
            entry(0x9C9D, 1, 24, "PLANTED-xp".encode("utf-16-le") + bytes(4)),
        ],
        [
            text(0x9003, "2020:01:02 03:04:05"),
            entry(0x927C, 7, 24, b"PLANTED-maker-note\0\0\0\0\0\0"),
            entry(0x9286, 7, 20, b"ASCII\0\0\0PLANTED-user"),
            text(0xA430, "PLANTED-owner"),
            text(0xA431, "PLANTED-serial"),
            text(0xA435, "PLANTED-lens-serial"),
        ],
        [
            text(1, "N"),
            entry(2, 5, 3, degrees),
            text(3, "E"),
            entry(4, 5, 3, degrees),
            text(0x12, "PLANTED-gps"),
        ],
        thumbnail,
    )


def credit_xmp() -> bytes:
    """Return a packet with credits in every form, and secrets beside and inside them."""
    return """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="PLANTED-toolkit">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="PLANTED-about"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:GImage="http://ns.google.com/photos/1.0/image/"
    xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"
    tiff:Orientation="6" xmpMM:DocumentID="PLANTED-document" exif:GPSLatitude="48,8.2N"
    xmpRights:Marked="True" xmpRights:WebStatement="https://example.org/CREDIT-licence"
    GImage:Data="PLANTED-original">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">CREDIT-xmp-title</rdf:li>
     <rdf:li xml:lang="de">CREDIT-xmp-titel \u00e4\u20ac</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>CREDIT-xmp-creator</rdf:li><rdf:li>Zo\u00eb &amp; Co</rdf:li>
     </rdf:Seq></dc:creator>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">CREDIT-xmp-description</rdf:li>
     </rdf:Alt></dc:description>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">CREDIT-xmp-rights</rdf:li></rdf:Alt></dc:rights>
   <dc:subject><rdf:Bag><rdf:li>PLANTED-keyword</rdf:li></rdf:Bag></dc:subject>
   <xmpRights:UsageTerms><rdf:Alt><rdf:li xml:lang="x-default">CREDIT-xmp-terms</rdf:li></rdf:Alt>
     </xmpRights:UsageTerms>
   <xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmpGImg:width>9</xmpGImg:width>
     <xmpGImg:image>/9j/PLANTED-xmp-thumbnail</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>
   <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
     <rdf:li mwg-rs:Name="PLANTED-face"/></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def iptc_records(**texts: bytes) -> bytes:
    """Return IPTC-IIM records: title, creator, rights, description, city, by name."""
    numbers = {"title": 5, "creator": 80, "city": 90, "rights": 116, "description": 120}
    return b"".join(
        struct.pack(">BBBH", 0x1C, 2, numbers[name], len(value)) + value
        for name, value in texts.items()
    )


def segment(marker: int, data: bytes) -> bytes:
    """Return a JPEG segment (ITU-T T.81 B.1.1.4)."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Return a JPEG with segments right behind its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def photoshop(records: bytes) -> bytes:
    """Return an APP13 segment with IPTC records and Photoshop's own thumbnail."""
    resources = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records
    resources += bytes(len(records) % 2)
    thumbnail = b"PLANTED-resource"
    resources += b"8BIM\x04\x0c\0\0" + struct.pack(">I", len(thumbnail)) + thumbnail
    return segment(0xED, b"Photoshop 3.0\0" + resources)


@cache
def planted(format: str, *, orientation: int = 1) -> bytes:
    """Return a photo of 96 × 64 px in a source format, with all that the format can say."""
    exif, xmp = planted_exif(orientation=orientation), credit_xmp()
    picture = photo(96, 64)
    if format == "jpeg":
        plain = encode(picture, "JPEG", comment=b"PLANTED-comment")
        iptc = iptc_records(title=b"PLANTED-iptc-shadowed", city=b"PLANTED-city")
        extra = [segment(0xE1, b"Exif\0\0" + exif), segment(0xE1, _XMP_NAME + xmp)]
        return with_segments(plain, *extra, photoshop(iptc), segment(0xEB, b"JPPLANTED"))
    if format == "png":
        words = PngInfo()
        words.add_text("Author", "PLANTED-text")
        words.add_text("Comment", "PLANTED-ztxt " * 9, zip=True)
        words.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return encode(picture, "PNG", exif=exif, pnginfo=words)
    if format == "tiff":
        stream = BytesIO()
        fields = {0x010E: "CREDIT-description", 0x013B: "CREDIT-artist", 0x8298: "CREDIT-copyright"}
        picture.save(stream, "TIFF", tiffinfo={**fields, 0x010F: "PLANTED-maker", 700: xmp})
        return stream.getvalue()
    return encode(picture, format.upper(), exif=b"Exif\0\0" + exif, xmp=xmp)

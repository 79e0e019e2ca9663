"""Pictures that suites feed to back ends: PNG files written by the specification, four quarters.

Law: no library writes them, so that a back end is never its own witness. Source: PNG 3rd edition
(W3C 2025) 5 and 11.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.geometry import Orientation

__all__ = [
    "BLUE",
    "GREEN",
    "RED",
    "SECRETS",
    "STORED",
    "YELLOW",
    "Pixels",
    "as_rgba",
    "quadrants",
    "with_secrets",
    "write_png",
]

Pixels = npt.NDArray[np.uint8]
"""8-bit samples; of pictures (height, width, 4): red, green, blue and straight alpha."""

RED: Final = (255, 0, 0, 255)
GREEN: Final = (0, 255, 0, 255)
BLUE: Final = (0, 0, 255, 255)
YELLOW: Final = (255, 255, 0, 255)
SECRETS: Final = (
    b"SECRET-comment",
    b"SECRET-place",
    b"SECRET-region",
    b"SECRET-serial",
    b"SECRET-text",
    b"SECRET-thumbnail",
)
"""What the source of the privacy tests says in EXIF, XMP and text."""

_COLOR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG 11.2.1, by samples a px
STORED: Final[dict[Orientation, Callable[[Pixels], Pixels]]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: upright[:, ::-1].swapaxes(0, 1),
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: upright[::-1].swapaxes(0, 1),
}
"""How an upright picture is stored under each EXIF orientation (EXIF 2.32, tag 0x0112)."""


def write_png(pixels: npt.NDArray[np.uint8], *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of 8 bits a channel, written by the specification alone.

    Args:
        pixels: (height, width, samples) with 1 to 4 samples: gray, gray and alpha, RGB, RGBA.
        *chunks: Kind and data of chunks that stand before the px.
    """
    height, width, samples = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[samples], 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def quadrants(width: int = 64, height: int = 48) -> Pixels:
    """Return four solid quarters: red, green, blue and yellow, row by row."""
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = YELLOW
    return pixels


def with_secrets(png: bytes) -> bytes:
    """Return a PNG with a place, a serial number, a thumbnail, regions, texts and an artist."""
    artist, serial, place = b"credit-artist\0", b"SECRET-serial\0", b"SECRET-place\0"
    thumbnail = b"\xff\xd8\xff\xfe\0\x12SECRET-thumbnail\xff\xd9"
    main, photo, gps, second, values = 8, 50, 68, 86, 116  # where each directory begins (TIFF 6.0)
    places = [values + sum(map(len, (artist, serial, place)[:count])) for count in range(4)]
    directories = (
        [
            (0x013B, 2, len(artist), places[0]),
            (0x8769, 4, 1, photo),
            (0x8825, 4, 1, gps),
        ],
        [(0xA431, 2, len(serial), places[1])],
        [(0x001C, 7, len(place), places[2])],
        [(0x0201, 4, 1, places[3]), (0x0202, 4, 1, len(thumbnail))],
    )
    exif = b"MM\0*" + struct.pack(">I", main)
    for entries, following in zip(directories, (second, 0, 0, 0), strict=True):
        exif += struct.pack(">H", len(entries))
        exif += b"".join(struct.pack(">HHII", *entry) for entry in entries)
        exif += struct.pack(">I", following)
    exif += artist + serial + place + thumbnail
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:r="http://www.metadataworkinggroup.com/schemas/regions/" '
        'r:Regions="SECRET-region"/></rdf:RDF></x:xmpmeta>'
    )
    chunks = (
        (b"eXIf", exif),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp.encode()),
        (b"tEXt", b"Comment\0SECRET-comment"),
        (b"zTXt", b"Author\0\0" + zlib.compress(b"SECRET-text", 0)),
    )
    start = png.index(b"IDAT") - 4
    return png[:start] + b"".join(_chunk(*each) for each in chunks) + png[start:]


def as_rgba(pixels: npt.NDArray[np.uint8]) -> Pixels:
    """Return px of 1 to 4 samples, (height, width, samples), with red, green, blue and alpha."""
    height, width, samples = pixels.shape
    color = pixels[..., : samples - (samples % 2 == 0)]
    alpha = pixels[..., -1:] if samples % 2 == 0 else np.full((height, width, 1), 255, np.uint8)
    spread = np.broadcast_to(color, (height, width, 3))
    return np.concatenate([spread, alpha], axis=-1)

"""Collects what an opened or loaded Pillow image says beside its pixels.

Law: bytes are collected, not read; what they mean and whether they may travel is decided where an
output is written. Called before the image is made one of the five modes, which empties its ``info``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.frames import SourceMetadata
from mediaflow.image.metadata.exif import read_exif, write_exif

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["metadata_of"]

IPTC_RESOURCE: Final = 0x0404  # of Photoshop's resources, the one with IPTC-IIM records
_XMP_TEXT: Final = "XML:com.adobe.xmp"


def metadata_of(image: Image.Image, data: bytes, format: str, *, xmp: object) -> SourceMetadata:
    """Return what an image says beside its pixels.

    Args:
        image: A loaded image; PNG may have its EXIF behind the pixels.
        data: The whole file, which is an EXIF structure itself when it is a TIFF.
        format: Name of the source's format.
        xmp: The packet that was taken out before the load, or None.
    """
    exif, packet = _bytes(image.info.get("exif")), _bytes(image.info.get("xmp") or xmp)
    if format == "tiff":
        directories = read_exif(data)  # values are copied out, so that the file can go
        exif = write_exif(directories) if directories else None
    resources = image.info.get("photoshop")
    records = resources.get(IPTC_RESOURCE) if isinstance(resources, dict) else None
    return SourceMetadata(
        exif=exif, xmp=packet, iptc=_bytes(records), others=tuple(_others(image, format, records))
    )


def _others(image: Image.Image, format: str, records: object) -> list[str]:
    found: list[str] = []
    if image.info.get("comment"):
        found.append("a comment")
    # not image.text, which decodes every frame of an animated PNG
    count = sum(isinstance(value, str) and key != _XMP_TEXT for key, value in image.info.items())
    if count and format == "png":
        found.append(f"{count} text chunks")
    if records:
        found.append("IPTC records beyond title, description, creator and rights")
    return found


def _bytes(value: object) -> bytes | None:
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    return bytes(value) if isinstance(value, bytes | bytearray) and value else None

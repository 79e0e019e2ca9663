"""Knowledge of image formats, one row each; pure tables and arithmetic.

Law: this room knows what formats can do and how options are named, and never touches a codec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnsupportedError
from mediaflow.formats.avif import AvifOptions
from mediaflow.formats.gif import GifOptions
from mediaflow.formats.jpeg import JpegOptions
from mediaflow.formats.png import PngOptions
from mediaflow.formats.row import Argument, ImageFormat
from mediaflow.formats.tiff import TiffOptions
from mediaflow.formats.webp import WebpOptions
from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    from mediaflow.models.plugins import EncoderOptions

__all__ = [
    "ALIASES",
    "Argument",
    "AvifOptions",
    "GifOptions",
    "ImageFormat",
    "JpegOptions",
    "PngOptions",
    "TiffOptions",
    "WebpOptions",
    "canonical_name",
    "image_formats",
    "options_of",
]

image_formats: Final[Registry[ImageFormat]] = Registry(
    "image format",
    group="mediaflow.formats",
    builtin={
        "avif": Entry("mediaflow.formats.avif:AVIF"),
        "bmp": Entry("mediaflow.formats.inputs:BMP"),
        "gif": Entry("mediaflow.formats.gif:GIF"),
        "heif": Entry("mediaflow.formats.inputs:HEIF"),
        "ico": Entry("mediaflow.formats.inputs:ICO"),
        "jpeg": Entry("mediaflow.formats.jpeg:JPEG"),
        "png": Entry("mediaflow.formats.png:PNG"),
        "svg": Entry("mediaflow.formats.inputs:SVG"),
        "tiff": Entry("mediaflow.formats.tiff:TIFF"),
        "webp": Entry("mediaflow.formats.webp:WEBP"),
    },
)

ALIASES: Final[dict[str, str]] = {
    "heic": "heif",
    "jfif": "jpeg",
    "jpe": "jpeg",
    "jpg": "jpeg",
    "tif": "tiff",
}


def canonical_name(name: str) -> str:
    """Return the table's name of a format: lower case, aliases resolved.

    Example:
        >>> canonical_name("JPG")
        'jpeg'
    """
    lower = name.lower().removeprefix(".")
    return ALIASES.get(lower, lower)


def options_of(kind: str) -> type[EncoderOptions]:
    """Return the options class of a format.

    Raises:
        UnknownNameError: No format has that name.
        UnsupportedError: The format has no encoder.
    """
    row = image_formats[canonical_name(kind)]
    if row.options is None:
        raise UnsupportedError(f"{row.name} cannot be written; it is read only", value=kind)
    return row.options

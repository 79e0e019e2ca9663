"""Formats that are read and not written."""

from __future__ import annotations

from typing import Final

from mediaflow.formats.row import ImageFormat

__all__ = ["BMP", "HEIF", "ICO", "SVG"]

BMP: Final = ImageFormat(
    name="bmp", mime_type="image/bmp", extension="bmp", has_alpha=True, max_side=65_535
)
HEIF: Final = ImageFormat(
    name="heif",
    mime_type="image/heif",
    extension="heic",
    has_alpha=True,
    max_side=65_535,
    extra="heif",
)
ICO: Final = ImageFormat(
    name="ico",
    mime_type="image/vnd.microsoft.icon",
    extension="ico",
    has_alpha=True,
    max_side=256,
)
SVG: Final = ImageFormat(
    name="svg",
    mime_type="image/svg+xml",
    extension="svg",
    has_alpha=True,
    max_side=65_535,
    extra="vips",
)

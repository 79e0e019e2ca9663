"""Formats that are read and not written."""

from __future__ import annotations

from typing import Final

from mediaflow.formats.row import ImageFormat

__all__ = ["HEIF", "TIFF"]

HEIF: Final = ImageFormat(
    name="heif", mime_type="image/heif", extension="heic", has_alpha=True, max_side=65_535
)
TIFF: Final = ImageFormat(
    name="tiff", mime_type="image/tiff", extension="tif", has_alpha=True, max_side=65_535
)

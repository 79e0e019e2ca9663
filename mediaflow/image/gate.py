"""The one place that opens a picture.

Law: a format is named by its leading bytes, allowed by the plan, and opened by that one plug-in;
limits are checked before a pixel is decoded. Nothing global of Pillow is read or set.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageFile

from mediaflow.errors import CorruptMediaError, MissingExtraError
from mediaflow.geometry import Size
from mediaflow.image.checks import check_input, check_opened
from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from mediaflow.models.info import MediaInfo
    from mediaflow.security.limits import Limits

__all__ = ["PLUGINS", "UPRIGHT", "open_image"]

PLUGINS: Final[dict[str, tuple[str, ...]]] = {
    "avif": ("AVIF",),
    "bmp": ("BMP",),
    "gif": ("GIF",),
    "ico": ("ICO",),
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "tiff": ("TIFF",),
    "webp": ("WEBP",),
}
"""Pillow's plug-ins by our format names."""

UPRIGHT: Final = frozenset({"heif", "tiff"})
"""Formats whose decoder turns the picture upright by itself."""


def open_image(data: bytes, info: MediaInfo, limits: Limits) -> ImageFile.ImageFile:
    """Open a picture without decoding it.

    Args:
        data: The whole file.
        info: What the probe found; the plug-in is chosen by its format.
        limits: Limits in force.

    Raises:
        CorruptMediaError: Pillow reads another size than the probe, or cannot read the header.
        TruncatedMediaError: A WebP file is shorter than it says.
        LimitExceededError: The picture is larger than the limits or Pillow allow.
        MissingExtraError: The plug-in for HEIF is not installed.
    """
    check_input(data, info, limits)
    with translated(stage="decode", where=info.uri):
        if info.format == "heif":
            image = _open_heif(data)
        else:
            image = Image.open(io.BytesIO(data), formats=PLUGINS[info.format])
    try:
        check_opened(Size(*image.size), info)
    except CorruptMediaError:
        image.close()
        raise
    return image


def _open_heif(data: bytes) -> ImageFile.ImageFile:
    """Open a HEIF picture by its plug-in's own class, which is never registered with Pillow."""
    try:
        from pillow_heif import HeifImageFile  # 60 ms, and an optional package
    except ImportError as exc:
        line = "pip install 'pymediaflow[heif]'"
        raise MissingExtraError(f"heif is read with pillow-heif: {line}", hint=line) from exc
    image: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))
    return image

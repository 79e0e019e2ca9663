"""The one place that opens a picture.

Law: a format is named by its leading bytes, allowed by the plan, and opened by that one plug-in;
limits are checked before a pixel is decoded. Nothing global of Pillow is read or set.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageFile

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.formats.jpeg_markers import count_scans
from mediaflow.formats.magic import sniff
from mediaflow.formats.png_chunks import count_chunks
from mediaflow.geometry import Size
from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from mediaflow.models.info import MediaInfo
    from mediaflow.security.limits import Limits

__all__ = ["PLUGINS", "open_image"]

RIFF_HEAD: Final = 8  # "RIFF" and the length of the rest
PLUGINS: Final[dict[str, tuple[str, ...]]] = {
    "avif": ("AVIF",),
    "gif": ("GIF",),
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "tiff": ("TIFF",),
    "webp": ("WEBP",),
}
"""Pillow's plug-ins by our format names."""


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
    """
    where = info.uri
    if sniff(data[:64]) != info.format:
        raise CorruptMediaError("the input changed its format after the probe", where=where)
    limits.check("max_input_bytes", len(data), where=where)
    limits.check("max_pixels", info.image.stored_size.pixels, where=where)
    if info.format == "webp":
        _check_riff_length(data, where)
    if info.format == "png":
        limits.check("max_png_chunks", count_chunks(data, limits.max_png_chunks), where=where)
    if info.format == "jpeg":  # each scan may be a pass over the picture, sequential ones too
        limits.check("max_jpeg_scans", count_scans(data, limits.max_jpeg_scans), where=where)
    with translated(stage="decode", where=where):
        image = Image.open(io.BytesIO(data), formats=PLUGINS[info.format])
    opened = Size(*image.size)
    if opened not in (info.image.stored_size, info.size):
        image.close()
        raise CorruptMediaError(
            f"the header says {info.width}×{info.height} px, the decoder "
            f"{opened.width}×{opened.height}",
            where=where,
        )
    return image


def _check_riff_length(data: bytes, where: str | None) -> None:
    # RFC 9649 2.4; Pillow only says that it cannot identify such a file
    stated = RIFF_HEAD + int.from_bytes(data[4:RIFF_HEAD], "little")
    if len(data) < stated:
        raise TruncatedMediaError(
            f"the input ends too early: {len(data):,} of {stated:,} bytes", where=where
        )

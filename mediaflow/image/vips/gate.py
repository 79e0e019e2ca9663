"""The one place where libvips meets the bytes of an input.

Law: the checks are those of the other gate, and the loader is named by the probe's format: libvips
sniffs nothing itself. Loaders keep their own bounds (``unlimited`` stays false), get no file name
and so no place to look for other files, and no switch of the whole process is read or set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyvips

from mediaflow.errors import CorruptMediaError
from mediaflow.geometry import Size
from mediaflow.image.checks import check_input, check_opened
from mediaflow.image.vips.translate import translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.models.info import MediaInfo
    from mediaflow.security.limits import Limits

__all__ = ["LOADERS", "open_image"]

LOADERS: Final[dict[str, str]] = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "svg": "svgload_buffer",
    "tiff": "tiffload_buffer",
    "webp": "webpload_buffer",
}
"""Loaders of libvips by our format names."""

MEASURED_SIDE: Final = (
    4000  # px; a drawing is measured this large, since libvips rounds to whole px
)
_FAITHFUL: Final = {"access": "sequential", "fail_on": "error"}
_BY_FORMAT: Final[dict[str, dict[str, object]]] = {
    "jpeg": {"unlimited": False, "autorotate": False},
    "png": {"unlimited": False},
    "svg": {"unlimited": False},
    "tiff": {"unlimited": False, "page": 0, "n": 1, "autorotate": False},
    "webp": {"page": 0, "n": 1},
}


def open_image(
    data: bytes, info: MediaInfo, limits: Limits, *, size: Size | None = None
) -> pyvips.Image:
    """Open a picture; its pixels are decoded when something asks for them.

    Args:
        data: The whole file; it must live as long as the image.
        info: What the probe found; the loader is chosen by its format.
        limits: Limits in force.
        size: For WebP and SVG: decode or draw at this size or a little more.

    Raises:
        CorruptMediaError: libvips reads another size than the probe, or cannot read the header.
        TruncatedMediaError: The file ends too early.
        LimitExceededError: The picture is larger than the limits allow.
    """
    check_input(data, info, limits)
    with translated(stage="decode", where=info.uri):
        load = getattr(pyvips.Image, LOADERS[info.format])
        options = _FAITHFUL | _BY_FORMAT[info.format]
        if info.format == "svg":
            return _open_drawing(data, load, options, info, size or info.picture.stored_size)
        image: pyvips.Image = load(data, **options)
        opened = Size(image.width, image.height)
        check_opened(opened, info)
        if size is not None and size != opened:
            return load(data, scale=size.width / opened.width, **options)
    return image


def _open_drawing(
    data: bytes,
    load: Callable[..., pyvips.Image],
    options: dict[str, object],
    info: MediaInfo,
    size: Size,
) -> pyvips.Image:
    """Return a drawing that will be drawn at a size, whatever its units are for libvips."""
    plain = load(data, **options)
    factor = MEASURED_SIDE / max(plain.width, plain.height)
    measured = load(data, scale=factor, **options)
    stored = info.picture.stored_size
    expected = measured.width * stored.height / stored.width
    tolerance = 2 + measured.width / stored.width + expected / stored.height  # each side is rounded
    if abs(expected - measured.height) > tolerance:
        raise CorruptMediaError(
            f"the root tag says {stored.width}×{stored.height} px, the decoder "
            f"{plain.width}×{plain.height}",
            where=info.uri,
        )
    scale = max(size.width / measured.width, size.height / measured.height)
    return load(data, scale=factor * scale, **options)

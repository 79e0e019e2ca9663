"""Encodes one picture by its step, with libvips.

Law: arguments come from the plan, in the words of the other back end, and are translated here one by
one. No metadata is written: every encoder is told to keep nothing, or the profile alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyvips
from PIL import Image

from mediaflow.errors import EncodeError
from mediaflow.image.indexed import MAX_COLORS
from mediaflow.image.pillow.encode import encode as encode_by_pillow
from mediaflow.image.vips.color import PROFILE
from mediaflow.image.vips.raster import has_alpha, named
from mediaflow.image.vips.translate import translated
from mediaflow.models.color import parse_color
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mediaflow.frames import Raster
    from mediaflow.planning.steps import EncodeStep

__all__ = ["ENCODERS", "encode", "flatten"]

ENCODERS: Final[dict[str, str]] = {
    "avif": "heifsave_buffer",
    "jpeg": "jpegsave_buffer",
    "png": "pngsave_buffer",
    "tiff": "tiffsave_buffer",
    "webp": "webpsave_buffer",
}
"""Savers of libvips by our format names."""

MAX_EFFORT: Final = 9  # libheif counts effort where libavif counts speed
BEST_COMPRESSION: Final = 9
OPAQUE: Final = {"uchar": 255, "ushort": 65_535}
TIFF_NAMES: Final = {"raw": "none", "tiff_adobe_deflate": "deflate", "tiff_lzw": "lzw"}
_SUBSAMPLE: Final = {"4:2:0": "on", "4:4:4": "off"}
_WIDE_FORMATS: Final = ("png", "tiff")


def encode(raster: Raster[pyvips.Image], step: EncodeStep) -> tuple[bytes, tuple[Notice, ...]]:
    """Encode one picture.

    Args:
        raster: A finished picture; it stays as it is.
        step: Format, arguments, depth and the background for transparent parts.

    Returns:
        The file, and the notices that turned out to be true.

    Raises:
        EncodeError: The encoder failed.
    """
    notices = step.notices
    with translated(stage="encode"):
        image = raster.picture
        if has_alpha(image) and image[image.bands - 1].min() == OPAQUE[image.format]:
            image = image.extract_band(0, n=image.bands - 1)
        if not has_alpha(image):
            notices = tuple(note for note in notices if note.code != "alpha_flattened")
        elif step.flatten:
            image = flatten(image, parse_color(step.output.background))
        if image.format == "ushort" and (step.bit_depth == 8 or step.format not in _WIDE_FORMATS):
            image = image.cast("uchar", shift=True)
        image = named(image)
        if step.format == "png" and image.format == "uchar" and image.bands > 2:
            copy = Image.fromarray(image.numpy())
            if copy.getcolors(MAX_COLORS) is not None:  # one writer of palettes is enough
                return encode_by_pillow(replace(raster, picture=copy), step)
        if raster.icc_profile is not None:
            image = image.copy()
            image.set_type(pyvips.GValue.blob_type, PROFILE, raster.icc_profile)
        if raster.is_color_assumed:
            notices = tuple(_assumed(note) for note in notices)
        options = _TRANSLATORS[step.format](dict(step.arguments))
        options["keep"] = "none" if raster.icc_profile is None else "icc"
        data = getattr(image, ENCODERS[step.format])(**options)
    if not isinstance(data, bytes) or not data:
        raise EncodeError("libvips wrote nothing", stage="encode")
    return data, notices


def flatten(image: pyvips.Image, background: tuple[int, int, int]) -> pyvips.Image:
    """Lay a picture with alpha on a colour.

    Args:
        image: Gray or colour with alpha.
        background: Red, green and blue, 0 to 255.
    """
    if image.bands == 2:
        gray, alpha = image.extract_band(0), image.extract_band(1)
        image = gray.bandjoin([gray, gray, alpha])
    full = OPAQUE[image.format]
    made: pyvips.Image = named(image).flatten(
        background=[channel * full // 255 for channel in background], max_alpha=full
    )
    return made


def _assumed(notice: Notice) -> Notice:
    if notice.code != "color_converted":
        return notice
    return Notice(code="color_assumed", message="the embedded profile is unusable; taken as sRGB")


def _jpeg(arguments: Mapping[str, object]) -> dict[str, object]:
    return {
        "Q": arguments["quality"],
        "interlace": arguments["progressive"],
        "optimize_coding": arguments["optimize"],
        "subsample_mode": _SUBSAMPLE.get(str(arguments["subsampling"]), "off"),
    }


def _png(arguments: Mapping[str, object]) -> dict[str, object]:
    best = bool(arguments["optimize"])
    return {
        "compression": BEST_COMPRESSION if best else arguments["compress_level"],
        "filter": "all",
    }


def _webp(arguments: Mapping[str, object]) -> dict[str, object]:
    return {
        "Q": arguments["quality"],
        "lossless": arguments["lossless"],
        "effort": arguments["method"],
        "alpha_q": arguments["alpha_quality"],
        "exact": arguments["exact"],
    }


def _avif(arguments: Mapping[str, object]) -> dict[str, object]:
    return {
        "Q": arguments["quality"],
        "effort": max(MAX_EFFORT - int(str(arguments["speed"])), 0),
        "subsample_mode": _SUBSAMPLE.get(str(arguments["subsampling"]), "off"),
        "compression": "av1",
    }


def _tiff(arguments: Mapping[str, object]) -> dict[str, object]:
    return {
        "compression": TIFF_NAMES[str(arguments["compression"])],
        "predictor": "horizontal",
    }


_TRANSLATORS: Final[dict[str, Callable[[Mapping[str, object]], dict[str, object]]]] = {
    "avif": _avif,
    "jpeg": _jpeg,
    "png": _png,
    "tiff": _tiff,
    "webp": _webp,
}
"""From the plan's arguments to those of libvips."""

"""Applies the filters of a step, and decodes the pictures that they lay over.

Law: filters see RGB or RGBA, upright, in sRGB unless the output keeps its profile; a second picture
comes through the gate like any input and is decoded once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mediaflow.filters import apply_filters
from mediaflow.image.color import cmyk_to_srgb, colored, to_srgb
from mediaflow.image.gate import UPRIGHT, open_image
from mediaflow.image.pillow.normalize import normalize
from mediaflow.image.pillow.raster import as_raster, raster_of
from mediaflow.image.pillow.transform import TURNS, pad
from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from PIL import Image

    from mediaflow.filters import Assets, Filter
    from mediaflow.frames import Raster
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.steps import PictureStep
    from mediaflow.security.limits import Limits

__all__ = ["decode_asset", "filter_picture", "filter_pixels"]


def filter_picture(
    picture: Raster[Image.Image], step: PictureStep, assets: Assets
) -> Raster[Image.Image]:
    """Apply filters to a scaled and upright picture, then pad it.

    Args:
        picture: What the transform made; it stays as it is.
        step: Its filters and its canvas.
        assets: Second inputs.
    """
    image, profile = picture.picture, picture.icc_profile
    with translated(stage="transform"):
        image, profile = colored(image, profile)
        image = pad(apply_filters(image, step.filters, assets), step)
    made = as_raster(image, profile, is_color_assumed=picture.is_color_assumed)
    return replace(made, metadata=picture.metadata, recovered=picture.recovered)


def filter_pixels(
    pixels: npt.NDArray[np.uint8], filters: Sequence[Filter], assets: Assets
) -> npt.NDArray[np.uint8]:
    """Apply filters to a picture that is an array.

    Args:
        pixels: (height, width, 3), uint8: sRGB; they stay as they are.
        filters: Any filters, in order.
        assets: Second inputs.

    Returns:
        Another array of the same shape.

    Raises:
        ProcessingError: A filter failed.
        SourceError: A second input cannot be used.
    """
    with translated(stage="transform"):
        made = apply_filters(raster_of(pixels).picture, filters, assets)
        return np.array(made.convert("RGB"))


def decode_asset(data: bytes, info: MediaInfo, limits: Limits) -> Image.Image:
    """Return a second picture: RGBA, upright, in sRGB.

    Args:
        data: The whole file.
        info: What the probe found.
        limits: Limits in force.

    Raises:
        SourceError: It cannot be decoded, or is larger than the limits allow.
    """
    image = open_image(data, info, limits)
    with translated(stage="decode", where=info.uri):
        profile = image.info.get("icc_profile")
        image.load()
        decoded: Image.Image = normalize(image)
        if decoded.mode == "CMYK":
            decoded, _ = cmyk_to_srgb(decoded, profile)
        elif profile:
            decoded = to_srgb(decoded, profile) or decoded
        if info.picture.orientation != 1 and info.format not in UPRIGHT:
            decoded = decoded.transpose(TURNS[info.picture.orientation])
        return decoded.convert("RGBA")

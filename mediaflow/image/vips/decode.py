"""Decodes a file once, at the scale that the plan asks for, row by row.

Law: where the plan asks for less than all pixels, a large picture never stands in memory whole:
WebP is scaled by its decoder, drawings are drawn at their size, and the rows of other formats are averaged block by block while they are decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.errors import DecodeError
from mediaflow.geometry import Size
from mediaflow.image.vips.color import cmyk_to_srgb, profile_of
from mediaflow.image.vips.gate import open_image
from mediaflow.image.vips.raster import as_raster, flat, has_alpha, mode_of, named, premultiplied
from mediaflow.image.vips.translate import translated

if TYPE_CHECKING:
    import pyvips

    from mediaflow.frames import Raster
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.steps import DecodeStep
    from mediaflow.security.limits import Limits

__all__ = ["decode"]


def decode(data: bytes, step: DecodeStep, info: MediaInfo, limits: Limits) -> Raster[pyvips.Image]:
    """Decode a whole file.

    Args:
        data: The file.
        step: Format, scale and depth.
        info: What the probe found.
        limits: Limits in force.

    Raises:
        CorruptMediaError: The bytes break the rules of their format.
        TruncatedMediaError: The input ends too early.
        LimitExceededError: The input is larger than the limits allow.
        DecodeError: The decoder did not take the planned scale.
    """
    by_size = step.size if step.format in ("svg", "webp") else None
    image = open_image(data, info, limits, size=by_size)
    with translated(stage="decode", where=info.uri):
        profile, assumed = profile_of(image), False
        if image.interpretation == "cmyk" and image.bands == 4:
            image, by_profile = cmyk_to_srgb(image, profile)
            profile, assumed = None, not by_profile
        mode_of(image)
        if image.format == "ushort" and step.bit_depth == 8:
            image = image.cast("uchar", shift=True)
        if step.denominator > 1:
            image = _averaged(image, step.denominator)
        image = named(_fitted(image, step, info))  # not before: libvips marks what comes row by row
        return as_raster(image, profile, is_color_assumed=assumed)


def _averaged(image: pyvips.Image, blocks: int) -> pyvips.Image:
    """Return the means of blocks of px; hidden colour has no share in them."""
    if not has_alpha(image):
        made: pyvips.Image = image.shrink(blocks, blocks, ceil=True)
        return made
    return flat(premultiplied(image).shrink(blocks, blocks, ceil=True), image)


def _fitted(image: pyvips.Image, step: DecodeStep, info: MediaInfo) -> pyvips.Image:
    """Return the image at the planned size, which a scaled WebP may miss by a px and a stretched drawing by more."""
    size = Size(image.width, image.height)
    if size == step.size:
        return image
    off = max(abs(size.width - step.size.width), abs(size.height - step.size.height))
    if step.format != "svg" and (step.format != "webp" or off > 1):
        raise DecodeError(
            f"the decoder made {size.width}×{size.height} px, planned were "
            f"{step.size.width}×{step.size.height}",
            stage="decode",
            where=info.uri,
        )
    made: pyvips.Image = image.resize(
        step.size.width / size.width, vscale=step.size.height / size.height
    )
    return made

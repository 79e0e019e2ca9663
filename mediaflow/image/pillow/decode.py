"""Decodes a file once, at the scale that the plan asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.errors import DecodeError
from mediaflow.frames import SourceMetadata
from mediaflow.geometry import Size
from mediaflow.image.color import cmyk_to_srgb
from mediaflow.image.gate import open_image
from mediaflow.image.pillow.ahead import load_ahead
from mediaflow.image.pillow.beside import metadata_of
from mediaflow.image.pillow.normalize import normalize
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.pillow.transform import finish
from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from PIL import Image

    from mediaflow.frames import Raster
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.steps import DecodeStep, PictureStep
    from mediaflow.security.limits import Limits

__all__ = ["decode"]


def decode(
    data: bytes,
    step: DecodeStep,
    info: MediaInfo,
    limits: Limits,
    *,
    ahead: PictureStep | None = None,
) -> tuple[Raster[Image.Image], Raster[Image.Image] | None]:
    """Decode a whole file.

    Args:
        data: The file.
        step: Format and scale.
        info: What the probe found.
        limits: Limits in force.
        ahead: A picture to make from the upper rows while the lower ones are decoded.

    Returns:
        The decoded source, and the picture that was made meanwhile or None.

    Raises:
        CorruptMediaError: The bytes break the rules of their format.
        TruncatedMediaError: The input ends too early.
        LimitExceededError: The input is larger than the limits allow.
        DecodeError: The decoder did not take the planned scale.
    """
    image = open_image(data, info, limits)
    with translated(stage="decode", where=info.uri):
        profile = image.info.get("icc_profile")
        xmp = image.info.pop("xmp", None)  # a TIFF would be turned by what XMP says of it
        if step.denominator > 1:
            # libjpeg takes the largest scale that keeps both sides at least as long as asked
            image.draft(
                image.mode,
                (image.width // step.denominator, image.height // step.denominator),
            )
        scaled = None
        if ahead is not None and image.mode == "RGB":
            scaled = load_ahead(image, ahead)
        image.load()
        metadata = SourceMetadata()
        if step.metadata:
            metadata = metadata_of(image, data, info.format, xmp=xmp)
        decoded: Image.Image = normalize(image)
        assumed = False
        if decoded.mode == "CMYK":
            decoded, by_profile = cmyk_to_srgb(decoded, profile)
            profile, assumed = None, not by_profile
    size = Size(*decoded.size)
    if size not in (step.size, info.size):
        raise DecodeError(
            f"the decoder made {size.width}×{size.height} px, planned were "
            f"{step.size.width}×{step.size.height}",
            stage="decode",
            where=info.uri,
        )
    made = (
        None
        if scaled is None or ahead is None
        else finish(as_raster(scaled, profile or None, metadata=metadata), ahead)
    )
    base = as_raster(decoded, profile or None, is_color_assumed=assumed, metadata=metadata)
    return base, made

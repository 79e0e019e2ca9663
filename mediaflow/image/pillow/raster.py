"""A Pillow image as the raster that rooms hand each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast, get_args

from PIL import Image

from mediaflow.errors import ProcessingError
from mediaflow.frames import PixelMode, Raster
from mediaflow.geometry import Size

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["as_raster", "raster_of", "twin"]

RGB: Final = 3  # channels


def as_raster(
    image: Image.Image, icc_profile: bytes | None = None, *, is_color_assumed: bool = False
) -> Raster[Image.Image]:
    """Return an image in one of the five modes as a raster.

    Raises:
        ProcessingError: A step left the image in another mode.
    """
    if image.mode not in get_args(PixelMode):
        raise ProcessingError(f"a picture of mode {image.mode} is none of ours")
    mode = cast("PixelMode", image.mode)
    return Raster(image, Size(*image.size), mode, icc_profile, is_color_assumed)


def raster_of(pixels: npt.NDArray[np.uint8]) -> Raster[Image.Image]:
    """Return an array as a raster; its px are packed into Pillow's four bytes each, once.

    Args:
        pixels: (height, width, 3), uint8: sRGB; or (height, width, 4) with straight alpha. It is
            not kept.
    """
    return as_raster(Image.fromarray(pixels, "RGB" if pixels.shape[2] == RGB else "RGBA"))


def twin(image: Image.Image) -> Image.Image:
    """Return another image over the same pixels.

    ``Image.save`` keeps its arguments on the image while it works, so that two encoders of one
    image would read each other's. Pixels are not copied, and encoders do not change them.
    """
    return image._new(image.im)

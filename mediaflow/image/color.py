"""Colour by profile, with LittleCMS through Pillow.

Law: the profile's own colour space must be the image's; anything else is taken as sRGB and said.
Relative colorimetric with black-point compensation, as browsers and print viewers do.
Source: ICC.1:2022; Adobe Black Point Compensation (ISO 18619).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageCms

from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from mediaflow.frames import PixelMode

__all__ = ["cmyk_to_srgb", "colored", "from_srgb", "is_usable", "to_srgb"]

_FLAGS: Final = ImageCms.Flags.BLACKPOINTCOMPENSATION
_INTENT: Final = ImageCms.Intent.RELATIVE_COLORIMETRIC
_SPACE_OF_MODE: Final = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the image in sRGB, or None when the profile does not fit it or is broken.

    Args:
        image: Mode L, LA, RGB, RGBA or CMYK; alpha is kept as it is.
        profile: An embedded ICC profile.
    """
    if image.mode == "LA":
        gray = to_srgb(image.getchannel("L"), profile)
        if gray is None:
            return None
        gray.putalpha(image.getchannel("A"))
        return gray
    return _convert(image, profile, "RGBA" if image.mode == "RGBA" else "RGB")


def is_usable(profile: bytes, mode: PixelMode) -> bool:
    """Tell whether a profile is whole and for samples of a mode.

    Args:
        profile: An embedded ICC profile.
        mode: Channels of the picture beside it; alpha does not count.
    """
    one = Image.new("L" if mode == "LA" else "RGB" if mode == "RGBA" else mode, (1, 1))
    return _convert(one, profile, "RGB") is not None


def colored(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    """Return a gray picture in colour, and the profile that is then left.

    A gray profile fits no colour samples, so it goes into them; any other picture stays as it is.
    """
    if image.mode not in ("L", "LA"):
        return image, profile
    if profile is not None:
        image, profile = to_srgb(image, profile) or image, None
    return image.convert("RGBA" if image.mode.endswith("A") else "RGB"), profile


def cmyk_to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bool]:
    """Return a CMYK image in sRGB, and whether its profile was of use.

    Without a usable profile the colours come from Pillow's formula.
    """
    if profile is not None:
        converted = _convert(image, profile, "RGB")
        if converted is not None:
            return converted, True
    with translated(stage="transform"):
        return image.convert("RGB"), False


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return an sRGB image in the colours of an RGB profile, or None when that is of no use."""
    try:
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(srgb, target, "RGB", "RGB", _INTENT, _FLAGS)
        return ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _convert(image: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACE_OF_MODE.get(image.mode):
            return None
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), image.mode, mode, _INTENT, _FLAGS
        )
        return ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None  # the caller says that the profile was not usable

"""Colour by profile, with LittleCMS through libvips.

Law: as in the other back end: a profile must be for the samples that it lies beside, else they are
taken as sRGB and that is said. Relative colorimetric with black-point compensation.
Source: ICC.1:2022; Adobe Black Point Compensation (ISO 18619).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyvips

from mediaflow.image.color import is_usable

if TYPE_CHECKING:
    from mediaflow.frames import PixelMode

__all__ = ["PROFILE", "cmyk_to_srgb", "profile_of", "to_srgb"]

PROFILE: Final = "icc-profile-data"


def profile_of(image: pyvips.Image) -> bytes | None:
    """Return the embedded profile."""
    return bytes(image.get(PROFILE)) if image.get_typeof(PROFILE) else None


def to_srgb(image: pyvips.Image, mode: PixelMode, profile: bytes) -> pyvips.Image | None:
    """Return an image in sRGB, or None when the profile does not fit it or is broken.

    Args:
        image: A picture of one of the four modes; alpha is kept as it is.
        mode: Its channels.
        profile: An embedded ICC profile.
    """
    return _convert(image, profile, mode)


def cmyk_to_srgb(image: pyvips.Image, profile: bytes | None) -> tuple[pyvips.Image, bool]:
    """Return a CMYK image in sRGB, and whether its profile was of use.

    Without a usable profile each ink takes its share of the light: (1 - ink) x (1 - black).
    """
    converted = None if profile is None else _convert(image, profile, "CMYK")
    if converted is not None:
        return converted, True
    inks, black = image.extract_band(0, n=3), image.extract_band(3)
    light = (255 - inks) * (255 - black) / 255
    return light.rint().cast("uchar").copy(interpretation="srgb"), False


def _convert(image: pyvips.Image, profile: bytes, mode: PixelMode) -> pyvips.Image | None:
    if not is_usable(profile, mode):  # libvips would take the samples as sRGB and not say so
        return None
    tagged = image.copy()
    tagged.set_type(pyvips.GValue.blob_type, PROFILE, profile)
    made: pyvips.Image = tagged.icc_transform(
        "srgb",
        embedded=True,
        intent="relative",
        black_point_compensation=True,
        depth=16 if image.format == "ushort" else 8,
    )
    return made

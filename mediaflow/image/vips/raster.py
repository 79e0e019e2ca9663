"""A libvips image as the raster that rooms hand each other, and its channels by name.

Law: four modes, in 8 or 16 bits a channel, always sRGB or gray by interpretation, in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

from mediaflow.errors import ProcessingError, UnsupportedError
from mediaflow.frames import PixelMode, Raster
from mediaflow.geometry import Size

if TYPE_CHECKING:
    import pyvips

__all__ = ["as_pillow", "as_raster", "flat", "has_alpha", "mode_of", "named", "premultiplied"]

_MODES: Final[dict[int, PixelMode]] = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_FORMATS: Final = ("uchar", "ushort")
_MAX: Final = {"uchar": 255, "ushort": 65_535}


def mode_of(image: pyvips.Image) -> PixelMode:
    """Return the channels of a picture that is not CMYK.

    Raises:
        UnsupportedError: The samples are 32-bit, floating point or of more than four channels.
    """
    if image.bands not in _MODES or image.format not in _FORMATS:
        raise UnsupportedError(
            f"pictures of {image.bands} channels of {image.format} have no stated range and "
            "cannot be shown",
            hint="convert the source to 8 or 16 bits a channel first",
        )
    return _MODES[image.bands]


def named(image: pyvips.Image) -> pyvips.Image:
    """Return the same pixels under the interpretation that their channels have, and nothing else.

    Whatever a loader attached (EXIF, XMP, comments, profiles) is left behind.
    """
    wide = image.format == "ushort"
    gray = image.bands < 3
    word = ("grey16" if wide else "b-w") if gray else ("rgb16" if wide else "srgb")
    bare: pyvips.Image = image.copy(interpretation=word, xoffset=0, yoffset=0)
    for name in bare.get_fields():
        if name not in _STRUCTURE:
            bare.remove(name)
    return bare


_STRUCTURE: Final = frozenset(
    [
        "width",
        "height",
        "bands",
        "format",
        "coding",
        "interpretation",
        "xoffset",
        "yoffset",
        "xres",
        "yres",
        "filename",
    ]
)


def has_alpha(image: pyvips.Image) -> bool:
    """Tell whether the last channel is opacity."""
    return bool(image.bands in (2, 4))


def as_pillow(image: pyvips.Image) -> Image.Image:
    """Return a copy in Pillow's form, 8 bits a channel."""
    shallow = image.cast("uchar", shift=True) if image.format == "ushort" else image
    size = (shallow.width, shallow.height)
    return Image.frombytes(mode_of(shallow), size, bytes(shallow.write_to_memory()))


def premultiplied(image: pyvips.Image) -> pyvips.Image:
    """Return colour times opacity, as floating point."""
    made: pyvips.Image = image.premultiply(max_alpha=_MAX[image.format])
    return made


def flat(image: pyvips.Image, like: pyvips.Image) -> pyvips.Image:
    """Return straight colour again, in the format of another image."""
    straight = image.unpremultiply(max_alpha=_MAX[like.format])
    made: pyvips.Image = straight.rint().cast(like.format)
    return made


def as_raster(
    image: pyvips.Image, icc_profile: bytes | None = None, *, is_color_assumed: bool = False
) -> Raster[pyvips.Image]:
    """Compute an image and return it as a raster.

    Raises:
        ProcessingError: A step left the image in another form.
    """
    try:
        mode = mode_of(image)
    except UnsupportedError as exc:
        raise ProcessingError(
            f"a picture of {image.bands} × {image.format} is none of ours"
        ) from exc
    made = image.copy_memory()
    return Raster(made, Size(made.width, made.height), mode, icc_profile, is_color_assumed)

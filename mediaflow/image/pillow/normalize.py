"""Any mode that Pillow decodes to becomes one of five: L, LA, RGB, RGBA, CMYK.

Law: done once, right after the decode, so that every later step is right for every input:
palettes would be resampled by nearest neighbour, 16 bits would be clipped, colour keys would punch
holes into a scaled picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnsupportedError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["normalize"]

SIXTEEN_TO_EIGHT: Final = 1 / 256
_READY: Final = ("L", "LA", "RGB", "RGBA", "CMYK")
_SIMPLE: Final = {
    "1": "L",
    "HSV": "RGB",
    "LAB": "RGB",
    "La": "LA",
    "PA": "RGBA",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "YCbCr": "RGB",
}


def normalize(image: Image.Image) -> Image.Image:
    """Return a loaded image in one of the five modes, with its ``info`` emptied.

    Args:
        image: Any loaded image; it is changed or replaced.

    Raises:
        UnsupportedError: The samples are 32-bit or floating point, whose range nothing states.
    """
    keyed = image.mode in ("1", "L", "RGB", "P") and "transparency" in image.info
    if image.mode == "P":
        image = image.convert("RGBA" if keyed else "RGB")
    elif keyed and image.mode == "RGB":
        image = image.convert("RGBA")
    elif keyed:
        image = image.convert("LA")
    elif image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda sample: sample * SIXTEEN_TO_EIGHT).convert("L")
    elif image.mode in _SIMPLE:
        image = image.convert(_SIMPLE[image.mode])
    if image.mode not in _READY:
        raise UnsupportedError(
            f"pictures of mode {image.mode} have no stated range and cannot be shown",
            hint="convert the source to 8 or 16 bits a channel first",
        )
    image.info = {}
    return image

"""Scales light instead of numbers: samples are made linear, scaled, and made sRGB again.

A px that stands for two must send as much light as both: black and white make 188, where the mean
of the numbers makes 128, which is a fifth of the light. Law: exact Lanczos in 32-bit floating
point, one channel after the other, in bands of rows, so that only one channel is ever held at the
new width and the old height. Alpha weighs light, not numbers.

Source: IEC 61966-2-1 (the transfer curve of sRGB, which Display P3 shares).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from mediaflow.geometry import Size
from mediaflow.planning.scaling import reduce_region

if TYPE_CHECKING:
    import numpy.typing as npt

    from mediaflow.planning.steps import PictureStep

    Plane = npt.NDArray[np.float32]

__all__ = ["scale_linear"]

BAND_PIXELS: Final = 1_000_000  # of the origin that are floating point at a time: 4 MB
CODES: Final = 65_536  # the darkest step of 8 bits is 20 of these
_NUMBERS: Final = np.arange(256, dtype=np.float64) / 255
_TO_LIGHT: Final = np.where(
    _NUMBERS <= 0.04045, _NUMBERS / 12.92, ((_NUMBERS + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_SHARES: Final = _NUMBERS.astype(np.float32)
_LIGHT: Final = np.arange(CODES, dtype=np.float64) / (CODES - 1)
_TO_NUMBERS: Final = np.rint(
    255
    * np.where(
        _LIGHT <= 0.0031308, _LIGHT * 12.92, 1.055 * np.maximum(_LIGHT, 1e-9) ** (1 / 2.4) - 0.055
    )
).astype(np.uint8)


def scale_linear(image: Image.Image, step: PictureStep) -> Image.Image:
    """Return a part of an image at another size, scaled in linear light.

    Args:
        image: Mode L, LA, RGB or RGBA.
        step: The part, the box reduction before Lanczos, and the size.
    """
    names = image.getbands()
    if names[-1] != "A":
        bands = [_encoded(_scaled(image, name, step, weighed=False)) for name in names]
        return bands[0] if len(bands) == 1 else Image.merge(image.mode, bands)
    alpha = np.clip(_scaled(image, "A", step, weighed=False), 0, 1)
    weight = np.maximum(alpha, 1 / 512)  # below half a level of alpha, nothing is seen
    bands = [
        _encoded(np.divide(_scaled(image, name, step, weighed=True), weight, dtype=np.float32))
        for name in names[:-1]
    ]
    bands.append(Image.fromarray(np.rint(alpha * 255).astype(np.uint8)))
    return Image.merge(image.mode, bands)


def _scaled(image: Image.Image, name: str, step: PictureStep, *, weighed: bool) -> Plane:
    """Return one channel at its new size, as light from 0 to 1 with a little overshoot."""
    reduction = reduce_region(step.crop, step.reduce, Size(*image.size))
    left, top, right, bottom = reduction.region
    crop = reduction.crop
    rows = max(1, BAND_PIXELS // (right - left) // step.reduce) * step.reduce
    narrow = np.empty((reduction.size.height, step.content.width), np.float32)
    done = 0
    for start in range(top, bottom, rows):
        band = image.crop((left, start, right, min(start + rows, bottom)))
        light = Image.fromarray(_light(band, name, weighed=weighed))
        if step.reduce > 1:
            light = light.reduce(step.reduce)
        across = (float(crop.left), 0.0, float(crop.right), float(light.height))
        width = (step.content.width, light.height)
        made = light.resize(width, Image.Resampling.LANCZOS, box=across)
        narrow[done : done + made.height] = np.asarray(made)
        done += made.height
    down = (0.0, float(crop.top), float(step.content.width), float(crop.bottom))
    size = (step.content.width, step.content.height)
    whole = Image.fromarray(narrow).resize(size, Image.Resampling.LANCZOS, box=down)
    return np.asarray(whole)


def _light(band: Image.Image, name: str, *, weighed: bool) -> Plane:
    numbers = np.asarray(band.getchannel(name))
    light: Plane = (_SHARES if name == "A" else _TO_LIGHT)[numbers]
    if weighed:
        light *= _SHARES[np.asarray(band.getchannel("A"))]
    return light


def _encoded(light: Plane) -> Image.Image:
    codes = np.rint(np.clip(light, 0, 1) * (CODES - 1)).astype(np.uint16)
    return Image.fromarray(_TO_NUMBERS[codes])

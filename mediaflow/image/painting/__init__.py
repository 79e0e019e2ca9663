"""Paints a photo-like picture by code: a lake below mountains at evening, with grain.

It is the demonstration's input where nobody brings a photo: soft light, fine texture and hard
edges, as encoders find them in real photographs. The same size and seed give the same pixels.

Law: arithmetic on arrays; no file is read or written. Light is worked at half the size and
enlarged, since a camera's pixels are no sharper; grain and texture are added at full size.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from mediaflow.errors import SpecError
from mediaflow.geometry import Size
from mediaflow.image.painting.canvas import Canvas
from mediaflow.image.painting.far import lake, mountains, sky
from mediaflow.image.painting.near import bank, forest

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["PHOTO_SIZE", "paint_landscape", "paint_photo"]

PHOTO_SIZE: Final = Size(4000, 3000)  # 12 MP, 4:3: what phones store
SMALLEST_SIDE: Final = 16  # px; below there is nothing to see
JPEG_QUALITY: Final = 92

GRAIN: Final = 2.6  # standard deviation in 8-bit steps, about ISO 400 of a small sensor
DETAIL: Final = 26.0  # the same for leaves and rubble, on top
BAND: Final = 16  # rows that are worked on at once; few enough for the processor's cache
GRAIN_TILE: Final = 1024  # px, a multiple of BAND; repeated, which is too fine for the eye to see


def paint_photo(size: Size = PHOTO_SIZE, seed: int = 1) -> bytes:
    """Paint a landscape and return it as a JPEG.

    Args:
        size: Width and height in px, at least 16 each.
        seed: Which landscape; each number gives another one.

    Returns:
        A baseline 4:2:0 JPEG in sRGB, about a quarter of a byte a pixel.

    Raises:
        SpecError: The size is smaller than 16 px or the seed is negative.
    """
    picture = Image.fromarray(paint_landscape(size, seed))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def paint_landscape(size: Size, seed: int = 1) -> npt.NDArray[np.uint8]:
    """Paint a landscape and return its px.

    Args:
        size: Width and height in px, at least 16 each.
        seed: Which landscape; each number gives another one.

    Returns:
        (height, width, 3), uint8, sRGB.

    Raises:
        SpecError: The size is smaller than 16 px or the seed is negative.
    """
    if min(size.width, size.height) < SMALLEST_SIDE or seed < 0:
        raise SpecError(
            f"a painting is at least {SMALLEST_SIDE}×{SMALLEST_SIDE} px with a seed from 0, "
            f"got {size.width}×{size.height} and {seed}"
        )
    canvas = Canvas.of(Size(-(-size.width // 2), -(-size.height // 2)), seed)
    sky(canvas)
    mountains(canvas)
    forest(canvas)
    lake(canvas)
    bank(canvas)
    return _developed(canvas, size)


def _developed(canvas: Canvas, size: Size) -> npt.NDArray[np.uint8]:
    """Return the picture as a camera would store it: tone curve, full size, texture and grain."""
    light = np.clip(canvas.light, 0, None)
    light = np.clip(light * (1.06 - 0.06 * light), 0, 1) * 255
    half = Image.fromarray((light + 0.5).astype(np.uint8))
    whole = half.resize((size.width, size.height), Image.Resampling.BICUBIC)
    amount = Image.fromarray((np.clip(canvas.texture, 0, 1) * 255).astype(np.uint8))
    texture = np.asarray(amount.resize((size.width, size.height), Image.Resampling.BILINEAR))
    tile = canvas.random.standard_normal((GRAIN_TILE, GRAIN_TILE), np.float32)
    wide = np.tile(tile, (1, -(-size.width // GRAIN_TILE)))[:, : size.width]
    smooth = np.asarray(whole)
    pixels = np.empty_like(smooth)
    for top in range(0, size.height, BAND):
        part = smooth[top : top + BAND]
        strength = texture[top : top + BAND] * np.float32(DETAIL / 255) + np.float32(GRAIN)
        start = top % GRAIN_TILE
        grain = wide[start : start + part.shape[0]] * strength
        band = pixels[top : top + BAND]
        np.clip(part + grain[..., None], 0, 255, out=band, casting="unsafe")
    return pixels

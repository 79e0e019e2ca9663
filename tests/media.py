"""Pictures painted by code, always the same bytes of pixels; nothing is read from disk.

Each function returns an encoded file. What a picture shows is known by arithmetic: a photo-like
picture has smooth light and fine grain, quadrants have one solid colour each.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image, ImageCms

__all__ = [
    "BLUE",
    "GREEN",
    "QUADRANTS",
    "RED",
    "YELLOW",
    "alpha_png",
    "animated",
    "bilevel_png",
    "cmyk_jpeg",
    "encode",
    "exif_orientation",
    "gray_png",
    "image",
    "oriented_jpeg",
    "palette_png",
    "photo",
    "photo_jpeg",
    "png16",
    "quadrants",
    "srgb_profile",
    "without_palette",
]

Rgb = tuple[int, int, int]

RED: Final[Rgb] = (255, 0, 0)
GREEN: Final[Rgb] = (0, 255, 0)
BLUE: Final[Rgb] = (0, 0, 255)
YELLOW: Final[Rgb] = (255, 255, 0)
QUADRANTS: Final = (RED, GREEN, BLUE, YELLOW)
"""Colours of :func:`quadrants`: top left, top right, bottom left, bottom right."""

_TO_STORED: Final = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What turns an upright picture into samples stored in an EXIF orientation (EXIF 2.32, tag 0x0112)."""


def image(data: bytes) -> Image.Image:
    """Return the decoded picture of an encoded file."""
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def encode(picture: Image.Image, format: str, **options: Any) -> bytes:
    """Return a picture as a file of a Pillow format name."""
    stream = BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def photo(width: int = 640, height: int = 480) -> Image.Image:
    """Paint what encoders find in photographs: sky, a sun, hills, waves and grain."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    u, v = x / max(width - 1, 1), y / max(height - 1, 1)
    sky = np.stack([90 + 130 * v, 150 + 60 * v, 235 - 40 * v], axis=-1)
    sun = np.exp(-((u - 0.72) ** 2 + (v - 0.24) ** 2) / 0.006)
    scene = sky + sun[..., None] * np.array([120.0, 95.0, 10.0])
    for base, swing, color in (
        (0.62, 0.07, (58, 92, 84)),
        (0.74, 0.05, (46, 104, 52)),
        (0.86, 0.03, (72, 66, 40)),
    ):
        ridge = base + swing * np.sin(7 * u / swing * 0.09 + 40 * base) + 0.006 * np.sin(90 * u)
        texture = 1 + 0.18 * np.sin(x * 0.9 + y * 0.4) * np.cos(y * 1.3 - x * 0.2)
        scene = np.where((v > ridge)[..., None], np.array(color) * texture[..., None], scene)
    grain = np.random.default_rng(20260101).normal(0, 2.5, (height, width, 1))
    return Image.fromarray(np.clip(scene + grain, 0, 255).astype(np.uint8), "RGB")


def photo_jpeg(width: int = 640, height: int = 480, *, quality: int = 92, **options: Any) -> bytes:
    """Return a photo-like JPEG."""
    return encode(photo(width, height), "JPEG", quality=quality, **options)


def quadrants(
    width: int = 64, height: int = 48, *, colors: tuple[Rgb, ...] = QUADRANTS
) -> Image.Image:
    """Paint four solid quarters: top left, top right, bottom left, bottom right."""
    picture = Image.new("RGB", (width, height), colors[3])
    middle = (width // 2, height // 2)
    picture.paste(colors[0], (0, 0, *middle))
    picture.paste(colors[1], (middle[0], 0, width, middle[1]))
    picture.paste(colors[2], (0, middle[1], middle[0], height))
    return picture


def exif_orientation(orientation: int) -> Image.Exif:
    """Return EXIF data that holds an orientation and nothing else."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def oriented_jpeg(orientation: int, picture: Image.Image | None = None) -> bytes:
    """Return a JPEG whose samples are turned so that its EXIF tag makes the picture upright."""
    upright = quadrants() if picture is None else picture
    turn = _TO_STORED[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    return encode(stored, "JPEG", quality=95, subsampling=0, exif=exif_orientation(orientation))


def alpha_png(width: int = 64, height: int = 48) -> bytes:
    """Return a red PNG whose opacity rises from 0 at the left to 255 at the right."""
    ramp = np.linspace(0, 255, width).round().astype(np.uint8)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[..., 3] = ramp
    return encode(Image.fromarray(pixels, "RGBA"), "PNG")


def cmyk_jpeg(
    width: int = 64, height: int = 48, *, ink: tuple[int, int, int, int] = (0, 255, 255, 0)
) -> bytes:
    """Return a CMYK JPEG of one ink mix without a profile; the default prints red."""
    return encode(Image.new("CMYK", (width, height), ink), "JPEG", quality=95)


def gray_png(width: int = 64, height: int = 48) -> bytes:
    """Return an 8-bit gray PNG that brightens from 0 at the left to 255 at the right."""
    ramp = np.linspace(0, 255, width).round().astype(np.uint8)
    return encode(Image.fromarray(np.tile(ramp, (height, 1)), "L"), "PNG")


def png16(width: int = 64, height: int = 48) -> bytes:
    """Return a 16-bit gray PNG that brightens from 0 at the left to 65535 at the right."""
    ramp = np.linspace(0, 65535, width).round().astype(np.uint16)
    return encode(Image.fromarray(np.tile(ramp, (height, 1))), "PNG")


def palette_png(width: int = 64, height: int = 48, *, transparent: bool = False) -> bytes:
    """Return quadrants as a palette PNG; the top left quarter can be transparent."""
    pixels = np.full((height, width), 3, np.uint8)
    pixels[: height // 2, : width // 2] = 0
    pixels[: height // 2, width // 2 :] = 1
    pixels[height // 2 :, : width // 2] = 2
    picture = Image.fromarray(pixels, "P")
    picture.putpalette([channel for color in QUADRANTS for channel in color])
    return encode(picture, "PNG", **({"transparency": 0} if transparent else {}))


def bilevel_png(width: int = 64, height: int = 48) -> bytes:
    """Return a 1-bit PNG, black at the left and white at the right."""
    picture = Image.new("1", (width, height), 0)
    picture.paste(1, (width // 2, 0, width, height))
    return encode(picture, "PNG")


def animated(
    format: str, *, frames: int = 3, size: tuple[int, int] = (64, 48), loop: int = 0
) -> bytes:
    """Return a GIF, WebP or PNG animation whose frames are solid quadrant colours, 100 ms each."""
    pictures = [Image.new("RGB", size, QUADRANTS[index % 4]) for index in range(frames)]
    first, *rest = pictures
    return encode(first, format, save_all=True, append_images=rest, duration=100, loop=loop)


def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB, as made by Little CMS."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def without_palette(picture: Image.Image) -> Image.Image:
    """Return a picture of a palette by its colours, and any other as it is."""
    wanted = {"P": "RGBA" if "transparency" in picture.info else "RGB"}
    return picture.convert(wanted.get(picture.mode, picture.mode))

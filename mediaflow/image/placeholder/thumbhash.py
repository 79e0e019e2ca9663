"""ThumbHash: a picture with its aspect ratio and transparency in about 25 bytes.

Source: the ThumbHash format (evanw/thumbhash). Luminance and two colour differences, and opacity
where there is any, are each a mean and the low corner of a cosine transform in 4 bits a wave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_SIDE", "thumbhash"]

MAX_SIDE: Final = 100  # px; the format's own bound on what is worth looking at
LUMINANCE_WAVES: Final = 7
LUMINANCE_WAVES_BESIDE_ALPHA: Final = 5
COLOR_WAVES: Final = 3
ALPHA_WAVES: Final = 5
LEAST_WAVES: Final = 3
OPAQUE: Final = 255
NOTHING: Final = 1e-9  # a wave below it is the rounding of floats, which differs between machines


@dataclass(frozen=True, slots=True, kw_only=True)
class _Channel:
    """One channel after the transform."""

    mean: float
    waves: npt.NDArray[np.float64]
    """All waves but the mean, −1 to 1 of the scale, row by row of the corner."""

    scale: float


def thumbhash(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return the ThumbHash of a picture.

    Args:
        pixels: (height, width, 4) sRGB and straight alpha, up to 100 px an edge.
    """
    height, width = pixels.shape[:2]
    red, green, blue, alpha = np.ascontiguousarray(np.moveaxis(pixels, -1, 0)) / OPAQUE
    has_alpha = bool((alpha < 1).any())
    if has_alpha:
        red, green, blue = (_on_average(channel, alpha) for channel in (red, green, blue))

    limit = LUMINANCE_WAVES_BESIDE_ALPHA if has_alpha else LUMINANCE_WAVES
    across, down = (max(1, _round(limit * side / max(width, height))) for side in (width, height))
    luminance = _transform(
        (red + green + blue) / 3, max(LEAST_WAVES, across), max(LEAST_WAVES, down)
    )
    yellow_blue = _transform((red + green) / 2 - blue, COLOR_WAVES, COLOR_WAVES)
    red_green = _transform(red - green, COLOR_WAVES, COLOR_WAVES)

    is_landscape = width > height
    first = (
        _round(63 * luminance.mean)
        | _round(31.5 + 31.5 * yellow_blue.mean) << 6
        | _round(31.5 + 31.5 * red_green.mean) << 12
        | _round(31 * luminance.scale) << 18
        | has_alpha << 23
    )
    second = (
        (down if is_landscape else across)
        | _round(63 * yellow_blue.scale) << 3
        | _round(63 * red_green.scale) << 9
        | is_landscape << 15
    )
    head: bytes = first.to_bytes(3, "little") + second.to_bytes(2, "little")
    channels = [luminance, yellow_blue, red_green]
    if has_alpha:
        opacity = _transform(alpha, ALPHA_WAVES, ALPHA_WAVES)
        head += bytes([_round(15 * opacity.mean) | _round(15 * opacity.scale) << 4])
        channels.append(opacity)
    return head + _nibbles(np.concatenate([channel.waves for channel in channels]))


def _on_average(
    channel: npt.NDArray[np.float64], alpha: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return a channel laid on its own average."""
    weight = alpha.sum()
    average = float((channel * alpha).sum() / weight) if weight else 0.0
    return average + (channel - average) * alpha


def _transform(channel: npt.NDArray[np.float64], across: int, down: int) -> _Channel:
    height, width = channel.shape
    waves = _cosines(down, height) @ channel @ _cosines(across, width).T / (width * height)
    i, j = np.meshgrid(np.arange(across), np.arange(down))
    corner = waves[i * down < across * (down - j)]
    mean, rest = float(corner[0]), corner[1:]
    scale = float(np.abs(rest).max())
    if scale < NOTHING:
        return _Channel(mean=mean, waves=np.full(len(rest), -1.0), scale=0.0)
    return _Channel(mean=mean, waves=np.where(np.abs(rest) < NOTHING, 0, rest) / scale, scale=scale)


def _cosines(count: int, length: int) -> npt.NDArray[np.float64]:
    """Return (count, length): the first waves along an axis, at the middle of each px."""
    return np.cos(np.pi * np.outer(np.arange(count), np.arange(length) + 0.5) / length)


def _nibbles(waves: npt.NDArray[np.float64]) -> bytes:
    values = [int(value) for value in np.floor(15 * (0.5 + 0.5 * waves) + 0.5)]
    values += [0] * (len(values) % 2)
    return bytes(low | high << 4 for low, high in zip(values[::2], values[1::2], strict=True))


def _round(value: float) -> int:
    return int(np.floor(value + 0.5))

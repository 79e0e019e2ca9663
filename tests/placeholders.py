"""Readers of BlurHash and ThumbHash, written px by px from the two descriptions.

They share nothing with the library's encoders. Source: woltapp/blurhash, Algorithm.md;
evanw/thumbhash.
"""

from __future__ import annotations

from math import copysign, cos, pi

import numpy as np
import numpy.typing as npt

__all__ = ["read_blurhash", "read_thumbhash", "weave"]

BASE_83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def weave(width: int, height: int, *, has_alpha: bool = False) -> npt.NDArray[np.uint8]:
    """Return (height, width, 4): whole-number waves without any symmetry."""
    y, x = np.mgrid[0:height, 0:width]
    alpha = 255 - (x * x + 3 * y) // 40 if has_alpha else np.full_like(x, 255)
    channels = [x * x // 16 % 256, (y * y // 9 + x) % 256, (x * y // 12 + y) % 256, alpha]
    return np.stack(channels, axis=-1).astype(np.uint8)


def read_blurhash(text: str, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return (height, width, 3): the sRGB picture that a BlurHash stands for."""
    size = _number(text[0])
    across, down = size % 9 + 1, size // 9 + 1
    assert len(text) == 4 + 2 * across * down
    largest = (_number(text[1]) + 1) / 166
    average = _number(text[2:6])
    waves = [tuple(_light(average >> shift & 255) for shift in (16, 8, 0))]
    for start in range(6, len(text), 2):
        value = _number(text[start : start + 2])
        digits = (value // 361, value // 19 % 19, value % 19)
        waves.append(
            tuple(copysign(((digit - 9) / 9) ** 2, digit - 9) * largest for digit in digits)
        )
    picture = np.empty((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            light = [0.0, 0.0, 0.0]
            for index, wave in enumerate(waves):
                j, i = divmod(index, across)
                basis = cos(pi * x * i / width) * cos(pi * y * j / height)
                light = [sum_ + part * basis for sum_, part in zip(light, wave, strict=True)]
            picture[y, x] = [_level(value) for value in light]
    return picture


def read_thumbhash(data: bytes) -> npt.NDArray[np.uint8]:
    """Return (height, width, 4): the picture that a ThumbHash stands for, 32 px long."""
    first, second = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    has_alpha, is_landscape = bool(first >> 23), bool(second >> 15)
    long, short = 5 if has_alpha else 7, second & 7
    across, down = (long, short) if is_landscape else (short, long)
    nibbles = [half for byte in data[6 if has_alpha else 5 :] for half in (byte & 15, byte >> 4)]
    light = ((first & 63) / 63, (first >> 18 & 31) / 31, max(across, 3), max(down, 3))
    yellow_blue = ((first >> 6 & 63) / 31.5 - 1, (second >> 3 & 63) / 63 * 1.25, 3, 3)
    red_green = ((first >> 12 & 63) / 31.5 - 1, (second >> 9 & 63) / 63 * 1.25, 3, 3)
    height, width = round(min(32, 32 * down / across)), round(min(32, 32 * across / down))
    planes = [_plane(part, nibbles, width, height) for part in (light, yellow_blue, red_green)]
    opacity = np.ones((height, width))
    if has_alpha:
        part = ((data[5] & 15) / 15, (data[5] >> 4) / 15, 5, 5)
        opacity = _plane(part, nibbles, width, height)
    blue = planes[0] - 2 / 3 * planes[1]
    red = (3 * planes[0] - blue + planes[2]) / 2
    channels = np.stack([red, red - planes[2], blue, opacity], axis=-1)
    return np.round(np.clip(channels, 0, 1) * 255).astype(np.uint8)


def _plane(
    part: tuple[float, float, int, int], nibbles: list[int], width: int, height: int
) -> npt.NDArray[np.float64]:
    mean, scale, across, down = part
    plane = np.full((height, width), mean)
    for j in range(down):
        for i in range(across):
            if (i, j) != (0, 0) and i * down < across * (down - j):
                factor = (nibbles.pop(0) / 7.5 - 1) * scale
                for y in range(height):
                    for x in range(width):
                        wave = cos(pi * i * (x + 0.5) / width) * cos(pi * j * (y + 0.5) / height)
                        plane[y, x] += 2 * factor * wave
    return plane


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 83 + BASE_83.index(digit)
    return value


def _light(level: int) -> float:
    share = level / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def _level(light: float) -> int:
    light = min(max(light, 0.0), 1.0)
    share = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return int(share * 255 + 0.5)

"""What tests measure pictures and processes by, written apart from the library.

Distances follow their published formulas: PSNR over 8-bit samples, CIEDE2000 by Sharma, Wu and
Dalal (2005), colours through the matrices of IEC 61966-2-1 (sRGB) and SMPTE EG 432-1 (Display P3).
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "delta_e_2000",
    "display_p3_to_lab",
    "display_p3_to_srgb",
    "listing",
    "open_descriptors",
    "own_threads",
    "psnr",
    "srgb_to_lab",
]

Array = npt.NDArray[np.float64]

# CIE x and y of red, green, blue and white; both spaces share D65 and the transfer curve.
_WHITE: Final = (0.3127, 0.3290)
_SRGB: Final = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_DISPLAY_P3: Final = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))


def psnr(first: object, second: object) -> float:
    """Return the peak signal-to-noise ratio in dB of two pictures of one shape; inf when equal."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    assert one.shape == other.shape
    error = float(np.mean((one - other) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


def srgb_to_lab(pixels: object) -> Array:
    """Return CIELAB (D65) of 8-bit sRGB samples, shape (…, 3)."""
    return _to_lab(pixels, _SRGB)


def display_p3_to_lab(pixels: object) -> Array:
    """Return CIELAB (D65) of 8-bit Display P3 samples, shape (…, 3)."""
    return _to_lab(pixels, _DISPLAY_P3)


def display_p3_to_srgb(pixels: object) -> Array:
    """Return sRGB samples, 0 to 255 and not rounded, that look like Display P3 samples.

    Colours that sRGB cannot show are cut off channel by channel, as relative colorimetric does.
    """
    to_srgb = np.linalg.inv(_matrix(_SRGB)) @ _matrix(_DISPLAY_P3)
    linear = np.clip(_linear(pixels) @ to_srgb.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(255 * encoded)


def _linear(pixels: object) -> Array:
    encoded = np.asarray(pixels, np.float64)[..., :3] / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _matrix(primaries: tuple[tuple[float, float], ...]) -> Array:
    columns = np.stack([_xyz(x, y) for x, y in primaries], axis=-1)
    return np.asarray(columns * np.linalg.solve(columns, _xyz(*_WHITE)))


def _to_lab(pixels: object, primaries: tuple[tuple[float, float], ...]) -> Array:
    ratio = (_linear(pixels) @ _matrix(primaries).T) / _xyz(*_WHITE)
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _xyz(x: float, y: float) -> Array:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def delta_e_2000(first: object, second: object) -> Array:
    """Return the CIEDE2000 difference of CIELAB values, shape (…, 3), with kL = kC = kH = 1."""
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    boost = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    c1, c2 = np.hypot(boost * a1, b1), np.hypot(boost * a2, b2)
    h1 = np.degrees(np.arctan2(b1, boost * a1)) % 360
    h2 = np.degrees(np.arctan2(b2, boost * a2)) % 360
    gray = c1 * c2 == 0
    turn = np.where(gray, 0.0, (h2 - h1 + 180) % 360 - 180)
    delta_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    middle = np.where(np.abs(h1 - h2) > 180, (h1 + h2 + 360) / 2 % 360, (h1 + h2) / 2)
    hue = np.where(gray, h1 + h2, middle)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight_h = 1 + 0.015 * chroma * (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    weight_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    weight_c = 1 + 0.045 * chroma
    rotation = (
        -2
        * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
        * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    part_l, part_c, part_h = (l2 - l1) / weight_l, (c2 - c1) / weight_c, delta_h / weight_h
    return np.asarray(np.sqrt(part_l**2 + part_c**2 + part_h**2 + rotation * part_c * part_h))


def listing(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes, and every folder with none."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def open_descriptors() -> set[str]:
    """Return what this process has open, by the kernel's names."""
    folder = Path("/proc/self/fd")
    found = set()
    for entry in os.listdir(folder):
        try:
            found.add(f"{entry} {os.readlink(folder / entry)}")
        except FileNotFoundError:  # the descriptor of the listing itself
            continue
    return found


def own_threads() -> set[str]:
    """Return the names of living threads that the library started."""
    return {thread.name for thread in threading.enumerate() if "mediaflow" in thread.name}

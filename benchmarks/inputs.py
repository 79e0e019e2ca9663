"""The pictures that are measured: painted, the same on every machine, photo-like in their detail."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def paint(width: int, height: int, seed: int) -> Image.Image:
    """Return clouds of several scales with sensor-like noise: about as hard as a real photo."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for octave in range(2, 9):
        cells = 2**octave
        weight = 90 / (octave - 1)
        coarse = rng.uniform(-weight, weight, (cells * height // width + 2, cells + 2, 3))
        for channel in range(3):
            layer = Image.fromarray(coarse[..., channel].astype(np.float32))
            scaled = layer.resize((width, height), Image.Resampling.BICUBIC)
            picture[..., channel] += np.asarray(scaled)
    gray = picture.mean(axis=2, keepdims=True)
    picture = 128 + gray + 0.35 * (picture - gray)
    noise = rng.normal(0, 4, (height, width, 1)).astype(np.float32)
    return Image.fromarray((picture + noise).clip(0, 255).astype(np.uint8))


def jpeg(folder: Path, name: str, width: int, height: int, *, seed: int, quality: int) -> Path:
    """Return a painted JPEG file, made once."""
    path = folder / name
    if not path.exists():
        buffer = io.BytesIO()
        paint(width, height, seed).save(buffer, "JPEG", quality=quality)
        path.write_bytes(buffer.getvalue())
    return path


def photos(folder: Path) -> dict[str, Path]:
    """Return all inputs by name."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "12mp": jpeg(folder, "12mp.jpg", 4000, 3000, seed=1, quality=90),
        "12mp_other": jpeg(folder, "12mp_other.jpg", 4000, 3000, seed=2, quality=90),
        "6mp": jpeg(folder, "6mp.jpg", 2725, 2225, seed=3, quality=85),
        "48mp": jpeg(folder, "48mp.jpg", 8000, 6000, seed=4, quality=85),
        "small": jpeg(folder, "small.jpg", 64, 64, seed=5, quality=85),
        "warm": jpeg(folder, "warm_small.jpg", 900, 675, seed=6, quality=85),
    }

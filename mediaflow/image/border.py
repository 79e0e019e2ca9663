"""Finds the uniform border of a picture.

Law: the colour of the border is that of the upper left px. Pictures come premultiplied, so that
transparent px are alike whatever colour hides in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["inside_border"]

BAND_ROWS: Final = 256  # rows that are compared at a time, so that memory stays small


def inside_border(
    pixels: npt.NDArray[np.uint8], threshold: int
) -> tuple[int, int, int, int] | None:
    """Return the smallest box that holds every px that differs from the border.

    Args:
        pixels: (height, width, channels), uint8, premultiplied where there is alpha.
        threshold: How far a channel may be from the border's colour.

    Returns:
        Left, top, right and bottom in px, or None when nothing differs.
    """
    border = pixels[0, 0]
    low = np.maximum(border.astype(np.int16) - threshold, 0).astype(np.uint8)
    high = np.minimum(border.astype(np.int16) + threshold, 255).astype(np.uint8)
    columns = np.zeros(pixels.shape[1], bool)
    rows = np.zeros(pixels.shape[0], bool)
    for top in range(0, pixels.shape[0], BAND_ROWS):
        band = pixels[top : top + BAND_ROWS]
        differs = ((band < low) | (band > high)).any(axis=2)
        columns |= differs.any(axis=0)
        rows[top : top + BAND_ROWS] = differs.any(axis=1)
    if not rows.any():
        return None
    across, down = np.flatnonzero(columns), np.flatnonzero(rows)
    return int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1

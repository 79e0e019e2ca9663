"""Structural similarity of two planes, as published.

Law: one plane of samples from 0 to 255, no colour and no scales. The window is the paper's Gaussian
(11 px, sigma 1.5), and only where it lies wholly inside the picture: borders are not invented. A
side shorter than the window gets the longest odd window that fits.
Source: Wang, Bovik, Sheikh and Simoncelli (IEEE TIP 13, 2004), equations 13 to 17.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["C1", "C2", "reach", "ssim_sum"]

WINDOW: Final = 11
SIGMA: Final = 1.5
C1: Final = (0.01 * 255) ** 2
C2: Final = (0.03 * 255) ** 2


def reach(side: int) -> int:
    """Return how many px of a side the window takes beyond the one that it stands for."""
    return min(WINDOW, side - (1 - side % 2)) - 1


def ssim_sum(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], across: int, down: int
) -> tuple[float, int]:
    """Return the sum of the SSIM of every place of the window, and how many there are.

    Args:
        one: (height, width) samples, 0 to 255.
        other: The same of the other picture.
        across: What :func:`reach` says of the width of the whole picture.
        down: The same of its height.
    """

    def smooth(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return _along_rows(_along_rows(plane, down).T, across).T

    mean_one, mean_other = smooth(one), smooth(other)
    means = mean_one * mean_other
    squares = mean_one * mean_one + mean_other * mean_other
    covariance = smooth(one * other) - means
    variances = smooth(one * one + other * other) - squares
    places = (2 * means + C1) * (2 * covariance + C2) / ((squares + C1) * (variances + C2))
    return float(places.sum()), places.size


def _along_rows(plane: npt.NDArray[np.float64], taps: int) -> npt.NDArray[np.float64]:
    """Return weighted means of ``taps`` + 1 neighbouring rows."""
    middle = taps // 2
    weights = np.exp(-(np.arange(-middle, middle + 1) ** 2) / (2 * SIGMA**2))
    weights /= weights.sum()
    height = plane.shape[0] - taps
    total: npt.NDArray[np.float64] = weights[middle] * plane[middle : middle + height]
    for offset in range(middle):
        mirrored = taps - offset
        pair = plane[offset : offset + height] + plane[mirrored : mirrored + height]
        total += weights[offset] * pair
    return total

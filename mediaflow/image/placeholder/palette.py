"""The few colours that a picture is made of, heaviest first; the same for the same px.

Colours are split in Oklab where they differ most, each time so that the two halves are as alike
within themselves as can be, and then gathered around their means. Nothing is drawn by lot.
Source: the cut that maximises the variance between two groups is Otsu's (1979); gathering around
means is Lloyd's (1982).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mediaflow.image.placeholder.color import LIGHT, from_oklab, to_oklab

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["palette"]

BIN_BITS: Final = 5  # a channel; colours closer than that are counted as one before the split
ALIKE: Final = 0.02  # a difference in Oklab that is just seen
ROUNDS: Final = 4  # of gathering; later ones move colours by less than is seen
OPAQUE: Final = 255
WHITE: Final = (255, 255, 255)


def palette(pixels: npt.NDArray[np.uint8], *, most: int) -> tuple[tuple[int, int, int], ...]:
    """Return the colours of a picture as red, green and blue, heaviest first.

    Args:
        pixels: (…, 4) sRGB and straight alpha; a px weighs as much as it is opaque.
        most: Colours at most; a picture of few colours gives fewer. One that cannot be seen at
            all gives white.
    """
    colors, weights = _counted(pixels.reshape(-1, 4))
    if not len(colors):
        return (WHITE,)
    groups = _split(colors, weights, most)
    centers = np.array([_mean(colors[group], weights[group]) for group in groups])
    for _ in range(ROUNDS):
        nearest = _nearest(colors, centers)
        used = [number for number in range(len(centers)) if (nearest == number).any()]
        centers = np.array(
            [_mean(colors[nearest == number], weights[nearest == number]) for number in used]
        )
    nearest = _nearest(colors, centers)
    heaviness = np.bincount(nearest, weights, len(centers))
    order = np.argsort(-heaviness, kind="stable")
    levels = from_oklab(centers[order])
    found = ((int(red), int(green), int(blue)) for red, green, blue in levels)
    return tuple(dict.fromkeys(found))


def _counted(
    pixels: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the mean Oklab colour and the weight of each bin that holds something."""
    shift = 8 - BIN_BITS
    red, green, blue = (pixels[:, channel].astype(np.int64) >> shift for channel in range(3))
    bins = (red << 2 * BIN_BITS) | (green << BIN_BITS) | blue
    opacity = pixels[:, 3] / OPAQUE
    weights = np.bincount(bins, opacity, 1 << 3 * BIN_BITS)
    filled = np.flatnonzero(weights)
    light = LIGHT[pixels[:, :3]] * opacity[:, None]
    sums = [np.bincount(bins, light[:, axis], 1 << 3 * BIN_BITS)[filled] for axis in range(3)]
    return to_oklab(np.stack(sums, axis=-1) / weights[filled, None]), weights[filled]


def _split(
    colors: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], most: int
) -> list[npt.NDArray[np.intp]]:
    """Return groups of colours: the one that differs most within itself is split, again and again."""
    groups = [np.arange(len(colors))]
    while len(groups) < most:
        spreads = [_spread(colors[group], weights[group]) for group in groups]
        widest = int(np.argmax(spreads))
        group = groups[widest]
        mean_square = spreads[widest] / weights[group].sum()
        if len(group) < 2 or mean_square < ALIKE**2:
            break
        low, high = _halves(colors[group], weights[group])
        groups[widest : widest + 1] = [group[low], group[high]]
    return groups


def _halves(
    colors: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the positions on both sides of the best cut across the axis of most difference."""
    centered = colors - _mean(colors, weights)
    _, axes = np.linalg.eigh(centered.T * weights @ centered)
    along = centered @ axes[:, -1]
    order = np.argsort(along, kind="stable")
    weight_below = np.cumsum(weights[order])[:-1]
    sum_below = np.cumsum((along * weights)[order])[:-1]
    total = weights.sum()
    between = sum_below**2 / (weight_below * (total - weight_below))
    cut = int(np.argmax(between)) + 1
    return order[:cut], order[cut:]


def _spread(colors: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    centered = colors - _mean(colors, weights)
    return float((centered**2).sum(axis=1) @ weights)


def _mean(
    colors: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    mean: npt.NDArray[np.float64] = weights @ colors / weights.sum()
    return mean


def _nearest(
    colors: npt.NDArray[np.float64], centers: npt.NDArray[np.float64]
) -> npt.NDArray[np.intp]:
    distances = ((colors[:, None] - centers) ** 2).sum(axis=-1)
    return distances.argmin(axis=1)

"""The few colours that a picture is made of, heaviest first; the same for the same px.

Colours are split in Oklab where they differ most, each time so that the two halves are as alike
within themselves as can be, and then gathered around their means. Nothing is drawn by lot.
Source: the cut that maximises the variance between two groups is Otsu's (1979); gathering around
means is Lloyd's (1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mediaflow.image.placeholder.color import LIGHT, from_oklab, to_oklab

__all__ = ["palette"]

BIN_BITS: Final = 5  # a channel; colours closer than that are counted as one before the split
ALIKE: Final = 0.02  # a difference in Oklab that is just seen
ROUNDS: Final = 3  # of gathering; later ones move colours by less than is seen
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
    centers = np.array([group.mean for group in _split(colors, weights, most)])
    weighted = np.column_stack([colors * weights[:, None], weights])
    heaviness = np.ones(len(centers))
    for _ in range(ROUNDS):
        sums = _nearest(colors, centers) @ weighted
        sums = sums[sums[:, 3] > 0]
        centers, heaviness = sums[:, :3] / sums[:, 3:], sums[:, 3]
    levels = from_oklab(centers[np.argsort(-heaviness, kind="stable")])
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
    weights = np.bincount(bins, opacity, 1 << 3 * BIN_BITS).astype(np.float64)
    filled = np.flatnonzero(weights)
    light = LIGHT[pixels[:, :3]] * opacity[:, None]
    sums = [np.bincount(bins, light[:, axis], 1 << 3 * BIN_BITS)[filled] for axis in range(3)]
    return to_oklab(np.stack(sums, axis=-1) / weights[filled, None]), weights[filled]


@dataclass(frozen=True, slots=True)
class _Group:
    """Colours that belong together."""

    colors: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    spread: float
    """Sum of squared distances from the mean."""


def _group(colors: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> _Group:
    mean = weights @ colors / weights.sum()
    return _Group(colors, weights, mean, float(weights @ (colors - mean) ** 2 @ np.ones(3)))


def _split(
    colors: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], most: int
) -> list[_Group]:
    """Return groups of colours: the one that differs most within itself is split, and so on."""
    groups = [_group(colors, weights)]
    while len(groups) < most:
        widest = max(range(len(groups)), key=lambda number: groups[number].spread)
        group = groups[widest]
        if len(group.weights) < 2 or group.spread < ALIKE**2 * group.weights.sum():
            break
        groups[widest : widest + 1] = _halves(group)
    return groups


def _halves(group: _Group) -> list[_Group]:
    """Return both sides of the best cut across the axis of most difference."""
    centered = group.colors - group.mean
    _, axes = np.linalg.eigh(centered.T * group.weights @ centered)
    along = centered @ axes[:, -1]
    order = np.argsort(along, kind="stable")
    colors, weights = group.colors[order], group.weights[order]
    below = weights.cumsum()[:-1]
    moved = (along[order] * weights).cumsum()[:-1]
    between = moved**2 / (below * (weights.sum() - below))
    cut = int(between.argmax()) + 1
    return [_group(colors[:cut], weights[:cut]), _group(colors[cut:], weights[cut:])]


def _nearest(
    colors: npt.NDArray[np.float64], centers: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return (centers, colors): 1 where a center is the nearest one, else 0."""
    nearness = colors @ centers.T - (centers**2).sum(axis=1) / 2
    return np.eye(len(centers))[:, nearness.argmax(axis=1)]

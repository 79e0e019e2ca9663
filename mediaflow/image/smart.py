"""The built-in focus detector: the window with the most edges, colour and skin.

Deterministic arithmetic on a small picture, a few milliseconds. Every block of px gets a score: how
much brightness changes there, how saturated it is, how unlike the rest, whether its hue is that of
skin, and how near the middle it is. The part that is kept is as large as the picture allows, so it
moves along one axis only, and the best place is read from sums of rows or columns. Blocks are coarse
on purpose: sawdust, grass and noise are full of edges and no subject.

Source: the idea of scoring edges, saturation and skin is that of common smart croppers; the skin
region is a box in YCbCr as in Chai and Ngan, "Face segmentation using skin-color map" (IEEE 1999),
narrowed on photographs of wood and sand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mediaflow.geometry import FocalPoint

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float32]

__all__ = ["SMART", "SmartDetector"]

EDGES, SATURATION, SKIN, UNLIKE, MIDDLE = 1.0, 0.2, 0.3, 0.3, 0.3  # what makes a px worth keeping
GRAIN_SIDE: Final = 64  # px of the longer side that are scored; finer texture is no subject
SKIN_CB: Final = (85, 120)
SKIN_CR: Final = (140, 165)
SKIN_SATURATION: Final = (0.2, 0.6)
DARK: Final = 40  # of 255; below it hue means nothing


class SmartDetector:
    """Finds the window with the highest score."""

    def find(self, picture: npt.NDArray[np.uint8], aspect: float) -> FocalPoint:
        """Return the middle of the best window of an aspect ratio; see `FocusDetector`."""
        score = _score(_coarse(picture.astype(np.float32)))
        height, width = score.shape
        if aspect * height < width:
            kept = max(1, round(aspect * height))
            return FocalPoint(_best(score.sum(axis=0), kept), 0.5)
        kept = max(1, min(height, round(width / aspect)))
        return FocalPoint(0.5, _best(score.sum(axis=1), kept))


def _score(picture: Plane) -> Plane:
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    luma = 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601
    highest, lowest = picture.max(axis=2), picture.min(axis=2)
    saturation = np.where(highest > DARK, (highest - lowest) / np.maximum(highest, 1), 0)
    cb, cr = 128 + 0.564 * (blue - luma), 128 + 0.713 * (red - luma)
    is_skin = _within(cb, SKIN_CB) & _within(cr, SKIN_CR) & _within(saturation, SKIN_SATURATION)
    unlike = np.abs(picture - picture.mean(axis=(0, 1))).max(axis=2) / 255
    score: Plane = EDGES * _edges(luma) + SATURATION * saturation + SKIN * is_skin
    score += UNLIKE * unlike + MIDDLE * _middle(luma.shape)
    return score


def _coarse(picture: Plane) -> Plane:
    """Average whole blocks until the longer side has 64 px or a little more."""
    factor = max(picture.shape[:2]) // GRAIN_SIDE
    if factor <= 1:
        return picture
    down, across = (min(factor, side) for side in picture.shape[:2])
    height, width = picture.shape[0] // down, picture.shape[1] // across
    blocks = picture[: height * down, : width * across].reshape(height, down, width, across, 3)
    means: Plane = blocks.mean(axis=(1, 3))
    return means


def _within(values: Plane, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _edges(luma: Plane) -> Plane:
    """Return how much brightness changes at each px, as a share of where it changes most."""
    edges = np.zeros_like(luma)
    edges[:, 1:-1] += np.abs(luma[:, 2:] - luma[:, :-2])
    edges[1:-1] += np.abs(luma[2:] - luma[:-2])
    edges /= max(float(edges.max()), 1.0)
    return edges


def _middle(shape: tuple[int, ...]) -> Plane:
    """Return 1 in the middle and 0 in the corners."""
    down = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, shape[1], dtype=np.float32)[None]
    middle: Plane = np.float32(1) - (down**2 + across**2) / np.float32(2)
    return middle


def _best(sums: Plane, kept: int) -> float:
    """Return the middle of the stretch of ``kept`` sums that is worth most, as a share.

    Of equal ones the nearest to the middle wins, so that a uniform picture is cut in the middle.
    """
    total = np.concatenate([[0.0], np.cumsum(sums, dtype=np.float64)])
    worth = np.round(total[kept:] - total[:-kept], 6)
    places = np.flatnonzero(worth == worth.max())
    middle = (len(worth) - 1) / 2
    first = places[np.abs(places - middle).argmin()]
    return round(float((first + kept / 2) / len(sums)), 4)


SMART: Final = SmartDetector()

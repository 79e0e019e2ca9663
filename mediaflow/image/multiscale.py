"""A cheap estimate of how alike two pictures look: block SSIM over three scales.

Luma is compared at full, half and quarter size, chroma at half, a quarter and an eighth, in blocks
of 8 × 8 px that do not overlap. Each map of blocks is pooled twice: by its mean, and by the fourth
power, so that one ruined place is not averaged away by a large sky. The pooled errors of all planes
make one distance d, and the score is 100 / (1 + 26 d): 100 for no difference, never below 0. Luma
and chroma are rounded to 8 bits, so a lone step of one sample may pass for no difference.

Law: it ranks encodes of one picture. Between pictures it is an estimate, and called so.
Sources: SSIM as in :mod:`mediaflow.image.ssim`; several scales by Wang, Simoncelli and Bovik,
"Multiscale structural similarity for image quality assessment" (Asilomar, 2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mediaflow.image.ssim import C2

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from PIL import Image

__all__ = ["Blocks", "strips"]

BLOCK: Final = 8  # px a side, as in the codecs that are judged
C1: Final = (0.1 * 255) ** 2  # the paper's 0.01 makes black that is 1 level off look ruined
STRIP_ROWS: Final = 64  # a chroma block at an eighth; strips of a multiple of it share no block
STRIP_PIXELS: Final = 524_288  # what is held at once stays small beside the pictures
# Coarse scales have small errors that are seen from afar, so their luma weighs more. Weights were
# chosen by rank order, then STEEPNESS to put the score near that of SSIMULACRA2; see the page
# "How pictures are compared" for what came out.
_WEIGHTS: Final = {
    "Y1": 0.8 * 1 / 7,
    "Y2": 0.8 * 2 / 7,
    "Y4": 0.8 * 4 / 7,
    "Cb2": 0.2 / 6,
    "Cr2": 0.2 / 6,
    "Cb4": 0.2 / 6,
    "Cr4": 0.2 / 6,
    "Cb8": 0.2 / 6,
    "Cr8": 0.2 / 6,
}
"""Share of each plane: a channel, and the scale that it is reduced by."""

STEEPNESS: Final = 26.0
_ONES: Final = np.ones(BLOCK, np.float32)


class Blocks:
    """The errors of all blocks of two pictures, gathered strip by strip."""

    def __init__(self) -> None:
        self._maps: dict[str, list[npt.NDArray[np.float64]]] = {}

    def add(self, one: Image.Image, other: Image.Image) -> None:
        """Take two strips of the same place.

        Args:
            one: Mode RGB or L, a multiple of ``STRIP_ROWS`` high unless it is the last.
            other: The same of the other picture.
        """
        for name, first, second in zip(_WEIGHTS, _planes(one), _planes(other), strict=False):
            self._maps.setdefault(name, []).append(_block_errors(_samples(first), _samples(second)))

    def score(self) -> float:
        """Return the likeness of all that was added, 0 to 100; 100 when nothing differs."""
        total = sum(_WEIGHTS[name] for name in self._maps)
        distance = 0.0
        for name, maps in self._maps.items():
            errors = np.concatenate(maps)
            pooled = (errors.mean() + (errors**4).mean() ** 0.25) / 2
            distance += _WEIGHTS[name] / total * float(pooled)
        return 100 / (1 + STEEPNESS * distance)


def strips(size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the first row of each strip and the row after its last."""
    width, height = size
    rows = max(STRIP_PIXELS // width // STRIP_ROWS, 1) * STRIP_ROWS
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _planes(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield the planes that ``_WEIGHTS`` names; a gray picture has those of luma only."""
    if picture.mode == "L":
        yield from (picture, half := picture.reduce(2), half.reduce(2))
        return
    half = picture.reduce(2)
    quarter = half.reduce(2)
    luma, *chroma = half.convert("YCbCr").split()
    smaller_luma, *smaller = quarter.convert("YCbCr").split()
    yield from (picture.convert("L"), luma, smaller_luma)
    yield from (*chroma, *smaller, *quarter.reduce(2).convert("YCbCr").split()[1:])


def _samples(band: Image.Image) -> npt.NDArray[np.float32]:
    """Return the samples of a band, its last column and row repeated up to whole blocks."""
    samples = np.asarray(band).astype(np.float32)
    missing = [(0, -side % BLOCK) for side in samples.shape]
    return np.pad(samples, missing, mode="edge") if any(map(sum, missing)) else samples


def _block_errors(
    one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Return 1 - SSIM of every block; sums of 64 products of 8-bit samples are exact here."""
    count = BLOCK * BLOCK
    first, second = _block_sums(one) / count, _block_sums(other) / count
    squares = _block_sums(one * one + other * other) / count
    means = first * second
    powers = first * first + second * second
    covariance = _block_sums(one * other) / count - means
    variances = squares - powers
    return 1 - (2 * means + C1) * (2 * covariance + C2) / ((powers + C1) * (variances + C2))


def _block_sums(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    height, width = plane.shape
    rows = np.add.reduce(plane.reshape(height // BLOCK, BLOCK, width), axis=1)
    sums: npt.NDArray[np.float32] = rows.reshape(height // BLOCK, width // BLOCK, BLOCK) @ _ONES
    return sums.astype(np.float64)

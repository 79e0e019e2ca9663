"""A decoded picture as those see it who look before the plan is made: upright, in parts, small.

Law: boxes are in px of the upright source, whatever scale it was decoded at.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mediaflow.geometry import Box, Size
from mediaflow.geometry.orientation import ORIENTATIONS
from mediaflow.image.border import inside_border
from mediaflow.planning.framing import LOOK_SIDE

if TYPE_CHECKING:
    import numpy.typing as npt

    from mediaflow.geometry import Orientation

    Pixels: TypeAlias = npt.NDArray[np.uint8]

__all__ = ["Seen"]


class Seen:
    """The pixels of a source.

    Args:
        pixels: (height, width, 4), uint8, as stored: premultiplied red, green and blue, and alpha.
        source: Size of the upright source in px.
        orientation: How the stored pixels must be turned.
    """

    def __init__(self, pixels: Pixels, source: Size, orientation: Orientation) -> None:
        self.source = source
        self._pixels = _upright(pixels, orientation)

    def inside_border(self, box: Box, threshold: int) -> Box | None:
        """Return what lies inside of the uniform border of a part, or None when nothing does."""
        found = inside_border(self._part(box), threshold)
        return None if found is None else Box(*map(Fraction, found)).moved(box.left, box.top)

    def small(self, box: Box) -> Pixels:
        """Return a part as (height, width, 3) on white, its longer side at most 256 px or so."""
        pixels = _reduced(self._part(box))
        return pixels[..., :3] + (255 - pixels[..., 3:])

    def _part(self, box: Box) -> Pixels:
        height, width = self._pixels.shape[:2]
        scaled = box.scaled(
            Fraction(width, self.source.width), Fraction(height, self.source.height)
        )
        left, top = int(scaled.left), int(scaled.top)
        right, bottom = max(left + 1, round(scaled.right)), max(top + 1, round(scaled.bottom))
        return self._pixels[top:bottom, left:right]


def _reduced(pixels: Pixels) -> Pixels:
    """Average whole blocks until the longer side has about 256 px."""
    factor = -(-max(pixels.shape[:2]) // LOOK_SIDE)
    if factor == 1:
        return pixels
    down, across = (min(factor, side) for side in pixels.shape[:2])
    height, width = pixels.shape[0] // down, pixels.shape[1] // across
    blocks = pixels[: height * down, : width * across].reshape(height, down, width, across, -1)
    means: Pixels = (blocks.mean(axis=(1, 3), dtype=np.float32) + 0.5).astype(np.uint8)
    return means


def _upright(pixels: Pixels, orientation: Orientation) -> Pixels:
    """Return stored px as a viewer shows them; a view, not a copy."""
    turn = ORIENTATIONS[orientation]
    turned = pixels.transpose(1, 0, 2) if turn.swaps_sides else pixels
    upright: Pixels = turned[:: -1 if turn.mirrors_y else 1, :: -1 if turn.mirrors_x else 1]
    return upright

"""BlurHash: a picture as the first few cosine waves of its light, in base 83.

Source: the BlurHash algorithm description (woltapp/blurhash, Algorithm.md). Px are sampled at their
middles. Other encoders sample at their left edges, which a large picture does not show; at 100 px
it would give a flat picture a dark right edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mediaflow.image.placeholder.color import LIGHT, to_levels

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["blurhash"]

ALPHABET: Final = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
)
MOST: Final = 9  # components an axis; the first digit holds both
MAXIMUM_STEPS: Final = 166
MAXIMUM_TOP: Final = 82
MIDDLE: Final = 9  # the digit of an AC value of 0; the others are 0 to 18
TOP: Final = 18


def blurhash(levels: npt.NDArray[np.uint8], *, across: int, down: int) -> str:
    """Return the BlurHash of a picture.

    Args:
        levels: (height, width, 3), sRGB.
        across: Components along the width, 1 to 9, and no more than px.
        down: Components along the height, 1 to 9, and no more than px.
    """
    height, width = levels.shape[:2]
    rows = _cosines(down, height) @ LIGHT[levels].reshape(height, width * 3)
    waves = _cosines(across, width) @ rows.reshape(down, width, 3) / (width * height)
    average, rest = waves[0, 0], 2 * waves.reshape(-1, 3)[1:]  # the mean square of a wave is 1/2
    step, largest = 0, 1.0
    if len(rest):
        step = int(np.clip(np.floor(np.abs(rest).max() * MAXIMUM_STEPS - 0.5), 0, MAXIMUM_TOP))
        largest = (step + 1) / MAXIMUM_STEPS
    red, green, blue = (int(level) for level in to_levels(average))
    share = rest / largest
    roots = np.sign(share) * np.sqrt(np.abs(share))
    digits = np.clip(np.floor(roots * MIDDLE + MIDDLE + 0.5), 0, TOP).astype(int)
    values = digits @ np.array([(TOP + 1) ** 2, TOP + 1, 1])
    return "".join(
        (
            _digits(across - 1 + (down - 1) * MOST, 1),
            _digits(step, 1),
            _digits(red << 16 | green << 8 | blue, 4),
            *(_digits(int(value), 2) for value in values),
        )
    )


def _cosines(count: int, length: int) -> npt.NDArray[np.float64]:
    """Return (count, length): the first waves along an axis, at the middle of each px."""
    return np.cos(np.pi * np.outer(np.arange(count), np.arange(length) + 0.5) / length)


def _digits(value: int, count: int) -> str:
    base = len(ALPHABET)
    return "".join(ALPHABET[value // base**place % base] for place in reversed(range(count)))

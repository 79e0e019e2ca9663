"""What the painters share: the canvas, fractal noise, and where the shore and the sun are.

Law: arithmetic on arrays. Positions and heights are shares of the picture from its top left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from PIL import Image

from mediaflow.geometry import Size

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["SHORE", "SUN_X", "SUN_Y", "Array", "Canvas", "color", "enlarged", "line", "noise"]

Array: TypeAlias = "npt.NDArray[np.float32 | np.float64]"

SHORE: Final = 0.655
SUN_X: Final = 0.665
SUN_Y: Final = 0.395


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A picture while it is painted, at half its size."""

    light: Array
    """(height, width, 3) float32, 0 to 1 before the tone curve."""

    texture: Array
    """(height, width) float32: how much fine detail belongs to each place."""

    across: Array
    """(1, width): position from 0 at the left to 1 at the right."""

    down: Array
    """(height, 1): position from 0 at the top to 1 at the bottom."""

    random: np.random.Generator

    @classmethod
    def of(cls, size: Size, seed: int) -> Canvas:
        """Return an empty canvas."""
        width, height = size.width, size.height
        return cls(
            light=np.zeros((height, width, 3), np.float32),
            texture=np.zeros((height, width), np.float32),
            across=((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :],
            down=((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None],
            random=np.random.default_rng(seed),
        )

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.light.shape[0])

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.light.shape[1])

    def rows(self, share: float) -> int:
        """Return a height in whole px."""
        return round(share * self.height)

    def lay(self, top: int, color: Array, coverage: Array, texture: float) -> None:
        """Lay a colour over the rows from ``top``, where coverage is above 0."""
        part = slice(top, top + coverage.shape[0])
        self.light[part] += (color - self.light[part]) * coverage[..., None]
        self.texture[part] += (texture - self.texture[part]) * coverage


def noise(random: np.random.Generator, size: Size, cells: Size, *, gain: float) -> Array:
    """Return fractal noise of about -1 to 1, each octave twice as fine and ``gain`` as strong."""
    width, height = cells.width, cells.height
    field: Array = random.standard_normal((height, width), np.float32)
    strength = 1.0
    while width * 2 <= size.width and height * 2 <= size.height:
        width, height, strength = width * 2, height * 2, strength * gain
        field = enlarged(field, Size(width, height))
        field += strength * random.standard_normal((height, width), np.float32)
    field = enlarged(field, size)
    return field / np.float32(2 * field.std() + 1e-6)


def enlarged(field: Array, size: Size) -> Array:
    """Return a field of numbers at another size, interpolated smoothly."""
    image = Image.fromarray(field)
    return np.array(image.resize((size.width, size.height), Image.Resampling.BICUBIC))


def line(canvas: Canvas, cells: int, gain: float) -> Array:
    """Return fractal noise of about -1 to 1 along one row, shape (1, width)."""
    total = np.zeros(canvas.width)
    strength = 1.0
    while cells <= canvas.width:
        knots = canvas.random.standard_normal(cells + 1)
        total += strength * np.interp(canvas.across[0] * cells, np.arange(cells + 1), knots)
        cells, strength = cells * 2, strength * gain
    return np.asarray(total / (2 * total.std() + 1e-6), np.float32)[None, :]


def color(red: float, green: float, blue: float) -> Array:
    """Return a colour of light from 8-bit red, green and blue; more than 255 is allowed."""
    return np.array([red / 255, green / 255, blue / 255], np.float32)

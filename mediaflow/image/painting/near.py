"""Paints what stands upright: the forest on the far shore, and the firs and grass of the near bank.

Law: it lays light on a canvas; the forest before the lake, which mirrors it, and the bank last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from mediaflow.geometry import Size
from mediaflow.image.painting.canvas import SHORE, SUN_X, color, line, noise

if TYPE_CHECKING:
    import numpy.typing as npt

    from mediaflow.image.painting.canvas import Array, Canvas

__all__ = ["bank", "forest"]

TWIGS: Final = 26  # along one bough


def forest(canvas: Canvas) -> None:
    """Paint the far shore: conifers in two rows, the nearer darker and taller."""
    for base, tallest, leaf in (
        (SHORE - 0.004, 0.042, color(46, 60, 50)),
        (SHORE, 0.058, color(24, 36, 28)),
    ):
        crowns = _crowns(canvas, tallest, count=150, swing=0.6)
        _trees(canvas, base - crowns, base + 0.002, leaf)


def _trees(canvas: Canvas, ridge: Array, foot: float, leaf: Array) -> None:
    top = max(int(ridge.min() * canvas.height) - 1, 0)
    bottom = min(canvas.rows(foot) + 1, canvas.height)
    if bottom <= top:
        return
    down = canvas.down[top:bottom]
    size = Size(canvas.width, bottom - top)
    leaves = noise(canvas.random, size, Size(160, 12), gain=0.7)
    rim = np.exp(-np.clip(down - ridge, 0, None) / 0.006)
    warm = np.exp(-(((canvas.across - SUN_X) / 0.2) ** 2))
    bright = (1 + 0.9 * leaves)[..., None]
    light = leaf * bright + (rim * (0.1 + 0.5 * warm))[..., None] * color(150, 110, 50)
    coverage = np.clip((down - ridge) * canvas.height + 0.5, 0, 1)
    coverage *= np.clip((foot - down) * canvas.height + 0.5, 0, 1)
    canvas.lay(top, light, coverage, 0.22)


def _crowns(canvas: Canvas, tallest: float, *, count: int, swing: float) -> Array:
    """Return the height of the tree tops above their foot for every column."""
    random = canvas.random
    width = canvas.width
    crowns = np.full(width, 0.25 * tallest, np.float32)
    density = line(canvas, cells=5, gain=0.5)[0]
    for center, share in zip(random.random(count), random.random(count), strict=True):
        column = min(int(center * width), width - 1)
        tall = tallest * (1 - swing * share) * (0.75 + 0.5 * float(density[column]))
        reach = max(int(0.34 * tall * canvas.height), 1)
        left, right = max(column - reach, 0), min(column + reach + 1, width)
        away = np.abs(np.arange(left, right, dtype=np.float32) - column) / reach
        boughs = 0.09 * np.abs((away * 7) % 1 - 0.5)  # branches stand out in steps
        crowns[left:right] = np.maximum(crowns[left:right], tall * (1 - away**0.8 + boughs))
    return crowns[None, :]


def bank(canvas: Canvas) -> None:
    """Paint the near bank at the lower left, against the light: grass and a few tall firs."""
    size = Size(canvas.width, canvas.height)
    mask = Image.new("L", (2 * size.width, 2 * size.height))
    draw = ImageDraw.Draw(mask)
    ground = 1.015 - 0.15 * np.clip(1 - canvas.across[0] / 0.7, 0, 1) ** 1.4
    ground += 0.008 * line(canvas, cells=9, gain=0.6)[0]
    outline = np.stack([np.arange(size.width) * 2, ground * size.height * 2], 1)
    draw.polygon(
        [(0, 2 * size.height), *map(tuple, outline), (2 * size.width, 2 * size.height)], 255
    )
    _grass(canvas, draw, ground)
    for center, tall in ((0.045, 0.62), (0.125, 0.47), (0.19, 0.29), (0.262, 0.17), (-0.02, 0.4)):
        foot = float(np.interp(center, canvas.across[0], ground)) + 0.01
        _fir(canvas, draw, center, foot, tall)
    coverage = np.asarray(mask.reduce(2), np.float32) / 255
    rows = np.flatnonzero(coverage.any(axis=1))
    if not rows.size:
        return
    top = int(rows[0])
    leaves = noise(canvas.random, Size(size.width, size.height - top), Size(80, 60), gain=0.8)
    dark = color(15, 20, 17) * (1 + 0.7 * leaves)[..., None]
    canvas.lay(top, dark + canvas.across[..., None] * color(60, 40, 16), coverage[top:], 0.15)


def _grass(canvas: Canvas, draw: ImageDraw.ImageDraw, ground: npt.NDArray[np.float64]) -> None:
    scale = 2 * canvas.height
    random = canvas.random
    for place, length, lean in zip(
        random.random(1400) ** 1.2 * 0.75,
        np.abs(random.standard_normal(1400)) * 0.014,
        random.standard_normal(1400) * 0.006,
        strict=True,
    ):
        x = place * 2 * canvas.width
        foot = float(np.interp(place, canvas.across[0], ground)) * scale + 4
        tip = (x + lean * scale, foot - length * scale)
        draw.line([(x, foot), tip], 255, max(round(scale / 1000), 1))


def _fir(
    canvas: Canvas, draw: ImageDraw.ImageDraw, center: float, foot: float, tall: float
) -> None:
    """Draw one fir as a trunk with whorls of drooping boughs, each fringed with twigs."""
    scale = 2 * canvas.height
    x, y = center * 2 * canvas.width, foot * scale
    height = tall * scale
    random = canvas.random
    draw.polygon([(x, y - height), (x - height * 0.012, y), (x + height * 0.012, y)], 255)
    boughs = 170
    for share, size, side in zip(
        np.linspace(0.015, 0.93, boughs),
        random.random(boughs),
        np.where(random.random(boughs) < 0.5, -1, 1),
        strict=True,
    ):
        reach = side * height * (0.02 + 0.2 * share**0.85) * (0.55 + 0.5 * size)
        start = y - height * (1 - share)
        sag = abs(reach) * (0.28 + 0.3 * share)
        _bough(random, draw, (x, start), reach, sag)


def _bough(
    random: np.random.Generator,
    draw: ImageDraw.ImageDraw,
    start: tuple[float, float],
    reach: float,
    sag: float,
) -> None:
    """Draw one bough with its twigs, which hang and point outwards."""
    along = np.repeat(np.linspace(0, 1, TWIGS), 2)
    x = start[0] + reach * along
    y = start[1] + sag * along**0.7 - 0.12 * abs(reach) * along**3  # the tip turns up again
    thick = max(abs(reach) * 0.02, 1)
    draw.line(list(zip(x[::2], y[::2], strict=True)), 255, round(thick))
    long = abs(reach) * (0.07 + 0.2 * random.random(2 * TWIGS)) * (1.1 - along)
    long[::2] = 0  # a line goes from the bough to the tip of each twig and back
    x += long * np.sign(reach) * (random.random(2 * TWIGS) * 1.2 - 0.2)
    y += long * (random.random(2 * TWIGS) * 1.15 - 0.25)
    draw.line(list(zip(x, y, strict=True)), 255, round(thick * 0.9))

"""Paints what is far away: the sky with its sun, three ranges of mountains, and the lake.

Law: it lays light on a canvas, in this order: sky, mountains, what stands on the shore, lake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mediaflow.geometry import Size
from mediaflow.image.painting.canvas import (
    SHORE,
    SUN_X,
    SUN_Y,
    Array,
    color,
    enlarged,
    line,
    noise,
)

if TYPE_CHECKING:
    from mediaflow.image.painting.canvas import Canvas

__all__ = ["lake", "mountains", "sky"]

SKY_STOPS: Final = np.array([0.0, 0.35, 0.65, 0.85, 1.0])  # from the zenith to the shore
SKY: Final = (
    np.array([(36, 74, 138), (92, 138, 190), (190, 186, 186), (246, 196, 144), (250, 182, 118)])
    / 255
)


def sky(canvas: Canvas) -> None:
    """Paint gradient, clouds lit from below, and the sun; softer than the rest, so smaller."""
    height = min(canvas.rows(SHORE) + 1, canvas.height)
    across, down = canvas.across[:, ::2], canvas.down[:height:2] / SHORE
    sky = np.stack([np.interp(down, SKY_STOPS, SKY[:, c]) for c in range(3)], 2).astype(np.float32)
    clouds = noise(canvas.random, Size(across.size, down.size), Size(3, 9), gain=0.56)
    cover = np.clip(0.42 + 1.05 * clouds - 0.3 * (1 - down), 0, 1) ** 1.5
    lower = np.roll(clouds, -max(canvas.rows(0.0055), 1), axis=0)
    belly = (0.5 + 0.5 * np.tanh(2.6 * (clouds - lower)))[..., None]
    shaded = color(128, 138, 168) + down[..., None] * color(66, 30, -10)
    cloud = shaded + belly * color(124, 70, 10)
    sky = sky + (cloud - sky) * (0.78 * cover)[..., None]
    aspect = canvas.width / canvas.height
    distance = ((across - SUN_X) * aspect) ** 2 + (down * SHORE - SUN_Y) ** 2
    glow = 0.55 * np.exp(-distance / 0.05) + 0.6 * np.exp(-distance / 0.006)
    sky += glow[..., None] * color(255, 190, 110)
    disc = np.clip((0.021 - np.sqrt(distance)) * 250, 0, 1)
    sky += disc[..., None] * (color(300, 285, 250) - sky)
    for channel in range(3):
        soft = np.ascontiguousarray(sky[..., channel])
        canvas.light[:height, :, channel] = enlarged(soft, Size(canvas.width, height))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """One range of mountains; heights are shares of the picture."""

    crest: float
    swing: float
    rock: Array
    light: float
    """How much brighter slopes are that face the sun."""

    haze: float
    snow: float
    """How far the snow comes down from the crest; 0 for none."""


RANGES: Final = (
    _Range(crest=0.44, swing=0.085, rock=color(92, 98, 128), light=0.5, haze=0.40, snow=0.05),
    _Range(crest=0.53, swing=0.055, rock=color(66, 80, 92), light=0.5, haze=0.26, snow=0.0),
    _Range(crest=0.60, swing=0.030, rock=color(52, 66, 58), light=0.5, haze=0.12, snow=0.0),
)


def mountains(canvas: Canvas) -> None:
    """Paint the ranges from far to near."""
    for each in RANGES:
        _range(canvas, each)


def _range(canvas: Canvas, kind: _Range) -> None:
    """Paint a ragged crest, slopes lit from the sun, and haze at the foot."""
    ridge = kind.crest - kind.swing * line(canvas, cells=4, gain=0.48)
    top = max(int(ridge.min() * canvas.height) - 1, 0)
    bottom = min(canvas.rows(SHORE) + 1, canvas.height)
    if bottom <= top:
        return
    down = canvas.down[top:bottom]
    relief = noise(canvas.random, Size(canvas.width, bottom - top), Size(12, 5), gain=0.5)
    slope = _facets(canvas, ridge, relief) * np.tanh(8 * (SUN_X - canvas.across))
    below = np.clip(down - ridge, 0, None)
    shade = (1 + kind.light * slope)[..., None]
    rock = kind.rock * shade
    if kind.snow:
        cover = np.clip((kind.snow - below + 0.035 * relief) * 60, 0, 1)[..., None]
        rock += (color(236, 226, 226) * (0.3 + 0.6 * shade) - rock) * cover
    mist = np.clip(kind.haze + 1.6 * below * (1 - kind.haze), 0, 0.9)[..., None]
    near_sun = np.exp(-(((canvas.across - SUN_X) / 0.22) ** 2))[..., None]
    air = color(158, 166, 190) + near_sun * color(88, 40, -36)
    coverage = np.clip((down - ridge) * canvas.height + 0.5, 0, 1)
    canvas.lay(top, rock + (air - rock) * mist, coverage, (1 - kind.haze) * 0.10)


def _facets(canvas: Canvas, ridge: Array, relief: Array) -> Array:
    """Return how far each place leans to the right, -1 to 1: spurs below the crest, and rubble."""
    step = max(canvas.width // 160, 1)
    smooth = np.convolve(ridge[0], np.ones(step, np.float32) / step, mode="same")
    lean = -np.gradient(smooth)
    lean /= 1.2 * lean.std() + 1e-9
    wander = np.arange(canvas.width) + relief * (0.035 * canvas.width)
    spurs = lean[np.clip(wander, 0, canvas.width - 1).astype(np.intp)]
    rubble = np.gradient(relief, axis=1)
    rubble /= 1.4 * rubble.std() + 1e-9
    return np.asarray(np.tanh(0.75 * spurs + 0.8 * rubble), np.float32)


def lake(canvas: Canvas) -> None:
    """Mirror what stands above the shore, broken by waves that grow towards the viewer."""
    shore = canvas.rows(SHORE)
    depth = canvas.height - shore
    if depth < 1 or shore < 1:
        return
    near = (np.arange(depth, dtype=np.float32) / depth)[:, None]
    size = Size(canvas.width, depth)
    waves = noise(canvas.random, size, Size(26, 60), gain=0.62)
    rise = waves * (0.004 + 0.085 * near) * canvas.height
    mirrored = shore - 1 - near * depth * 1.12 + rise
    source = np.clip(mirrored, 0, shore - 1).astype(np.intp)
    columns = np.clip(
        np.arange(canvas.width, dtype=np.float32) + waves * (0.002 + 0.01 * near) * canvas.width,
        0,
        canvas.width - 1,
    ).astype(np.intp)
    mirror = canvas.light[source, columns]
    deep = color(16, 40, 58)
    facing = (0.16 + 0.5 * near * (0.6 + 0.7 * waves))[..., None]
    water = mirror * color(226, 232, 240)
    water += (deep - water) * np.clip(facing, 0.05, 0.85)
    path = np.exp(-(((canvas.across - SUN_X) / (0.02 + 0.075 * near)) ** 2))
    sparkle = np.clip(waves * 2.6 - 0.35 - 0.3 * near, 0, 1.3)
    water += (path * sparkle)[..., None] * color(255, 196, 122)
    edge = np.exp(-near * 60)[..., None]
    water += edge * color(26, 24, 22)
    canvas.light[shore:] = water
    canvas.texture[shore:] = 0.05

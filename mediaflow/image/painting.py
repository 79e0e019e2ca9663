"""Paints a photo-like picture by code: a lake below mountains at evening, with grain.

It is the demonstration's input where nobody brings a photo: soft light, fine texture and hard
edges, as encoders find them in real photographs. The same size and seed give the same pixels.

Law: arithmetic on arrays; no file is read or written. Light and colour are worked at half the
size and enlarged, since a camera's pixels are no sharper; grain and texture are added at full size.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from mediaflow.errors import SpecError
from mediaflow.geometry import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[np.float32]

__all__ = ["PHOTO_SIZE", "paint_photo"]

PHOTO_SIZE: Final = Size(4000, 3000)  # 12 MP, 4:3: what phones store
SMALLEST_SIDE: Final = 16  # px; below there is nothing to see
JPEG_QUALITY: Final = 92

SHORE: Final = 0.655  # heights and positions are shares of the picture, from its top left
SUN_X: Final = 0.665
SUN_Y: Final = 0.395
GRAIN: Final = 2.6  # standard deviation in 8-bit steps, about ISO 400 of a small sensor
DETAIL: Final = 26.0  # the same for leaves and rubble, on top
BAND: Final = 64  # rows that are worked on at once and stay in the processor's cache
GRAIN_TILE: Final = 1024  # px; grain is drawn once and repeated, too fine for the eye to notice


def paint_photo(size: Size = PHOTO_SIZE, seed: int = 7) -> bytes:
    """Paint a landscape and return it as a JPEG.

    Args:
        size: Width and height in px, at least 16 each.
        seed: Which landscape; each number gives another one.

    Returns:
        A baseline 4:2:0 JPEG in sRGB, about 0.4 bytes a pixel.

    Raises:
        SpecError: The size is smaller than 16 px or the seed is negative.
    """
    if min(size.width, size.height) < SMALLEST_SIDE or seed < 0:
        raise SpecError(
            f"a painting is at least {SMALLEST_SIDE}×{SMALLEST_SIDE} px with a seed from 0, "
            f"got {size.width}×{size.height} and {seed}"
        )
    canvas = _Canvas.of(Size(-(-size.width // 2), -(-size.height // 2)), seed)
    _sky(canvas)
    _mountains(canvas)
    _forest(canvas)
    _lake(canvas)
    _bank(canvas)
    picture = Image.fromarray(_developed(canvas, size))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Canvas:
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
    def of(cls, size: Size, seed: int) -> _Canvas:
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
        return self.light.shape[0]

    @property
    def width(self) -> int:
        return self.light.shape[1]

    def rows(self, share: float) -> int:
        """Return a height in whole px."""
        return round(share * self.height)

    def lay(self, top: int, color: Array, coverage: Array, texture: float) -> None:
        """Lay a colour over the rows from ``top``, where coverage is above 0."""
        part = slice(top, top + coverage.shape[0])
        self.light[part] += (color - self.light[part]) * coverage[..., None]
        self.texture[part] += (texture - self.texture[part]) * coverage


def _sky(canvas: _Canvas) -> None:
    height = min(canvas.rows(SHORE) + 1, canvas.height)
    down = canvas.down[:height] / SHORE
    stops = np.array([0.0, 0.35, 0.65, 0.85, 1.0])
    colors = np.array(
        [(36, 74, 138), (92, 138, 190), (190, 186, 186), (246, 196, 144), (250, 182, 118)]
    )
    gradient = np.stack([np.interp(down[:, 0], stops, colors[:, c] / 255) for c in range(3)], 1)
    sky = canvas.light[:height]
    sky[:] = gradient.astype(np.float32)[:, None, :]
    clouds = _noise(canvas.random, Size(canvas.width, height), Size(3, 9), gain=0.56)
    cover = np.clip(0.42 + 1.05 * clouds - 0.3 * (1 - down), 0, 1) ** 1.5
    lower = np.roll(clouds, -canvas.rows(0.011), axis=0)
    belly = (0.5 + 0.5 * np.tanh(2.6 * (clouds - lower)))[..., None]  # the sun stands below
    shaded = _color(128, 138, 168) + down[..., None] * _color(66, 30, -10)
    cloud = shaded + belly * _color(124, 70, 10)
    sky += (cloud - sky) * (0.78 * cover)[..., None]
    aspect = canvas.width / canvas.height
    distance = ((canvas.across - SUN_X) * aspect) ** 2 + (canvas.down[:height] - SUN_Y) ** 2
    glow = 0.55 * np.exp(-distance / 0.05) + 0.6 * np.exp(-distance / 0.006)
    sky += glow[..., None] * _color(255, 190, 110)
    disc = np.clip((0.021 - np.sqrt(distance)) * 250, 0, 1)
    sky += disc[..., None] * (_color(300, 285, 250) - sky)


def _mountains(canvas: _Canvas) -> None:
    ranges = (
        # crest, swing, colour, light, haze, snow line below the crest
        (0.44, 0.085, _color(92, 98, 128), 0.50, 0.40, 0.05),
        (0.53, 0.055, _color(66, 80, 92), 0.50, 0.26, 0.0),
        (0.600, 0.030, _color(52, 66, 58), 0.5, 0.12, 0.0),
    )
    for crest, swing, color, light, haze, snow in ranges:
        _range(canvas, crest, swing, color, light, haze, snow)


def _range(
    canvas: _Canvas,
    crest: float,
    swing: float,
    color: Array,
    light: float,
    haze: float,
    snow: float,
) -> None:
    """Paint one range of mountains: a ragged crest, slopes lit from the sun, haze at the foot."""
    ridge = crest - swing * _line(canvas, cells=4, gain=0.48)
    top = max(int(ridge.min() * canvas.height) - 1, 0)
    bottom = min(canvas.rows(SHORE) + 1, canvas.height)
    if bottom <= top:
        return
    down = canvas.down[top:bottom]
    relief = _noise(canvas.random, Size(canvas.width, bottom - top), Size(12, 5), gain=0.5)
    slope = _facets(canvas, ridge, relief) * np.tanh(8 * (SUN_X - canvas.across))
    below = np.clip(down - ridge, 0, None)
    shade = (1 + light * slope)[..., None]
    rock = color * shade
    if snow:
        cover = np.clip((snow - below + 0.035 * relief) * 60, 0, 1)[..., None]
        rock += (_color(236, 226, 226) * (0.3 + 0.6 * shade) - rock) * cover
    mist = np.clip(haze + 1.6 * below * (1 - haze), 0, 0.9)[..., None]
    near_sun = np.exp(-(((canvas.across - SUN_X) / 0.22) ** 2))[..., None]
    air = _color(158, 166, 190) + near_sun * _color(88, 40, -36)
    coverage = np.clip((down - ridge) * canvas.height + 0.5, 0, 1)
    canvas.lay(top, rock + (air - rock) * mist, coverage, (1 - haze) * 0.10)


def _facets(canvas: _Canvas, ridge: Array, relief: Array) -> Array:
    """Return how far each place leans to the right, -1 to 1: spurs below the crest, and rubble."""
    step = max(canvas.width // 160, 1)
    smooth = np.convolve(ridge[0], np.ones(step, np.float32) / step, mode="same")
    lean = -np.gradient(smooth)
    lean /= 1.2 * lean.std() + 1e-9
    wander = np.arange(canvas.width) + relief * (0.035 * canvas.width)
    spurs = lean[np.clip(wander, 0, canvas.width - 1).astype(np.intp)]
    rubble = np.gradient(relief, axis=1)
    rubble /= 1.4 * rubble.std() + 1e-9
    return np.tanh(0.75 * spurs + 0.8 * rubble).astype(np.float32)


def _forest(canvas: _Canvas) -> None:
    """Paint the far shore: conifers in two rows, the nearer darker and taller."""
    for base, tallest, color in (
        (SHORE - 0.004, 0.042, _color(46, 60, 50)),
        (SHORE, 0.058, _color(24, 36, 28)),
    ):
        crowns = _crowns(canvas, tallest, count=150, swing=0.6)
        _trees(canvas, base - crowns, base + 0.002, color)


def _trees(canvas: _Canvas, ridge: Array, foot: float, color: Array) -> None:
    top = max(int(ridge.min() * canvas.height) - 1, 0)
    bottom = min(canvas.rows(foot) + 1, canvas.height)
    if bottom <= top:
        return
    down = canvas.down[top:bottom]
    size = Size(canvas.width, bottom - top)
    leaves = _noise(canvas.random, size, Size(160, 12), gain=0.7)
    rim = np.exp(-np.clip(down - ridge, 0, None) / 0.006)
    warm = np.exp(-(((canvas.across - SUN_X) / 0.2) ** 2))
    bright = (1 + 0.9 * leaves)[..., None]
    light = color * bright + (rim * (0.1 + 0.5 * warm))[..., None] * _color(150, 110, 50)
    coverage = np.clip((down - ridge) * canvas.height + 0.5, 0, 1)
    coverage *= np.clip((foot - down) * canvas.height + 0.5, 0, 1)
    canvas.lay(top, light, coverage, 0.22)


def _crowns(canvas: _Canvas, tallest: float, *, count: int, swing: float) -> Array:
    """Return the height of the tree tops above their foot for every column."""
    random = canvas.random
    width = canvas.width
    crowns = np.full(width, 0.25 * tallest, np.float32)
    density = _line(canvas, cells=5, gain=0.5)[0]
    for center, share in zip(random.random(count), random.random(count), strict=True):
        column = min(int(center * width), width - 1)
        tall = tallest * (1 - swing * share) * (0.75 + 0.5 * float(density[column]))
        reach = max(int(0.34 * tall * canvas.height), 1)
        left, right = max(column - reach, 0), min(column + reach + 1, width)
        away = np.abs(np.arange(left, right, dtype=np.float32) - column) / reach
        boughs = 0.09 * np.abs((away * 7) % 1 - 0.5)  # branches stand out in steps
        crowns[left:right] = np.maximum(crowns[left:right], tall * (1 - away**0.8 + boughs))
    return crowns[None, :]


def _lake(canvas: _Canvas) -> None:
    """Mirror what stands above the shore, broken by waves that grow towards the viewer."""
    shore = canvas.rows(SHORE)
    depth = canvas.height - shore
    if depth < 1 or shore < 1:
        return
    near = (np.arange(depth, dtype=np.float32) / depth)[:, None]
    size = Size(canvas.width, depth)
    waves = _noise(canvas.random, size, Size(26, 60), gain=0.62)
    rise = waves * (0.004 + 0.085 * near) * canvas.height
    mirrored = shore - 1 - near * depth * 1.12 + rise
    source = np.clip(mirrored, 0, shore - 1).astype(np.intp)
    columns = np.clip(
        np.arange(canvas.width, dtype=np.float32) + waves * (0.002 + 0.01 * near) * canvas.width,
        0,
        canvas.width - 1,
    ).astype(np.intp)
    mirror = canvas.light[source, columns]
    deep = _color(16, 40, 58)
    facing = (0.16 + 0.5 * near * (0.6 + 0.7 * waves))[..., None]
    water = mirror * _color(226, 232, 240)
    water += (deep - water) * np.clip(facing, 0.05, 0.85)
    path = np.exp(-(((canvas.across - SUN_X) / (0.02 + 0.075 * near)) ** 2))
    sparkle = np.clip(waves * 2.6 - 0.35 - 0.3 * near, 0, 1.3)
    water += (path * sparkle)[..., None] * _color(255, 196, 122)
    edge = np.exp(-near * 60)[..., None]
    water += edge * _color(26, 24, 22)
    canvas.light[shore:] = water
    canvas.texture[shore:] = 0.05


def _bank(canvas: _Canvas) -> None:
    """Paint the near bank at the lower left, against the light: grass and a few tall firs."""
    size = Size(canvas.width, canvas.height)
    mask = Image.new("L", (2 * size.width, 2 * size.height))
    draw = ImageDraw.Draw(mask)
    ground = 1.015 - 0.15 * np.clip(1 - canvas.across[0] / 0.7, 0, 1) ** 1.4
    ground += 0.008 * _line(canvas, cells=9, gain=0.6)[0]
    outline = np.stack([np.arange(size.width) * 2, ground * size.height * 2], 1)
    draw.polygon([(0, 2 * size.height), *map(tuple, outline), (2 * size.width, 2 * size.height)], 255)
    _grass(canvas, draw, ground)
    for center, tall in ((0.045, 0.62), (0.125, 0.47), (0.19, 0.29), (0.262, 0.17), (-0.02, 0.4)):
        foot = float(np.interp(center, canvas.across[0], ground)) + 0.01
        _fir(canvas, draw, center, foot, tall)
    coverage = np.asarray(mask.reduce(2), np.float32) / 255
    rows = np.flatnonzero(coverage.any(axis=1))
    if not rows.size:
        return
    top = int(rows[0])
    leaves = _noise(canvas.random, Size(size.width, size.height - top), Size(80, 60), gain=0.8)
    color = _color(15, 20, 17) * (1 + 0.7 * leaves)[..., None]
    canvas.lay(top, color + canvas.across[..., None] * _color(60, 40, 16), coverage[top:], 0.15)


def _grass(canvas: _Canvas, draw: ImageDraw.ImageDraw, ground: npt.NDArray[np.float64]) -> None:
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
    canvas: _Canvas, draw: ImageDraw.ImageDraw, center: float, foot: float, tall: float
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
    steps = np.linspace(0, 1, 9)
    x = start[0] + reach * steps
    y = start[1] + sag * steps**0.7 - 0.12 * abs(reach) * steps**3  # the tip turns up again
    thick = max(abs(reach) * 0.035, 1)
    draw.line(list(zip(x, y, strict=True)), 255, round(thick))
    for along, drop in zip(steps, random.random(9), strict=True):
        twig = abs(reach) * (0.10 + 0.16 * drop) * (1.15 - along)
        left, top = start[0] + reach * along, float(np.interp(along, steps, y))
        fringe = [(left - twig * 0.5, top - thick), (left + twig * 0.5, top - thick)]
        draw.polygon([*fringe, (left + 0.3 * np.sign(reach) * twig, top + twig)], 255)


def _developed(canvas: _Canvas, size: Size) -> npt.NDArray[np.uint8]:
    """Return the picture as a camera would store it: tone curve, full size, texture and grain."""
    light = np.clip(canvas.light, 0, None)
    light = np.clip(light * (1.06 - 0.06 * light), 0, 1) * 255
    half = Image.fromarray((light + 0.5).astype(np.uint8))
    whole = half.resize((size.width, size.height), Image.Resampling.BICUBIC)
    amount = Image.fromarray((np.clip(canvas.texture, 0, 1) * 255).astype(np.uint8))
    texture = np.asarray(amount.resize((size.width, size.height), Image.Resampling.BILINEAR))
    tile = canvas.random.standard_normal((GRAIN_TILE, GRAIN_TILE), np.float32)
    columns = np.arange(size.width) % GRAIN_TILE
    smooth = np.asarray(whole)
    pixels = np.empty_like(smooth)
    for top in range(0, size.height, BAND):
        band = slice(top, min(top + BAND, size.height))
        rows = np.arange(band.start, band.stop) % GRAIN_TILE
        strength = texture[band] * np.float32(DETAIL / 255) + np.float32(GRAIN)
        grain = tile[rows][:, columns] * strength
        np.clip(smooth[band] + grain[..., None], 0, 255, out=pixels[band], casting="unsafe")
    return pixels


def _noise(random: np.random.Generator, size: Size, cells: Size, *, gain: float) -> Array:
    """Return fractal noise of about -1 to 1, each octave twice as fine and ``gain`` as strong."""
    width, height = cells.width, cells.height
    field = random.standard_normal((height, width), np.float32)
    strength = 1.0
    while width * 2 <= size.width and height * 2 <= size.height:
        width, height, strength = width * 2, height * 2, strength * gain
        field = _enlarged(field, Size(width, height))
        field += strength * random.standard_normal((height, width), np.float32)
    field = _enlarged(field, size)
    return field / (2 * field.std() + 1e-6)


def _enlarged(field: Array, size: Size) -> Array:
    """Return a field of numbers at another size, interpolated smoothly."""
    image = Image.fromarray(field)
    return np.array(image.resize((size.width, size.height), Image.Resampling.BICUBIC))


def _line(canvas: _Canvas, cells: int, gain: float) -> Array:
    """Return fractal noise of about -1 to 1 along one row, shape (1, width)."""
    total = np.zeros(canvas.width)
    strength = 1.0
    while cells <= canvas.width:
        knots = canvas.random.standard_normal(cells + 1)
        total += strength * np.interp(canvas.across[0] * cells, np.arange(cells + 1), knots)
        cells, strength = cells * 2, strength * gain
    return (total / (2 * total.std() + 1e-6)).astype(np.float32)[None, :]


def _color(red: float, green: float, blue: float) -> Array:
    return np.array([red, green, blue], np.float32) / 255

"""Compiles colour filters: many in a row cost as much as one.

A chain of channelwise filters is three curves of 256 values, which is exact. One that also turns
colours by a matrix or two is curves, matrix, curves, each rounded once. Any other chain is a cube of
33 × 33 × 33 colours between which Pillow interpolates; the cube is the product of a pure function
and serves film as well. Source: Adobe Cube LUT Specification 1.0 for the order of the cube's axes.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from mediaflow.errors import ProcessingError
from mediaflow.filters.base import NO_ASSETS, START, ColorFilter, PictureFilter, TimedFilter
from mediaflow.filters.color import MatrixFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from fractions import Fraction

    import numpy as np
    import numpy.typing as npt
    from PIL import Image

    from mediaflow.filters.base import Assets, Colors
    from mediaflow.models.plugins import Filter

    Chain: TypeAlias = tuple[ColorFilter, ...]

__all__ = [
    "CUBE_SIDE",
    "apply_filters",
    "color_cube",
    "color_curves",
    "expanded_filters",
    "filters_at",
    "map_chain",
    "map_picture",
    "on_colors",
]

CUBE_SIDE: Final = 33
LEVELS: Final = 256
MAX_MATRICES: Final = 2  # a matrix and a cube cost the same per pixel at about five to one


def map_chain(filters: Sequence[ColorFilter], rgb: Colors) -> Colors:
    """Return what colours become by some filters, exactly.

    Args:
        filters: Colour filters, in order.
        rgb: float32 of shape (..., 3), sRGB as encoded, 0 to 1.

    Returns:
        The same shape, 0 to 1.
    """
    import numpy as np

    for one in filters:
        rgb = np.clip(one.map_colors(rgb), 0, 1).astype(np.float32, copy=False)
    return rgb


@lru_cache(maxsize=128)
def color_curves(filters: Chain) -> npt.NDArray[np.uint8]:
    """Return the curves of channelwise filters.

    Returns:
        (3, 256), uint8, read only: what each level of red, green and blue becomes.
    """
    import numpy as np

    levels = np.arange(LEVELS, dtype=np.float32) / (LEVELS - 1)
    curves = _bytes(map_chain(filters, np.repeat(levels[:, None], 3, axis=1))).T.copy()
    curves.flags.writeable = False
    return curves


@lru_cache(maxsize=16)
def color_cube(filters: Chain, side: int = CUBE_SIDE) -> Colors:
    """Return the cube of colour filters.

    Args:
        filters: Colour filters without second inputs, in order.
        side: Colours along an edge.

    Returns:
        (side, side, side, 3), float32, 0 to 1, read only; the axes are blue, green and red, so
        that red varies fastest in memory.
    """
    import numpy as np

    edge = np.linspace(0, 1, side, dtype=np.float32)
    blue, green, red = np.meshgrid(edge, edge, edge, indexing="ij")
    cube = np.ascontiguousarray(map_chain(filters, np.stack([red, green, blue], axis=-1)))
    cube.flags.writeable = False
    return cube


def map_picture(image: Image.Image, filters: Chain) -> Image.Image:
    """Return a picture whose colours went through filters.

    Args:
        image: RGB or RGBA; alpha and the picture itself stay as they are.
        filters: Colour filters without second inputs, in order.
    """
    steps = _passes(filters)
    if steps is None or sum(isinstance(step, MatrixFilter) for step in steps) > MAX_MATRICES:
        return _by_cube(image, filters)
    made = image
    for step in steps:
        made = _by_matrix(made, step) if isinstance(step, MatrixFilter) else _by_curves(made, step)
    return made.copy() if made is image else made


def apply_filters(
    image: Image.Image, filters: Sequence[Filter], assets: Assets = NO_ASSETS
) -> Image.Image:
    """Return a picture with filters applied in order.

    Args:
        image: RGB or RGBA; it stays as it is.
        filters: Any filters; colour filters that stand side by side are compiled into one.
        assets: Second inputs.

    Raises:
        ProcessingError: A filter is none of the kinds that :mod:`mediaflow.filters.base` knows.
        SourceError: A second input cannot be used.
    """
    made = image
    for colors, group in groupby(
        expanded_filters(filters), key=lambda one: isinstance(one, ColorFilter)
    ):
        if colors:
            bound = tuple(one.bound(assets) for one in cast("Iterator[ColorFilter]", group))
            made = map_picture(made, bound)
            continue
        for one in group:
            for moment in filters_at((one,), made.size, assets):
                made = _picture_filter(moment).apply(made, assets)
    return made.copy() if made is image else made


def _picture_filter(one: Filter) -> PictureFilter:
    if isinstance(one, PictureFilter):
        return one
    raise ProcessingError(f"{one.kind} is neither a ColorFilter nor a PictureFilter")


def filters_at(
    filters: Sequence[Filter], size: tuple[int, int], assets: Assets, seconds: Fraction = START
) -> tuple[Filter, ...]:
    """Return what filters are at one moment: those that ask for the time have been told.

    Args:
        filters: Any filters, in order.
        size: Width and height of the picture in px.
        assets: Second inputs.
        seconds: Time in the film.
    """
    found: list[Filter | None] = [
        one.fitted(size, assets).at(seconds) if isinstance(one, TimedFilter) else one
        for one in expanded_filters(filters)
    ]
    return tuple(one for one in found if one is not None)


def expanded_filters(filters: Sequence[Filter]) -> Iterator[Filter]:
    """Yield filters with those that stand for others replaced by them."""
    for one in filters:
        parts = one.parts()
        if parts == (one,):
            yield one
        else:
            yield from expanded_filters(parts)


def _passes(filters: Chain) -> list[Chain | MatrixFilter] | None:
    """Return a chain as curves and matrices, or None where there is more than those in it."""
    passes: list[Chain | MatrixFilter] = []
    for is_curve, group in groupby(filters, key=lambda one: one.channelwise):
        members = tuple(group)
        if is_curve:
            passes.append(members)
            continue
        for one in members:
            if not isinstance(one, MatrixFilter):
                return None
            passes.append(one)
    return passes


def _by_curves(image: Image.Image, filters: Chain) -> Image.Image:
    curves = color_curves(filters).reshape(-1).tolist()
    alpha = list(range(LEVELS)) if image.mode == "RGBA" else []
    return image.point(curves + alpha)


def _by_matrix(image: Image.Image, step: MatrixFilter) -> Image.Image:
    flat = [number for row in step.matrix() for number in (*row, 0.0)]
    return on_colors(image, lambda rgb: rgb.convert("RGB", tuple(flat)))


def _by_cube(image: Image.Image, filters: Chain) -> Image.Image:
    from PIL import ImageFilter

    cube = color_cube(filters)
    return image.filter(ImageFilter.Color3DLUT(CUBE_SIDE, cube.reshape(-1)))


def on_colors(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Return a picture with its colours changed and its alpha as it is.

    Args:
        image: RGB or RGBA.
        change: What is done to the RGB picture without alpha; it must return another one.
    """
    if image.mode == "RGB":
        return change(image)
    made = change(image.convert("RGB"))
    made.putalpha(image.getchannel("A"))
    return made


def _bytes(rgb: Colors) -> npt.NDArray[np.uint8]:
    import numpy as np

    return (rgb * (LEVELS - 1) + 0.5).astype(np.uint8)

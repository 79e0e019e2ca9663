"""Makes one picture by its step: crop and scale, colour, turn, pad.

Law: the order is fixed and each is done once. Scaling comes first because everything after it then
works on the small picture; alpha is scaled premultiplied so that hidden colour cannot bleed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PIL import Image

from mediaflow.geometry import Size
from mediaflow.image.color import colored, to_srgb
from mediaflow.image.pillow.linear import scale_linear
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.pillow.view import row_reader
from mediaflow.image.translate import translated
from mediaflow.models.color import parse_color
from mediaflow.planning.scaling import reduce_region

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from mediaflow.frames import Raster
    from mediaflow.planning.scaling import Grids
    from mediaflow.planning.steps import PictureStep

__all__ = ["TURNS", "finish", "pad", "scale_rows", "transform"]

TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PREMULTIPLIED: Final = {"LA": "La", "RGBA": "RGBa"}


def transform(
    origin: Raster[Image.Image], step: PictureStep, *, threads: int
) -> Raster[Image.Image]:
    """Make one picture, up to its filters.

    Args:
        origin: The decoded source, or a picture made before; it stays as it is.
        step: What to do.
        threads: Threads that the scaler may use.
    """
    with translated(stage="transform"):
        scaled = replace(origin, picture=_scale(origin.picture, step, threads))
    return finish(scaled, step)


def finish(scaled: Raster[Image.Image], step: PictureStep) -> Raster[Image.Image]:
    """Colour, turn and pad a scaled picture; one with filters is padded after them.

    Args:
        scaled: The scaled picture.
        step: What to do.
    """
    image, profile, assumed = scaled.picture, scaled.icc_profile, scaled.is_color_assumed
    with translated(stage="transform"):
        if step.color == "to_srgb":
            converted = None if profile is None else to_srgb(image, profile)
            assumed = assumed or converted is None
            image = converted or image
        if step.color != "preserve":
            profile = None
        if step.orientation != 1:
            image = image.transpose(TURNS[step.orientation])
        if not step.filters:
            if _needs_color(image, step):
                image, profile = colored(image, profile)
            image = pad(image, step)
    made = as_raster(image, profile, is_color_assumed=assumed)
    return replace(made, metadata=scaled.metadata, recovered=scaled.recovered)


def _scale(image: Image.Image, step: PictureStep, threads: int) -> Image.Image:
    box = step.crop
    if step.scaler == "none":
        return image
    if step.scaler == "linear":
        return scale_linear(image, step)
    if step.reduce > 1:
        reduction = reduce_region(box, step.reduce, Size(*image.size))
        image, box = image.reduce(step.reduce, reduction.region), reduction.crop
    if step.grids is not None and image.mode in ("L", "RGB"):
        return scale_rows(row_reader(image), step.grids, threads=threads)
    mode = image.mode
    if mode in _PREMULTIPLIED:
        image = image.convert(_PREMULTIPLIED[mode])
    image = image.resize(
        (step.content.width, step.content.height),
        Image.Resampling.LANCZOS,
        box=(float(box.left), float(box.top), float(box.right), float(box.bottom)),
        reducing_gap=step.gap,
    )
    return image if image.mode == mode else image.convert(mode)


def scale_rows(
    rows: Callable[[int, int], npt.NDArray[np.uint8]], grids: Grids, *, threads: int
) -> Image.Image:
    """Scale by libswscale what a function gives row by row.

    Args:
        rows: As :func:`mediaflow.libav.scale.scale_planes` takes it.
        grids: Columns and rows to sample.
        threads: Threads that the scaler may use.
    """
    from mediaflow.libav.scale import scale_planes

    planes = scale_planes(rows, grids.across, grids.down, threads=threads)
    bands = [Image.fromarray(plane) for plane in planes]
    return bands[0] if len(bands) == 1 else Image.merge("RGB", bands)


def _needs_color(image: Image.Image, step: PictureStep) -> bool:
    """Return whether a gray picture is padded with a colour."""
    padded = image.size != (step.canvas.width, step.canvas.height)
    return padded and image.mode in ("L", "LA") and len(set(parse_color(step.background))) > 1


def pad(image: Image.Image, step: PictureStep) -> Image.Image:
    """Return the picture on its canvas, or itself where that is no larger."""
    if image.size == (step.canvas.width, step.canvas.height):
        return image
    color = parse_color(step.background)
    fill: tuple[int, ...] = color if image.mode.startswith("RGB") else color[:1]
    if image.mode.endswith("A"):
        fill = (*fill, 255)
    canvas = Image.new(image.mode, (step.canvas.width, step.canvas.height), fill)
    canvas.paste(image, (step.offset.x, step.offset.y))
    return canvas

"""Makes one picture by its step: crop and scale, colour, turn, pad.

Law: the same order and the same geometry as the other back end. libvips scales whole px to whole px
around their middle, so fractional edges come from the grids of the plan; where whole numbers cannot
meet an edge well enough, the crop is first laid on whole px, a little enlarged.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pyvips

from mediaflow.image.vips.color import to_srgb
from mediaflow.image.vips.raster import as_raster, flat, has_alpha, mode_of, named, premultiplied
from mediaflow.image.vips.translate import translated
from mediaflow.models.color import parse_color

if TYPE_CHECKING:
    from mediaflow.frames import Raster
    from mediaflow.geometry import Box, SampleGrid, Size
    from mediaflow.planning.steps import PictureStep

__all__ = ["transform"]

CONCURRENCY: Final = "vips-concurrency"  # threads of one image, not of the process
WIDE: Final = 257  # 255 x 257 = 65,535: an 8-bit level in 16 bits


def transform(
    origin: Raster[pyvips.Image], step: PictureStep, *, threads: int
) -> Raster[pyvips.Image]:
    """Make one picture.

    Args:
        origin: The decoded source, or a picture made before; it stays as it is.
        step: What to do.
        threads: Threads that libvips may use.
    """
    profile, assumed = origin.icc_profile, origin.is_color_assumed
    with translated(stage="transform"):
        image = origin.picture.copy()
        image.set_type(pyvips.GValue.gint_type, CONCURRENCY, max(threads, 1))
        if step.scaler != "none":
            image = _scaled(image, step)
        if step.color == "to_srgb":
            converted = None if profile is None else to_srgb(image, mode_of(image), profile)
            assumed = assumed or converted is None
            image = named(converted) if converted is not None else image
        if step.color != "preserve":
            profile = None
        image = _turned(image, step.orientation)
        if (image.width, image.height) != (step.canvas.width, step.canvas.height):
            if profile is not None and image.bands < 3 and _is_colored(step):
                converted = to_srgb(image, mode_of(image), profile)  # it fits no colour samples
                image, profile = image if converted is None else named(converted), None
            image = _padded(image, step)
        return as_raster(image, profile, is_color_assumed=assumed)


def _scaled(image: pyvips.Image, step: PictureStep) -> pyvips.Image:
    work = premultiplied(image) if has_alpha(image) else image
    if step.grids is not None:
        work = _by_grids(work, step.grids.across, step.grids.down[0])
    else:
        work = _by_box(work, step.crop, step.content)
    return flat(work, image) if has_alpha(image) else work


def _by_grids(image: pyvips.Image, across: SampleGrid, down: SampleGrid) -> pyvips.Image:
    """Scale whole px to whole px and keep the part that was asked."""
    left, top = max(across.first, 0), max(down.first, 0)
    right = min(across.first + across.length, across.limit)
    bottom = min(down.first + down.length, down.limit)
    work = image.crop(left, top, right - left, bottom - top)
    if (work.width, work.height) != (across.length, down.length):
        work = work.embed(
            across.pad_before, down.pad_before, across.length, down.length, extend="copy"
        )
    work = work.resize(across.produced / across.length, vscale=down.produced / down.length)
    made: pyvips.Image = work.crop(across.skipped, down.skipped, across.count, down.count)
    return made


def _by_box(image: pyvips.Image, box: Box, content: Size) -> pyvips.Image:
    """Lay a fractional box on a whole multiple of the wanted px, then average those."""
    across = math.ceil(box.width / content.width)
    down = math.ceil(box.height / content.height)
    width, height = content.width * across, content.height * down
    hscale, vscale = width / float(box.width), height / float(box.height)
    # px are numbered by their middles: input x lands on (x + 1/2 - left) * scale - 1/2
    laid = image.affine(
        [hscale, 0, 0, vscale],
        interpolate=pyvips.Interpolate.new("bicubic"),
        oarea=[0, 0, width, height],
        idx=0.5 - float(box.left) - 0.5 / hscale,
        idy=0.5 - float(box.top) - 0.5 / vscale,
        extend="copy",
    )
    if (across, down) == (1, 1):
        return laid
    made: pyvips.Image = laid.resize(1 / across, vscale=1 / down)
    return made


def _turned(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Return a stored picture upright (EXIF 2.32, tag 0x0112)."""
    match orientation:
        case 2:
            made = image.fliphor()
        case 3:
            made = image.rot180()
        case 4:
            made = image.flipver()
        case 5:
            made = image.rot90().fliphor()
        case 6:
            made = image.rot90()
        case 7:
            made = image.rot270().fliphor()
        case 8:
            made = image.rot270()
        case _:
            made = image
    return made


def _is_colored(step: PictureStep) -> bool:
    return len(set(parse_color(step.background))) > 1


def _padded(image: pyvips.Image, step: PictureStep) -> pyvips.Image:
    color = parse_color(step.background)
    if image.bands < 3 and _is_colored(step):
        gray, rest = (
            image.extract_band(0),
            image.extract_band(1, n=image.bands - 1) if image.bands == 2 else None,
        )
        image = gray.bandjoin([gray, gray] if rest is None else [gray, gray, rest])
        image = named(image)
    unit = WIDE if image.format == "ushort" else 1
    fill = [channel * unit for channel in (color if image.bands > 2 else color[:1])]
    if has_alpha(image):
        fill.append(255 * unit)
    made: pyvips.Image = image.embed(
        step.offset.x,
        step.offset.y,
        step.canvas.width,
        step.canvas.height,
        extend="background",
        background=fill,
    )
    return made

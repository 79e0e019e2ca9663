"""Describes a finished picture: reduces it, and asks the arrays' own functions.

Law: the picture stays as it is, and what is described is upright and in sRGB, as the plan made it.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from mediaflow.image.pillow.encode import flatten, salvage_notice
from mediaflow.image.placeholder import blurhash, palette, thumbhash
from mediaflow.image.translate import translated
from mediaflow.models.analysis import MAX_PALETTE, PlaceholderData
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from mediaflow.frames import Raster
    from mediaflow.geometry import Size
    from mediaflow.planning.steps import AnalysisStep

__all__ = ["analyze"]

TINY_SIDE: Final = 32  # px
_TINY: Final[dict[str, dict[str, object]]] = {
    "jpeg": {"quality": 40, "comment": b""},
    "webp": {"quality": 40, "alpha_quality": 20, "method": 4},  # exact alpha doubles the file
}
"""Encoder arguments of the tiny picture."""

GAP: Final = 2.0
WHITE: Final = (255, 255, 255)
WAVES: Final = (4, 3)  # BlurHash components along the longer and the shorter edge


def analyze(
    raster: Raster[Image.Image], step: AnalysisStep
) -> tuple[PlaceholderData, tuple[Notice, ...]]:
    """Describe one picture.

    Args:
        raster: A finished picture; it stays as it is.
        step: What is wanted.

    Returns:
        The data, and the notices that turned out to be true.

    Raises:
        EncodeError: The tiny picture could not be encoded.
    """
    notices = step.notices
    if raster.is_color_assumed and all(note.code != "color_assumed" for note in notices):
        text = "the embedded profile is unusable; taken as sRGB"
        notices = (*notices, Notice(code="color_assumed", message=text))
    notices = (*notices, *salvage_notice(raster))
    with translated(stage="encode"):
        small = _reduced(raster.picture, step.seen)
        pixels = np.asarray(small)
        has_alpha = bool((pixels[..., 3] < 255).any())
        opaque = flatten(small, WHITE) if has_alpha else small.convert("RGB")
        found = palette(pixels, most=MAX_PALETTE)
        colors = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in found]
        across, down = WAVES if small.width >= small.height else WAVES[::-1]
        across, down = min(across, small.width), min(down, small.height)
        data = PlaceholderData(
            dominant_color=colors[0],
            palette=tuple(colors),
            blurhash=blurhash(np.asarray(opaque), across=across, down=down),
            thumbhash=base64.b64encode(thumbhash(pixels)).decode(),
            data_uri=_data_uri(small if has_alpha else opaque, opaque, step.tiny_format),
            aspect_ratio=step.size.width / step.size.height,
            has_alpha=has_alpha,
        )
    return data, notices


def _reduced(image: Image.Image, size: Size) -> Image.Image:
    """Return the picture at a size, as RGBA."""
    if image.size != (size.width, size.height):
        image = image.resize(
            (size.width, size.height), Image.Resampling.BOX, reducing_gap=GAP
        )  # Pillow weighs colours by alpha here
    return image.convert("RGBA")


def _data_uri(picture: Image.Image, opaque: Image.Image, name: str) -> str:
    if name == "jpeg":
        picture = opaque  # no alpha channel
    longest = max(picture.size)
    if longest > TINY_SIDE:
        size = tuple(max(1, round(side * TINY_SIDE / longest)) for side in picture.size)
        picture = picture.resize(size, Image.Resampling.LANCZOS)  # type: ignore[arg-type]  # a pair of ints
    buffer = io.BytesIO()
    arguments: dict[str, object] = {"exif": b"", "xmp": b"", "icc_profile": None, **_TINY[name]}
    picture.save(buffer, name.upper(), **arguments)
    return f"data:image/{name};base64,{base64.b64encode(buffer.getvalue()).decode()}"

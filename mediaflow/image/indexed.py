"""Pictures of few colours as palettes: exactly where they are few, by choice where they are many.

Law: nothing is lost unless a number of colours was asked for. A photograph is recognised as such by
its first rows, since counting stops at the 257th colour.
Source: PNG 3rd edition 11.2.2 (PLTE) and 11.3.1.1 (tRNS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MAX_COLORS", "to_exact_palette", "to_palette"]

MAX_COLORS: Final = 256
PIXELS_A_COLOR: Final = 8  # below it, the palette weighs as much as what it saves
_CHANNELS: Final = {"RGB": 3, "RGBA": 4}


def to_exact_palette(image: Image.Image, most: int = MAX_COLORS) -> Image.Image | None:
    """Return the same pixels by a palette, or None when it would not be smaller or not be exact.

    Args:
        image: Any mode; only RGB and RGBA have something to win.
        most: Colours that the palette may have.

    Returns:
        Mode P with a palette whose transparent colours come first, or None.
    """
    if image.mode not in _CHANNELS:
        return None
    found = cast("list[tuple[int, tuple[int, ...]]] | None", image.getcolors(most))
    if found is None or len(found) * PIXELS_A_COLOR > image.width * image.height:
        return None
    pixels = np.ascontiguousarray(image.convert("RGBA"))
    keys = pixels.view("<u4")[..., 0]
    colors = _keys([color for _, color in found])
    order = np.argsort(colors)
    indices = order[np.searchsorted(colors[order], keys)]
    return _indexed(indices.astype(np.uint8), colors)


def to_palette(image: Image.Image, colors: int) -> tuple[Image.Image, bool]:
    """Return a picture by a palette of a number of colours, and whether that is exact.

    Args:
        image: Mode L, LA, RGB or RGBA.
        colors: Most colours, 2 to 256.
    """
    wide = (
        image if image.mode in _CHANNELS else image.convert("RGBA" if image.mode == "LA" else "RGB")
    )
    exact = to_exact_palette(wide, colors)
    if exact is not None or wide.getcolors(colors) is not None:
        return exact or wide, True
    method = Image.Quantize.FASTOCTREE if wide.mode == "RGBA" else Image.Quantize.MEDIANCUT
    return wide.quantize(colors, method=method), False


def _keys(colors: list[tuple[int, ...]]) -> npt.NDArray[np.uint32]:
    """Return colours as numbers of four bytes, the least opaque first (so that tRNS is short)."""
    full = [color if len(color) == 4 else (*color, 255) for color in colors]
    full.sort(key=lambda color: (color[3], color))
    return np.array(full, np.uint8).view("<u4")[:, 0]


def _indexed(indices: npt.NDArray[np.uint8], colors: npt.NDArray[np.uint32]) -> Image.Image:
    table = colors.astype("<u4").view(np.uint8).reshape(-1, 4)
    image = Image.fromarray(indices)
    image.putpalette(table[:, :3].tobytes(), "RGB")
    opaque = table[:, 3]
    if opaque.min() < 255:
        last = int(np.flatnonzero(opaque < 255)[-1]) + 1
        image.info["transparency"] = opaque[:last].tobytes()
    return image

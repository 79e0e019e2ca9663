"""Colour tables for frames that follow each other.

Law: a table is exact where it can be: a picture with few enough colours keeps all of them. Else it is
cut by median, and kept for later frames as long as it fits them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageStat

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Palettes"]

WORSE: Final = 1.25  # times the error of the frame that a table was made for
SLACK: Final = 1.0  # levels of error that nobody sees
FIXED_SAMPLES: Final = 256 * 256  # px that tell how well a table fits


class Palettes:
    """Turns pictures into indices of a colour table, and keeps the table while it fits.

    Args:
        colors: Colours of a table, 2 to 256.
        dither: Whether missing colours are made up for by error diffusion.
    """

    def __init__(self, colors: int, *, dither: bool) -> None:
        self.is_exact: bool = True
        self._room = colors
        self._dither = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
        self._table: Image.Image | None = None
        self._error = 0.0

    def index(self, color: Image.Image) -> tuple[Image.Image, bytes]:
        """Return a picture as indices (mode P), and its table of red, green and blue.

        Args:
            color: Mode RGB; it stays as it is.
        """
        counted = color.getcolors(self._room)
        if counted is not None:
            return _exact(color, [rgb for _, rgb in counted])
        self.is_exact = False
        if self._table is not None:
            indexed = color.quantize(palette=self._table, dither=self._dither)
            if _error(color, indexed) <= self._error * WORSE + SLACK:
                return indexed, _entries(self._table)
        self._table = cut = color.quantize(self._room, Image.Quantize.MEDIANCUT)
        indexed = color.quantize(palette=cut, dither=self._dither)
        self._error = _error(color, indexed)
        # px by px the cut itself is 4 dB nearer than Pillow's search for the nearest colour
        return (cut if self._dither is Image.Dither.NONE else indexed), _entries(cut)


def _exact(color: Image.Image, colors: Sequence[object]) -> tuple[Image.Image, bytes]:
    """Return a picture whose colours all fit; Pillow's nearest match may miss by a few levels."""
    indexed = color.quantize(len(colors), Image.Quantize.MEDIANCUT)
    return indexed, _entries(indexed)


def _entries(indexed: Image.Image) -> bytes:
    return bytes(indexed.getpalette("RGB") or ())


def _error(color: Image.Image, indexed: Image.Image) -> float:
    """Return the root mean square error of a picture in levels."""
    step = max(int((color.width * color.height / FIXED_SAMPLES) ** 0.5), 1)
    size = (max(color.width // step, 1), max(color.height // step, 1))
    if step > 1:
        color = color.resize(size, Image.Resampling.NEAREST)
        indexed = indexed.resize(size, Image.Resampling.NEAREST)
    rms = ImageStat.Stat(ImageChops.difference(color, indexed.convert("RGB"))).rms
    return max(rms)

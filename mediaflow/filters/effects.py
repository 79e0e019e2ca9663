"""Effects that look at places and neighbours: edges, pixels as blocks, dark corners.

Each works at any size and aspect ratio. What a transparent pixel hides has no weight; the alpha
channel itself stays as it is. Source of the edge filter: Sobel and Feldman's 3 × 3 operator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from mediaflow.filters.base import PictureFilter
from mediaflow.filters.blend import Gradient
from mediaflow.models.color import parse_color

if TYPE_CHECKING:
    from PIL import Image

    from mediaflow.filters.base import Assets
    from mediaflow.models.plugins import Filter

__all__ = ["Edges", "Pixelate", "Vignette"]

MAX_BLOCK: Final = 1024  # px
SOBEL_GAIN: Final = 4  # sum of the positive weights: a full step of one channel becomes one
WHITE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges(PictureFilter):
    """Draw the outlines: bright where lightness changes, black where it does not."""

    kind: Literal["edges"] = "edges"

    amount: float = field(default=1.0, kw_only=False)
    """Share of the drawing; 0 leaves the picture, 1 shows outlines only."""

    seconds_per_megapixel: ClassVar[float] = 0.04

    def __post_init__(self) -> None:
        self.check_number("amount", 0, 1)

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture mixed with its outlines."""
        from PIL import Image

        if self.amount == 0:
            return image.copy()
        lines = _outlines(image)
        share = Image.new("L", image.size, round(self.amount * WHITE))
        made = image.convert("RGB")  # a copy, also of RGB
        made.paste(lines.convert("RGB"), mask=share)
        if image.mode == "RGBA":
            made.putalpha(image.getchannel("A"))
        return made


def _outlines(image: Image.Image) -> Image.Image:
    """Return the strength of the lightness's change at each pixel, mode L."""
    import numpy as np
    from PIL import Image

    gray = _visible(image).convert("L")
    light = np.pad(np.asarray(gray, np.float32), 1, mode="edge")
    down = light[:-2] + 2 * light[1:-1] + light[2:]
    across = light[:, :-2] + 2 * light[:, 1:-1] + light[:, 2:]
    change = np.hypot(down[:, 2:] - down[:, :-2], across[2:] - across[:-2]) / SOBEL_GAIN
    return Image.fromarray(np.minimum(change + 0.5, WHITE).astype(np.uint8))


def _visible(image: Image.Image) -> Image.Image:
    """Return the colours as they look on black: what is hidden is black."""
    from PIL import Image

    if image.mode == "RGB":
        return image
    on_black = Image.new("RGB", image.size)
    on_black.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return on_black


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixelate(PictureFilter):
    """Turn the picture into square blocks of one colour each: the mean of what is visible there.

    It hides faces and plates from the eye only: large blocks of a sharp text can be guessed.
    """

    kind: Literal["pixelate"] = "pixelate"

    block: int = field(default=8, kw_only=False)
    """Edge of a block in px; 1 leaves the picture, up to 1,024."""

    seconds_per_megapixel: ClassVar[float] = 0.01

    def __post_init__(self) -> None:
        self.check_range("block", 1, MAX_BLOCK)

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture in blocks."""
        from PIL import Image

        if self.block == 1:
            return image.copy()
        source = image.convert("RGBa") if image.mode == "RGBA" else image
        small = source.reduce(self.block)  # the last column and row may be parts of a block
        if image.mode == "RGBA":
            small = small.convert("RGBA").convert("RGB")
        whole = (small.width * self.block, small.height * self.block)
        made = small.resize(whole, Image.Resampling.NEAREST).crop((0, 0, *image.size))
        if image.mode == "RGBA":
            made.putalpha(image.getchannel("A"))
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Vignette(PictureFilter):
    """Darken the corners, on ellipses that fill the picture.

    Example:
        >>> Vignette(0.5).start
        0.4
    """

    kind: Literal["vignette"] = "vignette"

    strength: float = field(default=0.5, kw_only=False)
    """Opacity in the corners; 0 leaves the picture."""

    start: float = 0.4
    """Share of the way from the middle to the corners where it begins, 0 to 1."""

    end: float = 1.0
    """Share of the way where it is whole, above ``start``."""

    color: str = "black"
    """Colour of the corners."""

    seconds_per_megapixel: ClassVar[float] = 0.008

    def __post_init__(self) -> None:
        self.check_number("strength", 0, 1)
        self.check_number("start", 0, 1)
        self.check_number("end", self.start, 1)
        parse_color(self.color)

    def parts(self) -> tuple[Filter, ...]:
        """Return the gradient that it is."""
        return (self._gradient(),)

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture with its corners darkened."""
        return self._gradient().apply(image, assets)

    def _gradient(self) -> Gradient:
        return Gradient(self.color, opacity=self.strength, start=self.start, end=self.end)

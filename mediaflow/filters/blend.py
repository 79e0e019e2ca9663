"""One colour laid over a picture: evenly, or along a gradient, by the blend modes of CSS.

A blend with one colour asks each channel about itself only, so an even blend is a curve, and a
gradient mixes the picture with its blend by a mask. Masks are painted small and enlarged: they are
smooth, and any size and aspect ratio costs the same arithmetic.
Source: W3C Compositing and Blending Level 1, 9.1 (separable blend modes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias, assert_never, get_args

from mediaflow.filters.base import ColorFilter, PictureFilter
from mediaflow.models.color import parse_color

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from mediaflow.filters.base import Assets, Colors

    _Mode: TypeAlias = Callable[[Colors, Colors], Colors]

__all__ = ["Blend", "BlendMode", "Direction", "Gradient", "gradient_mask"]

BlendMode: TypeAlias = Literal[
    "color-burn",
    "color-dodge",
    "darken",
    "exclusion",
    "hard-light",
    "lighten",
    "multiply",
    "normal",
    "overlay",
    "screen",
    "soft-light",
]
"""How a colour meets what is under it, by the words of CSS."""

Direction: TypeAlias = Literal["down", "left", "out", "right", "up"]
"""Where a gradient grows: to an edge, or out of the middle to the corners."""

MASK_SIDE: Final = 512  # px of the small mask
STEP: Final = 4  # px of a picture that share a px of the mask unseen: a level of 255 at most
LIMIT: Final = 1e-6  # a divisor of zero means all light or none


def _burn(base: Colors, top: Colors) -> Colors:
    import numpy as np

    burnt = 1 - np.minimum(1, (1 - base) / np.maximum(top, LIMIT))
    return np.where(base >= 1, np.float32(1), burnt)


def _dodge(base: Colors, top: Colors) -> Colors:
    import numpy as np

    dodged = np.minimum(1, base / np.maximum(1 - top, LIMIT))
    return np.where(base <= 0, np.float32(0), dodged)


def _hard_light(base: Colors, top: Colors) -> Colors:
    import numpy as np

    return np.where(top <= 0.5, base * 2 * top, _screen(base, 2 * top - 1))


def _screen(base: Colors, top: Colors) -> Colors:
    return base + top - base * top


def _soft_light(base: Colors, top: Colors) -> Colors:
    import numpy as np

    curve = np.where(base <= 0.25, ((16 * base - 12) * base + 4) * base, np.sqrt(base))
    darker = base - (1 - 2 * top) * base * (1 - base)
    return np.where(top <= 0.5, darker, base + (2 * top - 1) * (curve - base))


def _darken(base: Colors, top: Colors) -> Colors:
    import numpy as np

    return np.minimum(base, top)


def _lighten(base: Colors, top: Colors) -> Colors:
    import numpy as np

    return np.maximum(base, top)


_MODES: Final[dict[BlendMode, _Mode]] = {
    "color-burn": _burn,
    "color-dodge": _dodge,
    "darken": _darken,
    "exclusion": lambda base, top: base + top - 2 * base * top,
    "hard-light": _hard_light,
    "lighten": _lighten,
    "multiply": lambda base, top: base * top,
    "normal": lambda base, top: base * 0 + top,
    "overlay": lambda base, top: _hard_light(top, base),
    "screen": _screen,
    "soft-light": _soft_light,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend(ColorFilter):
    """Lay one colour over the whole picture.

    Example:
        >>> Blend("#ffcc88", "soft-light", opacity=0.5).mode
        'soft-light'
    """

    kind: Literal["blend"] = "blend"

    color: str = field(kw_only=False)
    """``#rrggbb``, ``#rgb`` or a CSS basic colour word."""

    mode: BlendMode = field(default="normal", kw_only=False)
    """How the colour meets the picture."""

    opacity: float = 1.0
    """0 leaves the picture, 1 is the whole effect."""

    channelwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        parse_color(self.color)
        self.check_choice("mode", get_args(BlendMode))
        self.check_number("opacity", 0, 1)

    def map_colors(self, rgb: Colors) -> Colors:
        """Return the colours with the blend over them."""
        import numpy as np

        top = np.asarray(parse_color(self.color), np.float32) / np.float32(255)
        return rgb + (_MODES[self.mode](rgb, top) - rgb) * self.opacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradient(PictureFilter):
    """Lay one colour over the picture, stronger from place to place.

    Example:
        >>> Gradient("black", "multiply", direction="out", start=0.5).end
        1.0
    """

    kind: Literal["gradient"] = "gradient"

    color: str = field(kw_only=False)
    """``#rrggbb``, ``#rgb`` or a CSS basic colour word."""

    mode: BlendMode = field(default="normal", kw_only=False)
    """How the colour meets the picture."""

    direction: Direction = "out"
    """``out`` from the middle (0) to the corners (1), or from an edge to the other."""

    start: float = 0.0
    """Share of the way where there is still nothing; 0 to 1."""

    end: float = 1.0
    """Share of the way from which it is whole; below ``start`` the effect is the other way round."""

    opacity: float = 1.0
    """0 leaves the picture, 1 is the whole effect."""

    seconds_per_megapixel: ClassVar[float] = 0.008

    def __post_init__(self) -> None:
        parse_color(self.color)
        self.check_choice("mode", get_args(BlendMode))
        self.check_choice("direction", get_args(Direction))
        for name in ("start", "end", "opacity"):
            self.check_number(name, 0, 1)

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture mixed with its blend."""
        from mediaflow.filters.lut import map_picture

        if self.opacity == 0:
            return image.copy()
        mask = gradient_mask(image.size, self.direction, self.start, self.end)
        over = map_picture(image, (Blend(self.color, self.mode, opacity=self.opacity),))
        mixed = image.copy()
        mixed.paste(over, mask=mask)  # lets other threads run, which ImageChops does not
        return mixed


def gradient_mask(
    size: tuple[int, int], direction: Direction, start: float, end: float
) -> Image.Image:
    """Return how strong a gradient is at every pixel, mode L.

    Args:
        size: Width and height in px.
        direction: Where it grows.
        start: Share of the way where it begins.
        end: Share of the way where it is whole.
    """
    from PIL import Image

    few = max(size) <= MASK_SIDE * STEP
    way = Image.Resampling.NEAREST if few else Image.Resampling.BILINEAR  # five times as fast
    return _small_mask(direction, start, end).resize(size, way)


@lru_cache(maxsize=32)
def _small_mask(direction: Direction, start: float, end: float) -> Image.Image:
    import numpy as np
    from PIL import Image

    step = (np.arange(MASK_SIDE, dtype=np.float32) + 0.5) / MASK_SIDE
    across, down = step[None, :], step[:, None]
    match direction:
        case "out":  # 1 at the corners, on ellipses that fill the picture
            way = np.hypot(2 * across - 1, 2 * down - 1) / np.sqrt(np.float32(2))
        case "right" | "left":
            way = np.repeat(across, MASK_SIDE, axis=0)
        case "down" | "up":
            way = np.repeat(down, MASK_SIDE, axis=1)
        case _:
            assert_never(direction)
    if direction in ("left", "up"):
        way = 1 - way
    span = end - start if end != start else LIMIT
    share = np.clip((way - start) / span, 0, 1)
    eased = share * share * (3 - 2 * share)  # no visible edge where it begins and ends
    return Image.fromarray((eased * 255 + 0.5).astype(np.uint8))

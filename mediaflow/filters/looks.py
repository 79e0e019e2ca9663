"""Twenty-six looks by their well-known names, each a row of steps over the library's own filters.

The names are those of the CSS looks that people know; the values are this library's own and were
judged by eye. A row is colour steps, even blends and gradients; it suits any size and aspect ratio.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal, cast

from mediaflow.filters.base import ColorFilter, PictureFilter
from mediaflow.filters.blend import Blend, Gradient
from mediaflow.filters.color import Grayscale, Hue, Saturation, Sepia, Temperature
from mediaflow.filters.tone import Brightness, Contrast, Gamma

if TYPE_CHECKING:
    from PIL import Image

    from mediaflow.filters.base import Assets, Colors
    from mediaflow.models.plugins import Filter

__all__ = ["LOOKS", "Look", "look_names"]

WHITE: Final = 255

# fmt: off
LOOKS: Final[dict[str, tuple[Filter, ...]]] = {
    "1977": (Saturation(1.25), Contrast(0.92), Blend("#f07ab0", "screen", opacity=0.20), Gamma(1.05)),
    "aden": (Hue(-14), Saturation(0.82), Blend("#5a1020", "lighten", opacity=0.35), Contrast(0.93), Brightness(1.10)),
    "brannan": (Saturation(0.72), Sepia(0.30), Contrast(1.28), Blend("#8040b0", "lighten", opacity=0.13)),
    "brooklyn": (Saturation(0.88), Contrast(0.92), Brightness(1.08), Gradient("#a8dcc4", "overlay", start=0.75, end=0.15, opacity=0.35), Gradient("#c8b4dc", "overlay", start=0.3, opacity=0.40)),
    "clarendon": (Blend("#7ab8f0", "overlay", opacity=0.22), Saturation(1.30), Contrast(1.14)),
    "earlybird": (Sepia(0.22), Contrast(0.96), Gradient("#d8ba88", "overlay", start=0.8, end=0.1, opacity=0.55), Gradient("#2c0a10", "multiply", start=0.45, opacity=0.72)),
    "gingham": (Saturation(0.70), Blend("#e6e6fa", "soft-light", opacity=0.45), Hue(-8), Contrast(0.86), Brightness(1.04)),
    "hudson": (Temperature(-0.32), Saturation(1.10), Contrast(0.90), Brightness(1.12), Gradient("#3a2466", "multiply", start=0.35, opacity=0.50)),
    "inkwell": (Grayscale(), Contrast(1.14), Brightness(1.04)),
    "kelvin": (Temperature(0.45), Saturation(1.25), Blend("#c07828", "overlay", opacity=0.26), Gradient("#ffcf70", "soft-light", start=0.9, end=0.0, opacity=0.60)),
    "lark": (Blend("#2a5a88", "color-dodge", opacity=0.14), Contrast(0.94), Saturation(1.12), Gamma(1.12)),
    "lofi": (Saturation(1.22), Contrast(1.42), Gradient("#1c1c1c", "multiply", start=0.5, opacity=0.75)),
    "maven": (Sepia(0.22), Contrast(0.95), Saturation(1.35), Blend("#28c878", "soft-light", opacity=0.22), Gamma(1.04)),
    "mayfair": (Contrast(1.08), Saturation(1.10), Gradient("#ffd8dc", "overlay", start=0.8, end=0.0, opacity=0.42), Gradient("#181010", "multiply", start=0.45, opacity=0.55)),
    "moon": (Grayscale(), Contrast(1.06), Blend("#a8b0b4", "soft-light", opacity=0.60), Blend("#30363c", "lighten", opacity=0.75)),
    "nashville": (Sepia(0.18), Temperature(0.22), Contrast(1.12), Blend("#f4b49c", "multiply", opacity=0.38), Blend("#004c96", "lighten", opacity=0.36), Brightness(1.08)),
    "perpetua": (Saturation(1.08), Gradient("#0a64a8", "soft-light", direction="up", start=0.25, opacity=0.65), Gradient("#e8d040", "soft-light", direction="down", start=0.25, opacity=0.55)),
    "reyes": (Sepia(0.24), Saturation(0.78), Contrast(0.84), Brightness(1.14), Blend("#f0d0b4", "soft-light", opacity=0.45)),
    "rise": (Sepia(0.16), Contrast(0.94), Saturation(1.05), Gradient("#ecc888", "overlay", start=0.95, end=0.05, opacity=0.48), Gradient("#321e08", "multiply", start=0.55, opacity=0.45)),
    "slumber": (Saturation(0.66), Blend("#6a4a14", "lighten", opacity=0.34), Blend("#80704c", "soft-light", opacity=0.45), Brightness(1.05)),
    "stinson": (Saturation(0.82), Contrast(0.80), Blend("#f49478", "soft-light", opacity=0.26), Brightness(1.12)),
    "toaster": (Contrast(1.22), Temperature(0.20), Blend("#4a1030", "screen", opacity=0.50), Gradient("#ffb060", "soft-light", start=0.85, end=0.0, opacity=0.70), Gradient("#28060c", "multiply", start=0.5, opacity=0.60)),
    "valencia": (Temperature(0.16), Contrast(1.04), Sepia(0.10), Blend("#402014", "lighten", opacity=0.55), Brightness(1.05)),
    "walden": (Saturation(1.12), Temperature(0.10), Blend("#0c4ca0", "screen", opacity=0.22), Blend("#ffe8b0", "multiply", opacity=0.30), Brightness(1.06)),
    "willow": (Grayscale(), Contrast(0.92), Brightness(1.04), Gradient("#d8c8b0", "overlay", start=0.9, end=0.1, opacity=0.35), Blend("#2e241e", "lighten", opacity=0.60)),
    "xpro2": (Saturation(1.18), Contrast(1.22), Temperature(0.18), Gradient("#d8e4ff", "soft-light", start=0.8, end=0.0, opacity=0.45), Gradient("#20102a", "multiply", start=0.42, opacity=0.78)),
}
"""Steps of each look, one row a look, sorted by name."""
# fmt: on


def look_names() -> tuple[str, ...]:
    """Return the names of all looks, sorted."""
    return tuple(LOOKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(PictureFilter):
    """Give a picture one of twenty-six looks.

    Example:
        >>> Look("clarendon", strength=0.7).name
        'clarendon'
    """

    kind: Literal["look"] = "look"

    name: str = field(kw_only=False)
    """A name of the table, such as ``"moon"``; :func:`look_names` has them all."""

    strength: float = 1.0
    """0 leaves the picture, 1 is the whole look."""

    seconds_per_megapixel: ClassVar[float] = 0.03

    def __post_init__(self) -> None:
        self.check_choice("name", look_names())
        self.check_number("strength", 0, 1)

    def parts(self) -> tuple[Filter, ...]:
        """Return the steps of the row, or one filter that is them in part."""
        steps = LOOKS[self.name]
        if self.strength == 1:
            return steps
        if self.strength == 0:
            return ()
        if all(isinstance(step, ColorFilter) for step in steps):
            colors = cast("tuple[ColorFilter, ...]", steps)
            return (_Partly(steps=colors, strength=self.strength),)
        return (self,)

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture mixed with the whole look."""
        from PIL import Image

        from mediaflow.filters.lut import apply_filters

        whole = apply_filters(image, LOOKS[self.name], assets)
        made = image.copy()
        made.paste(whole, mask=Image.new("L", image.size, round(self.strength * WHITE)))
        if image.mode == "RGBA":
            made.putalpha(image.getchannel("A"))
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Partly(ColorFilter):
    """Colours mixed with what some filters make of them."""

    kind: Literal["partly"] = "partly"

    steps: tuple[ColorFilter, ...]
    strength: float

    def map_colors(self, rgb: Colors) -> Colors:
        from mediaflow.filters.lut import map_chain

        return rgb + (map_chain(self.steps, rgb) - rgb) * self.strength

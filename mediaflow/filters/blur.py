"""Blur and sharpen.

Hidden colour never shows: what a transparent pixel holds has no weight, so blurring works on
premultiplied RGBA. The alpha channel itself stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from mediaflow.filters.base import PictureFilter

if TYPE_CHECKING:
    from PIL import Image

    from mediaflow.filters.base import Assets

__all__ = ["Blur", "Sharpen", "blurred"]

MAX_RADIUS: Final = 250.0  # px; Pillow's time does not grow with it, but a picture is flat by then
MAX_AMOUNT: Final = 10.0
PERCENT: Final = 100
LEVELS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Blur(PictureFilter):
    """Blur by a Gaussian.

    Example:
        >>> Blur(4).radius
        4
    """

    kind: Literal["blur"] = "blur"

    radius: float = field(default=2.0, kw_only=False)
    """Standard deviation in px of the scaled picture; 0 leaves it, up to 250."""

    seconds_per_megapixel: ClassVar[float] = 0.04

    def __post_init__(self) -> None:
        self.check_number("radius", 0, MAX_RADIUS)

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the blurred picture."""
        return blurred(image, self.radius) if self.radius else image.copy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpen(PictureFilter):
    """Sharpen by an unsharp mask: the difference to a blurred copy is added.

    A picture that was scaled down looks crisper with ``Sharpen(0.5, radius=0.8)``.
    """

    kind: Literal["sharpen"] = "sharpen"

    amount: float = field(default=0.5, kw_only=False)
    """How much of the difference is added; 0 leaves the picture, up to 10."""

    radius: float = 1.0
    """Standard deviation of the blur in px, 0 to 250."""

    threshold: int = 0
    """Levels of 255 up to which a difference is noise and stays, 0 to 255."""

    seconds_per_megapixel: ClassVar[float] = 0.05

    def __post_init__(self) -> None:
        self.check_number("amount", 0, MAX_AMOUNT)
        self.check_number("radius", 0, MAX_RADIUS)
        self.check_range("threshold", 0, LEVELS - 1)

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the sharpened picture."""
        from PIL import ImageFilter

        if self.amount == 0 or self.radius == 0:
            return image.copy()
        if image.mode == "RGB":
            percent = round(self.amount * PERCENT)
            return image.filter(ImageFilter.UnsharpMask(self.radius, percent, self.threshold))
        return self._by_visible_colors(image)

    def _by_visible_colors(self, image: Image.Image) -> Image.Image:
        """Sharpen against the mean of what is visible around each pixel."""
        import numpy as np
        from PIL import Image

        colors = np.asarray(image.convert("RGB"), np.int16)
        around = np.asarray(blurred(image, self.radius).convert("RGB"), np.int16)
        difference = colors - around
        difference[np.abs(difference) <= self.threshold] = 0
        sharp = np.clip(colors + difference * np.float32(self.amount), 0, LEVELS - 1)
        made = Image.fromarray(sharp.astype(np.uint8))
        made.putalpha(image.getchannel("A"))
        return made


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """Return a picture blurred by a Gaussian, its alpha channel as it was.

    Args:
        image: RGB or RGBA.
        radius: Standard deviation in px.
    """
    from PIL import ImageFilter

    gaussian = ImageFilter.GaussianBlur(radius)
    if image.mode == "RGB":
        return image.filter(gaussian)
    made = image.convert("RGBa").filter(gaussian).convert("RGBA")
    made.putalpha(image.getchannel("A"))
    return made

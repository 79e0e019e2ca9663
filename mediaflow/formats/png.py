"""PNG (W3C PNG third edition): options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from mediaflow.formats.row import Arguments, BitDepth, ImageFormat, check_bit_depth
from mediaflow.models.plugins import EncoderOptions

__all__ = ["PNG", "PngOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PngOptions(EncoderOptions):
    """Options of the PNG encoder.

    Example:
        >>> PngOptions(compression=9).optimize
        False
    """

    kind: Literal["png"] = "png"
    compression: int = 6
    """zlib level, 0 (none) to 9 (smallest)."""

    optimize: bool = False
    """Whether the encoder tries harder; overrides ``compression`` with 9."""

    colors: int | None = None
    """Most colours that are kept, 2 to 256, in a palette; None keeps all of them."""

    bit_depth: BitDepth = "auto"
    """``"auto"`` keeps 16 bits a channel where the source has them and a back end can; 8 or 16."""

    def __post_init__(self) -> None:
        self.check_flags()
        self.check_range("compression", 0, 9)
        if self.colors is not None:
            self.check_range("colors", 2, 256)
        check_bit_depth(self, self.bit_depth)

    def allows_exact(self) -> bool:
        """Tell whether every pixel is kept."""
        return self.colors is None


def _arguments(_quality: int, _exact: bool, options: EncoderOptions) -> Arguments:
    png = cast("PngOptions", options)
    colors = () if png.colors is None else (("colors", png.colors),)
    return (("compress_level", png.compression), ("optimize", png.optimize), *colors)


PNG: Final = ImageFormat(
    name="png",
    mime_type="image/png",
    extension="png",
    has_alpha=True,
    max_side=65_535,
    can_be_lossless=True,
    can_animate=True,
    default_options=PngOptions(),
    arguments=_arguments,
    encode_seconds_per_megapixel=0.3,
)

"""TIFF (TIFF 6.0): options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from mediaflow.formats.row import Arguments, BitDepth, ImageFormat, check_bit_depth
from mediaflow.models.plugins import EncoderOptions

__all__ = ["TIFF", "TiffCompression", "TiffOptions"]

TiffCompression: TypeAlias = Literal["deflate", "lzw", "none"]

_NAMES: Final = {"deflate": "tiff_adobe_deflate", "lzw": "tiff_lzw", "none": "raw"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TiffOptions(EncoderOptions):
    """Options of the TIFF encoder, which keeps every pixel.

    Example:
        >>> TiffOptions(compression="deflate").bit_depth
        'auto'
    """

    kind: Literal["tiff"] = "tiff"
    compression: TiffCompression = "lzw"
    """``"lzw"`` is read everywhere, ``"deflate"`` is smaller, ``"none"`` is fastest."""

    bit_depth: BitDepth = "auto"
    """``"auto"`` keeps 16 bits a channel where the source has them and a back end can; 8 or 16."""

    def __post_init__(self) -> None:
        self.check_flags()
        self.check_choice("compression", ("deflate", "lzw", "none"))
        check_bit_depth(self, self.bit_depth)


def _arguments(_quality: int, _exact: bool, options: EncoderOptions) -> Arguments:
    return (("compression", _NAMES[cast("TiffOptions", options).compression]),)


TIFF: Final = ImageFormat(
    name="tiff",
    mime_type="image/tiff",
    extension="tif",
    has_alpha=True,
    max_side=65_535,
    can_be_lossless=True,
    default_options=TiffOptions(),
    arguments=_arguments,
    encode_seconds_per_megapixel=0.05,
)

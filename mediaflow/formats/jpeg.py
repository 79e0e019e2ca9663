"""JPEG (ITU-T T.81): options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from mediaflow.formats.row import Arguments, ImageFormat, chroma_for
from mediaflow.models.plugins import EncoderOptions

__all__ = ["JPEG", "JpegChroma", "JpegOptions"]

JpegChroma: TypeAlias = Literal["auto", "4:4:4", "4:2:2", "4:2:0"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegOptions(EncoderOptions):
    """Options of the JPEG encoder.

    Example:
        >>> JpegOptions(progressive=False).chroma_subsampling
        'auto'
    """

    kind: Literal["jpeg"] = "jpeg"
    progressive: bool = True
    """Whether a coarse picture comes first; saves about 4 % and costs encoder time."""

    optimize: bool = True
    """Whether Huffman tables are fitted to the picture."""

    chroma_subsampling: JpegChroma = "auto"
    """``"auto"`` is 4:2:0 below quality 90, else 4:4:4."""

    def __post_init__(self) -> None:
        self.check_flags()
        self.check_choice("chroma_subsampling", ("auto", "4:4:4", "4:2:2", "4:2:0"))


def _arguments(quality: int, _: bool, options: EncoderOptions) -> Arguments:
    jpeg = cast("JpegOptions", options)
    return (
        ("quality", quality),
        ("progressive", jpeg.progressive),
        ("optimize", jpeg.optimize),
        ("subsampling", chroma_for(jpeg.chroma_subsampling, quality)),
    )


JPEG: Final = ImageFormat(
    name="jpeg",
    mime_type="image/jpeg",
    extension="jpg",
    has_alpha=False,
    max_side=65_500,  # libjpeg's JPEG_MAX_DIMENSION
    default_quality=75,
    default_options=JpegOptions(),
    arguments=_arguments,
    encode_seconds_per_megapixel=0.017,
)

"""AVIF (AV1 Image File Format 1.1): options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from mediaflow.formats.row import Arguments, ImageFormat, chroma_for
from mediaflow.models.plugins import EncoderOptions

__all__ = ["AVIF", "AvifChroma", "AvifOptions"]

AvifChroma: TypeAlias = Literal["auto", "4:4:4", "4:2:2", "4:2:0", "4:0:0"]

ENCODER_THREADS = 1  # more threads change the bytes; renditions run beside each other instead


@dataclass(frozen=True, slots=True, kw_only=True)
class AvifOptions(EncoderOptions):
    """Options of the AVIF encoder.

    Example:
        >>> AvifOptions(speed=8).chroma_subsampling
        'auto'
    """

    kind: Literal["avif"] = "avif"
    speed: int = 6
    """0 (slowest, smallest) to 10; 8 is 2.5 times as fast as 6 for 7 % more bytes."""

    chroma_subsampling: AvifChroma = "auto"
    """``"auto"`` is 4:2:0 below quality 90, else 4:4:4."""

    def __post_init__(self) -> None:
        self.check_flags()
        self.check_range("speed", 0, 10)
        self.check_choice("chroma_subsampling", ("auto", "4:4:4", "4:2:2", "4:2:0", "4:0:0"))


def _arguments(quality: int, _: bool, options: EncoderOptions) -> Arguments:
    avif = cast("AvifOptions", options)
    return (
        ("quality", quality),
        ("speed", avif.speed),
        ("subsampling", chroma_for(avif.chroma_subsampling, quality)),
        ("max_threads", ENCODER_THREADS),
    )


AVIF: Final = ImageFormat(
    name="avif",
    mime_type="image/avif",
    extension="avif",
    has_alpha=True,
    max_side=32_768,  # libavif's decoder refuses more by default
    default_quality=63,
    default_options=AvifOptions(),
    arguments=_arguments,
    encode_seconds_per_megapixel=0.75,
)

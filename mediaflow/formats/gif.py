"""GIF (GIF89a): options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from mediaflow.formats.row import Arguments, ImageFormat
from mediaflow.models.plugins import EncoderOptions

__all__ = ["GIF", "GifOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GifOptions(EncoderOptions):
    """Options of the GIF encoder.

    Example:
        >>> GifOptions(colors=64).dither
        'none'
    """

    kind: Literal["gif"] = "gif"
    colors: int = 256
    """Colours of a frame, 2 to 256; 255 where anything is transparent or moves."""

    dither: Literal["none", "floyd_steinberg"] = "none"
    """How missing colours are made up for; the noise of ``"floyd_steinberg"`` crawls in motion and
    makes files larger."""

    def __post_init__(self) -> None:
        self.check_range("colors", 2, 256)
        self.check_choice("dither", ("none", "floyd_steinberg"))


def _arguments(_quality: int, _exact: bool, options: EncoderOptions) -> Arguments:
    gif = cast("GifOptions", options)
    return (("colors", gif.colors), ("dither", gif.dither))


GIF: Final = ImageFormat(
    name="gif",
    mime_type="image/gif",
    extension="gif",
    has_alpha=True,
    holds_profile=False,
    has_soft_alpha=False,
    max_side=65_535,
    max_colors=256,
    can_animate=True,
    tick_ms=10,  # GIF89a 23.c.vii: hundredths of a second
    least_frame_ms=20,  # browsers show a frame of 10 ms or less for 100
    most_frame_ms=655_350,
    max_plays=65_536,  # once, and 16 bits of repeats
    default_options=GifOptions(),
    arguments=_arguments,
    encode_seconds_per_megapixel=0.2,
)

"""WebP (RFC 9649): options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from mediaflow.formats.row import Arguments, ImageFormat
from mediaflow.models.plugins import EncoderOptions

__all__ = ["WEBP", "WebpOptions"]

LOSSLESS_EFFORT = 75  # with lossless=True libwebp reads quality as effort


@dataclass(frozen=True, slots=True, kw_only=True)
class WebpOptions(EncoderOptions):
    """Options of the WebP encoder.

    Example:
        >>> WebpOptions(effort=6).alpha_quality
        100
    """

    kind: Literal["webp"] = "webp"
    effort: int = 4
    """0 (fastest) to 6 (smallest); 6 takes 2.3 times as long as 4 for 4 % fewer bytes."""

    alpha_quality: int = 100
    """Quality of the alpha channel, 1 to 100."""

    keep_hidden_color: bool = False
    """Whether the colour of fully transparent pixels is kept."""

    def __post_init__(self) -> None:
        self.check_flags()
        self.check_range("effort", 0, 6)
        self.check_range("alpha_quality", 1, 100)


def _arguments(quality: int, exact: bool, options: EncoderOptions) -> Arguments:
    webp = cast("WebpOptions", options)
    return (
        ("quality", LOSSLESS_EFFORT if exact else quality),
        ("lossless", exact),
        ("method", webp.effort),
        ("alpha_quality", webp.alpha_quality),
        ("exact", webp.keep_hidden_color),
    )


WEBP: Final = ImageFormat(
    name="webp",
    mime_type="image/webp",
    extension="webp",
    has_alpha=True,
    max_side=16_383,  # RFC 9649 2.7: 14 bits per edge
    default_quality=80,
    can_be_lossless=True,
    can_animate=True,
    most_frame_ms=2**24 - 1,  # RFC 9649 2.7.1.1: 24 bits of ms
    max_plays=65_535,  # the same: 16 bits
    default_options=WebpOptions(),
    arguments=_arguments,
    encode_seconds_per_megapixel=0.11,
)

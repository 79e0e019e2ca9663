"""AV1 by SVT-AV1: options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from mediaflow.errors import SpecError
from mediaflow.formats.codec import Spending, VideoCodec
from mediaflow.formats.h264 import rate_of
from mediaflow.models.plugins import EncoderOptions

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments

__all__ = ["AV1", "Av1Options"]

_PRESETS: Final = (10, 10, 9, 9, 8, 7, 6, 5, 4, 2)
"""Efforts 0 to 9; the encoder itself warns of artifacts from preset 10 on."""

MAX_GRAIN: Final = 50
NO_KEYFRAMES: Final = -1
RARE_KEYFRAMES: Final = (
    100_000  # frames; with a bit rate the encoder refuses to have none of its own
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Av1Options(EncoderOptions):
    """Options of the AV1 encoder.

    Example:
        >>> Av1Options(film_grain=8).kind
        'av1'
    """

    kind: Literal["av1"] = "av1"
    film_grain: int = 0
    """How much grain is taken out and made up again by the decoder, 0 (none) to 50."""

    def __post_init__(self) -> None:
        self.check_range("film_grain", 0, MAX_GRAIN)


def _arguments(spending: Spending, options: EncoderOptions) -> Arguments:
    av1 = cast("Av1Options", options)
    if spending.exact and av1.film_grain:
        raise SpecError(
            "grain that is made up again is not exact, and rate=Lossless() forbids it",
            hint="leave film_grain out",
            field="film_grain",
        )
    chosen: Arguments = (("preset", _PRESETS[spending.effort]), *rate_of(spending))
    has_bit_rate = spending.crf is None and not spending.exact
    own = RARE_KEYFRAMES if has_bit_rate else NO_KEYFRAMES
    params = [f"keyint={own}", "scd=0"] if spending.forced_keyframes else []
    if spending.exact:
        params.append("lossless=1")
    if av1.film_grain:
        params.append(f"film-grain={av1.film_grain}")
    return (*chosen, ("svtav1-params", ":".join(params))) if params else chosen


AV1: Final = VideoCodec(
    name="av1",
    encoder="libsvtav1",
    default_crf=35,
    max_crf=63,
    anchors=((1, 63), (20, 56), (40, 48), (50, 43), (65, 35), (80, 26), (90, 20), (100, 10)),
    default_effort=4,
    efforts=tuple(f"preset {preset}" for preset in _PRESETS),
    arguments=_arguments,
    can_be_lossless=True,
    two_passes_from=0,
    deep_pixel_format="yuv420p10le",
    keeps_depth=True,
    min_width=32,  # SVT-AV1 4.1 damages the heap at 28 px and below
    min_side=16,  # below it the encoder drops its rate control
    min_side_with_bit_rate=64,  # below it adaptive quantization is off, which a bit rate needs
    max_side=16_384,
    default_options=Av1Options(),
    seconds_per_megapixel=0.06,
    effort_factor=1.7,
    frames_held=75,
    deep_memory_factor=1.25,  # the two bits more are stored apart
    bytes_held=305_000_000,
)

"""HEVC (ITU-T H.265) by x265: options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from mediaflow.formats.codec import Spending, VideoCodec
from mediaflow.formats.h264 import PRESETS, rate_of
from mediaflow.models.plugins import EncoderOptions

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments

__all__ = ["HEVC", "HevcOptions", "HevcTune"]

HevcTune: TypeAlias = Literal["none", "animation", "grain", "zerolatency"]

_QUIET: Final = (
    "log-level=none:info=0"  # x265 writes to standard error past every log level of FFmpeg
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HevcOptions(EncoderOptions):
    """Options of the HEVC encoder.

    Example:
        >>> HevcOptions(tune="grain").kind
        'hevc'
    """

    kind: Literal["hevc"] = "hevc"
    tune: HevcTune = "none"
    """What the pictures are like, for x265's own settings."""

    def __post_init__(self) -> None:
        self.check_choice("tune", get_args(HevcTune))


def _arguments(spending: Spending, options: EncoderOptions) -> Arguments:
    hevc = cast("HevcOptions", options)
    chosen: Arguments = (("preset", PRESETS[spending.effort]), *rate_of(spending))
    if hevc.tune != "none":
        chosen += (("tune", hevc.tune),)
    params = [_QUIET]
    if spending.exact:
        params.append("lossless=1")
    if not spending.forced_keyframes:
        return (*chosen, ("x265-params", ":".join(params)))
    params += ["scenecut=0", "open-gop=0", "keyint=-1"]
    return (*chosen, ("forced-idr", 1), ("x265-params", ":".join(params)))


HEVC: Final = VideoCodec(
    name="hevc",
    encoder="libx265",
    default_crf=28,
    max_crf=51,
    has_fractional_crf=True,
    anchors=((1, 51), (20, 45), (40, 37), (50, 33), (65, 28), (80, 22), (90, 18), (100, 11)),
    default_effort=5,
    efforts=PRESETS,
    arguments=_arguments,
    can_be_lossless=True,
    two_passes_from=0,
    statistics_option="x265-stats",
    header_bytes=500,
    deep_pixel_format="yuv420p10le",
    keeps_depth=True,
    min_side=16,
    min_width=64,  # x265 4 damages the heap at 48 px and below, in its look-ahead
    max_side=16_384,
    default_options=HevcOptions(),
    seconds_per_megapixel=0.14,
    effort_factor=1.7,
    frames_held=140,
    bytes_held=50_000_000,
)

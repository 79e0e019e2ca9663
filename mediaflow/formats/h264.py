"""H.264 (ITU-T H.264) by x264: options and their encoder arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from mediaflow.errors import SpecError
from mediaflow.formats.codec import Spending, VideoCodec
from mediaflow.models.plugins import EncoderOptions

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments

__all__ = ["H264", "PRESETS", "H264Options", "H264Profile", "H264Tune", "rate_of"]

H264Profile: TypeAlias = Literal["auto", "baseline", "main", "high"]
H264Tune: TypeAlias = Literal["none", "animation", "film", "grain", "stillimage", "zerolatency"]

PRESETS: Final = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)
"""Efforts 0 to 9 of x264 and x265."""


@dataclass(frozen=True, slots=True, kw_only=True)
class H264Options(EncoderOptions):
    """Options of the H.264 encoder.

    Example:
        >>> H264Options(tune="film").profile
        'auto'
    """

    kind: Literal["h264"] = "h264"
    tune: H264Tune = "none"
    """What the pictures are like, for x264's own settings; ``"zerolatency"`` is for live use."""

    profile: H264Profile = "auto"
    """What decoders must be able to do; ``"auto"`` is the least that the settings need: high."""

    def __post_init__(self) -> None:
        self.check_choice("tune", get_args(H264Tune))
        self.check_choice("profile", get_args(H264Profile))


def rate_of(spending: Spending) -> Arguments:
    """Return the argument of a constant rate factor, or none where something else rules."""
    if spending.crf is None or spending.exact:
        return ()
    whole = spending.crf == int(spending.crf)
    return (("crf", int(spending.crf) if whole else f"{spending.crf:g}"),)


def _arguments(spending: Spending, options: EncoderOptions) -> Arguments:
    h264 = cast("H264Options", options)
    if (spending.exact or spending.crf == 0) and h264.profile != "auto":
        asked = "rate=Lossless()" if spending.exact else "crf 0"
        raise SpecError(
            f"{asked} is exact, which the profile {h264.profile!r} of h264 cannot be",
            hint="leave the profile out, or take Crf(1); browsers do not play exact H.264",
            field="profile",
        )
    chosen: Arguments = (("preset", PRESETS[spending.effort]), *rate_of(spending))
    if spending.exact:
        chosen += (("qp", 0),)  # a quantizer of 0 passes the transform by
    if h264.tune != "none":
        chosen += (("tune", h264.tune),)
    if h264.profile != "auto":
        chosen += (("profile", h264.profile),)
    if spending.forced_keyframes:
        chosen += (
            ("forced-idr", 1),
            ("x264-params", "scenecut=0:open-gop=0:keyint=infinite"),
        )
    return chosen


H264: Final = VideoCodec(
    name="h264",
    encoder="libx264",
    default_crf=23,
    max_crf=51,
    has_fractional_crf=True,
    anchors=((1, 51), (20, 42), (40, 33), (50, 28), (65, 23), (80, 18), (90, 14), (100, 8)),
    default_effort=5,
    efforts=PRESETS,
    arguments=_arguments,
    can_be_lossless=True,
    two_passes_from=0,
    statistics_option="stats",
    header_bytes=800,  # x264 writes all its settings into the first frame, where they may stay
    deep_pixel_format="yuv420p10le",
    min_side=2,
    max_side=16_384,
    default_options=H264Options(),
    seconds_per_megapixel=0.063,
    effort_factor=1.6,
    frames_held=135,
    bytes_held=20_000_000,
)

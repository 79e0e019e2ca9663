"""VP9 by libvpx: options and their encoder arguments.

Always 8 bits: the encoder of the wheels refuses more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from mediaflow.formats.codec import Spending, VideoCodec
from mediaflow.formats.h264 import rate_of
from mediaflow.models.plugins import EncoderOptions

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments

__all__ = ["VP9", "Vp9Content", "Vp9Options"]

Vp9Content: TypeAlias = Literal["default", "film", "screen"]

_SPEEDS: Final = (
    ("realtime", 8),
    ("realtime", 7),
    ("realtime", 6),
    ("realtime", 5),
    ("good", 5),
    ("good", 4),
    ("good", 3),
    ("good", 2),
    ("good", 1),
    ("good", 0),
)
"""Efforts 0 to 9: the deadline and ``cpu-used``, which "good" takes from 0 to 5 only."""

FASTEST_EXACT: Final = 1  # at speed 8, noise that may not be lost overflows libvpx's own buffer
FAR_KEYFRAME: Final = 100_000  # frames; beyond any grid, so that libvpx adds none of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Vp9Options(EncoderOptions):
    """Options of the VP9 encoder.

    Example:
        >>> Vp9Options(content="screen").kind
        'vp9'
    """

    kind: Literal["vp9"] = "vp9"
    content: Vp9Content = "default"
    """What the pictures are like, for libvpx's own settings."""

    def __post_init__(self) -> None:
        self.check_choice("content", get_args(Vp9Content))


def _arguments(spending: Spending, options: EncoderOptions) -> Arguments:
    vp9 = cast("Vp9Options", options)
    effort = max(spending.effort, FASTEST_EXACT) if spending.exact else spending.effort
    deadline, speed = _SPEEDS[effort]
    chosen: Arguments = (
        ("deadline", deadline),
        ("cpu-used", speed),
        ("row-mt", 1),
        *rate_of(spending),
    )
    if spending.exact:
        chosen += (("lossless", 1),)
    elif spending.crf is not None:
        chosen += (("b", 0),)  # with a bit rate, crf would only be the best quality allowed
    if vp9.content != "default":
        chosen += (("tune-content", vp9.content),)
    if spending.forced_keyframes:
        chosen += (("g", FAR_KEYFRAME),)
    return chosen


VP9: Final = VideoCodec(
    name="vp9",
    encoder="libvpx-vp9",
    default_crf=30,
    max_crf=63,
    anchors=((1, 63), (20, 54), (40, 44), (50, 38), (65, 30), (80, 21), (90, 15), (100, 6)),
    default_effort=4,
    efforts=tuple(f"{deadline} {speed}" for deadline, speed in _SPEEDS),
    arguments=_arguments,
    can_be_lossless=True,
    two_passes_from=4,  # libvpx has no second pass in real time
    min_side=2,
    max_side=65_536,
    default_options=Vp9Options(),
    seconds_per_megapixel=0.105,
    effort_factor=1.5,
    frames_held=95,
    bytes_held=30_000_000,
)

"""What is wanted of a film that becomes pictures: stills and previews.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from mediaflow.errors import SpecError
from mediaflow.geometry import Fit, FocalPoint, Gravity, GravityName
from mediaflow.models.animation import check_moment
from mediaflow.models.checking import (
    check_choice,
    check_count,
    check_flag,
    check_format,
    check_length,
    check_name,
    check_number,
    check_pixels,
    check_suffix,
    check_type,
)
from mediaflow.models.color import parse_color
from mediaflow.models.encoding import check_quality
from mediaflow.models.film import MAX_FPS, MAX_SECONDS
from mediaflow.models.filtering import as_filters
from mediaflow.models.footage import ToneMap, check_tone_map
from mediaflow.models.plugins import EncoderOptions, Filter

__all__ = ["BEST", "PreviewOutput", "StillOutput"]

BEST: Final = "best"
"""A moment that only a look at the film tells."""

MAX_LOOPS: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOutput:
    """One frame of a film as a picture: a poster, a thumbnail.

    Example:
        >>> StillOutput(at="25%", width=640).format
        'jpeg'
    """

    kind: Literal["still"] = "still"

    at: float | str = field(default=0.0, kw_only=False)
    """Seconds from the start, or a share of the length (``"25%"``): the frame that is displayed
    then. Beyond the end it is the last frame. ``"best"`` is the keyframe that is sharp, well lit
    and not in a transition; of an animation it is the first frame."""

    format: str = "jpeg"
    """Name of the image format."""

    width: int | str | None = None
    """Width in px or as a share of the upright source with square px."""

    height: int | str | None = None
    """Height in px or as a share of the upright source."""

    fit: Fit = "inside"
    """How the frame meets width and height."""

    gravity: Gravity = "center"
    """What ``cover`` keeps and where ``contain`` places."""

    upscale: bool = False
    """Whether a smaller source may be enlarged."""

    background: str = "white"
    """Colour of padding."""

    quality: int | None = None
    """1 to 100 on the image encoder's own scale; None takes the format's default."""

    filters: tuple[Filter, ...] = ()
    """What changes the look, in order."""

    tone_map: ToneMap = ToneMap()
    """How an HDR source becomes SDR, which it always does."""

    options: EncoderOptions | None = None
    """Typed options of the image format, such as ``formats.JpegOptions()``."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    def __post_init__(self) -> None:
        if self.at != BEST:
            check_moment("at", self.at)
        if self.at is None:
            raise SpecError("at must be seconds, a share such as '25%' or 'best'", field="at")
        check_format(self.format)
        check_length("width", self.width)
        check_length("height", self.height)
        check_choice("fit", self.fit, get_args(Fit))
        if not isinstance(self.gravity, FocalPoint):
            check_choice("gravity", self.gravity, get_args(GravityName))
        check_flag("upscale", self.upscale)
        parse_color(self.background)
        if self.quality is not None:
            check_quality(self.quality)
        check_tone_map(self.tone_map)
        object.__setattr__(self, "filters", as_filters(self.filters))
        check_type("options", self.options, (EncoderOptions,), "formats.JpegOptions()")
        check_name(self.name)
        check_suffix("suffix", self.suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOutput:
    """A short silent clip that plays by itself: an animated AVIF, GIF or WebP, or an mp4.

    Example:
        >>> PreviewOutput("gif", start=2, duration=3).fps
        10
    """

    kind: Literal["preview"] = "preview"

    format: str = field(default="gif", kw_only=False)
    """``"avif"``, ``"gif"`` (one palette for the clip), ``"mp4"`` or ``"webp"``."""

    start: float = 0.0
    """Where it starts, in seconds of the source."""

    duration: float = 3.0
    """Length in seconds; a source that ends before makes it shorter."""

    fps: float = 10
    """Most frames a second; a source with fewer keeps its own."""

    width: int | None = 480
    """Width in px; a smaller source is not enlarged."""

    height: int | None = None
    """Height in px; None follows the width."""

    loop: int = 0
    """How often it is played in all, 0 for ever; of avif, gif and webp."""

    quality: int | None = None
    """1 to 100 of avif, mp4 and webp; None takes the format's default."""

    filters: tuple[Filter, ...] = ()
    """What changes the look, in order."""

    tone_map: ToneMap = ToneMap()
    """How an HDR source becomes SDR, which it always does."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    def __post_init__(self) -> None:
        check_format(self.format)
        check_number("start", self.start, MAX_SECONDS, zero=True)
        check_number("duration", self.duration, MAX_SECONDS)
        check_number("fps", self.fps, MAX_FPS)
        check_pixels("width", self.width)
        check_pixels("height", self.height)
        check_count("loop", self.loop, 0, MAX_LOOPS)
        if self.quality is not None:
            check_quality(self.quality)
        check_tone_map(self.tone_map)
        object.__setattr__(self, "filters", as_filters(self.filters))
        check_name(self.name)
        check_suffix("suffix", self.suffix)

"""What is wanted: one frozen spec per output.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.geometry import Box, Fit, FocalPoint, GravityName
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.animation import Animation, check_moment
from mediaflow.models.checking import (
    check_choice,
    check_flag,
    check_format,
    check_length,
    check_pixels,
    check_suffix,
    check_type,
)
from mediaflow.models.color import parse_color
from mediaflow.models.encoding import RateControl, check_quality
from mediaflow.models.film import VideoOutput
from mediaflow.models.filtering import as_filters
from mediaflow.models.framing import Focus, Framing, Trim, as_trim, check_dpr, whole_box
from mediaflow.models.metadata import MetadataPolicy
from mediaflow.models.plugins import EncoderOptions, Filter
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput

__all__ = ["ColorPolicy", "ImageOutput", "Length", "Output", "OutputSpec"]

Length: TypeAlias = int | str
"""A length in px, or a share of the source such as ``"50%"``."""

ColorPolicy: TypeAlias = Literal["srgb", "preserve"]

_ASPECT: Final = re.compile(r"([1-9]\d{0,4})[:/x]([1-9]\d{0,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSpec:
    """The short form: six fields for any medium, turned into a typed output after the probe.

    Example:
        >>> OutputSpec(format="webp", width=640).maintain_aspect_ratio
        True
    """

    format: str
    """Name of the output format, such as ``"jpeg"``, ``"webp"`` or ``"mp4"``."""

    quality: int | None = None
    """1 to 100: the encoder's own scale for pictures, the table of the codec for films; None takes
    the format's default."""

    width: int | None = None
    """Width in px, or None."""

    height: int | None = None
    """Height in px, or None."""

    maintain_aspect_ratio: bool = True
    """True fits the picture inside width x height; False stretches it to them."""

    filename_suffix: str = ""
    """Text between the file's stem and its extension, such as ``"_thumb"``."""

    def __post_init__(self) -> None:
        check_format(self.format)
        check_pixels("width", self.width)
        check_pixels("height", self.height)
        if self.quality is not None:
            check_quality(self.quality)
        check_flag("maintain_aspect_ratio", self.maintain_aspect_ratio)
        check_suffix("filename_suffix", self.filename_suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOutput:
    """One picture: its format, its geometry and how it is encoded.

    Example:
        >>> ImageOutput("avif", width=800).fit
        'inside'
    """

    kind: Literal["image"] = "image"

    format: str = field(kw_only=False)
    """Name of the image format: ``"jpeg"``, ``"png"``, ``"webp"``, ``"avif"``, ``"gif"`` or
    ``"tiff"``."""

    width: Length | None = None
    """Width in px or as a share (``"50%"``) of the upright source; None follows the height."""

    height: Length | None = None
    """Height in px or as a share of the upright source; None follows the width."""

    max_side: int | None = None
    """Longest edge in px, in place of width and height; everything is kept, whatever ``fit``."""

    aspect: str | None = None
    """Aspect ratio such as ``"16:9"``; gives the missing length, or crops the largest such part."""

    fit: Fit = "inside"
    """``inside`` and ``outside`` keep everything, ``cover`` crops, ``contain`` pads, ``fill``
    stretches (the words of sharp and CSS)."""

    gravity: Framing = "center"
    """What ``cover`` keeps and where ``contain`` places: a word, a focal point in 0 to 1 of the
    part that ``crop`` and ``trim`` leave, ``"smart"`` for the part with the most to see, or
    :class:`Focus` for another detector's choice."""

    crop: Box | None = None
    """Part of the upright source that is used, in whole px; None for all of it."""

    trim: Trim | bool | None = None
    """Whether uniform borders are cut off first; ``True`` stands for ``Trim()``."""

    dpr: float = 1.0
    """Device pixel ratio: px in width, height and max_side are multiplied by it."""

    upscale: bool = False
    """Whether a smaller source may be enlarged."""

    quality: int | None = None
    """1 to 100 on the encoder's own scale; None takes the format's default."""

    rate: RateControl | None = None
    """:class:`Quality` or :class:`Lossless`, in place of ``quality``."""

    background: str = "white"
    """Colour of padding, and behind transparent parts where the format has no alpha channel."""

    filters: tuple[Filter, ...] = ()
    """What changes the look, in order, such as ``(filters.Sepia(0.4),)``; applied to the scaled
    picture, before padding. A list and dicts are accepted."""

    metadata: MetadataPolicy = "strip"
    """``"strip"`` writes none; ``"safe"`` title, description, creator and rights alone; ``"keep"``
    EXIF and XMP, but no orientation, thumbnail or maker notes."""

    color: ColorPolicy = "srgb"
    """``"srgb"`` converts to sRGB, ``"preserve"`` keeps the source's profile and tags it."""

    linear: bool = False
    """Whether light is scaled in place of numbers: right for fine bright and dark detail, slower,
    and not what browsers do."""

    options: EncoderOptions | None = None
    """Typed options of the format, such as ``formats.JpegOptions(progressive=False)``."""

    animation: Animation | Literal["auto"] | None = "auto"
    """``"auto"`` lets an animation move in GIF and WebP, :class:`Animation` asks for it (PNG too) and
    trims it, None takes one frame."""

    still_at: float | str | None = None
    """Which frame of an animation a still shows, by seconds or as a share (``"25%"``); giving it
    asks for a still. None is the first."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    skip_duplicate: bool = False
    """Whether it is left out when an earlier output of the job is the same file: of a small
    source, all widths above its own are."""

    def __post_init__(self) -> None:
        check_format(self.format)
        for name in ("width", "height"):
            check_length(name, getattr(self, name))
        check_pixels("max_side", self.max_side)
        if self.max_side is not None and (self.width is not None or self.height is not None):
            raise SpecError("max_side excludes width and height", field="max_side")
        if self.aspect is not None and not (
            isinstance(self.aspect, str) and _ASPECT.fullmatch(self.aspect)
        ):
            raise SpecError(
                f"aspect must look like '16:9', got {self.aspect!r}",
                field="aspect",
                value=self.aspect,
            )
        if self.aspect is not None and self.width is not None and self.height is not None:
            raise SpecError("aspect excludes width and height together", field="aspect")
        check_choice("fit", self.fit, get_args(Fit))
        if isinstance(self.gravity, tuple | list) and len(self.gravity) == 2:
            raise SpecError(
                f"gravity must be a word or a FocalPoint, got {self.gravity!r}",
                hint=f"write FocalPoint({self.gravity[0]}, {self.gravity[1]})",
                field="gravity",
            )
        if not isinstance(self.gravity, FocalPoint | Focus):
            check_choice("gravity", self.gravity, (*get_args(GravityName), "smart"))
        object.__setattr__(self, "crop", whole_box(self.crop))
        object.__setattr__(self, "trim", as_trim(self.trim))
        check_dpr(self.dpr)
        check_choice("color", self.color, get_args(ColorPolicy))
        check_choice("metadata", self.metadata, get_args(MetadataPolicy))
        check_flag("upscale", self.upscale)
        check_flag("skip_duplicate", self.skip_duplicate)
        check_flag("linear", self.linear)
        if self.quality is not None:
            check_quality(self.quality)
            if self.rate is not None:
                raise SpecError("quality and rate exclude each other", field="rate")
        check_type("rate", self.rate, get_args(RateControl), "Quality(80) or Lossless()")
        check_type("options", self.options, (EncoderOptions,), "formats.JpegOptions()")
        if self.animation != "auto":
            check_type("animation", self.animation, (Animation,), "Animation(fps=12)")
        check_moment("still_at", self.still_at)
        if self.still_at is not None and isinstance(self.animation, Animation):
            raise SpecError("still_at and animation exclude each other", field="still_at")
        if self.name is not None and not (isinstance(self.name, str) and self.name):
            raise SpecError(f"name must be text, got {self.name!r}", field="name")
        object.__setattr__(self, "filters", as_filters(self.filters))
        parse_color(self.background)
        check_suffix("suffix", self.suffix)


Output: TypeAlias = (
    ImageOutput
    | AnalysisOutput
    | VideoOutput
    | StillOutput
    | PreviewOutput
    | SubtitleOutput
    | StoryboardOutput
    | AudioOutput
    | WaveformOutput
    | StreamOutput
)
"""Any typed output."""

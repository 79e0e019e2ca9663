"""Short forms and shares become exact pixels, formats and qualities. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, assert_never

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.formats import (
    canonical_name,
    containers,
    image_formats,
    is_film_format,
    output_format,
    sound_formats,
)
from mediaflow.formats.row import Argument, ImageFormat
from mediaflow.formats.subtitle_codecs import SIDECARS, sidecar_of
from mediaflow.geometry import Placement, Size, place
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.encoding import Lossless, Quality
from mediaflow.models.film import VideoOutput
from mediaflow.models.framing import Focus
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from mediaflow.geometry import Box, Fit
    from mediaflow.models.framing import Framing
    from mediaflow.models.job import AnyOutput
    from mediaflow.models.outputs import Length, Output

__all__ = [
    "EncoderChoice",
    "choose_encoder",
    "is_open",
    "length_px",
    "narrow",
    "place_output",
    "px_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderChoice:
    """The format's row, how much it may spend, and what that is in its own words."""

    row: ImageFormat
    quality: int
    exact: bool
    arguments: tuple[Argument, ...]


def narrow(spec: AnyOutput) -> Output:
    """Return a typed output with its format under the table's own name.

    Args:
        spec: A typed output, or the short form.

    Raises:
        UnknownNameError: No format has that name.
    """
    match spec:
        case OutputSpec():
            return _full_form(spec)
        case ImageOutput():
            return _with_own_name(spec)
        case StillOutput() | StoryboardOutput():
            name = image_formats[canonical_name(spec.format)].name
            return spec if name == spec.format else replace(spec, format=name)
        case VideoOutput() | PreviewOutput():
            name = containers[canonical_name(spec.format)].name
            return spec if name == spec.format else replace(spec, format=name)
        case AnalysisOutput() | WaveformOutput() | StreamOutput():
            return spec
        case AudioOutput():
            name = sound_formats[canonical_name(spec.format)].name
            return spec if name == spec.format else replace(spec, format=name)
        case SubtitleOutput():
            name = sidecar_of(canonical_name(spec.format)).name
            return spec if name == spec.format else replace(spec, format=name)
        case _:
            assert_never(spec)


def _full_form(spec: OutputSpec) -> Output:
    """Return the typed output that the short form means, as far as its format tells."""
    name = output_format(spec.format)
    fit: Fit = "inside" if spec.maintain_aspect_ratio else "fill"
    if name in SIDECARS:
        return _sidecar(spec, name)
    if name in sound_formats:
        return _sound(spec, name)
    if is_film_format(name):
        return VideoOutput(
            name,
            width=spec.width,
            height=spec.height,
            fit=fit,
            quality=spec.quality,
            suffix=spec.filename_suffix,
        )
    return ImageOutput(
        name,
        width=spec.width,
        height=spec.height,
        fit=fit,
        quality=spec.quality,
        suffix=spec.filename_suffix,
    )


def _sidecar(spec: OutputSpec, name: str) -> SubtitleOutput:
    if spec.width is not None or spec.height is not None or spec.quality is not None:
        raise SpecError(f"{name} is text: it has no width, height and quality", field="format")
    return SubtitleOutput(name, suffix=spec.filename_suffix)


def _sound(spec: OutputSpec, name: str) -> AudioOutput:
    if spec.width is not None or spec.height is not None:
        raise SpecError(f"{name} is sound: it has no width and height", field="format")
    return AudioOutput(name, quality=spec.quality, suffix=spec.filename_suffix)


def _with_own_name(output: ImageOutput) -> ImageOutput:
    name = image_formats[canonical_name(output.format)].name
    return output if name == output.format else replace(output, format=name)


def choose_encoder(output: ImageOutput) -> EncoderChoice:
    """Return the format's row with the quality that was asked or is the default.

    Raises:
        UnsupportedError: The format cannot be written, or cannot be lossless.
        SpecError: The options belong to another format.
    """
    row = image_formats[output.format]
    if row.options is None or row.default_options is None or row.arguments is None:
        raise UnsupportedError(
            f"{row.name} can be read but not written", hint="write webp, avif, png or jpeg"
        )
    if output.options is not None and not isinstance(output.options, row.options):
        raise SpecError(
            f"options of {output.options.kind} do not fit a {row.name} output",
            hint=f"use formats.{row.options.__name__}",
            field="options",
        )
    rate = output.rate if output.rate is not None else _quality(output, row)
    match rate:
        case Lossless():
            if not row.can_be_lossless:
                raise UnsupportedError(
                    f"{row.name} cannot be lossless", hint="lossless formats: png, tiff, webp"
                )
            if output.options is not None and not output.options.allows_exact():
                raise SpecError(
                    f"these {row.name} options lose colours, and rate=Lossless() forbids it",
                    field="options",
                )
            quality, exact = 100, True
        case Quality(value):
            quality, exact = value, row.default_quality is None
        case _:
            assert_never(rate)
    arguments = row.arguments(quality, exact, output.options or row.default_options)
    return EncoderChoice(row=row, quality=quality, exact=exact, arguments=arguments)


def _quality(output: ImageOutput, row: ImageFormat) -> Quality:
    return Quality(output.quality or row.default_quality or 100)


def place_output(output: ImageOutput, upright: Size) -> Placement:
    """Return where every pixel of an output comes from.

    Args:
        output: The output; lengths may be shares, an aspect ratio or a longest side. A gravity
            that only pixels can answer counts as ``"center"``.
        upright: Size of the source as a viewer shows it, in px.

    Raises:
        SpecError: The crop reaches beyond the source.
    """
    crop, upright = _cropped(output, upright)
    width = length_px(output.width, upright.width, output.dpr)
    height = length_px(output.height, upright.height, output.dpr)
    max_side = length_px(output.max_side, 0, output.dpr)
    fit: Fit = output.fit
    if max_side is not None:
        width = height = max_side
        fit = "inside"
    if output.aspect is not None:
        ratio = _ratio(output.aspect)
        if max_side is not None:
            width, height = (max_side, None) if ratio >= 1 else (None, max_side)
        width, height = _with_aspect(ratio, width, height, upright)
        fit = "cover" if fit == "inside" else fit
    placed = place(
        upright,
        width=width,
        height=height,
        fit=fit,
        gravity="center" if is_open(output.gravity) else output.gravity,
        upscale=output.upscale,
    )
    return placed if crop is None else replace(placed, crop=placed.crop.moved(crop.left, crop.top))


def is_open(gravity: Framing) -> TypeIs[Literal["smart"] | Focus]:
    """Return whether only a look at the pixels tells what a gravity means."""
    return gravity == "smart" or isinstance(gravity, Focus)


def _cropped(output: ImageOutput, upright: Size) -> tuple[Box | None, Size]:
    """Return the part of the source that an output starts from, and its size."""
    crop = output.crop
    if crop is None:
        return None, upright
    if crop.right > upright.width or crop.bottom > upright.height:
        raise SpecError(
            f"crop reaches to ({crop.right}, {crop.bottom}); the upright source has "
            f"{upright.width}×{upright.height} px",
            field="crop",
        )
    return crop, Size(int(crop.width), int(crop.height))


def length_px(length: Length | None, side: int, dpr: float = 1) -> int | None:
    """Return a length in px; None stays None.

    Args:
        length: Px, or a share such as ``"50%"``.
        side: What a share is of, in px.
        dpr: Device pixel ratio, for lengths in px.
    """
    if length is None:
        return None
    if isinstance(length, str):
        return _round(Fraction(length.removesuffix("%")) / 100 * side)
    return px_of(length, dpr)


def px_of(length: Length | None, dpr: float) -> int | None:
    """Return a length in px at a device pixel ratio; None for a share, or for none."""
    if not isinstance(length, int):
        return None
    return length if dpr == 1 else _round(length * Fraction(str(dpr)))


def _ratio(aspect: str) -> Fraction:
    for sign in ":/x":
        width, found, height = aspect.partition(sign)
        if found:
            return Fraction(int(width), int(height))
    raise SpecError(f"aspect must look like '16:9', got {aspect!r}", field="aspect")


def _with_aspect(
    ratio: Fraction, width: int | None, height: int | None, upright: Size
) -> tuple[int, int]:
    if width is not None:
        return width, _round(width / ratio)
    if height is not None:
        return _round(height * ratio), height
    if Fraction(upright.width, upright.height) > ratio:
        return _round(upright.height * ratio), upright.height
    return upright.width, _round(upright.width / ratio)


def _round(value: Fraction) -> int:
    return max(1, int(value + Fraction(1, 2)))

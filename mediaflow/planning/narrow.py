"""Short forms and shares become exact pixels, formats and qualities. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.formats import canonical_name, image_formats
from mediaflow.formats.row import Argument, ImageFormat
from mediaflow.geometry import Placement, Size, place
from mediaflow.models.encoding import Lossless, Quality
from mediaflow.models.outputs import ImageOutput, OutputSpec

if TYPE_CHECKING:
    from mediaflow.geometry import Fit
    from mediaflow.models.outputs import Length

__all__ = ["EncoderChoice", "choose_encoder", "narrow", "place_output"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderChoice:
    """The format's row, how much it may spend, and what that is in its own words."""

    row: ImageFormat
    quality: int
    exact: bool
    arguments: tuple[Argument, ...]


def narrow(spec: ImageOutput | OutputSpec) -> ImageOutput:
    """Return a typed output with its format under the table's own name.

    Args:
        spec: A typed output, or the short form.

    Raises:
        UnknownNameError: No format has that name.
    """
    if isinstance(spec, OutputSpec):
        spec = ImageOutput(
            spec.format,
            width=spec.width,
            height=spec.height,
            fit="inside" if spec.maintain_aspect_ratio else "fill",
            quality=spec.quality,
            suffix=spec.filename_suffix,
        )
    name = image_formats[canonical_name(spec.format)].name
    return spec if name == spec.format else replace(spec, format=name)


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
        output: The output; lengths may be shares, an aspect ratio or a longest side.
        upright: Size of the source as a viewer shows it, in px.
    """
    width = _pixels(output.width, upright.width)
    height = _pixels(output.height, upright.height)
    fit: Fit = output.fit
    if output.max_side is not None:
        width = height = output.max_side
        fit = "inside"
    if output.aspect is not None:
        ratio = _ratio(output.aspect)
        if output.max_side is not None:
            width, height = (output.max_side, None) if ratio >= 1 else (None, output.max_side)
        width, height = _with_aspect(ratio, width, height, upright)
        fit = "cover" if fit == "inside" else fit
    return place(
        upright, width=width, height=height, fit=fit, gravity=output.gravity, upscale=output.upscale
    )


def _pixels(length: Length | None, side: int) -> int | None:
    if not isinstance(length, str):
        return length
    return _round(Fraction(length.removesuffix("%")) / 100 * side)


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

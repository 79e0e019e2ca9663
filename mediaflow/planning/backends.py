"""Chooses the back end of a plan and how an optional one decodes. Pure.

Pillow does everything unless another is installed and better: it alone reads the source, it keeps 16
bits a channel that the outputs can hold, or it decodes a large picture much faster because it need
not hold it whole. Law: an output that asks for something unknown here is Pillow's.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import MissingExtraError, UnsupportedError
from mediaflow.formats import image_formats
from mediaflow.geometry import Placement, Size, scaled_decode_size
from mediaflow.models.capabilities import Capabilities
from mediaflow.models.outputs import ImageOutput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import Output
    from mediaflow.planning.steps import DecodeStep

__all__ = ["BackendChoice", "choose_backend", "decode_units", "missing_decoder", "vips_decode"]

EIGHT_BITS: Final = 8
SIXTEEN_BITS: Final = 16
DEEP_FORMATS: Final = ("png", "tiff")
VIPS_LINE: Final = "pip install 'pymediaflow[vips]'"
GAP: Final = 2  # averaged blocks leave twice the final size for Lanczos: 49 dB on a grainy photo
WEBP_GAP: Final = Fraction(3, 2)  # 46.5 dB for 6 % more time than 1 x, which has 41.8 dB
FASTER_FROM_PIXELS: Final[dict[str, int]] = {"png": 1_000_000, "webp": 1_000_000}
"""Stored px from which libvips wins when it can shrink while it decodes; measured."""

SPEEDUP: Final[dict[str, str]] = {"png": "1.3", "webp": "1.4"}
"""How much less processor time 12 MP to 800 px take; see benchmarks/formats.py."""
_SAME_ENCODERS: Final = frozenset({"jpeg", "png", "tiff", "webp"})
"""Formats that libvips writes like Pillow; its AVIF encoder is another one."""

_NAMES: Final = {"pillow": "Pillow", "vips": "libvips"}
_PLAIN_MODELS: Final = frozenset({"gray", "palette", "rgb"})
_KNOWN_FIELDS: Final = frozenset(
    [
        "aspect",
        "background",
        "color",
        "crop",
        "dpr",
        "fit",
        "format",
        "gravity",
        "height",
        "kind",
        "max_side",
        "name",
        "options",
        "quality",
        "rate",
        "skip_duplicate",
        "suffix",
        "trim",
        "upscale",
        "width",
    ]
)
"""What an output may ask of an optional back end; anything else must have its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendChoice:
    """A back end and why it was chosen."""

    capabilities: Capabilities
    """What it can do; its name is ``capabilities.backend``."""

    reason: str = ""
    """Why it is not the default one, in words."""

    depths: tuple[int, ...]
    """Bits a channel that each output is written with."""


def choose_backend(
    outputs: Sequence[Output], info: MediaInfo, capabilities: Capabilities
) -> BackendChoice:
    """Return who does the work of a plan.

    Args:
        outputs: Typed outputs.
        info: What the probe found.
        capabilities: What is installed; the default back end's, with the others inside.

    Raises:
        UnsupportedError: Only another back end reads the source, and it cannot make the outputs;
            or an output asks for 16 bits that nothing here keeps.
    """
    if info.format not in capabilities.decoders:
        for other in capabilities.others:
            if info.format in other.decoders:
                _check_outputs(outputs, info, other)
                reason = f"{_name(other)} alone draws {info.format.upper()}"
                return _choice(other, reason, outputs, info)
    for other in capabilities.others:
        if not _is_able(other, outputs, info):
            continue
        choice = _choice(other, "", outputs, info)
        if max(choice.depths) == SIXTEEN_BITS:
            return replace(choice, reason=f"{_name(other)} keeps 16 bits a channel")
        if _is_faster(outputs, info):
            speedup = SPEEDUP[info.format]
            return replace(choice, reason=f"{_name(other)} is {speedup} × as fast here")
    return _choice(capabilities, "", outputs, info)


def _choice(
    chosen: Capabilities, reason: str, outputs: Sequence[Output], info: MediaInfo
) -> BackendChoice:
    depths = tuple(
        SIXTEEN_BITS if info.format in chosen.deep_formats and _is_deep(output, info, chosen) else 8
        for output in outputs
    )
    for output, depth in zip(outputs, depths, strict=True):
        asked = getattr(getattr(output, "options", None), "bit_depth", EIGHT_BITS)
        if asked == SIXTEEN_BITS != depth and info.picture.bit_depth > EIGHT_BITS:
            raise MissingExtraError(
                f"16 bits a channel are kept by libvips from {', '.join(DEEP_FORMATS)} to the "
                f"same, when no output asks for more: {VIPS_LINE}",
                hint=f"{VIPS_LINE}, or bit_depth='auto'",
                where=info.uri,
            )
    return BackendChoice(capabilities=chosen, reason=reason, depths=depths)


def _is_deep(output: Output, info: MediaInfo, chosen: Capabilities) -> bool:
    """Whether an output takes as many bits as the source has, and can."""
    if not isinstance(output, ImageOutput):
        return False
    options = output.options or image_formats[output.format].default_options
    asked = getattr(options, "bit_depth", EIGHT_BITS)
    deep = info.picture.bit_depth > EIGHT_BITS and asked != EIGHT_BITS
    return deep and output.format in chosen.deep_formats


def _is_able(other: Capabilities, outputs: Sequence[Output], info: MediaInfo) -> bool:
    """Whether a back end does all of a job as the default one would."""
    return (
        info.format in other.decoders
        and not info.picture.is_animated
        and info.picture.color.model in _PLAIN_MODELS
        and info.picture.bit_depth <= SIXTEEN_BITS
        and all(
            output.format in other.encoders
            and output.format in _SAME_ENCODERS
            and not _unknown_wishes(output)
            for output in _pictures(outputs)
        )
    )


def _unknown_wishes(output: ImageOutput) -> tuple[str, ...]:
    """Return the names of what an output asks beyond plain geometry, colour and encoding."""
    found = []
    for field in fields(output):
        if field.name in _KNOWN_FIELDS:
            continue
        default = field.default if field.default is not MISSING else None
        if field.default_factory is not MISSING:
            default = field.default_factory()
        if getattr(output, field.name) != default:
            found.append(field.name)
    options = output.options
    if options is not None and getattr(options, "colors", None) is not None:
        found.append("options.colors")
    if options is not None and getattr(options, "chroma_subsampling", "") == "4:2:2":
        found.append("options.chroma_subsampling")
    return tuple(found)


def _is_faster(outputs: Sequence[Output], info: MediaInfo) -> bool:
    """Whether the source is large and every output small enough to shrink while decoding."""
    from mediaflow.planning.narrow import place_output

    enough = FASTER_FROM_PIXELS.get(info.format)
    if enough is None or info.picture.is_progressive or info.picture.stored_size.pixels < enough:
        return False
    places = [place_output(output, info.size) for output in _pictures(outputs)]
    return all(
        min(place.crop.width / place.content.width, place.crop.height / place.content.height) >= GAP
        for place in places
    )


def _check_outputs(outputs: Sequence[Output], info: MediaInfo, only: Capabilities) -> None:
    for output in _pictures(outputs):
        wishes = _unknown_wishes(output)
        if output.format not in only.encoders or wishes:
            what = f"{', '.join(wishes)} of {output.format}" if wishes else output.format
            raise UnsupportedError(
                f"{info.format} is read by {_name(only)}, which cannot make {what}",
                hint=f"write one of {', '.join(only.encoders)} first and go on from that",
                where=info.uri,
            )


def _pictures(outputs: Sequence[Output]) -> list[ImageOutput]:
    return [output for output in outputs if isinstance(output, ImageOutput)]


def missing_decoder(info: MediaInfo, capabilities: Capabilities) -> UnsupportedError:
    """Return the error for a source that nothing here decodes.

    Args:
        info: What the probe found.
        capabilities: What is installed.
    """
    if info.format in capabilities.withheld:
        return UnsupportedError(
            f"{info.format} is not read with trust='strangers': its decoder is only safe for "
            "strangers' files in isolation, which does not exist yet",
            hint="convert it before it is uploaded, or use trust='own' for files of your own",
            where=info.uri,
        )
    extra = image_formats[info.format].extra
    if extra is not None:
        line = f"pip install 'pymediaflow[{extra}]'"
        return MissingExtraError(
            f"{info.format} is read with an optional package: {line}", hint=line, where=info.uri
        )
    return UnsupportedError(
        f"this installation cannot read {info.format}",
        hint="readable formats: " + ", ".join(capabilities.readable),
        where=info.uri,
    )


def vips_decode(full: DecodeStep, places: Sequence[Placement], choice: BackendChoice) -> DecodeStep:
    """Return how libvips decodes a source.

    Args:
        full: The decode of all px.
        places: Where the px of every picture come from.
        choice: The back end, its reason and the depths of the outputs.
    """
    full = replace(full, backend="vips", bit_depth=max(choice.depths), color="keep")
    reason = f": {choice.reason}" if choice.reason else ""
    name, stored = full.format.upper(), full.size
    across = max(place.content.width / place.crop.width for place in places)
    down = max(place.content.height / place.crop.height for place in places)
    ratio = 1 / max(across, down)
    if full.format == "svg":
        size = _scaled(stored, across, down)
        return replace(full, size=size, why=f"{name} drawn at {_words(size)}{reason}")
    if full.format == "webp" and ratio >= GAP:
        size = _scaled(stored, WEBP_GAP / ratio, WEBP_GAP / ratio)
        return replace(full, size=size, why=f"{name} decoded at {_words(size)}{reason}")
    blocks = int(ratio / GAP)
    if blocks < GAP:
        return replace(full, why=f"{full.why} by libvips{reason}")
    size = scaled_decode_size(stored, blocks)
    why = f"{name} decoded row by row at 1/{blocks} ({_words(size)}){reason}"
    return replace(full, denominator=blocks, size=size, why=why)


def decode_units(decode: DecodeStep, stored: Size) -> tuple[Fraction, Fraction]:
    """Return what share of a stored px a decoded px is, across and down.

    Blocks of px end where the picture does; a picture scaled by its decoder fills its size.
    """
    if decode.denominator > 1:
        return Fraction(1, decode.denominator), Fraction(1, decode.denominator)
    return (
        Fraction(decode.size.width, stored.width),
        Fraction(decode.size.height, stored.height),
    )


def _scaled(size: Size, across: Fraction, down: Fraction) -> Size:
    half = Fraction(1, 2)
    return Size(max(1, int(size.width * across + half)), max(1, int(size.height * down + half)))


def _words(size: Size) -> str:
    return f"{size.width}×{size.height}"


def _name(capabilities: Capabilities) -> str:
    return _NAMES.get(capabilities.backend, capabilities.backend)

"""Which outputs need a look at the pixels before they can be planned, and how to look. Pure.

Law: it decides what is decoded for the look and what its answers mean; it sees no pixel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.geometry import Box, FocalPoint, Size, scaled_decode_size
from mediaflow.models.framing import Focus, Trim
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.narrow import is_open, place_output
from mediaflow.planning.steps import DecodeStep

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import Output

__all__ = [
    "LOOK_SIDE",
    "detector_of",
    "kept_part",
    "look_step",
    "needs_look",
    "with_crop",
    "with_focus",
]

LOOK_SIDE: Final = 256  # px; a detector sees no more, and a decode at 1/8 of most photos has them


def needs_look(output: Output) -> bool:
    """Return whether only the pixels tell which part of the source an output shows."""
    if not isinstance(output, ImageOutput):
        return False
    return isinstance(output.trim, Trim) or detector_of(output) is not None


def detector_of(output: ImageOutput) -> str | None:
    """Return the name of the detector that an output asks, or None."""
    if not is_open(output.gravity) or not (output.fit == "cover" or output.aspect is not None):
        return None
    return output.gravity.detector if isinstance(output.gravity, Focus) else "smart"


def look_step(
    info: MediaInfo, outputs: Iterable[ImageOutput], backend: str = "pillow"
) -> DecodeStep:
    """Return how the source is decoded for a look: whole for borders, small for detectors."""
    stored = info.picture.stored_size
    step = DecodeStep(
        format=info.format,
        denominator=1,
        size=stored,
        backend=backend,
        color="cmyk_to_srgb" if info.picture.color.model == "cmyk" else "keep",
        why="a look at the pixels",
    )
    if info.format != "jpeg" or any(isinstance(output.trim, Trim) for output in outputs):
        return step
    for denominator in (8, 4, 2):
        if max(stored.width, stored.height) >= LOOK_SIDE * denominator:
            size = scaled_decode_size(stored, denominator)
            return replace(step, denominator=denominator, size=size)
    return step


def with_crop(output: ImageOutput, inner: Box, source: Size) -> ImageOutput:
    """Return an output whose border was found.

    Args:
        output: An output with a trim.
        inner: What lies inside of the border, in px of the upright source.
        source: Size of the upright source.
    """
    margin = output.trim.margin if isinstance(output.trim, Trim) else 0
    outer = output.crop or Box.whole(source)
    crop = Box(
        max(inner.left - margin, outer.left),
        max(inner.top - margin, outer.top),
        min(inner.right + margin, outer.right),
        min(inner.bottom + margin, outer.bottom),
    )
    return replace(output, crop=None if crop == Box.whole(source) else crop, trim=None)


def kept_part(output: ImageOutput, source: Size) -> tuple[Box, Fraction]:
    """Return where a detector looks, in px of the upright source, and what part is kept of it.

    Returns:
        The box, and width over height of the part that will be kept.
    """
    kept = place_output(output, source).crop
    return output.crop or Box.whole(source), kept.width / kept.height


def with_focus(output: ImageOutput, point: FocalPoint) -> ImageOutput:
    """Return an output whose detector has answered."""
    return replace(output, gravity=point)

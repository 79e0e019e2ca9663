"""Plans the decode of a picture: whole, or as small as the pictures made from it allow. Pure.

Source: ITU-T T.81 (libjpeg decodes at 1/2, 1/4 and 1/8 in the DCT domain); the margin is measured
against a full decode scaled by Lanczos.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.geometry import Box, scaled_decode_size, stored_size
from mediaflow.planning.backends import BackendChoice, vips_decode
from mediaflow.planning.scaling import BYTES_PER_PIXEL, CONTIGUOUS_BYTES
from mediaflow.planning.steps import ColorAction, DecodeStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.filtering import Wanted

__all__ = ["LARGE_DECODE_BYTES", "plan_decode", "ratio_of"]

DECODE_MARGIN: Final = Fraction(8, 5)  # 1.6 ×: 50 to 53 dB at 1/2, 46 to 50 dB at 1/8; 1 ×: 47
AHEAD_PIXELS: Final = 1_000_000  # below it a thread costs more than it saves
LARGE_DECODE_BYTES: Final = 32 * 1024 * 1024


def plan_decode(order: Sequence[Wanted], info: MediaInfo, chosen: BackendChoice) -> DecodeStep:
    """Return how a source is decoded, as small as the pictures allow.

    Args:
        order: The pictures that are made from the decoded source, largest first.
        info: What the probe found.
        chosen: The back end and its reason.
    """
    stored = info.picture.stored_size
    color: ColorAction = "cmyk_to_srgb" if order[0].color == "cmyk_to_srgb" else "keep"
    full = DecodeStep(
        format=info.format,
        denominator=1,
        size=stored,
        color=color,
        why=f"{info.format.upper()} decoded at full size",
    )
    if chosen.capabilities.backend == "vips":
        return vips_decode(full, [want.placement for want in order], chosen)
    if info.format != "jpeg":
        return full
    if any(want.linear for want in order):  # a scaled decode would average numbers, not light
        return replace(full, why="JPEG decoded at full size, since light is to be scaled")
    ratio = min(map(ratio_of, order))
    for denominator in (8, 4, 2):
        enough = ratio >= denominator * DECODE_MARGIN
        scaled = scaled_decode_size(stored, denominator)
        if enough or _is_exact(order, info, denominator):
            reason = (
                f"at least {float(DECODE_MARGIN):g} × the largest output"
                if enough
                else "exactly the largest output, for memory's sake"
            )
            why = f"JPEG decoded at 1/{denominator} ({scaled.width}×{scaled.height}), {reason}"
            small = replace(full, denominator=denominator, size=scaled, why=why)
            return replace(small, ahead=_can_be_ahead(small, info))
    return replace(full, ahead=_can_be_ahead(full, info))


def ratio_of(want: Wanted) -> Fraction:
    """Return how many source px make one of a picture, on the tighter axis."""
    crop, content = want.placement.crop, want.placement.content
    return min(crop.width / content.width, crop.height / content.height)


def _can_be_ahead(step: DecodeStep, info: MediaInfo) -> bool:
    """Whether the decoder fills a picture row by row in one piece of memory, for long enough."""
    return (
        info.picture.color.model == "rgb"
        and not info.picture.is_progressive
        and step.size.pixels >= AHEAD_PIXELS
        and step.size.pixels * BYTES_PER_PIXEL <= CONTIGUOUS_BYTES
    )


def _is_exact(order: Sequence[Wanted], info: MediaInfo, denominator: int) -> bool:
    """Whether a scaled decode is the largest output itself and the next one would be huge."""
    stored = info.picture.stored_size
    larger = scaled_decode_size(stored, max(denominator // 2, 1)).pixels * BYTES_PER_PIXEL
    if larger <= LARGE_DECODE_BYTES or stored.width % denominator or stored.height % denominator:
        return False
    scaled = scaled_decode_size(stored, denominator)
    first, *rest = order
    whole = first.placement.crop == Box.whole(info.size)
    return (
        whole
        and stored_size(first.placement.content, info.picture.orientation) == scaled
        and all(ratio >= denominator * DECODE_MARGIN for ratio in map(ratio_of, rest))
    )

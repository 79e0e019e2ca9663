"""Plans one picture: how small to decode, what to make from what, how to encode. Pure.

Law: every number that the image room uses is decided here. Margins and steps are measured against
a full decode scaled by Lanczos; each constant says what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import UnsupportedError
from mediaflow.formats import image_formats
from mediaflow.geometry import Box, Size, stored_box, stored_size
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.analysis import is_enough, seen_placement
from mediaflow.planning.animation import moves
from mediaflow.planning.backends import BackendChoice, choose_backend, decode_units
from mediaflow.planning.checks import check_encoder_edge, check_memory, check_source
from mediaflow.planning.colors import color_action
from mediaflow.planning.cost import estimated_seconds, peak_bytes
from mediaflow.planning.decode import LARGE_DECODE_BYTES, plan_decode, ratio_of
from mediaflow.planning.filtering import Wanted, twin_of, with_plain_twins
from mediaflow.planning.narrow import choose_encoder, place_output
from mediaflow.planning.outputs import plan_outputs
from mediaflow.planning.scaling import BYTES_PER_PIXEL, choose_scaling
from mediaflow.planning.steps import AssetStep, ColorAction, DecodeStep, PicturePlan, PictureStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.geometry import Orientation
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.steps import OutputStep
    from mediaflow.security.limits import Limits

__all__ = ["plan_image"]

CASCADE_RATIO: Final = 2  # a picture made from one twice as big loses nothing visible (54.9 dB)
HALF_PIXEL: Final = Fraction(1, 2)  # sizes are rounded by up to this much
MAX_DEPTH: Final = 2  # pictures between one and its decoded source; each further one costs 2 dB


def plan_image(
    outputs: Sequence[Output],
    info: MediaInfo,
    *,
    template: str,
    source_name: SourceName,
    capabilities: Capabilities,
    limits: Limits,
    assets: tuple[AssetStep, ...] = (),
    fail_on: FailOn = "error",
    frame_seconds: Sequence[Fraction] = (),
) -> PicturePlan:
    """Return the plan for all outputs of one picture.

    Args:
        outputs: Typed outputs, as :func:`check_request` returned them.
        info: What the probe found.
        template: Name template of the outputs.
        source_name: What the template may take from the source.
        capabilities: What is installed.
        limits: Limits in force.
        assets: Second inputs of the outputs' filters.
        fail_on: Whether a source that is cut off is an error.
        frame_seconds: How long each frame of an animation is shown; empty while only the header
            is known.

    Raises:
        LimitExceededError: The source or the work is larger than allowed.
        SpecError: A size does not fit its format, or two outputs share a place.
        UnsupportedError: Nothing installed decodes the source.
    """
    check_source(info, capabilities, limits)
    facts = replace(info, uri=None, bytes=None, header_bytes=0)
    if fail_on == "none" and info.format in capabilities.decoders:
        capabilities = replace(capabilities, others=())  # only the default back end salvages
    chosen = choose_backend(outputs, facts, capabilities)
    # a cache must not keep second inputs alive, which may be bytes or open files
    lay_out = _lay_out.__wrapped__ if assets else _lay_out
    layout = lay_out(tuple(outputs), facts, chosen)
    decode, pictures = layout.decode, layout.pictures
    if fail_on == "none":  # the end of the file must be known before any picture is made
        backgrounds = [each.background for each in outputs if isinstance(each, ImageOutput)]
        decode = replace(decode, ahead=False, fill=backgrounds[0] if backgrounds else "white")
    for output, index in zip(outputs, layout.picture_of, strict=True):
        if isinstance(output, ImageOutput):
            check_encoder_edge(choose_encoder(output).row, pictures[index].canvas, limits)
    encodes, analyses = plan_outputs(
        outputs,
        layout.picture_of,
        pictures,
        info,
        template=template,
        source_name=source_name,
        actions=layout.actions,
        crops=layout.crops,
        depths=chosen.depths,
        frame_seconds=frame_seconds,
        capabilities=chosen.capabilities,
    )
    for asset in assets:
        if asset.info is not None:
            check_source(asset.info, capabilities, limits)
    made: list[OutputStep] = [step for step in encodes if step.same_as is None]
    made += analyses
    peak = peak_bytes(info, decode, pictures, made, assets)
    check_memory(peak, limits, where=info.uri)
    return PicturePlan(
        source=info,
        decode=decode,
        pictures=pictures,
        encodes=encodes,
        analyses=analyses,
        assets=assets,
        peak_bytes=peak,
        estimated_seconds=estimated_seconds(info, decode, pictures, made),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What is decoded and made for a set of outputs."""

    decode: DecodeStep
    pictures: tuple[PictureStep, ...]
    picture_of: tuple[int, ...]
    """Index of the picture of each output."""

    actions: tuple[ColorAction, ...]
    """Colour action of each output."""

    crops: tuple[Box | None, ...]
    """Part of the upright source that each output shows, in px; None for all of it."""


@lru_cache(maxsize=64)
def _lay_out(outputs: tuple[Output, ...], facts: MediaInfo, chosen: BackendChoice) -> _Layout:
    """Return the decode and the pictures of a source.

    Photos of one camera come in few sizes, so the exact arithmetic is done once for each of them;
    what differs from file to file is not among the facts.
    """
    whole = Box.whole(facts.size)
    capabilities = chosen.capabilities
    images = [_wanted(output, facts) for output in outputs if isinstance(output, ImageOutput)]
    wanted = [_wanted_for(output, facts, images) for output in outputs]
    order = with_plain_twins(wanted)
    decode = plan_decode([w for w in order if twin_of(w, order) is None], facts, chosen)
    pictures = _plan_pictures(order, decode, facts, capabilities)
    return _Layout(
        decode=replace(
            decode,
            ahead=decode.ahead and pictures[0].grids is not None,
            metadata=any(
                isinstance(output, ImageOutput) and output.metadata != "strip" for output in outputs
            ),
            release_first=decode.size.pixels * BYTES_PER_PIXEL > LARGE_DECODE_BYTES,
        ),
        pictures=pictures,
        picture_of=tuple(order.index(want) for want in wanted),
        actions=tuple(want.color for want in wanted),
        crops=tuple(
            None if want.placement.crop == whole else want.placement.crop for want in wanted
        ),
    )


def _wanted_for(output: Output, info: MediaInfo, images: Sequence[Wanted]) -> Wanted:
    match output:
        case ImageOutput():
            return _wanted(output, info)
        case AnalysisOutput():
            return _wanted_by_analysis(info, images)
        case (
            VideoOutput()
            | StillOutput()
            | PreviewOutput()
            | SubtitleOutput()
            | StoryboardOutput()
            | AudioOutput()
            | WaveformOutput()
            | StreamOutput()
        ):
            raise UnsupportedError(
                f"a {output.kind} output needs a film; the source is a {info.format} picture",
                hint="ask for ImageOutput(...)",
            )
        case _:
            assert_never(output)


def _wanted_by_analysis(info: MediaInfo, images: Sequence[Wanted]) -> Wanted:
    """Return the smallest picture that is made anyway and says enough, or one of its own."""
    own = Wanted(
        placement=seen_placement(info.size),
        color=color_action(info.picture.color, "srgb"),
        background="white",
    )
    enough = [
        want
        for want in images
        if (want.color, want.filters, want.moves, want.still_at) == (own.color, (), False, None)
        and is_enough(want.placement, info.size)
    ]
    return min(enough, key=lambda want: want.placement.content.pixels, default=own)


def _wanted(output: ImageOutput, info: MediaInfo) -> Wanted:
    placement = place_output(output, info.size)
    padded = placement.content != placement.canvas
    policy = output.color if image_formats[output.format].holds_profile else "srgb"
    return Wanted(
        placement=placement,
        color=color_action(info.picture.color, policy),
        background=output.background if padded else "white",
        filters=output.filters,
        linear=output.linear,
        moves=moves(output, info),
        still_at=output.still_at if info.picture.is_animated else None,
    )


def _plan_pictures(
    order: Sequence[Wanted], decode: DecodeStep, info: MediaInfo, capabilities: Capabilities
) -> tuple[PictureStep, ...]:
    steps: list[PictureStep] = []
    for index, want in enumerate(order):
        origin = _origin(want, order[:index], steps)
        if origin is None:
            steps.append(_from_base(index, want, decode, info, capabilities))
        else:
            steps.append(_from_picture(index, want, order[origin], origin, info, capabilities))
    return tuple(steps)


def _origin(want: Wanted, earlier: Sequence[Wanted], steps: Sequence[PictureStep]) -> int | None:
    """Return the smallest earlier picture that this one can be made from, or None."""
    found = twin_of(want, earlier)
    if found is not None:
        return found
    for index, other in enumerate(earlier):
        same_frame = (other.moves, other.still_at) == (want.moves, want.still_at)
        same_color = (other.color, other.linear) == (want.color, want.linear) and same_frame
        unpadded = other.placement.content == other.placement.canvas
        enlarged = ratio_of(other) < 1
        if (
            other.filters
            or not same_color
            or not unpadded
            or enlarged
            or _depth(steps, index) >= MAX_DEPTH
        ):
            continue
        inner, outer = want.placement.crop, other.placement.crop
        inside = (
            outer.left <= inner.left
            and outer.top <= inner.top
            and inner.right <= outer.right
            and inner.bottom <= outer.bottom
        )
        across = other.placement.content.width / outer.width * inner.width
        down = other.placement.content.height / outer.height * inner.height
        content = want.placement.content
        if (
            inside
            and across >= (content.width - HALF_PIXEL) * CASCADE_RATIO
            and down >= (content.height - HALF_PIXEL) * CASCADE_RATIO
        ):
            found = index
    return found


def _depth(steps: Sequence[PictureStep], index: int) -> int:
    """Return how many pictures stand between one and the decoded source."""
    origin = steps[index].origin
    return 0 if origin is None else 1 + _depth(steps, origin)


def _from_base(
    index: int, want: Wanted, decode: DecodeStep, info: MediaInfo, capabilities: Capabilities
) -> PictureStep:
    orientation = 1 if info.format in capabilities.upright_decoders else info.picture.orientation
    upright = info.size
    box = stored_box(want.placement.crop, upright, orientation)
    across, down = decode_units(decode, info.picture.stored_size)
    content = stored_size(want.placement.content, orientation)
    base = decode.size if orientation != 1 or info.picture.orientation == 1 else upright
    return _step(
        index,
        want,
        origin=None,
        crop=box.scaled(across, down),
        content=content,
        origin_size=base,
        plain=not info.picture.has_alpha,
        growing=decode.ahead and index == 0,
        capabilities=capabilities,
        color="keep" if want.color == decode.color else want.color,
        orientation=orientation,
    )


def _from_picture(
    index: int,
    want: Wanted,
    other: Wanted,
    origin: int,
    info: MediaInfo,
    capabilities: Capabilities,
) -> PictureStep:
    inner, outer = want.placement.crop, other.placement.crop
    across = other.placement.content.width / outer.width
    down = other.placement.content.height / outer.height
    crop = Box(
        (inner.left - outer.left) * across,
        (inner.top - outer.top) * down,
        (inner.right - outer.left) * across,
        (inner.bottom - outer.top) * down,
    )
    return _step(
        index,
        want,
        origin=origin,
        crop=crop,
        content=want.placement.content,
        origin_size=other.placement.canvas,
        plain=not info.picture.has_alpha,
        growing=False,
        capabilities=capabilities,
        color="preserve" if want.color == "preserve" else "keep",
        orientation=1,
    )


def _step(
    index: int,
    want: Wanted,
    *,
    origin: int | None,
    crop: Box,
    content: Size,
    origin_size: Size,
    plain: bool,
    growing: bool,
    capabilities: Capabilities,
    color: ColorAction,
    orientation: Orientation,
) -> PictureStep:
    scaling = choose_scaling(
        crop,
        content,
        origin_size,
        fast=plain and capabilities.fast_scaler,
        growing=growing,
        backend=capabilities.backend,
        linear=want.linear,
    )
    placement = want.placement
    return PictureStep(
        index=index,
        origin=origin,
        crop=crop,
        reduce=scaling.reduce,
        scaler=scaling.scaler,
        grids=scaling.grids,
        gap=scaling.gap,
        content=content,
        color=color,
        orientation=orientation,
        filters=want.filters,
        canvas=placement.canvas,
        offset=placement.offset,
        background=want.background,
        moves=want.moves,
        still_at=want.still_at,
    )

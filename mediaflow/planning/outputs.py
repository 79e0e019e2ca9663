"""The last steps of a plan: names, encoder arguments, notices. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.models.encoding import Quality
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.result import Notice
from mediaflow.planning.analysis import plan_analyses
from mediaflow.planning.animation import animation_notices, plan_animation
from mediaflow.planning.colors import palette_notices, source_notices
from mediaflow.planning.names import find_duplicates, output_uri
from mediaflow.planning.narrow import choose_encoder, px_of
from mediaflow.planning.output_names import output_names
from mediaflow.planning.steps import EncodeStep
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from mediaflow.geometry import Box
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import Output
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.narrow import EncoderChoice
    from mediaflow.planning.steps import AnalysisStep, ColorAction, OutputStep, PictureStep

__all__ = ["plan_outputs"]

EIGHT_BITS: Final = 8
DEEP: Final = 16


def plan_outputs(
    outputs: Sequence[Output],
    picture_of: Sequence[int],
    pictures: Sequence[PictureStep],
    info: MediaInfo,
    *,
    template: str,
    source_name: SourceName,
    actions: Sequence[ColorAction],
    crops: Sequence[Box | None],
    depths: Sequence[int],
    frame_seconds: Sequence[Fraction],
    capabilities: Capabilities,
) -> tuple[tuple[EncodeStep, ...], tuple[AnalysisStep, ...]]:
    """Return the steps that make the outputs: those that encode, and those that describe.

    Args:
        outputs: All typed outputs of the job.
        picture_of: Index of the picture that each output is made from.
        pictures: All pictures of the plan.
        info: What the probe found.
        template: Name template.
        source_name: What the template may take from the source.
        actions: Colour action of each output.
        crops: Part of the upright source that each output shows, in px; None for all of it.
        depths: Bits a channel that each output is written with.
        frame_seconds: How long each frame of an animation is shown; empty while only the header
            is known.
        capabilities: What the back end can do.

    Raises:
        SpecError: Two outputs would stand at the same place, or the name of a file is unsafe.
    """
    names, notices = output_names(outputs), source_notices(info, source_name.format)
    encodes = _plan_encodes(
        outputs,
        names,
        picture_of,
        pictures,
        template=template,
        source_name=source_name,
        notices=notices,
        actions=actions,
        crops=crops,
        depths=depths,
        info=info,
        frame_seconds=frame_seconds,
    )
    analyses = plan_analyses(
        outputs,
        names,
        picture_of,
        upright=info.size,
        template=template,
        source_name=source_name,
        notices={**notices, None: (*notices[None], *_first_frame(info))},
        actions=actions,
        capabilities=capabilities,
    )
    _check_places((*encodes, *analyses))
    return encodes, analyses


def _first_frame(info: MediaInfo) -> tuple[Notice, ...]:
    """Return what a description of an animation misses."""
    if not info.picture.is_animated:
        return ()
    return (Notice(code="animation_flattened", message="only the first frame is described"),)


def _plan_encodes(
    outputs: Sequence[Output],
    names: Sequence[str],
    picture_of: Sequence[int],
    pictures: Sequence[PictureStep],
    *,
    template: str,
    source_name: SourceName,
    notices: Mapping[ColorAction | None, tuple[Notice, ...]],
    actions: Sequence[ColorAction],
    crops: Sequence[Box | None],
    depths: Sequence[int],
    info: MediaInfo,
    frame_seconds: Sequence[Fraction],
) -> tuple[EncodeStep, ...]:
    steps: list[EncodeStep] = []
    rows = zip(outputs, picture_of, names, actions, crops, depths, strict=True)
    for output, index, name, action, crop, depth in rows:
        if not isinstance(output, ImageOutput):
            continue
        choice = choose_encoder(output)
        size = pictures[index].canvas
        flatten = info.picture.has_alpha and not choice.row.has_alpha
        animation = plan_animation(output, info, frame_seconds)
        step = EncodeStep(
            name=name,
            uri=output_uri(template, source_name, output, name, size),
            picture=index,
            output=output,
            format=choice.row.name,
            arguments=choice.arguments,
            size=size,
            crop=crop,
            bit_depth=depth,
            flatten=flatten,
            notices=(
                *_of_source(notices[None], depth),
                *notices[action],
                *animation_notices(output, info, animation),
                *palette_notices(choice.row, info),
                *_own(output, choice, pictures[index], flatten=flatten, depth=depth),
            ),
            animation=animation,
        )
        steps.append(replace(step, same_as=_same(step, steps)) if output.skip_duplicate else step)
    return tuple(steps)


def _of_source(notices: Iterable[Notice], depth: int) -> tuple[Notice, ...]:
    """Return what is lost from the source by an output of so many bits a channel."""
    is_kept = depth > EIGHT_BITS
    return tuple(note for note in notices if not (is_kept and note.code == "depth_reduced"))


def _same(step: EncodeStep, earlier: Iterable[EncodeStep]) -> str | None:
    """Return the name of an earlier output whose file is the same, or None."""
    for other in earlier:
        background = not step.flatten or step.output.background == other.output.background
        if other.same_as is None and background and _file_of(other) == _file_of(step):
            return other.name
    return None


def _file_of(step: EncodeStep) -> tuple[object, ...]:
    """Return what decides the bytes of an output beside its background."""
    picture = (step.picture, step.bit_depth, step.animation, step.output.metadata)
    return (*picture, step.format, step.arguments)


def _check_places(steps: Iterable[OutputStep]) -> None:
    shared = find_duplicates(step.uri for step in steps if step.uri and step.same_as is None)
    if shared is not None:
        raise SpecError(
            f"two outputs would be written to {redact(shared)!r}",
            hint="give them different suffixes, or use {name} or {width} in the template",
            field="to",
        )


def _own(
    output: ImageOutput, choice: EncoderChoice, picture: PictureStep, *, flatten: bool, depth: int
) -> list[Notice]:
    found: list[Notice] = []
    if flatten:
        text = f"transparency laid on {output.background}: {choice.row.name} has no alpha channel"
        found.append(Notice(code="alpha_flattened", message=text))
    asked_quality = output.quality is not None or isinstance(output.rate, Quality)
    if asked_quality and choice.row.default_quality is None:
        text = f"{choice.row.name} is always exact; quality {choice.quality} is ignored"
        found.append(Notice(code="option_ignored", message=text))
    if getattr(output.options, "bit_depth", None) == DEEP and depth != DEEP:
        text = f"the source has 8 bits a channel, so {choice.row.name} has no more"
        found.append(Notice(code="option_ignored", message=text))
    colors = dict(choice.arguments).get("colors")
    if colors is not None and choice.row.max_colors is None:  # a format of few says it itself
        text = f"more than {colors} colours became {colors}"
        found.append(Notice(code="colors_reduced", message=text))
    if (output.fit not in ("inside", "outside") or output.aspect) and not output.upscale:
        canvas = picture.canvas
        sides = (("width", output.width, canvas.width), ("height", output.height, canvas.height))
        asked = [(name, px_of(length, output.dpr), made) for name, length, made in sides]
        short = [
            f"{name} {made} in place of {wanted} px"
            for name, wanted, made in asked
            if wanted is not None and made < wanted
        ]
        if short:
            text = f"{', '.join(short)}: the source is smaller and upscale is off"
            found.append(Notice(code="not_enlarged", message=text))
    return found

"""The last steps of a plan: names, encoder arguments, notices. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.errors import SpecError
from mediaflow.models.encoding import Quality
from mediaflow.models.result import Notice
from mediaflow.planning.animation import animation_notices
from mediaflow.planning.colors import palette_notices
from mediaflow.planning.names import find_duplicates, output_names, output_uri
from mediaflow.planning.narrow import choose_encoder
from mediaflow.planning.steps import EncodeStep
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import ImageOutput
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.narrow import EncoderChoice
    from mediaflow.planning.steps import AnimationStep, ColorAction, PictureStep

__all__ = ["plan_encodes"]


def plan_encodes(
    outputs: Sequence[ImageOutput],
    picture_of: Sequence[int],
    pictures: Sequence[PictureStep],
    *,
    template: str,
    source_name: SourceName,
    notices: Mapping[ColorAction | None, tuple[Notice, ...]],
    actions: Sequence[ColorAction],
    info: MediaInfo,
    animations: Sequence[AnimationStep | None],
) -> tuple[EncodeStep, ...]:
    """Return one encode step for each output, in the order they were asked for.

    Args:
        outputs: Typed outputs.
        picture_of: Index of the picture that each output encodes.
        pictures: All pictures of the plan.
        template: Name template.
        source_name: What the template may take from the source.
        notices: What is lost, by colour action and under None for all.
        actions: Colour action of each output.
        info: What the probe found.
        animations: How each output moves, or None for a still.

    Raises:
        SpecError: Two outputs would stand at the same place.
    """
    steps: list[EncodeStep] = []
    names = output_names(outputs)
    rows = zip(outputs, picture_of, names, actions, animations, strict=True)
    for output, index, name, action, animation in rows:
        choice = choose_encoder(output)
        size = pictures[index].canvas
        flatten = info.image.has_alpha and not choice.row.has_alpha
        steps.append(
            EncodeStep(
                name=name,
                uri=output_uri(template, source_name, output, name, size),
                picture=index,
                output=output,
                format=choice.row.name,
                arguments=choice.arguments,
                size=size,
                flatten=flatten,
                notices=(
                    *notices[None],
                    *notices[action],
                    *animation_notices(output, info, animation),
                    *palette_notices(choice.row, info),
                    *_own(output, choice, pictures[index], flatten=flatten),
                ),
                animation=animation,
            )
        )
    shared = find_duplicates(step.uri for step in steps)
    if shared is not None:
        raise SpecError(
            f"two outputs would be written to {redact(shared)!r}",
            hint="give them different suffixes, or use {name} or {width} in the template",
            field="to",
        )
    return tuple(steps)


def _own(
    output: ImageOutput, choice: EncoderChoice, picture: PictureStep, *, flatten: bool
) -> list[Notice]:
    found: list[Notice] = []
    if flatten:
        text = f"transparency laid on {output.background}: {choice.row.name} has no alpha channel"
        found.append(Notice(code="alpha_flattened", message=text))
    asked_quality = output.quality is not None or isinstance(output.rate, Quality)
    if asked_quality and choice.row.default_quality is None:
        text = f"{choice.row.name} is always exact; quality {choice.quality} is ignored"
        found.append(Notice(code="option_ignored", message=text))
    if (output.fit not in ("inside", "outside") or output.aspect) and not output.upscale:
        canvas = picture.canvas
        sides = (("width", output.width, canvas.width), ("height", output.height, canvas.height))
        short = [
            f"{name} {made} in place of {asked} px"
            for name, asked, made in sides
            if isinstance(asked, int) and made < asked
        ]
        if short:
            text = f"{', '.join(short)}: the source is smaller and upscale is off"
            found.append(Notice(code="not_enlarged", message=text))
    return found

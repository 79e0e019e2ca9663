"""The last steps of a plan: names, encoder arguments, notices. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mediaflow.errors import SpecError
from mediaflow.models.encoding import Quality
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.result import Notice
from mediaflow.planning.names import find_duplicates, output_uri
from mediaflow.planning.narrow import choose_encoder
from mediaflow.planning.steps import EncodeStep
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mediaflow.models.outputs import Output
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.narrow import EncoderChoice
    from mediaflow.planning.steps import ColorAction, OutputStep, PictureStep

__all__ = ["check_places", "plan_encodes"]


def plan_encodes(
    outputs: Sequence[Output],
    names: Sequence[str],
    picture_of: Sequence[int],
    pictures: Sequence[PictureStep],
    *,
    template: str,
    source_name: SourceName,
    notices: Mapping[ColorAction | None, tuple[Notice, ...]],
    actions: Sequence[ColorAction],
    has_alpha: bool,
) -> tuple[EncodeStep, ...]:
    """Return one encode step for each picture among the outputs, in the order of the request.

    Args:
        outputs: All typed outputs of the job.
        names: Name of each output.
        picture_of: Index of the picture that each output is made from.
        pictures: All pictures of the plan.
        template: Name template.
        source_name: What the template may take from the source.
        notices: What is lost, by colour action and under None for all.
        actions: Colour action of each output.
        has_alpha: Whether the source can be transparent.

    Raises:
        SpecError: The name of a file is unsafe.
    """
    steps: list[EncodeStep] = []
    for output, index, name, action in zip(outputs, picture_of, names, actions, strict=True):
        if not isinstance(output, ImageOutput):
            continue
        choice = choose_encoder(output)
        size = pictures[index].canvas
        flatten = has_alpha and not choice.row.has_alpha
        step = EncodeStep(
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
                *_own(output, choice, pictures[index], flatten=flatten),
            ),
        )
        steps.append(replace(step, same_as=_same(step, steps)) if output.skip_duplicate else step)
    return tuple(steps)


def _same(step: EncodeStep, earlier: Iterable[EncodeStep]) -> str | None:
    """Return the name of an earlier output whose file is the same, or None."""
    for other in earlier:
        background = not step.flatten or step.output.background == other.output.background
        if (
            other.same_as is None
            and (other.picture, other.format, other.arguments)
            == (step.picture, step.format, step.arguments)
            and background
        ):
            return other.name
    return None


def check_places(steps: Iterable[OutputStep]) -> None:
    """Refuse two outputs at one place; those that are left out or not stored have none.

    Raises:
        SpecError: Two outputs would stand at the same place.
    """
    shared = find_duplicates(step.uri for step in steps if step.uri and step.same_as is None)
    if shared is not None:
        raise SpecError(
            f"two outputs would be written to {redact(shared)!r}",
            hint="give them different suffixes, or use {name} or {width} in the template",
            field="to",
        )


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

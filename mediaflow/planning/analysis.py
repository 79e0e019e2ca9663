"""Plans what is said of a picture: which picture is looked at, and how small. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.geometry import Box, Size, place
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.planning.names import output_uri
from mediaflow.planning.steps import AnalysisStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediaflow.geometry import Placement
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.outputs import Output
    from mediaflow.models.result import Notice, NoticeCode
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.steps import ColorAction

__all__ = ["SEEN_SIDE", "is_enough", "plan_analyses", "seen_placement"]

SEEN_SIDE: Final = 100  # px; the largest that ThumbHash takes, and colours need no more
NEARLY: Final = 1  # px that rounding may take from an edge

_NO_LOSS: Final[frozenset[NoticeCode]] = frozenset(
    {"color_converted", "depth_reduced", "gain_map_dropped"}
)
"""Losses of a picture that no description of it can have."""


def seen_placement(upright: Size) -> Placement:
    """Return how the whole source is reduced to what is looked at."""
    return place(upright, width=SEEN_SIDE, height=SEEN_SIDE, fit="inside")


def is_enough(placement: Placement, upright: Size) -> bool:
    """Return whether a picture shows all of the source, in its shape, and large enough.

    Args:
        placement: Where the px of the picture come from.
        upright: Size of the source as a viewer shows it.
    """
    content, needed = placement.content, seen_placement(upright).content
    whole = placement.crop == Box.whole(upright) and content == placement.canvas
    height = Fraction(content.width * upright.height, upright.width)
    width = Fraction(content.height * upright.width, upright.height)
    in_shape = abs(height - content.height) <= NEARLY or abs(width - content.width) <= NEARLY
    large = needed.width <= content.width <= upright.width and needed.height <= content.height
    return whole and in_shape and large


def plan_analyses(
    outputs: Sequence[Output],
    names: Sequence[str],
    picture_of: Sequence[int],
    *,
    upright: Size,
    template: str,
    source_name: SourceName,
    notices: Mapping[ColorAction | None, tuple[Notice, ...]],
    actions: Sequence[ColorAction],
    capabilities: Capabilities,
) -> tuple[AnalysisStep, ...]:
    """Return one step for each analysis among the outputs, in their order.

    Args:
        outputs: All typed outputs of the job.
        names: Name of each output.
        picture_of: Index of the picture that each output is made from.
        upright: Size of the source as a viewer shows it.
        template: Name template.
        source_name: What the template may take from the source.
        notices: What is lost, by colour action and under None for all.
        actions: Colour action of each output.
        capabilities: What is installed.

    Raises:
        SpecError: The name of a file that is to be stored is unsafe.
    """
    steps = []
    for position, output in enumerate(outputs):
        if not isinstance(output, AnalysisOutput):
            continue
        seen = seen_placement(upright).content
        name = names[position]
        lost = (*notices[None], *notices[actions[position]])
        steps.append(
            AnalysisStep(
                name=name,
                uri=(
                    output_uri(template, source_name, output, name, upright) if output.store else ""
                ),
                position=position,
                picture=picture_of[position],
                output=output,
                size=upright,
                seen=seen,
                tiny_format="webp" if "webp" in capabilities.encoders else "jpeg",
                notices=tuple(notice for notice in lost if notice.code not in _NO_LOSS),
            )
        )
    return tuple(steps)

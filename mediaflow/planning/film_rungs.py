"""Rungs of a ladder that a source is too small for are left out. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mediaflow.models.film import VideoOutput
from mediaflow.planning.film_geometry import is_above
from mediaflow.planning.film_notices import rung_notice
from mediaflow.planning.film_renditions import rendition_wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.rendition_steps import RenditionStep

__all__ = ["without_larger"]


def without_larger(steps: Sequence[RenditionStep], film: FilmSource) -> tuple[RenditionStep, ...]:
    """Return all renditions, those above the source marked as left out.

    Where all rungs of a ladder are above the source, the smallest stays: something must play. A
    rung that is left out names the largest one that stays, of its own container if there is one.

    Args:
        steps: All renditions.
        film: The source.
    """
    rungs = [step for step in steps if _may_be_left_out(step)]
    above = [step for step in rungs if _is_above(step, film)]
    if above and len(above) == len(rungs):
        above.remove(min(above, key=_asked_pixels))
    gone = {step.name for step in above}
    kept = [step for step in rungs if step.name not in gone]
    return tuple(_left_out(step, kept, film) if step.name in gone else step for step in steps)


def _left_out(
    step: RenditionStep, kept: Sequence[RenditionStep], film: FilmSource
) -> RenditionStep:
    stands = max(kept, key=lambda each: (each.format == step.format, each.size.pixels))
    notice = rung_notice(stands.name, film.info)
    return replace(step, same_as=stands.name, notices=(notice,))


def _may_be_left_out(step: RenditionStep) -> bool:
    return isinstance(step.output, VideoOutput) and step.output.skip_larger


def _is_above(step: RenditionStep, film: FilmSource) -> bool:
    output = step.output
    return isinstance(output, VideoOutput) and is_above(rendition_wish(output), film.stream)


def _asked_pixels(step: RenditionStep) -> int:
    sides = (step.output.width, step.output.height)
    known = [side for side in sides if isinstance(side, int)]
    return known[0] * known[-1]

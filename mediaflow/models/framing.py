"""What part of a picture an output keeps, where words and numbers alone do not say it.

Law: specs only; who looks at pixels finds the box and the point that these stand for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from mediaflow.errors import SpecError
from mediaflow.geometry import Box, FocalPoint, GravityName
from mediaflow.models.checking import check_pixels

__all__ = ["Focus", "Framing", "Trim", "as_trim", "check_dpr", "whole_box"]

MAX_THRESHOLD: Final = 254  # of 255 levels; 255 would take every picture for a border
MAX_DPR: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """Cut uniform borders off before anything else.

    The colour of the border is that of the upper left px; a fully transparent one stands for all
    transparent px.

    Example:
        >>> Trim(threshold=20).margin
        0
    """

    threshold: int = 10
    """How far a channel may be from the border's colour, 0 to 254 of 255 levels."""

    margin: int = 0
    """How much of the border stays around the rest, in px of the source."""

    def __post_init__(self) -> None:
        check_pixels("margin", self.margin or 1)
        whole = isinstance(self.threshold, int) and not isinstance(self.threshold, bool)
        if not whole or not 0 <= self.threshold <= MAX_THRESHOLD:
            raise SpecError(
                f"threshold must be a whole number 0 to {MAX_THRESHOLD}, got {self.threshold!r}",
                field="threshold",
                value=self.threshold,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """Let a focus detector say what ``cover`` keeps.

    Example:
        >>> Focus("faces").detector
        'faces'
    """

    kind: Literal["focus"] = "focus"

    detector: str = field(default="smart", kw_only=False)
    """Name of the detector; ``"smart"`` is built in, others are registered or come from plug-ins."""

    def __post_init__(self) -> None:
        if not isinstance(self.detector, str) or not self.detector:
            raise SpecError(f"detector must be a name, got {self.detector!r}", field="detector")


Framing: TypeAlias = GravityName | Literal["smart"] | FocalPoint | Focus
"""What ``cover`` keeps: one of the nine words, ``"smart"``, a focal point, or a detector's choice."""


def as_trim(value: object) -> Trim | None:
    """Return a trim in its one form: True stands for the usual one, False for none.

    Raises:
        SpecError: The value is no trim.
    """
    if value is None or isinstance(value, Trim):
        return value
    if isinstance(value, bool):
        return Trim() if value else None
    raise SpecError(f"trim must be True or Trim(threshold=10), got {value!r:.80}", field="trim")


def whole_box(value: object) -> Box | None:
    """Return a crop whose edges are whole px.

    Raises:
        SpecError: It is no box, an edge lies between px, or outside of every picture.
    """
    if value is None:
        return None
    if not isinstance(value, Box):
        raise SpecError(
            f"crop must be a Box(left, top, right, bottom) in px, got {value!r:.80}", field="crop"
        )
    edges = (value.left, value.top, value.right, value.bottom)
    if any(edge != int(edge) or edge < 0 for edge in edges):
        shown = ", ".join(str(edge) for edge in edges)
        raise SpecError(f"crop must have whole edges from 0, got ({shown})", field="crop")
    return Box(*map(Fraction, edges))


def check_dpr(value: object) -> None:
    """Refuse a device pixel ratio outside of what screens have.

    Raises:
        SpecError: It is no number above 0 and up to 8.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < float(str(value)) <= MAX_DPR:
        raise SpecError(
            f"dpr must be a number above 0 and up to {MAX_DPR}, got {value!r}",
            field="dpr",
            value=value,
        )

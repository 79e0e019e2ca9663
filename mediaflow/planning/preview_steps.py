"""The steps of what is made from a pass over the keyframes of a film.

Law: a plan is data. It can be printed, compared, stored and sent; running it is others' business.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from mediaflow.formats import image_formats
from mediaflow.geometry import Size
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.result import Notice
from mediaflow.planning.steps import EncodeStep

__all__ = ["ScenesStep", "StoryboardStep", "SurveyStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryboardStep:
    """Lay small pictures of a film on sheets, and tell when each is shown."""

    name: str
    uri: str = field(repr=False)
    """Final place of the WebVTT file; may hold a signed query, so it is never shown unredacted."""

    position: int
    """Place among all outputs of the job, from 0."""

    look: int
    """Index among the looks of the plan: how a keyframe becomes one picture."""

    encode: EncodeStep
    """How a sheet is encoded."""

    interval: Fraction | None
    """Seconds between two pictures. None, where the length of the film is not known, begins with a
    second and doubles as the film turns out to be longer."""

    tiles: int | None
    """Pictures in all; None where the length of the film is not known."""

    most: int
    """Most pictures in all."""

    columns: int
    rows: int
    """Pictures that a full sheet has across and down."""

    seconds: Fraction | None
    """Length of what it shows, or None where it is not known."""

    size: Size
    """Size of one picture in px."""

    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the film; its own times count from there."""

    format: Literal["vtt"] = "vtt"
    crop: None = None
    """A storyboard shows all of the frame."""

    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    same_as: None = None
    """A storyboard is never left out."""

    animation: None = None
    """A storyboard does not move."""

    @property
    def sheets(self) -> int | None:
        """Number of sheets; None where the length of the film is not known."""
        return None if self.tiles is None else -(-self.tiles // (self.columns * self.rows))

    def sheet_uri(self, number: int) -> str:
        """Return the place of a sheet, beside the WebVTT file; they are counted from 1."""
        extension = image_formats[self.encode.format].extension
        return f"{posixpath.splitext(self.uri)[0]}_{number}.{extension}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenesStep:
    """Find the scenes of a film."""

    name: str
    uri: str = field(repr=False)
    """Final place, or empty when the data is not stored."""

    position: int
    """Place among all outputs of the job, from 0."""

    output: AnalysisOutput
    size: Size
    """Size of the upright source in px."""

    seconds: Fraction | None
    """Length of the film, or None where it is not known."""

    format: Literal["json"] = "json"
    crop: None = None
    """An analysis sees all of the source."""

    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    same_as: None = None
    """An analysis is never left out."""

    animation: None = None
    """An analysis is no animation."""


SurveyStep: TypeAlias = StoryboardStep | ScenesStep
"""What is made of all keyframes."""

"""The steps of sounds: a track that is copied, encoded or measured, and what goes along.

Law: a plan is data. Times are exact seconds of the source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from mediaflow.formats.row import Argument
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.result import Notice
from mediaflow.models.sound import AudioOutput
from mediaflow.planning.film_copies import NOTHING, CarriedStep, CopyStep

__all__ = ["SoundAnalysisStep", "SoundFileStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundAnalysisStep:
    """Measure how loud one track is, where it is silent, or both."""

    name: str
    uri: str = field(repr=False)
    """Final place, or empty when the data is not stored."""

    position: int
    """Place among all outputs of the job, from 0."""

    output: AnalysisOutput
    stream: int
    """Index of the track among the streams of the source."""

    format: Literal["json"] = "json"
    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    size: None = None
    """Sound has no width and height."""

    crop: None = None
    same_as: None = None
    animation: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFileStep:
    """Make one file of sound."""

    name: str
    uri: str = field(repr=False)
    """Final place; may hold a signed query, so it is never shown unredacted."""

    position: int
    """Place among all outputs of the job, from 0."""

    output: AudioOutput
    format: str
    """Name of the format."""

    muxer: str
    """FFmpeg's name of the muxer."""

    muxer_options: tuple[Argument, ...] = ()
    """Options of the muxer by its own names."""

    sound: int | None = None
    """Index among the sounds of the plan that are encoded; None where the track is copied."""

    copy: CopyStep | None = None
    """The track that is packed as it is, or None."""

    reason: str = ""
    """Why it is copied or encoded."""

    carried: CarriedStep = NOTHING
    """Tags and chapters."""

    cover: int | None = None
    """Index of the picture of the source that is its cover; None for none, or for one that the
    output names."""

    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source."""

    end: Fraction | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    duration_seconds: float | None = None
    """Length that it will have, if the header of the source is right."""

    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    size: None = None
    """Sound has no width and height."""

    crop: None = None
    same_as: None = None
    animation: None = None

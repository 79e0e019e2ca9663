"""The steps of a film that is encoded, of its stills and of its subtitles.

Law: a plan is data. Times are exact seconds of the source, counted from its first frame or sample,
whatever its time stamps start with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from mediaflow.formats.row import Argument
from mediaflow.geometry import Box, Size
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import PreviewOutput
from mediaflow.models.result import Notice
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.planning.film_copies import NOTHING, CarriedStep
from mediaflow.planning.frame_steps import BudgetStep, FrameStep, VideoStep
from mediaflow.planning.steps import EncodeStep, PictureStep

__all__ = ["RenditionStep", "SidecarStep", "StillStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionStep:
    """Make one film: what goes into it and how it is packed."""

    name: str
    uri: str = field(repr=False)
    """Final place; may hold a signed query, so it is never shown unredacted."""

    position: int
    """Place among all outputs of the job, from 0."""

    output: VideoOutput | PreviewOutput
    format: str
    """Name of the container."""

    muxer: str
    """FFmpeg's name of the muxer."""

    muxer_options: tuple[Argument, ...] = ()
    """Options of the muxer by its own names."""

    size: Size
    crop: Box | None = None
    """Part of the upright source that is shown, in px of the source; None for all of it."""

    video: VideoStep
    budget: BudgetStep | None = None
    """How it is kept within a number of bytes, or None where its size is free."""

    sound: int | None = None
    """Index among the sounds of the plan that are encoded, or None."""

    carried: CarriedStep = NOTHING
    """What goes along as it is."""

    reason: str = ""
    """Why the picture is encoded and not copied."""

    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source."""

    end: Fraction | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    duration_seconds: float | None = None
    """Length that it will have, if the header of the source is right."""

    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    same_as: str | None = None
    """Name of the output that stands for it; it is then left out."""

    animation: None = None
    """A film is no animation among pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillStep:
    """Make one picture of the frame that is displayed at a moment."""

    name: str
    uri: str = field(repr=False)
    position: int
    at: Fraction | None
    """Moment, in seconds of the source; None is that of the best still."""

    frame: FrameStep
    """How the frame is brought to red, green and blue at its final size, without filters and
    padding."""

    picture: PictureStep
    """What is done to that picture: filters and padding alone."""

    encode: EncodeStep
    """How it is encoded."""

    format: str
    size: Size
    crop: Box | None = None
    notices: tuple[Notice, ...] = ()
    same_as: str | None = None
    animation: None = None
    part_frames: tuple[FrameStep, ...] = ()
    """What stands for ``frame`` in each part of a joined film; empty for one film."""

    part_pictures: tuple[PictureStep, ...] = ()
    """What stands for ``picture`` in each part of a joined film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarStep:
    """Take one text track out of the film, as a file of subtitles."""

    name: str
    uri: str = field(repr=False)
    position: int
    output: SubtitleOutput
    stream: int
    """Index of the track among all streams of the source."""

    codec: str
    """Name of the track's codec."""

    language: str | None = None
    format: str
    size: Size
    """Size of the film that it goes with."""

    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source; its times are counted from there."""

    end: Fraction | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    notices: tuple[Notice, ...] = ()
    crop: None = None
    same_as: None = None
    animation: None = None

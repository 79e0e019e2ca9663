"""The plan of a film: one pass over its frames for all renditions, and its stills.

Law: a plan is data. It can be printed, compared, stored and sent; running it is others' business.
Times are exact seconds of the source, counted from its first frame or sample, whatever its time
stamps start with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from mediaflow.formats.row import Argument
from mediaflow.geometry import Box, Size
from mediaflow.models.film import VideoOutput
from mediaflow.models.info import MediaInfo
from mediaflow.models.previews import PreviewOutput
from mediaflow.models.result import Notice
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.planning.film_copies import NOTHING, CarriedStep, RemuxStep
from mediaflow.planning.frame_steps import (
    BudgetStep,
    FrameColor,
    FrameStep,
    SoundStep,
    VideoStep,
)
from mediaflow.planning.preview_steps import ScenesStep, StoryboardStep
from mediaflow.planning.sound_steps import SoundAnalysisStep, SoundFileStep
from mediaflow.planning.steps import AnalysisStep, AssetStep, EncodeStep, PictureStep
from mediaflow.planning.waveform_steps import WaveformStep

__all__ = [
    "FilmOutputStep",
    "FilmPlan",
    "FilmStep",
    "PartStep",
    "RenditionStep",
    "SidecarStep",
    "SoundOutputStep",
    "StillStep",
]


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


FilmStep: TypeAlias = RenditionStep | RemuxStep
"""What makes one film."""

FilmOutputStep: TypeAlias = (
    RenditionStep
    | RemuxStep
    | StillStep
    | SidecarStep
    | FilmStep
    | StoryboardStep
    | ScenesStep
    | AnalysisStep
    | SoundFileStep
    | WaveformStep
    | SoundAnalysisStep
)
"""What makes one output of a film or of a sound."""

SoundOutputStep: TypeAlias = SoundFileStep | WaveformStep | SoundAnalysisStep
"""What makes one output of what is heard alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStep:
    """Read one of the films that are joined."""

    label: str
    """What messages call it, such as ``"part 2 of 3 (talk.mov)"``; without secrets."""

    source: MediaInfo
    streams: tuple[int | None, ...]
    """For each stream of the joined film, by its index, the index of the one that is read here;
    None is silence. The picture is the first, where there is one."""

    color: FrameColor | None = None
    """What the samples of its picture mean; None where it gives only its sound."""

    start: Fraction = Fraction(0)
    """Where it starts, in seconds of this film."""

    end: Fraction | None = None
    """Where it ends, in seconds of this film; None is the end of its picture."""

    seconds: Fraction | None = None
    """Length by its header; the true one is known when its last frame is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPlan:
    """What will be done to one film, and why.

    ``print(plan)`` shows it in words; the run does exactly that.
    """

    kind: Literal["film"] = "film"
    version: int = 1
    source: MediaInfo
    stream: int | None
    """Index of the moving picture among all streams of the source; None of a source that has but
    sound."""

    sounds: tuple[SoundStep, ...] = ()
    """Sound tracks that are encoded, each once."""

    renditions: tuple[RenditionStep, ...] = ()
    remuxes: tuple[RemuxStep, ...] = ()
    """Films whose picture is packed as it is."""

    sound_files: tuple[SoundFileStep, ...] = ()
    waveforms: tuple[WaveformStep, ...] = ()
    sound_analyses: tuple[SoundAnalysisStep, ...] = ()
    """What is measured of tracks."""

    stills: tuple[StillStep, ...] = ()
    sidecars: tuple[SidecarStep, ...] = ()
    storyboards: tuple[StoryboardStep, ...] = ()
    scenes: tuple[ScenesStep, ...] = ()
    analyses: tuple[AnalysisStep, ...] = ()
    """What is said of the best still."""

    looks: tuple[FrameStep, ...] = ()
    """How frames become small pictures for storyboards and analyses."""

    assets: tuple[AssetStep, ...] = ()
    """Second inputs of filters, such as the picture of a watermark."""

    parts: tuple[PartStep, ...] = ()
    """The films that are joined, of which ``source`` tells the whole; empty for one film."""

    crossfade: Fraction = Fraction(0)
    """For how long a sound is heard with the next one that is joined, in seconds."""

    fail_on: Literal["error", "none"] = "error"
    """Whether a source that is cut off is an error."""

    peak_bytes: int
    """Working memory above the idle process, in bytes."""

    estimated_seconds: float
    """Time on one typical core; a figure for progress bars and queues, not a promise."""

    @property
    def outputs(self) -> tuple[FilmOutputStep, ...]:
        """The steps of all outputs, in the order they were asked for."""
        steps: list[FilmOutputStep] = [
            *self.renditions,
            *self.remuxes,
            *self.sound_files,
            *self.waveforms,
            *self.sound_analyses,
            *self.stills,
            *self.sidecars,
        ]
        steps += (*self.storyboards, *self.scenes, *self.analyses)
        return tuple(sorted(steps, key=lambda step: step.position))

    def lines(self) -> tuple[str, ...]:
        """Return the plan in words, a line a step."""
        from mediaflow.planning.film_words import film_lines

        return film_lines(self)

    def __str__(self) -> str:
        return "\n".join(self.lines())

"""The plan of a film: one pass over its frames for all renditions, and its stills.

Law: a plan is data. It can be printed, compared, stored and sent; running it is others' business.
Times are exact seconds of the source, counted from its first frame or sample, whatever its time
stamps start with.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from mediaflow.models.info import MediaInfo
from mediaflow.planning.film_copies import RemuxStep
from mediaflow.planning.frame_steps import FrameColor, FrameStep, SoundStep
from mediaflow.planning.preview_steps import ScenesStep, StoryboardStep
from mediaflow.planning.rendition_steps import RenditionStep, SidecarStep, StillStep
from mediaflow.planning.sound_steps import SoundAnalysisStep, SoundFileStep
from mediaflow.planning.steps import AnalysisStep, AssetStep
from mediaflow.planning.stream_steps import StreamStep
from mediaflow.planning.waveform_steps import WaveformStep

__all__ = [
    "FilmOutputStep",
    "FilmPlan",
    "FilmStep",
    "PartStep",
    "SoundOutputStep",
]


FilmStep: TypeAlias = RenditionStep | RemuxStep
"""What makes one film."""

FilmOutputStep: TypeAlias = (
    RenditionStep
    | RemuxStep
    | StillStep
    | SidecarStep
    | StreamStep
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

    streams: tuple[StreamStep, ...] = ()
    """Films that are made as segments."""

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
            *self.streams,
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

"""What a film back end must do.

Law: a back end does what the steps say and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.errors import MediaflowError
from mediaflow.geometry import Size
from mediaflow.models.analysis import PlaceholderData
from mediaflow.models.result import Notice
from mediaflow.models.scenes import ScenesData
from mediaflow.models.stream_data import StreamData
from mediaflow.planning import AnalysisStep, FilmStep, SidecarStep, StillStep, StreamStep
from mediaflow.planning.preview_steps import SurveyStep
from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, RemuxStep, RenditionStep
    from mediaflow.security.limits import Limits

__all__ = [
    "Files",
    "MadeAnalysis",
    "MadePreview",
    "MadeRendition",
    "MadeSidecar",
    "MadeStill",
    "MadeStream",
    "Sheet",
    "StreamFiles",
    "Survey",
    "VideoBackend",
    "video_backends",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRendition:
    """One film as it left the muxer, or why it did not."""

    step: FilmStep
    seconds: float
    """Time from the start of the pass to the end of this output."""

    frames: int | None = None
    """Frames that were packed."""

    duration_seconds: float | None = None
    """Length: to the end of the last frame, from the start of the sound or from the first frame."""

    first_seconds: float = 0.0
    """When the first frame is shown, counted from the start of the sound."""

    picture_bytes: int | None = None
    """What its coded frames take, without sound and container."""

    sound_seconds: float = 0.0
    """Length of the sound that was packed; 0 without any."""

    silent: tuple[int, ...] = ()
    """Indexes of sounds of the source that were to be copied, of which nothing lies within the part."""

    notices: tuple[Notice, ...] = ()
    """Everything that was lost or changed, those of the plan among it."""

    error: MediaflowError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeStill:
    """One still as it left the encoder, or why it did not."""

    step: StillStep
    seconds: float
    data: bytes = b""
    notices: tuple[Notice, ...] = ()
    error: MediaflowError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSidecar:
    """One file of subtitles, or why there is none."""

    step: SidecarStep
    seconds: float
    data: bytes = b""
    notices: tuple[Notice, ...] = ()
    error: MediaflowError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAnalysis:
    """What was said of a frame, or why nothing was."""

    step: AnalysisStep
    seconds: float
    found: PlaceholderData | None = None
    notices: tuple[Notice, ...] = ()
    error: MediaflowError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One encoded sheet of a storyboard."""

    data: bytes
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePreview:
    """What was made of all keyframes for one output, or why it was not."""

    step: SurveyStep
    seconds: float
    data: bytes = b""
    """The WebVTT file of a storyboard, or the JSON file of an analysis."""

    sheets: tuple[Sheet, ...] = ()
    found: ScenesData | None = None
    frames: int | None = None
    """Pictures of a storyboard."""

    duration_seconds: float | None = None
    """Length of the film that is covered."""

    notices: tuple[Notice, ...] = ()
    """Everything that was lost or changed, those of the plan among it."""

    error: MediaflowError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a walk over the keyframes gave."""

    best: Fraction | None
    """When the best still is displayed, in seconds of the source; None where no frame could be
    decoded, or nobody asked."""

    made: tuple[MadePreview, ...]
    """One entry a step, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeStream:
    """One adaptive stream as its segments left the muxers, or why there is none."""

    step: StreamStep
    seconds: float
    """Time from the start of the pass to the end of this output."""

    data: StreamData | None = None
    """The table of its segments; None where it failed."""

    frames: int | None = None
    """Frames that were packed, of all renditions together."""

    notices: tuple[Notice, ...] = ()
    """Everything that was lost or changed, those of the plan among it."""

    error: MediaflowError | None = None


class Files(Protocol):
    """Gives encoders private files to write to."""

    def path(self, step: FilmStep) -> str:
        """Return the path of a local file for an output; whoever gave it removes it."""
        ...


class StreamFiles(Files, Protocol):
    """Takes the files of streams as well."""

    def put_segment(self, step: StreamStep, path: str, data: bytes) -> None:
        """Take one file of a stream, by its path from the first manifest; may wait.

        Raises:
            MediaflowError: It cannot be stored.
        """
        ...


class VideoBackend(Protocol):
    """Makes films and stills by the steps of a plan."""

    def make_renditions(
        self,
        plan: FilmPlan,
        steps: Sequence[RenditionStep],
        reader: ByteReader,
        files: Files,
        context: Context,
        *,
        limits: Limits,
        assets: Assets,
        parts: Sequence[ByteReader] = (),
    ) -> Sequence[MadeRendition]:
        """Make all renditions from one decode; one entry a step.

        Where a plan has parts, each is read from its own reader, in order, in place of ``reader``.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        ...

    def make_streams(
        self,
        plan: FilmPlan,
        steps: Sequence[StreamStep],
        beside: Sequence[RenditionStep],
        reader: ByteReader,
        files: StreamFiles,
        context: Context,
        *,
        limits: Limits,
        assets: Assets,
    ) -> tuple[Sequence[MadeStream], Sequence[MadeRendition]]:
        """Make streams from one decode, and other renditions from the same; one entry a step.

        A plan without a picture has streams of sound alone.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        ...

    def remux(
        self,
        plan: FilmPlan,
        step: RemuxStep,
        reader: ByteReader,
        files: Files,
        context: Context,
        *,
        limits: Limits,
    ) -> MadeRendition:
        """Pack a film anew whose picture needs no change.

        Raises:
            SourceError: The input cannot be read.
            JobCancelledError: The caller gave up.
        """
        ...

    def make_stills(
        self,
        plan: FilmPlan,
        steps: Sequence[StillStep],
        reader: ByteReader,
        context: Context,
        *,
        limits: Limits,
        assets: Assets,
        parts: Sequence[ByteReader] = (),
    ) -> Sequence[MadeStill]:
        """Make all stills in one forward pass; one entry a step.

        Where a plan has parts, each is read from its own reader, in order, in place of ``reader``.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        ...

    def make_sidecars(
        self,
        plan: FilmPlan,
        steps: Sequence[SidecarStep],
        reader: ByteReader,
        context: Context,
        *,
        limits: Limits,
    ) -> Sequence[MadeSidecar]:
        """Make all files of subtitles in one pass; one entry a step.

        Raises:
            SourceError: The input cannot be read.
            JobCancelledError: The caller gave up.
        """
        ...

    def survey(
        self,
        plan: FilmPlan,
        steps: Sequence[SurveyStep],
        reader: ByteReader,
        context: Context,
        *,
        best: bool,
        limits: Limits,
    ) -> Survey:
        """Make storyboards and find scenes and the best still in one walk over the keyframes.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        ...

    def describe(
        self,
        plan: FilmPlan,
        steps: Sequence[AnalysisStep],
        at: Fraction,
        reader: ByteReader,
        context: Context,
        *,
        limits: Limits,
    ) -> Sequence[MadeAnalysis]:
        """Describe the frame that is displayed at a moment; one entry a step.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        ...


video_backends: Final[Registry[VideoBackend]] = Registry(
    "video back end",
    group="mediaflow.video_backends",
    builtin={"libav": Entry("mediaflow.video.libav:BACKEND")},
)

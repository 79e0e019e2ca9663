"""What came out: one result per output, with everything that was lost or changed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from mediaflow.errors import UnknownNameError, UnsupportedError
from mediaflow.geometry import Box, Size
from mediaflow.models.analysis import AnalysisData
from mediaflow.models.events import Status
from mediaflow.models.info import MediaInfo
from mediaflow.models.isolation import Isolation
from mediaflow.models.spent import StageTime
from mediaflow.redact import redact
from mediaflow.registry import did_you_mean
from mediaflow.security.sandbox_report import SandboxReport

if TYPE_CHECKING:
    from mediaflow.models.schema import Json

__all__ = [
    "JobReport",
    "JobResult",
    "Notice",
    "NoticeCode",
    "OutputFile",
    "OutputResult",
    "OutputStatus",
]

NoticeCode: TypeAlias = Literal[
    "alpha_flattened",
    "animation_flattened",
    "audio_absent",
    "audio_rate_lowered",
    "channels_mixed_down",
    "color_assumed",
    "color_converted",
    "colors_reduced",
    "deinterlaced",
    "depth_reduced",
    "duplicate_skipped",
    "encoded_again",
    "exists_skipped",
    "extension_mismatch",
    "frames_dropped",
    "frames_repeated",
    "gain_map_dropped",
    "gaps_closed",
    "hdr_transfer_ignored",
    "interval_lengthened",
    "loop_changed",
    "low_quality",
    "mastering_dropped",
    "metadata_dropped",
    "peaks_limited",
    "not_enlarged",
    "not_exact",
    "option_ignored",
    "parts_fitted",
    "rarely_played",
    "rung_above_source",
    "sample_rate_converted",
    "size_rounded",
    "source_salvaged",
    "start_moved",
    "streams_dropped",
    "subtitles_absent",
    "subtitles_dropped",
    "subtitles_late",
    "subtitles_simplified",
    "time_clamped",
    "tone_mapped",
]
OutputStatus: TypeAlias = Literal["completed", "failed", "skipped", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something dropped, converted, repaired or left out."""

    code: NoticeCode
    """Stable name of what happened."""

    message: str
    """The same in words, with the values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """A further file of an output: a sheet of a storyboard, a segment of a stream."""

    uri: str
    """Where it stands, without secrets."""

    format: str
    width: int | None = None
    """Width in px; None of what is no picture."""

    height: int | None = None
    """Height in px."""

    bytes: int
    """Length of the file."""

    sha256: str | None = None
    """Digest of the file in hexadecimal, taken while it was written."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "uri", redact(self.uri))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputResult:
    """One output of a job: where it is, or why it is not."""

    name: str
    """Name of the output within its job."""

    status: OutputStatus
    """Whether it was made."""

    uri: str
    """Where it stands, or would stand, without secrets; empty for data that is not stored."""

    format: str
    """Format of the file; ``"json"`` for data."""

    width: int | None
    """Width in px; of data, that of the upright source, of a storyboard, that of one picture; None
    of sound and its points."""

    height: int | None
    """Height in px; of data, that of the upright source, of a storyboard, that of one picture; None
    of sound and its points."""

    crop: Box | None = None
    """Part of the upright source that is shown, in px of the source; None for all of it."""

    frames: int | None = None
    """Frames of a film or an animation, pictures of a storyboard; None for a still."""

    duration_seconds: float | None = None
    """Length of a film's picture, or of one play of an animation, in seconds; None for a still."""

    bytes: int = 0
    """Length of the file; 0 without one."""

    sha256: str | None = None
    """Digest of the file in hexadecimal, taken while it was written."""

    seconds: float = 0.0
    """Time from the start of this output to its end; films of one job are made side by side, so
    theirs overlap."""

    notices: tuple[Notice, ...] = ()
    """Everything that was lost or changed."""

    data: AnalysisData | None = None
    """What an :class:`AnalysisOutput` found, how an :class:`AudioOutput` was brought to its loudness,
    or the points of a :class:`WaveformOutput`; None for any other output, and when it failed."""

    files: tuple[OutputFile, ...] = ()
    """Further files that belong to it: the sheets of a storyboard, in their order."""

    error: str | None = None
    """Why it failed, or None."""

    error_code: str | None = None
    """Code of the error, or None."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "uri", redact(self.uri))

    @property
    def size(self) -> Size:
        """Width and height in px.

        Raises:
            UnsupportedError: It is sound.
        """
        if self.width is None or self.height is None:
            raise UnsupportedError(f"{self.format} sound has no width and height", where=self.uri)
        return Size(self.width, self.height)

    @property
    def shape(self) -> str:
        """Width and height as people write them; "sound" of sound."""
        return "sound" if self.width is None else f"{self.width}×{self.height}"

    @property
    def has_file(self) -> bool:
        """Whether the output has a place at all; data that is not stored has none."""
        return bool(self.uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """How the job went: what was decided, and what it took.

    ``print(result.report)`` says it in a few lines; a notebook shows it below the outputs.

    Example:
        >>> print(JobReport(seconds=0.25, cpu_seconds=0.5, bytes_in=3_120_000, bytes_out=48_000))
        time    0.250 s
        cpu     0.500 s
        bytes   3.1 MB in, 48 kB out
    """

    plan: tuple[str, ...] = ()
    """What was planned, a line a step."""

    seconds: float = 0.0
    """Wall time from start to end."""

    peak_bytes_planned: int = 0
    """Working memory that the plan foresaw, in bytes."""

    stages: tuple[StageTime, ...] = ()
    """Where the time went, by stages that follow one another; they add up to ``seconds`` but for
    what lies between them."""

    cpu_seconds: float | None = None
    """Processor time of the process that made the outputs, all threads together; what else the program
    did in it meanwhile is counted along. None when other jobs ran in it at the same time."""

    peak_rss_bytes: int | None = None
    """Most memory that the process that made the outputs held at once meanwhile, whatever jobs before
    took. None when other jobs ran in it at the same time, and where the system does not tell:
    Linux does."""

    frames_decoded: int = 0
    """Pictures, and frames of films and animations, that came out of decoders."""

    frames_encoded: int = 0
    """Pictures, and frames of films and animations, that were encoded into outputs that were made."""

    bytes_in: int = 0
    """Bytes that were read of the source and of second inputs to be decoded. Looks at headers before
    that do not count; parts of a film that are read twice count twice."""

    bytes_out: int = 0
    """Length of all files that were published."""

    isolation: Isolation = "none"
    """Where the source was taken apart."""

    sandbox: SandboxReport | None = None
    """What locked the process that did so; None for the caller's own."""

    attempt: int = 1
    """Which try this was, from 1."""

    def to_dict(self) -> dict[str, Json]:
        """Return the report as plain JSON values, as :func:`mediaflow.to_dict` does."""
        from mediaflow.models.serde import to_dict

        return to_dict(self)

    def __str__(self) -> str:
        """Return the report as a few aligned lines."""
        from mediaflow.models.report_words import report_text

        return report_text(self)

    def _repr_html_(self) -> str:
        """Return the report for notebooks."""
        from mediaflow.models.markup import report_details

        return report_details(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What came out of one job."""

    id: str
    status: Status
    outputs: tuple[OutputResult, ...]
    source: MediaInfo | None
    """Facts about the original, or None when it could not be probed."""

    report: JobReport
    error: str | None = None
    """Why the job failed, or None."""

    preview: str | None = None
    """A tiny picture as a data URI for notebooks, or None."""

    created_at: datetime
    """When it was submitted (UTC)."""

    completed_at: datetime
    """When it ended (UTC)."""

    @property
    def metadata(self) -> MediaInfo | None:
        """Facts about the original; the same as ``source``."""
        return self.source

    @property
    def progress(self) -> float:
        """1.0 for a completed job, else the share of outputs that were made."""
        done = sum(output.status in ("completed", "skipped") for output in self.outputs)
        return 1.0 if self.status == "completed" else done / max(len(self.outputs), 1)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All notices of all outputs."""
        return tuple(notice for output in self.outputs for notice in output.notices)

    def __getitem__(self, name: str) -> OutputResult:
        """Return the output of a name.

        Raises:
            UnknownNameError: No output has that name.
        """
        for output in self.outputs:
            if output.name == name:
                return output
        known = [output.name for output in self.outputs]
        near = did_you_mean(name, known)
        message = f"no output called {name!r}{near} (known: {', '.join(known)})"
        raise UnknownNameError(message, value=name)

    def to_dict(self) -> dict[str, Json]:
        """Return the result as plain JSON values, as :func:`mediaflow.to_dict` does."""
        from mediaflow.models.serde import to_dict

        return to_dict(self)

    def _repr_html_(self) -> str:
        """Return a table with tiny previews for notebooks; reads nothing."""
        from mediaflow.models.markup import result_table

        return result_table(self)

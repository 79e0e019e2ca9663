"""What a service answers: frozen models, written by the library's own rules and described by them.

Law: a path of this machine or a secret never stands in an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from mediaflow.integrations.fastapi.problems import hidden
from mediaflow.models.events import Status
from mediaflow.models.info import MediaKind
from mediaflow.models.job import AnyOutput
from mediaflow.models.result import OutputStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.integrations.fastapi.book import Record
    from mediaflow.models.result import OutputResult

__all__ = [
    "JobAnswer",
    "JobsAnswer",
    "LiveAnswer",
    "OutputAnswer",
    "PartAnswer",
    "PlanAnswer",
    "ProblemAnswer",
    "RecipeAnswer",
    "SessionAnswer",
    "StateAnswer",
    "TicketAnswer",
    "UploadAnswer",
    "job_answer",
]

MANIFESTS = (".m3u8", ".mpd")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputAnswer:
    """One output of a job."""

    name: str
    status: OutputStatus
    location: str
    """Where it is, for ``GET /media/files/…``; of a stream, its first manifest; empty of data that
    is not stored."""

    format: str
    width: int | None
    """Px."""

    height: int | None
    """Px."""

    duration_seconds: float | None
    bytes: int
    manifests: tuple[str, ...]
    """Of a stream, the manifests: HLS before DASH."""

    error: str | None
    error_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer:
    """A job and what came out of it so far."""

    job_id: str
    status: Status
    progress: float
    """0 to 1."""

    error: str | None
    error_code: str | None
    outputs: tuple[OutputAnswer, ...]
    """All of them once the job has ended."""

    created_at: datetime
    completed_at: datetime | None
    source: str
    """Location of the input."""

    source_bytes: int | None
    plan: tuple[str, ...]
    """What was to be done, in words."""

    output_names: tuple[str, ...]
    """What its outputs are called, also while they are not made yet."""

    estimated_seconds: float
    estimated_bytes: int
    """Working memory that the plan foresaw."""

    retry_of: str | None
    """The job whose rest this one makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsAnswer:
    """Some of the jobs that the caller may see, newest first."""

    jobs: tuple[JobAnswer, ...]
    next_offset: int | None
    """Where the next page starts, or None on the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAnswer:
    """What would be done, and what it would take."""

    plan: tuple[str, ...]
    """A line a step."""

    estimated_seconds: float
    estimated_bytes: int
    """Working memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadAnswer:
    """An upload that is complete."""

    upload_id: str
    location: str
    """What jobs name it by."""

    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAnswer:
    """An upload that goes on."""

    upload_id: str
    offset: int
    """Bytes that have come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAnswer:
    """A ticket for one stream of events of one job."""

    ticket: str
    expires_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswer:
    """What there is of live video."""

    max_peers: int
    """0 where there is none."""

    max_seconds: float
    max_pixels: int
    ice_servers: tuple[str, ...]
    """STUN and TURN servers that a peer should ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAnswer:
    """The answer to an offer, as browsers read it."""

    sdp: str
    type: Literal["answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeAnswer:
    """A ready-made set of outputs."""

    name: str
    title: str
    kinds: tuple[MediaKind, ...]
    """What it is for."""

    outputs: tuple[AnyOutput, ...]
    """As ``POST /media/process`` takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateAnswer:
    """How the service is."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemAnswer:
    """What is wrong, as RFC 9457 writes it."""

    type: str
    """Stable name of the kind of problem."""

    title: str
    status: int
    detail: str


def job_answer(record: Record, shown: Callable[[str], str]) -> JobAnswer:
    """Return what is told about a job.

    Args:
        record: The job.
        shown: Turns a path of this machine into a location.
    """
    handle, outcome = record.handle, record.handle.outcome
    outputs = () if outcome is None else outcome.outputs
    return JobAnswer(
        job_id=handle.id,
        status=handle.status,
        progress=round(handle.progress, 4),
        error=None if handle.error is None else hidden(handle.error),
        error_code=handle.error_code,
        outputs=tuple(_output(one, shown) for one in outputs),
        created_at=handle.created_at,
        completed_at=handle.completed_at,
        source=shown(str(record.job.source)),
        source_bytes=record.source_bytes,
        plan=record.plan,
        output_names=record.output_names,
        estimated_seconds=record.estimated_seconds,
        estimated_bytes=record.estimated_bytes,
        retry_of=record.retry_of,
    )


def _output(one: OutputResult, shown: Callable[[str], str]) -> OutputAnswer:
    uris, folder = (one.uri, *(file.uri for file in one.files)), PurePath(one.uri).parent
    beside = [uri for uri in uris if uri.endswith(MANIFESTS) and PurePath(uri).parent == folder]
    return OutputAnswer(
        name=one.name,
        status=one.status,
        location=shown(one.uri),
        format=one.format,
        width=one.width,
        height=one.height,
        duration_seconds=one.duration_seconds,
        bytes=one.bytes,
        manifests=tuple(shown(uri) for uri in beside),
        error=None if one.error is None else hidden(one.error),
        error_code=one.error_code,
    )

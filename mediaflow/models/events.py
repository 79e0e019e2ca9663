"""What a running job says: small, one way, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Event", "Finished", "Progress", "Stage", "Started", "Status", "Written"]

Stage: TypeAlias = Literal["probe", "plan", "decode", "transform", "encode", "store"]
Status: TypeAlias = Literal["pending", "processing", "completed", "partial", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The job has begun; comes again when a lost worker makes a cluster begin it anew."""

    kind: Literal["started"] = "started"
    job_id: str
    sequence: int
    """Position among the job's events, from 0."""

    attempt: int = 1
    """Which try this is, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The job has come this far."""

    kind: Literal["progress"] = "progress"
    job_id: str
    sequence: int
    fraction: float
    """0 to 1, never falling."""

    stage: Stage
    output: str | None = None
    """Name of the output concerned, or None for the whole job."""

    remaining_seconds: float | None = None
    """Time to the end at the speed of the last half minute, or None while that says too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One output stands at its final place."""

    kind: Literal["written"] = "written"
    job_id: str
    sequence: int
    output: str
    uri: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The job has ended; always the last event."""

    kind: Literal["finished"] = "finished"
    job_id: str
    sequence: int
    status: Status
    error: str | None = None


Event: TypeAlias = Started | Progress | Written | Finished

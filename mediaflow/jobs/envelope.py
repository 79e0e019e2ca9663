"""What another process is sent to run a job: JSON of at most 64 KiB, with nothing secret in it.

Law: no bytes, no open files, no callables, no credentials. Profiles of storage are known by their
names alone; the environment of the process that runs the job says what they mean.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar, Final, get_args

from mediaflow.errors import SpecError
from mediaflow.jobs.portable import portable
from mediaflow.models.checking import check_choice
from mediaflow.models.isolation import Isolation
from mediaflow.models.job import Job
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.security.limits import Limits, Trust
from mediaflow.security.sandbox import SandboxMode

__all__ = ["MAX_BYTES", "Envelope", "pack", "unpack"]

MAX_BYTES: Final = 64 * 1024
"""What schedulers and brokers carry without harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A job on its way to another process."""

    json_version: ClassVar[int] = 1
    """Version of the JSON form, written beside the fields."""

    job_id: str
    attempt: int = 1
    """Which try this is, from 1; whoever runs the job again counts."""

    job: Job
    trust: Trust = "own"
    """Whose files are processed."""

    limits: Limits
    """Limits of the processor; those of the job win."""

    threads: int = 1
    """Codec and worker threads that the job may use."""

    memory_bytes: int = 1024**3
    """Working memory that the job may use at once, in bytes."""

    isolation: Isolation | None = None
    """Where sources are taken apart there; None follows ``trust``."""

    sandbox: SandboxMode = "auto"
    """How children are locked there."""

    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the job was submitted (UTC)."""

    def __post_init__(self) -> None:
        check_choice("trust", self.trust, get_args(Trust))
        if self.isolation is not None:
            check_choice("isolation", self.isolation, get_args(Isolation))
        check_choice("sandbox", self.sandbox, get_args(SandboxMode))
        for name in ("attempt", "threads", "memory_bytes"):
            if getattr(self, name) < 1:
                raise SpecError(f"{name} must be at least 1, got {getattr(self, name)}", field=name)


def pack(envelope: Envelope) -> str:
    """Return an envelope as JSON, with local paths made absolute.

    Raises:
        SpecError: Something in the job cannot travel, or it is too large.
    """
    ready = replace(envelope, job=portable(envelope.job))
    text = json.dumps(to_dict(ready, omit_defaults=True), separators=(",", ":"))
    size = len(text.encode())
    if size > MAX_BYTES:
        raise SpecError(
            f"the job is {size:,} bytes of JSON; {MAX_BYTES:,} may travel to another process",
            hint="split it into several jobs, or keep long texts and tables in files",
        )
    return text


def unpack(text: str) -> Envelope:
    """Return the envelope that :func:`pack` wrote.

    Raises:
        SpecError: It is none.
    """
    if len(text) > MAX_BYTES:
        raise SpecError(f"an envelope has at most {MAX_BYTES:,} bytes, got {len(text):,}")
    try:
        data = json.loads(text)
    except ValueError as exc:
        raise SpecError(f"the envelope is no JSON: {exc}") from exc
    if not isinstance(data, dict):
        raise SpecError("the envelope is no JSON object")
    return from_dict(Envelope, data)

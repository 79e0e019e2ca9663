"""The jobs of a service: whose they are, how many there may be, which key began them; tickets.

Law: all of it is bounded, and is touched on the loop alone.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediaflow.aio import JobHandle
from mediaflow.integrations.fastapi.problems import RETRY_AFTER, Problem
from mediaflow.models.job import Job

if TYPE_CHECKING:
    from mediaflow.integrations.fastapi.policy import ServicePolicy

__all__ = ["BOUNDS", "ENDED", "Book", "Histogram", "Record"]

BOUNDS: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Upper bounds of the histogram, in seconds."""

ENDED: frozenset[str] = frozenset({"completed", "partial", "failed", "cancelled"})


@dataclass(slots=True, kw_only=True)
class Record:
    """A job of somebody."""

    handle: JobHandle
    job: Job
    principal: str | None
    estimated_seconds: float
    estimated_bytes: int
    source_bytes: int | None
    plan: tuple[str, ...]
    """What will be done, in words."""

    output_names: tuple[str, ...]
    retry_of: str | None = None
    """The job whose rest this one makes."""

    body: bytes | None = None
    """What is told of it for good, once it has ended."""


@dataclass(slots=True)
class Histogram:
    """How long ended jobs took, from their submission."""

    counts: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))
    """Jobs that took at most each of the bounds."""

    sum: float = 0.0
    """Seconds of all."""

    count: int = 0
    """How many they are."""

    def add(self, seconds: float) -> None:
        """Count a job."""
        self.sum += seconds
        self.count += 1
        for index, bound in enumerate(BOUNDS):
            self.counts[index] += seconds <= bound


class Book:
    """Remembers jobs, keys and tickets.

    Args:
        policy: Their bounds.
    """

    def __init__(self, policy: ServicePolicy) -> None:
        self._policy = policy
        self._records: dict[str, Record] = {}
        self._keys: dict[tuple[str | None, str], tuple[str, str | None]] = {}
        self._tickets: dict[str, tuple[float, str | None, str]] = {}
        self._coming: list[str | None] = []
        self._timed: set[str] = set()
        self._seconds = Histogram()
        self.is_draining: bool = False
        """Whether no more jobs are taken."""

    @property
    def seconds(self) -> Histogram:
        """How long the jobs took that have ended."""
        self._forget()
        return self._seconds

    def reserve(self, principal: str | None) -> None:
        """Keep a place for a job; :meth:`release` gives it back.

        Raises:
            Problem: There is none.
        """
        if self.is_draining:
            raise Problem(503, "draining", "the service is ending", RETRY_AFTER)
        self._forget()
        active = [r.principal for r in self._records.values() if r.handle.status not in ENDED]
        active += self._coming
        if active.count(principal) >= self._policy.max_jobs_each:
            raise Problem(429, "queue_full", "too many of your jobs wait or run", RETRY_AFTER)
        if len(active) >= self._policy.max_jobs:
            raise Problem(503, "queue_full", "too many jobs wait or run", RETRY_AFTER)
        self._coming.append(principal)

    def release(self, principal: str | None) -> None:
        """Give back the place of a job that is kept, or will not come."""
        self._coming.remove(principal)

    def claim(self, principal: str | None, key: str, body: bytes) -> str | None:
        """Take an idempotency key and return the id of the job that it began, if any.

        Raises:
            Problem: It was used with another body, or its job is just being begun.
        """
        self._forget()
        digest = hashlib.sha256(body).hexdigest()
        known = self._keys.get((principal, key))
        if known is None:
            self._keys[principal, key] = (digest, None)
            return None
        if known[0] != digest:
            raise Problem(409, "idempotency_conflict", "this key was used with another body")
        if known[1] is None:
            raise Problem(409, "idempotency_pending", "this request is being taken", RETRY_AFTER)
        return known[1]

    def unclaim(self, principal: str | None, key: str) -> None:
        """Let go of a key whose job did not begin."""
        self._keys.pop((principal, key), None)

    def keep(self, record: Record, key: str | None) -> None:
        """Remember a job that has begun."""
        self._records[record.handle.id] = record
        if key is not None:
            digest, _ = self._keys[record.principal, key]
            self._keys[record.principal, key] = (digest, record.handle.id)

    def find(self, job_id: str) -> Record | None:
        """Return a job, or None."""
        record = self._records.get(job_id)
        return None if record is None or self._is_old(record, time.time()) else record

    def all(self) -> tuple[Record, ...]:
        """Return all jobs, oldest first."""
        self._forget()
        return tuple(self._records.values())

    def issue(self, principal: str | None, job_id: str) -> str:
        """Return a ticket for one look at one job.

        Raises:
            Problem: Too many are out.
        """
        now = time.monotonic()
        self._tickets = {t: v for t, v in self._tickets.items() if v[0] > now}
        if len(self._tickets) >= self._policy.max_tickets:
            raise Problem(429, "too_many_tickets", "too many tickets are out", RETRY_AFTER)
        token = secrets.token_urlsafe(32)
        self._tickets[token] = (now + self._policy.ticket_seconds, principal, job_id)
        return token

    def redeem(self, token: str, job_id: str) -> str | None:
        """Use up a ticket and return its principal.

        Raises:
            Problem: It is unknown, used, too old or for another job.
        """
        until, principal, its_job = self._tickets.pop(token, (0.0, None, ""))
        if until < time.monotonic() or its_job != job_id:
            raise Problem(401, "unauthorized", "the ticket is not good")
        return principal

    def _is_old(self, record: Record, now: float) -> bool:
        ended = record.handle.completed_at
        return ended is not None and now - ended.timestamp() > self._policy.history_seconds

    def _forget(self) -> None:
        now = time.time()
        gone = set()
        surplus = len(self._records) - self._policy.max_history
        for job_id, record in self._records.items():
            ended = record.handle.completed_at
            if ended is None:
                continue
            if job_id not in self._timed:
                self._timed.add(job_id)
                self._seconds.add((ended - record.handle.created_at).total_seconds())
            if surplus > 0 or self._is_old(record, now):
                gone.add(job_id)
                surplus -= 1
        for job_id in gone:
            del self._records[job_id]
            self._timed.discard(job_id)
        if gone:
            self._keys = {k: v for k, v in self._keys.items() if v[1] not in gone}

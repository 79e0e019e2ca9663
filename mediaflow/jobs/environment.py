"""What jobs of one processor share: storage, limits and abilities. Made once, read by all."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING

from mediaflow.jobs.place import InPlace
from mediaflow.jobs.seen import Seen
from mediaflow.security.limits import limits_for
from mediaflow.security.policy import policy_for
from mediaflow.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediaflow.executors.pool import ChildPool
    from mediaflow.jobs.place import Place
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.job import Job
    from mediaflow.security.limits import Limits, Trust

__all__ = ["Environment"]


class Environment:
    """The surroundings of a job.

    Args:
        trust: Whose files are processed.
        storage: Storage in place of the one that the environment variables describe.
        limits: Limits in place of those of ``trust``.
        scratch: Folder for private files, or None for the system's own.
        pool: Lends children in which sources are taken apart; None does it in this process.

    Raises:
        SpecError: No such level of trust.
    """

    def __init__(
        self,
        *,
        trust: Trust = "own",
        storage: Storage | None = None,
        limits: Limits | None = None,
        pool: ChildPool | None = None,
        scratch: str | None = None,
    ) -> None:
        self.limits: Limits = limits if limits is not None else limits_for(trust)
        self.trust: Trust = trust
        self.has_own_storage: bool = storage is not None
        if storage is not None and trust == "strangers":
            storage = storage.by_default(policy_for(trust))
        self.place: Place = InPlace()
        """Where sources are taken apart."""

        self.scratch: str | None = scratch
        """Folder for private files, or None for the system's own."""

        self._pool = pool
        self._seen = Seen()
        self._storage = storage
        self._lock = threading.Lock()

    @property
    def storage(self) -> Storage:
        """Where bytes come from and go to; profiles are read by the first job, not on a loop.

        Raises:
            SpecError: A profile is wrong.
        """
        with self._lock:
            if self._storage is None:
                self._storage = Storage.from_environment(policy_for(self.trust))
            return self._storage

    @contextmanager
    def session(self, cancelled: Callable[[], bool]) -> Iterator[Environment]:
        """Give one job its surroundings: those of all, and a place of its own.

        Args:
            cancelled: Whether the caller has given up.
        """
        if self._pool is None:
            yield self
            return
        from mediaflow.jobs.isolated import IsolatedPlace

        _ = self.storage  # made once, not by each job
        with IsolatedPlace(self._pool, cancelled, self.scratch, seen=self._seen) as place:
            own = copy(self)
            own.place = place
            yield own

    def limits_of(self, job: Job) -> Limits:
        """Return the job's own limits, or the processor's."""
        return job.limits if job.limits is not None else self.limits

    def capabilities(self, source_format: str | None = None) -> Capabilities:
        """Return what is installed; the first call loads the picture back end.

        Args:
            source_format: Name of the source's format, once it is known: optional back ends are
                loaded for those that they may be better at.
        """
        from mediaflow.image.backend import installed_for

        pool = self._pool
        return installed_for(
            source_format,
            self.trust,
            in_child=pool is not None,
            is_locked=pool is not None and pool.is_locked,
        )

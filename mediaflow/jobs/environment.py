"""What jobs of one processor share: storage, limits and abilities. Made once, read by all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediaflow.security.limits import Limits, Trust, limits_for
from mediaflow.security.policy import policy_for
from mediaflow.storage import Storage

if TYPE_CHECKING:
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.job import Job

__all__ = ["Environment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The surroundings of a job."""

    storage: Storage
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(
        cls, *, trust: Trust = "own", storage: Storage | None = None, limits: Limits | None = None
    ) -> Environment:
        """Return the surroundings for a level of trust.

        Args:
            trust: Whose files are processed.
            storage: Storage in place of the one that the environment variables describe.
            limits: Limits in place of those of ``trust``.
        """
        return cls(
            storage=storage if storage is not None else Storage.from_environment(policy_for(trust)),
            limits=limits if limits is not None else limits_for(trust),
        )

    def limits_of(self, job: Job) -> Limits:
        """Return the job's own limits, or the processor's."""
        return job.limits if job.limits is not None else self.limits

    def capabilities(self) -> Capabilities:
        """Return what is installed; the first call loads the picture back end."""
        from mediaflow.image.backend import installed

        return installed()

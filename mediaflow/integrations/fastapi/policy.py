"""What a service takes and how much of it.

Law: figures only; who keeps them stands elsewhere.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

from mediaflow.errors import SpecError

__all__ = ["ServicePolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePolicy:
    """Bounds of a service.

    Example:
        >>> ServicePolicy(max_jobs=8).max_jobs
        8
    """

    root: str | None = None
    """Absolute folder that holds all inputs and outputs; None is the one folder of the storage."""

    max_body_bytes: int = 256_000
    """Longest JSON body."""

    max_upload_bytes: int = 2_000_000_000
    """Longest upload."""

    max_open_uploads: int = 16
    """Uploads of one principal that have begun and not ended."""

    upload_seconds: float = 86_400.0
    """How long an upload that gets nothing is kept."""

    idle_seconds: float = 30.0
    """Longest wait for the next bytes of a body; an upload may then go on in another request."""

    max_bytes_each: int | None = 20_000_000_000
    """What the folder of one principal may hold, inputs and outputs; None for no bound."""

    max_jobs: int = 64
    """Jobs of everybody that wait or run."""

    max_jobs_each: int = 16
    """Jobs of one principal that wait or run."""

    max_looks: int = 2
    """Headers that are looked at at once, each in a child; more wait."""

    max_history: int = 1_000
    """Jobs that are remembered."""

    history_seconds: float = 86_400.0
    """How long an ended job is remembered."""

    max_tickets: int = 1_000
    """Tickets that are out at once."""

    ticket_seconds: float = 60.0
    """How long a ticket is good."""

    max_watchers: int = 2_000
    """Streams of events that are open at once."""

    keep_alive_seconds: float = 15.0
    """Longest silence of a stream of events."""

    max_live_peers: int = 4
    """Peers of live video at once, decoded in the process of the service; 0 for none."""

    max_live_peers_each: int = 2
    """Those of one principal."""

    live_seconds: float = 600.0
    """How long a peer may stay."""

    live_pixels: int = 1920 * 1088
    """Largest frame of a peer, in px."""

    live_private_networks: bool = False
    """Whether peers in private networks and on this machine are answered."""

    ice_servers: tuple[str, ...] = ()
    """STUN and TURN servers such as ``stun:stun.example.org``, for both sides."""

    drain_seconds: float = 30.0
    """How long running jobs get when the service ends."""

    cancel_seconds: float = 5.0
    """How long those that were cancelled then get to end."""

    callback_secret: str | tuple[str, ...] | None = None
    """Signs callbacks (``whsec_`` and base64), several while one is replaced by another; without it no
    ``callback_url`` is taken."""

    def __post_init__(self) -> None:
        if self.root is None:
            return
        root = os.fspath(self.root)
        if not Path(root).is_absolute():
            raise SpecError(f"root must be an absolute folder, got {root!r}", field="root")
        object.__setattr__(self, "root", os.path.realpath(root))

    def __repr__(self) -> str:
        shown = (f.name for f in fields(self) if f.name != "callback_secret")
        return f"ServicePolicy({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

"""The live peers of a service, and whose they are.

Law: aiortc is loaded by the first offer; a service without it does all the rest.
"""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from mediaflow.errors import LimitExceededError, MissingExtraError
from mediaflow.integrations.fastapi.problems import RETRY_AFTER, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediaflow.integrations.fastapi.policy import ServicePolicy
    from mediaflow.integrations.webrtc import LivePeers, Peer
    from mediaflow.models.plugins import Filter

__all__ = ["Live"]

LINE: Final = "pip install 'pymediaflow[service]'"
WHEN_ONE_LEFT: Final = {"Retry-After": "30"}


class Live:
    """Answers offers for callers.

    Args:
        policy: Bounds.
    """

    def __init__(self, policy: ServicePolicy) -> None:
        self._policy = policy
        self._peers: LivePeers | None = None
        self._of: dict[str | None, set[Peer]] = {}
        self._coming: list[str | None] = []
        self._ends = 0

    def __len__(self) -> int:
        """Return how many peers there are."""
        return 0 if self._peers is None else len(self._peers)

    @property
    def max_peers(self) -> int:
        """How many peers there may be; 0 without what makes them."""
        return self._policy.max_live_peers if _is_installed() else 0

    async def answer(
        self, principal: str | None, offer: Mapping[str, object], filters: tuple[Filter, ...]
    ) -> dict[str, str]:
        """Return the answer to an offer.

        Raises:
            Problem: There is no room for the peer.
            SpecError: The offer or the filters cannot be used.
            MissingExtraError: aiortc is not installed.
        """
        if not self._policy.max_live_peers:
            raise Problem(404, "not_found", "this service has no live video")
        if not _is_installed():
            raise MissingExtraError("live video needs aiortc", hint=LINE)
        self._make_room(principal)
        self._coming.append(principal)
        try:
            peers = await self._begun()
            made, peer = await peers.answer(offer, filters=filters)
        except LimitExceededError as exc:
            raise Problem(503, "too_many_peers", exc.message, WHEN_ONE_LEFT) from exc
        finally:
            self._coming.remove(principal)
        self._of.setdefault(principal, set()).add(peer)
        return made

    async def close(self) -> None:
        """End all peers."""
        self._ends += 1
        if self._peers is not None:
            await self._peers.close_all()
            self._peers = None

    def _make_room(self, principal: str | None) -> None:
        """Let go of peers that have left; refuse one more than a caller may have."""
        self._of = {
            who: here
            for who, all_ in self._of.items()
            if (here := {p for p in all_ if not p.is_closed})
        }
        count = len(self._of.get(principal, ())) + self._coming.count(principal)
        if count >= self._policy.max_live_peers_each:
            raise Problem(429, "too_many_peers", "too many of your peers are live", WHEN_ONE_LEFT)

    async def _begun(self) -> LivePeers:
        if self._peers is None:
            ends = self._ends
            kind = await asyncio.to_thread(_live_peers)  # aiortc takes a while to load
            if self._ends != ends:
                raise Problem(503, "draining", "the service is ending", RETRY_AFTER)
            self._peers = self._peers or kind(
                max_peers=self._policy.max_live_peers,
                max_seconds=self._policy.live_seconds,
                max_pixels=self._policy.live_pixels,
                ice_servers=self._policy.ice_servers,
                private_candidates=self._policy.live_private_networks,
            )
        return self._peers


def _live_peers() -> type[LivePeers]:
    from mediaflow.integrations.webrtc import LivePeers

    return LivePeers


def _is_installed() -> bool:
    return find_spec("aiortc") is not None

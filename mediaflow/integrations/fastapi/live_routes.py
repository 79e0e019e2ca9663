"""The endpoints of live video."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002  # read by FastAPI when the router is made
from fastapi.responses import Response  # noqa: TC002  # the same

from mediaflow.integrations.fastapi.answers import LiveAnswer, SessionAnswer
from mediaflow.integrations.fastapi.problems import RETRY_AFTER, Problem
from mediaflow.integrations.fastapi.requests import OfferRequest, read_model
from mediaflow.integrations.fastapi.responses import answer
from mediaflow.integrations.fastapi.schema import body_of, described, problems

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_live"]


def add_live(router: APIRouter, service: Service) -> None:
    """Add the endpoints of live video to a router."""
    policy, live = service.policy, service.live

    @router.get(
        "/media/webrtc",
        summary="Tell whether there is live video, and how much of it",
        responses=described(200, "What there is.", LiveAnswer) | problems(),
    )
    async def webrtc(request: Request) -> Response:
        await service.access.who(request)
        told = LiveAnswer(
            max_peers=live.max_peers,
            max_seconds=policy.live_seconds,
            max_pixels=policy.live_pixels,
            ice_servers=policy.ice_servers,
        )
        return answer(told)

    @router.post(
        "/media/webrtc/offer",
        summary="Answer the offer of a peer, whose video comes back filtered",
        responses=described(200, "The session description for the peer.", SessionAnswer)
        | problems(400, 404, 408, 413, 415, 422, 429, 501, 503),
        openapi_extra=body_of(OfferRequest),
    )
    async def webrtc_offer(request: Request) -> Response:
        who = await service.access.who(request)
        wanted = read_model(OfferRequest, await service.body(request))
        if service.book.is_draining:
            raise Problem(503, "draining", "the service is ending", RETRY_AFTER)
        offer = {"sdp": wanted.sdp, "type": wanted.type}
        made = await live.answer(who, offer, wanted.filters)
        return answer(SessionAnswer(sdp=made["sdp"], type="answer"))

"""The endpoints that look at a file and make nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002  # read by FastAPI when the router is made
from fastapi.responses import Response  # noqa: TC002  # the same

from mediaflow.integrations.fastapi.answers import PlanAnswer
from mediaflow.integrations.fastapi.requests import MediaRequest, ProcessRequest, read_model
from mediaflow.integrations.fastapi.responses import answer
from mediaflow.integrations.fastapi.schema import body_of, described, problems
from mediaflow.models.info import MediaInfo

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_looks"]

REFUSED = problems(400, 404, 408, 413, 415, 422, 503)


def add_looks(router: APIRouter, service: Service) -> None:
    """Add the endpoints of plans and probes to a router."""

    @router.post(
        "/media/plan",
        summary="Tell what would be made, and what it would take",
        responses=described(200, "The plan in words.", PlanAnswer) | REFUSED,
        openapi_extra=body_of(ProcessRequest),
    )
    async def plan(request: Request) -> Response:
        who = await service.access.who(request)
        wanted = read_model(ProcessRequest, await service.body(request))
        job = await service.builder.build(who, wanted.source, wanted.outputs, to=wanted.to)
        found = await service.plan(job)
        told = PlanAnswer(
            plan=service.words(found),
            estimated_seconds=found.estimated_seconds,
            estimated_bytes=found.peak_bytes,
        )
        return answer(told)

    @router.post(
        "/media/probe",
        summary="Tell what a file holds, by its header",
        responses=described(200, "Facts about the file.", MediaInfo) | REFUSED,
        openapi_extra=body_of(MediaRequest),
    )
    async def probe(request: Request) -> Response:
        who = await service.access.who(request)
        wanted = read_model(MediaRequest, await service.body(request))
        found = await service.probe(await service.builder.source(who, wanted.source))
        return answer(replace(found, uri=wanted.source))

"""The endpoints that begin jobs, and those that tell of them.

Law: each is a few lines over the service; who asks is known before anything is read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from fastapi import Query, Request
from fastapi.responses import Response  # noqa: TC002  # the same

from mediaflow.integrations.fastapi.answers import JobAnswer, JobsAnswer
from mediaflow.integrations.fastapi.offered import outputs_of
from mediaflow.integrations.fastapi.problems import Problem
from mediaflow.integrations.fastapi.requests import MediaRequest, ProcessRequest, read_model
from mediaflow.integrations.fastapi.responses import answer
from mediaflow.integrations.fastapi.schema import body_of, described, header, problems

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.book import Record
    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_jobs"]

_Model: TypeAlias = type[ProcessRequest] | type[MediaRequest]
MAX_PAGE: Final = 100
Offset = Annotated[int, Query(ge=0, description="How many of the newest are left out.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many are told of.")]
KEY: Final = 256
"""Characters of the longest idempotency key."""

RECIPES: Final = {
    "/media/thumbnails": ("thumbnails", "Make thumbnails of a picture"),
    "/media/optimize": ("optimize", "Make a picture small for the web"),
    "/video/streaming": ("streaming", "Make a film in four sizes"),
}
"""Name of a set that is offered, and what is said of the endpoint that makes it."""

BEGUN: Final = described(202, "The job has begun.", JobAnswer, Location="Where the job is told of.")
ONE_JOB: Final = described(200, "The job.", JobAnswer)
REFUSED: Final = problems(400, 404, 408, 409, 413, 415, 422, 429, 503)


def add_jobs(router: APIRouter, service: Service) -> None:
    """Add the endpoints of jobs to a router."""
    _add_beginnings(router, service)
    _add_views(router, service)
    _add_changes(router, service)


def _add_beginnings(router: APIRouter, service: Service) -> None:
    extra = {
        "parameters": [
            header(
                "Idempotency-Key",
                "Makes it safe to send the same again: it is the same job.",
                minLength=1,
                maxLength=KEY,
            )
        ]
    }

    @router.post(
        "/media/process",
        status_code=202,
        summary="Make outputs of a file",
        responses=BEGUN | REFUSED,
        openapi_extra=body_of(ProcessRequest) | extra,
    )
    async def process(request: Request) -> Response:
        return await _begin(request, service, ProcessRequest, None)

    for path, (name, summary) in RECIPES.items():
        router.add_api_route(
            path,
            _by_recipe(service, outputs_of(name)),
            methods=["POST"],
            name=name,
            status_code=202,
            summary=summary,
            responses=BEGUN | REFUSED,
            openapi_extra=body_of(MediaRequest) | extra,
        )


def _by_recipe(service: Service, outputs: object) -> Callable[[Request], Awaitable[Response]]:
    async def begin(request: Request) -> Response:
        return await _begin(request, service, MediaRequest, outputs)

    return begin


async def _begin(request: Request, service: Service, model: _Model, outputs: object) -> Response:
    """Begin a job, or tell of the one that the same request began before."""
    who = await service.access.who(request)
    body = await service.body(request)
    wanted = read_model(model, body)
    key = request.headers.get("idempotency-key")
    if key is None:
        return _accepted(request, service, await _start(service, who, wanted, outputs, None))
    if not 1 <= len(key) <= KEY:  # cut off, it would be another's
        raise Problem(400, "malformed_header", f"an idempotency key has 1 to {KEY} characters")
    known = service.book.claim(who, key, request.url.path.encode() + b"\n" + body)
    if known is not None:
        return _accepted(request, service, await service.access.job(who, known))
    try:
        record = await _start(service, who, wanted, outputs, key)
    except BaseException:
        service.book.unclaim(who, key)
        raise
    return _accepted(request, service, record)


async def _start(
    service: Service,
    who: str | None,
    wanted: ProcessRequest | MediaRequest,
    outputs: object,
    key: str | None,
) -> Record:
    job = await service.builder.build(
        who,
        wanted.source,
        wanted.outputs if isinstance(wanted, ProcessRequest) else outputs,
        to=wanted.to,
        if_exists=wanted.if_exists,
        callback_url=wanted.callback_url,
    )
    return await service.start(who, job, key=key)


def _accepted(request: Request, service: Service, record: Record) -> Response:
    place = request.url_for("job", job_id=record.handle.id).path
    return answer(service.told(record), 202, {"Location": place})


def _add_views(router: APIRouter, service: Service) -> None:
    @router.get(
        "/media/jobs",
        summary="Tell of the caller's jobs, newest first",
        responses=described(200, "Some of them.", JobsAnswer) | problems(422),
    )
    async def jobs(request: Request, offset: Offset = 0, limit: Limit = 50) -> Response:
        who = await service.access.who(request)
        end = offset + limit
        seen: list[Record] = []
        for one in reversed(service.book.all()):
            if len(seen) > end:  # one more than is shown tells that there is more
                break
            if await service.access.sees(who, one):
                seen.append(one)
        page = tuple(service.told(one) for one in seen[offset:end])
        more = end if len(seen) > end else None
        return answer(JobsAnswer(jobs=page, next_offset=more))

    @router.get("/media/jobs/{job_id}", summary="Tell of a job", responses=ONE_JOB | problems(404))
    async def job(request: Request, job_id: str) -> Response:
        record = await service.access.job(await service.access.who(request), job_id)
        return await service.job_response(record)


def _add_changes(router: APIRouter, service: Service) -> None:
    @router.delete(
        "/media/jobs/{job_id}",
        status_code=202,
        summary="Cancel a job; one that has ended stays as it is",
        responses=described(202, "It was asked to stop.", JobAnswer) | problems(404),
    )
    async def cancel(request: Request, job_id: str) -> Response:
        record = await service.access.job(await service.access.who(request), job_id)
        await asyncio.to_thread(record.handle.cancel)
        return answer(service.told(record), 202)

    @router.post(
        "/media/jobs/{job_id}/retry",
        status_code=202,
        summary="Make what a job did not make, as a new job",
        responses=BEGUN | problems(404, 409, 413, 422, 429, 503),
    )
    async def retry(request: Request, job_id: str) -> Response:
        who = await service.access.who(request)
        record = await service.access.job(who, job_id)
        if record.handle.status not in ("failed", "partial", "cancelled"):
            raise Problem(409, "not_failed", "only a job that failed is tried again")
        return _accepted(request, service, await service.retry(who, record))

"""The endpoints.

Law: each is a few lines over the service; all are behind its ``auth``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeAlias

from fastapi import APIRouter, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.routing import APIRoute

from mediaflow import recipes
from mediaflow.errors import MediaflowError, SpecError
from mediaflow.integrations.fastapi.file_routes import add_files
from mediaflow.integrations.fastapi.problems import Problem, hidden, problem_of, respond
from mediaflow.integrations.fastapi.requests import (
    MediaRequest,
    ProcessRequest,
    TicketRequest,
    read_model,
)
from mediaflow.integrations.fastapi.schema import body_of
from mediaflow.integrations.fastapi.service import Service
from mediaflow.integrations.fastapi.streams import server_sent, through_socket
from mediaflow.models.serde import to_dict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mediaflow.aio import Processor
    from mediaflow.integrations.fastapi.access import Auth, Authorize
    from mediaflow.integrations.fastapi.book import Record
    from mediaflow.integrations.fastapi.policy import ServicePolicy

__all__ = ["create_router", "router_of"]

_Model: TypeAlias = type[ProcessRequest] | type[MediaRequest]
MAX_PAGE: Final = 100
POLICY_VIOLATION: Final = 1008  # RFC 6455 7.4.1


class _Route(APIRoute):
    """Turns errors into problems, for these endpoints alone."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # a coroutine is awaitable
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except Problem as problem:
                return respond(problem)
            except RequestValidationError:
                return respond(Problem(422, "invalid_spec", "a parameter is not what it should be"))
            except MediaflowError as error:
                return respond(problem_of(error))

        return handle


def create_router(
    processor: Processor,
    *,
    auth: Auth | None = None,
    authorize: Authorize | None = None,
    policy: ServicePolicy | None = None,
    prefix: str = "",
) -> APIRouter:
    """Return the endpoints over a processor.

    Args:
        processor: An isolated ``mediaflow.aio.Processor`` for strangers.
        auth: Tells who asks, or raises; None lets everybody in as one.
        authorize: Lets a principal see a location or the job of an id that is not his own.
        policy: Bounds; None takes the usual ones.
        prefix: Path before all endpoints.

    Raises:
        SpecError: The processor is not isolated, or not for strangers.
    """
    return router_of(Service(processor, policy, auth, authorize), prefix)


def router_of(service: Service, prefix: str = "") -> APIRouter:
    """Return the endpoints of a service."""
    router = APIRouter(prefix=prefix, route_class=_Route)
    _add_jobs(router, service)
    _add_looks(router, service)
    _add_streams(router, service)
    add_files(router, service)
    return router


def _add_jobs(router: APIRouter, service: Service) -> None:
    async def begin(request: Request, model: _Model, outputs: object) -> Response:
        who = await service.access.who(request)
        body = await service.body(request)
        wanted = read_model(model, body)
        key = request.headers.get("idempotency-key")
        if key is not None:
            known = service.book.claim(who, key[:256], request.url.path.encode() + b"\n" + body)
            if known is not None:
                return accepted(request, await service.access.job(who, known))
        try:
            job = await service.builder.build(
                who,
                wanted.source,
                wanted.outputs if isinstance(wanted, ProcessRequest) else outputs,
                to=wanted.to,
                if_exists=wanted.if_exists,
                callback_url=wanted.callback_url,
            )
            record = await service.start(who, job, key=None if key is None else key[:256])
        except BaseException:
            if key is not None:
                service.book.unclaim(who, key[:256])
            raise
        return accepted(request, record)

    def accepted(request: Request, record: Record) -> Response:
        body = {
            **service.job_json(record),
            "estimated_seconds": record.estimated_seconds,
            "estimated_bytes": record.estimated_bytes,
        }
        place = request.url_for("media_job", job_id=record.handle.id).path
        return JSONResponse(body, 202, {"Location": place})

    @router.post("/media/process", status_code=202, openapi_extra=body_of(ProcessRequest))
    async def process(request: Request) -> Response:
        return await begin(request, ProcessRequest, None)

    @router.post("/media/thumbnails", status_code=202, openapi_extra=body_of(MediaRequest))
    async def thumbnails(request: Request) -> Response:
        return await begin(request, MediaRequest, recipes.thumbnails())

    @router.post("/media/optimize", status_code=202, openapi_extra=body_of(MediaRequest))
    async def optimize(request: Request) -> Response:
        return await begin(request, MediaRequest, recipes.web_images())

    @router.post("/video/streaming", status_code=202, openapi_extra=body_of(MediaRequest))
    async def streaming(request: Request) -> Response:
        return await begin(request, MediaRequest, recipes.streaming())

    @router.get("/media/jobs")
    async def jobs(request: Request, offset: int = 0, limit: int = 50) -> Response:
        who = await service.access.who(request)
        if offset < 0 or not 1 <= limit <= MAX_PAGE:
            raise SpecError(f"offset starts at 0, limit is 1 to {MAX_PAGE}")
        seen = [one for one in reversed(service.book.all()) if await service.access.sees(who, one)]
        page = [service.job_json(one) for one in seen[offset : offset + limit]]
        more = offset + limit if offset + limit < len(seen) else None
        return JSONResponse({"jobs": page, "next_offset": more})

    @router.get("/media/jobs/{job_id}", name="media_job")
    async def job(request: Request, job_id: str) -> Response:
        who = await service.access.who(request)
        return JSONResponse(service.job_json(await service.access.job(who, job_id)))

    @router.delete("/media/jobs/{job_id}", status_code=202)
    async def cancel(request: Request, job_id: str) -> Response:
        record = await service.access.job(await service.access.who(request), job_id)
        await asyncio.to_thread(record.handle.cancel)
        return JSONResponse(service.job_json(record), 202)

    @router.post("/media/jobs/{job_id}/retry", status_code=202)
    async def retry(request: Request, job_id: str) -> Response:
        who = await service.access.who(request)
        record = await service.access.job(who, job_id)
        if record.handle.status not in ("failed", "partial", "cancelled"):
            raise Problem(409, "not_failed", "only a job that failed is tried again")
        return accepted(request, await service.retry(who, record))


def _add_looks(router: APIRouter, service: Service) -> None:
    @router.post("/media/plan", openapi_extra=body_of(ProcessRequest))
    async def plan(request: Request) -> Response:
        who = await service.access.who(request)
        body = await service.body(request)
        wanted = read_model(ProcessRequest, body)
        job = await service.builder.build(who, wanted.source, wanted.outputs, to=wanted.to)
        found = await service.processor.plan(job)
        return JSONResponse(
            {
                "plan": [hidden(line) for line in str(found).splitlines()],
                "estimated_seconds": found.estimated_seconds,
                "estimated_bytes": found.peak_bytes,
            }
        )

    @router.post("/media/probe", openapi_extra=body_of(MediaRequest))
    async def probe(request: Request) -> Response:
        who = await service.access.who(request)
        body = await service.body(request)
        wanted = read_model(MediaRequest, body)
        job = await service.builder.build(who, wanted.source, recipes.thumbnails())
        return JSONResponse(to_dict(await service.processor.probe(str(job.source))))


def _add_streams(router: APIRouter, service: Service) -> None:
    silence = service.policy.keep_alive_seconds

    @router.post("/media/tickets", status_code=201, openapi_extra=body_of(TicketRequest))
    async def ticket(request: Request) -> Response:
        who = await service.access.who(request)
        wanted = read_model(TicketRequest, await service.body(request))
        await service.access.job(who, wanted.job_id)
        token = service.book.issue(who, wanted.job_id)
        body = {"ticket": token, "expires_seconds": service.policy.ticket_seconds}
        return JSONResponse(body, 201, {"Cache-Control": "no-store"})

    @router.get("/media/jobs/{job_id}/events")
    async def events(request: Request, job_id: str) -> Response:
        record = await service.access.job(await service.access.watcher(request, job_id), job_id)
        service.feeds.check()
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else -1
        return StreamingResponse(
            server_sent(service.feeds.follow(record.handle, after, silence)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )

    @router.websocket("/media/jobs/{job_id}/progress")
    async def progress(socket: WebSocket, job_id: str) -> None:
        try:
            record = await service.access.job(await service.access.watcher(socket, job_id), job_id)
            service.feeds.check()
        except (Problem, MediaflowError):
            await socket.close(POLICY_VIOLATION)
            return
        await socket.accept()
        await through_socket(socket, service.feeds.follow(record.handle, -1, silence))

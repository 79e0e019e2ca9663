"""The endpoints that tell of a job while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import Request, WebSocket  # noqa: TC002  # read by FastAPI when the router is made
from fastapi.responses import Response, StreamingResponse

from mediaflow.errors import MediaflowError
from mediaflow.integrations.fastapi.answers import TicketAnswer
from mediaflow.integrations.fastapi.problems import Problem
from mediaflow.integrations.fastapi.requests import TicketRequest, read_model
from mediaflow.integrations.fastapi.responses import NOSNIFF, answer
from mediaflow.integrations.fastapi.schema import body_of, described, header, problems
from mediaflow.integrations.fastapi.streams import server_sent, through_socket

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_streams"]

POLICY_VIOLATION: Final = 1008  # RFC 6455 7.4.1
LONGEST_ID: Final = 9
TICKET: Final = header("ticket", "What a browser shows in place of a login.", query=True)
LAST: Final = header("Last-Event-ID", "The last event that is known; those after it follow.")


def add_streams(router: APIRouter, service: Service) -> None:
    """Add the endpoints of events to a router."""
    silence = service.policy.keep_alive_seconds

    @router.post(
        "/media/tickets",
        status_code=201,
        summary="Get a ticket for one look at one job",
        responses=described(201, "The ticket.", TicketAnswer)
        | problems(400, 404, 408, 413, 415, 422, 429),
        openapi_extra=body_of(TicketRequest),
    )
    async def ticket(request: Request) -> Response:
        who = await service.access.who(request)
        wanted = read_model(TicketRequest, await service.body(request))
        await service.access.job(who, wanted.job_id)
        token = service.book.issue(who, wanted.job_id)
        told = TicketAnswer(ticket=token, expires_seconds=service.policy.ticket_seconds)
        return answer(told, 201)

    @router.get(
        "/media/jobs/{job_id}/events",
        summary="Follow a job by server-sent events",
        response_class=StreamingResponse,
        responses=described(200, "Events, to the last.", "text/event-stream") | problems(404, 503),
        openapi_extra={"parameters": [LAST, TICKET]},
    )
    async def events(request: Request, job_id: str) -> Response:
        who = await service.access.watcher(request, job_id)
        record = await service.access.job(who, job_id)
        service.feeds.check()
        after = _number(request.headers.get("last-event-id", ""))
        return StreamingResponse(
            server_sent(service.feeds.follow(record.handle, after, silence)),
            media_type="text/event-stream",
            headers={**NOSNIFF, "Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )

    @router.websocket("/media/jobs/{job_id}/progress")
    async def progress(socket: WebSocket, job_id: str) -> None:
        try:
            who = await service.access.watcher(socket, job_id)
            record = await service.access.job(who, job_id)
            service.feeds.check()
        except (Problem, MediaflowError):
            await socket.close(POLICY_VIOLATION)
            return
        await socket.accept()
        await through_socket(socket, service.feeds.follow(record.handle, -1, silence))


def _number(text: str) -> int:
    """Return the number of an event; -1 where none is said."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else -1

"""A whole application: the endpoints, its health, its figures, its end."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from mediaflow.integrations.fastapi.answers import StateAnswer
from mediaflow.integrations.fastapi.book import BOUNDS, ENDED
from mediaflow.integrations.fastapi.responses import NOSNIFF, answer, refuse
from mediaflow.integrations.fastapi.routes import router_of
from mediaflow.integrations.fastapi.schema import described
from mediaflow.integrations.fastapi.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mediaflow.aio import Processor
    from mediaflow.integrations.fastapi.access import Auth, Authorize
    from mediaflow.integrations.fastapi.book import Histogram
    from mediaflow.integrations.fastapi.policy import ServicePolicy

__all__ = ["create_app"]


def create_app(
    processor: Processor,
    *,
    auth: Auth | None = None,
    authorize: Authorize | None = None,
    policy: ServicePolicy | None = None,
    prefix: str = "",
    closes_processor: bool = False,
) -> FastAPI:
    """Return an application of its own.

    Args:
        processor: As of :func:`create_router`.
        auth: The same.
        authorize: The same.
        policy: The same.
        prefix: The same.
        closes_processor: Whether the processor ends with the application.

    Raises:
        SpecError: The processor is not isolated, or not for strangers.
    """
    service = Service(processor, policy, auth, authorize)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        if closes_processor:
            await processor.close()

    app = FastAPI(title="mediaflow", lifespan=life)
    app.include_router(router_of(service, prefix))
    for kind in (HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _refused)
    _add_states(app, service)

    @app.get("/", include_in_schema=False)
    async def start() -> Response:
        return RedirectResponse(f"{prefix}/media/")

    return app


async def _refused(_: Request, error: Exception) -> Response:
    return refuse(error)


def _add_states(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", responses=described(200, "It lives.", StateAnswer), tags=["service"])
    async def healthz() -> Response:
        return answer(StateAnswer(status="alive"))

    @app.get(
        "/readyz",
        responses=described(200, "It takes jobs.", StateAnswer)
        | described(503, "It is ending.", StateAnswer),
        tags=["service"],
    )
    async def readyz() -> Response:
        if service.book.is_draining:
            return answer(StateAnswer(status="draining"), 503)
        return answer(StateAnswer(status="ready"))

    @app.get(
        "/metrics",
        response_class=PlainTextResponse,
        responses=described(200, "Figures, as Prometheus reads them.", "text/plain"),
        tags=["service"],
    )
    async def metrics() -> Response:
        return PlainTextResponse(_figures(service), 200, NOSNIFF, "text/plain; version=0.0.4")


def _figures(service: Service) -> str:
    handles = [one.handle for one in service.book.all()]
    by_status = Counter(one.status for one in handles)
    lines = ["# TYPE mediaflow_jobs gauge"]
    lines += [
        f'mediaflow_jobs{{status="{status}"}} {by_status.get(status, 0)}'  # type: ignore[call-overload]  # a str of the closed set
        for status in ("pending", "processing", *sorted(ENDED))
    ]
    lines += ["# TYPE mediaflow_queue_depth gauge"]
    lines += [f"mediaflow_queue_depth {by_status['pending']}"]
    lines += ["# TYPE mediaflow_watchers gauge", f"mediaflow_watchers {len(service.feeds)}"]
    lines += ["# TYPE mediaflow_live_peers gauge", f"mediaflow_live_peers {len(service.live)}"]
    lines += _histogram(service.book.seconds)
    lines += [""]
    return "\n".join(lines)


def _histogram(seconds: Histogram) -> list[str]:
    name = "mediaflow_job_seconds"
    lines = [f"# TYPE {name} histogram"]
    lines += [
        f'{name}_bucket{{le="{bound:g}"}} {count}'
        for bound, count in zip(BOUNDS, seconds.counts, strict=True)
    ]
    lines += [f'{name}_bucket{{le="+Inf"}} {seconds.count}']
    return [*lines, f"{name}_sum {seconds.sum}", f"{name}_count {seconds.count}"]

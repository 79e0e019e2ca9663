"""A whole application: the endpoints, its health, its figures, its end."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse

from mediaflow.integrations.fastapi.book import BOUNDS, ENDED
from mediaflow.integrations.fastapi.routes import router_of
from mediaflow.integrations.fastapi.schema import add_models
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
        service.book.is_draining = False
        yield
        await service.drain()
        if closes_processor:
            await processor.close()

    app = FastAPI(title="mediaflow", lifespan=life)
    app.include_router(router_of(service, prefix))

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "alive"})

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        if service.book.is_draining:
            return JSONResponse({"status": "draining"}, 503)
        return JSONResponse({"status": "ready"})

    @app.get("/metrics")
    async def metrics() -> PlainTextResponse:
        return PlainTextResponse(_figures(service), media_type="text/plain; version=0.0.4")

    add_models(app)
    return app


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

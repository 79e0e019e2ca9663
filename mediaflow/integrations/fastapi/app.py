"""A whole application: the endpoints, its health, its figures, its end."""

from __future__ import annotations

import asyncio
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
    from mediaflow.integrations.fastapi.book import Histogram
    from mediaflow.integrations.fastapi.policy import ServicePolicy
    from mediaflow.integrations.fastapi.service import Auth, Authorize

__all__ = ["create_app"]


def create_app(
    processor: Processor,
    *,
    policy: ServicePolicy,
    auth: Auth | None = None,
    authorize: Authorize | None = None,
    prefix: str = "",
) -> FastAPI:
    """Return an application; arguments as of ``create_router``. It does not close the processor."""
    service = Service(processor, policy, auth, authorize)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        service.book.is_draining = False
        yield
        await _drain(service)

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


async def _drain(service: Service) -> None:
    service.book.is_draining = True
    running = [one.handle for one in service.book.all() if one.handle.status not in ENDED]
    waits = [asyncio.wrap_future(one._handle.future) for one in running]
    if waits:
        await asyncio.wait(
            [asyncio.shield(one) for one in waits], timeout=service.policy.drain_seconds
        )
    for one in running:
        if one.status not in ENDED:
            await asyncio.to_thread(one.cancel)


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

"""The router: all endpoints of a service."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from mediaflow.integrations.fastapi.file_routes import add_files
from mediaflow.integrations.fastapi.job_routes import add_jobs
from mediaflow.integrations.fastapi.live_routes import add_live
from mediaflow.integrations.fastapi.look_routes import add_looks
from mediaflow.integrations.fastapi.page_routes import add_page
from mediaflow.integrations.fastapi.responses import Route
from mediaflow.integrations.fastapi.schema import add_models
from mediaflow.integrations.fastapi.service import Service
from mediaflow.integrations.fastapi.stream_routes import add_streams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mediaflow.aio import Processor
    from mediaflow.integrations.fastapi.access import Auth, Authorize
    from mediaflow.integrations.fastapi.policy import ServicePolicy

__all__ = ["create_router", "router_of"]


def create_router(
    processor: Processor,
    *,
    auth: Auth | None = None,
    authorize: Authorize | None = None,
    policy: ServicePolicy | None = None,
    prefix: str = "",
) -> APIRouter:
    """Return the endpoints over a processor.

    When the application that includes them ends, no more jobs are taken, and those that run get a
    while to end. The processor stays open.

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

    @asynccontextmanager
    async def life(app: object) -> AsyncIterator[None]:
        if isinstance(app, FastAPI):
            add_models(app)
        service.book.is_draining = False
        yield
        await service.drain()

    router = APIRouter(
        prefix=prefix,
        route_class=Route,
        lifespan=life,
        tags=["media"],
        generate_unique_id_function=lambda route: route.name,
    )
    add_jobs(router, service)
    add_looks(router, service)
    add_streams(router, service)
    add_files(router, service)
    add_live(router, service)
    add_page(router, service)
    return router

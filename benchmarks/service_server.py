"""The server of the service benchmarks: the web API, a bare route beside it, and the lag of its loop.

``python service_server.py FOLDER PORT``; ends when it is told to.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import Request  # noqa: TC002  # read by FastAPI when a route is made
from fastapi.responses import JSONResponse

from mediaflow import aio
from mediaflow.integrations.fastapi import ServicePolicy, create_app
from mediaflow.integrations.webrtc import LivePeers
from mediaflow.storage import Storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import numpy as np
    import numpy.typing as npt
    from fastapi import FastAPI

TICK_SECONDS = 0.005
SLOW_SECONDS = 0.06


def slow(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    time.sleep(SLOW_SECONDS)
    return pixels


class Lag:
    """How late a loop wakes who sleeps on it."""

    def __init__(self) -> None:
        self.samples: list[float] = []

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            self.samples.append(time.perf_counter() - before - TICK_SECONDS)

    def take(self) -> list[float]:
        taken, self.samples = self.samples, []
        return taken


def application(root: str) -> FastAPI:
    processor = aio.Processor(trust="strangers", storage=Storage.within(root))
    # one caller stands for many here
    policy = ServicePolicy(max_jobs_each=64, live_private_networks=True, drain_seconds=1)
    app = create_app(processor, policy=policy, closes_processor=True)
    bare: dict[str, Any] = {}
    lag = Lag()
    peers = LivePeers(private_candidates=True)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(lag.watch())
        async with inner(app):
            yield
        watching.cancel()
        await peers.close_all()

    app.router.lifespan_context = life

    @app.put("/bare")
    async def fill(request: Request) -> JSONResponse:
        bare.update(await request.json())
        return JSONResponse({})

    @app.get("/bare/{job_id}")
    async def bare_job(job_id: str) -> JSONResponse:
        return JSONResponse(bare)

    @app.get("/lag")
    async def lags() -> JSONResponse:
        return JSONResponse(lag.take())

    @app.post("/slow/offer")
    async def slow_offer(request: Request) -> JSONResponse:
        answer, _ = await peers.answer(await request.json(), filters=slow)
        return JSONResponse(answer)

    return app


if __name__ == "__main__":
    folder, port = sys.argv[1:]
    uvicorn.run(
        application(folder),
        host="127.0.0.1",
        port=int(port),
        log_level="warning",
        timeout_graceful_shutdown=2,
    )

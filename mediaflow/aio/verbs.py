"""The verbs of the front door, awaitable."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mediaflow import verbs
from mediaflow.aio.processor import Processor

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.geometry import Fit
    from mediaflow.models.comparison import Comparison
    from mediaflow.models.concat import JobSource
    from mediaflow.models.events import Event
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn, IfExists, Job, OnFailure, Place, Source
    from mediaflow.models.result import JobResult
    from mediaflow.planning import Plan
    from mediaflow.security.limits import Limits

__all__ = ["compare", "plan", "probe", "process"]


async def process(
    source: JobSource | Job,
    outputs: object = None,
    *,
    to: Place | None = None,
    width: int | str | None = None,
    height: int | str | None = None,
    fit: Fit | None = None,
    quality: int | None = None,
    if_exists: IfExists = "replace",
    on_failure: OnFailure = "raise",
    fail_on: FailOn = "error",
    strict: bool = False,
    limits: Limits | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> JobResult:
    """Make every output of one source in a thread; see :func:`mediaflow.process`."""
    async with Processor(workers=1) as processor:
        return await processor.process(
            source,
            outputs,
            to=to,
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
            on_event=on_event,
        )


async def plan(
    source: JobSource | Job,
    outputs: object = None,
    *,
    to: Place | None = None,
    width: int | str | None = None,
    height: int | str | None = None,
    fit: Fit | None = None,
    quality: int | None = None,
    if_exists: IfExists = "replace",
    on_failure: OnFailure = "raise",
    fail_on: FailOn = "error",
    strict: bool = False,
    limits: Limits | None = None,
) -> Plan:
    """Return what :func:`process` would do and why; see :func:`mediaflow.plan`."""
    return await asyncio.to_thread(
        verbs.plan,
        source,
        outputs,
        to=to,
        width=width,
        height=height,
        fit=fit,
        quality=quality,
        if_exists=if_exists,
        on_failure=on_failure,
        fail_on=fail_on,
        strict=strict,
        limits=limits,
    )


async def probe(
    source: JobSource, *, deep: bool = False, limits: Limits | None = None
) -> MediaInfo:
    """Return what a file holds, read from its header alone; see :func:`mediaflow.probe`."""
    return await asyncio.to_thread(verbs.probe, source, deep=deep, limits=limits)


async def compare(
    a: Source, b: Source, *, resize: bool = False, limits: Limits | None = None
) -> Comparison:
    """Return how alike two pictures are; see :func:`mediaflow.compare`."""
    return await asyncio.to_thread(verbs.compare, a, b, resize=resize, limits=limits)

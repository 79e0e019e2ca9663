"""Runs a job that came as text, in whatever process received it; the answer is text again.

Law: nothing is unpickled and nothing is known but the text: storage profiles, plug-ins and codecs are
those of this process. An error of this library is an answer, not an exception.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from mediaflow.errors import MediaflowError, OutputsFailedError, SpecError
from mediaflow.jobs.envelope import Envelope, unpack
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.isolation import children_for
from mediaflow.jobs.run import run_job
from mediaflow.jobs.wire import error_from_dict, error_to_dict
from mediaflow.models.context import Budget, Context
from mediaflow.models.events import Progress, Started
from mediaflow.models.result import JobResult
from mediaflow.models.serde import from_dict, to_dict

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.executors.pool import ChildPool
    from mediaflow.models.events import Event
    from mediaflow.models.isolation import Isolation
    from mediaflow.models.serde import Json
    from mediaflow.security.limits import Trust
    from mediaflow.security.sandbox import SandboxMode

__all__ = ["result_of", "run_envelope"]

PROGRESS_SECONDS: Final = 0.1  # ten times a second is as often as anybody looks


def run_envelope(
    text: str,
    emit: Callable[[Mapping[str, object]], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> str:
    """Run the job of an envelope to its end.

    Args:
        text: What :func:`mediaflow.jobs.envelope.pack` wrote.
        emit: Takes events as plain JSON values: progress at most ten times a second.
        cancelled: Asked whether the caller has given up.

    Returns:
        JSON for :func:`result_of`.
    """
    try:
        result = _run(unpack(text), emit, cancelled)
    except OutputsFailedError as exc:
        return _dumped({"error": error_to_dict(exc), "result": to_dict(exc.result)})
    except MediaflowError as exc:
        return _dumped({"error": error_to_dict(exc)})
    return _dumped({"result": to_dict(result)})


def result_of(text: str) -> JobResult:
    """Return the result that :func:`run_envelope` tells.

    Raises:
        MediaflowError: Whatever made the job fail there.
        SpecError: The text is no answer.
    """
    try:
        data = json.loads(text)
    except ValueError as exc:
        raise SpecError(f"what came from the other process is no JSON: {exc}") from exc
    if not isinstance(data, dict):
        raise SpecError("what came from the other process is no answer")
    told = data.get("result")
    result = None if told is None else from_dict(JobResult, told)
    if "error" not in data and result is not None:
        return result
    error = error_from_dict(_mapping(data.get("error")))
    if isinstance(error, OutputsFailedError):
        if result is None:
            raise SpecError("what came from the other process is a failure without its outputs")
        error.details["result"] = result
    raise error


def _run(
    envelope: Envelope,
    emit: Callable[[Mapping[str, object]], object] | None,
    cancelled: Callable[[], bool] | None,
) -> JobResult:
    context = Context(
        job_id=envelope.job_id,
        budget=Budget(threads=envelope.threads, bytes=envelope.memory_bytes),
    )
    if emit is not None:
        context.emit = _Teller(emit, envelope.attempt).take
    if cancelled is not None:
        context.cancelled = cancelled
    pool = _children(
        os.getpid(), envelope.isolation, envelope.trust, envelope.sandbox, envelope.threads
    )
    environment = Environment(trust=envelope.trust, limits=envelope.limits, pool=pool)
    try:
        result = run_job(envelope.job, environment, context, created_at=envelope.created_at)
    except OutputsFailedError as exc:
        exc.details["result"] = _counted(exc.result, envelope.attempt)
        raise
    return _counted(result, envelope.attempt)


@cache
def _children(
    pid: int, isolation: Isolation | None, trust: Trust, sandbox: SandboxMode, threads: int
) -> ChildPool | None:
    """Return the children of this process, which outlive a job: starting one takes longer than most.

    They end with the process; one that was forked off starts its own.
    """
    del pid
    pool = children_for(isolation, trust, sandbox=sandbox, threads=threads)
    if pool is not None:
        atexit.register(pool.close)
    return pool


def _counted(result: JobResult, attempt: int) -> JobResult:
    return replace(result, report=replace(result.report, attempt=attempt))


class _Teller:
    """Tells events as JSON: all but the progress that comes too soon after the last."""

    def __init__(self, emit: Callable[[Mapping[str, object]], object], attempt: int) -> None:
        self._emit = emit
        self._attempt = attempt
        self._next = 0.0

    def take(self, event: Event) -> None:
        match event:
            case Started():
                event = replace(event, attempt=self._attempt)
            case Progress():
                now = time.monotonic()
                if now < self._next:
                    return
                self._next = now + PROGRESS_SECONDS
        self._emit(to_dict(event))


def _dumped(answer: dict[str, Json]) -> str:
    return json.dumps(answer, separators=(",", ":"))


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise SpecError("what came from the other process is no answer")
    return cast("Mapping[str, object]", value)

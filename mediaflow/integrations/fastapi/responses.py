"""Models and problems as responses, and the route that turns errors into problems."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from mediaflow.errors import MediaflowError
from mediaflow.integrations.fastapi.answers import ProblemAnswer
from mediaflow.integrations.fastapi.problems import TYPE, Problem, problem_of
from mediaflow.models.serde import to_dict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import Any

    from fastapi import Request
    from fastapi.responses import Response

__all__ = ["NOSNIFF", "PRIVATE", "Route", "answer", "answers", "refuse"]

_log = logging.getLogger(__name__)

MOST_TOLD = 5
NOSNIFF = {"X-Content-Type-Options": "nosniff"}
PRIVATE = {**NOSNIFF, "Cache-Control": "no-store"}


class Route(APIRoute):
    """Turns errors of its endpoint into problems, whatever application it is a part of."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # a coroutine is awaitable
        """Return what FastAPI calls."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except HTTPException:  # of an application's own dependencies, and its own to answer
                raise
            except Exception as error:  # noqa: BLE001  # the border: a fault is logged, not told
                return refuse(error)

        return handle


def answer(model: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a model as JSON that nobody on the way keeps."""
    body: dict[str, Any] = to_dict(model)
    return JSONResponse(body, status, {**PRIVATE, **(headers or {})})


def answers(models: Iterable[object]) -> Response:
    """Return models as a JSON list."""
    return JSONResponse([to_dict(model) for model in models], 200, PRIVATE)


def refuse(error: Exception) -> Response:
    """Return an error as a problem; what is no known one is logged and not told."""
    match error:
        case Problem():
            problem = error
        case RequestValidationError():
            where = ", ".join(str(one["loc"][-1]) for one in error.errors()[:MOST_TOLD])
            problem = Problem(422, "invalid_spec", f"not what it should be: {where}")
        case MediaflowError():
            problem = problem_of(error)
        case HTTPException():
            words = str(error.detail)
            problem = Problem(error.status_code, _code(error.status_code), words, error.headers)
        case _:
            _log.error("a request failed", exc_info=error)
            problem = Problem(500, "internal", "the service made a fault")
    told = ProblemAnswer(
        type=TYPE + problem.code,
        title=problem.code.replace("_", " "),
        status=problem.status,
        detail=problem.detail,
    )
    headers = {**PRIVATE, **problem.headers}
    return JSONResponse(to_dict(told), problem.status, headers, "application/problem+json")


def _code(status: int) -> str:
    """Return the name of what a framework refuses."""
    return {404: "not_found", 405: "method_not_allowed"}.get(status, "refused")

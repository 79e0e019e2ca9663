"""How the endpoints are described: bodies, answers and problems by the library's own schemas.

Law: what is described is what is written; both come from one model.
Source: OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mediaflow.integrations.fastapi.answers import (
    JobAnswer,
    JobsAnswer,
    LiveAnswer,
    PartAnswer,
    PlanAnswer,
    ProblemAnswer,
    RecipeAnswer,
    SessionAnswer,
    StateAnswer,
    TicketAnswer,
    UploadAnswer,
)
from mediaflow.integrations.fastapi.requests import (
    MediaRequest,
    OfferRequest,
    ProcessRequest,
    TicketRequest,
)
from mediaflow.models.info import MediaInfo
from mediaflow.models.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

__all__ = ["add_models", "binary_body", "body_of", "described", "header", "problems"]

MODELS: Final = (
    JobAnswer,
    JobsAnswer,
    LiveAnswer,
    MediaInfo,
    MediaRequest,
    OfferRequest,
    PartAnswer,
    PlanAnswer,
    ProblemAnswer,
    ProcessRequest,
    RecipeAnswer,
    SessionAnswer,
    StateAnswer,
    TicketAnswer,
    TicketRequest,
    UploadAnswer,
)
WORDS: Final = {
    400: "The request is malformed.",
    401: "It is not known who asks.",
    403: "The location, or a page of another site, is refused.",
    404: "There is no such thing, or it is somebody else's.",
    408: "Nothing came for too long.",
    409: "It contradicts what is there.",
    413: "It is too large, or there is no room for it.",
    415: "It is of a kind that is not taken.",
    416: "The range lies outside of the file.",
    422: "What is wanted cannot be meant, or cannot be done.",
    429: "The caller asks for too much at once.",
    500: "A fault of the service.",
    501: "A package is not installed.",
    503: "The service has no room now; Retry-After says when to try again.",
}


def body_of(model: type[object]) -> dict[str, Any]:
    """Return what describes a body that is a model."""
    return _body({"application/json": {"schema": _ref(model)}})


def binary_body() -> dict[str, Any]:
    """Return what describes a body that is a file."""
    return _body({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}})


def described(
    status: int,
    words: str,
    model: type[object] | tuple[type[object]] | str | None,
    **headers: str,
) -> dict[int | str, dict[str, Any]]:
    """Return what describes an answer.

    Args:
        status: HTTP status.
        words: When it is given.
        model: Model of its JSON, or one in a tuple for a list of them; media type of anything else;
            None without a body.
        **headers: What its headers say, by names with underscores.
    """
    told: dict[str, Any] = {"description": words}
    if isinstance(model, str):
        told["content"] = {model: {"schema": {"type": "string"}}}
    elif isinstance(model, tuple):
        items = {"type": "array", "items": _ref(model[0])}
        told["content"] = {"application/json": {"schema": items}}
    elif model is not None:
        told["content"] = {"application/json": {"schema": _ref(model)}}
    if headers:
        told["headers"] = {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return {status: told}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what describes the problems of an endpoint."""
    content = {"application/problem+json": {"schema": _ref(ProblemAnswer)}}
    return {
        status: {"description": WORDS[status], "content": content}
        for status in (*statuses, 401, 403, 500)
    }


def header(name: str, words: str, *, query: bool = False, **rules: object) -> dict[str, Any]:
    """Return what describes a header of a request, or a word of its query.

    Args:
        name: Its name.
        words: What it says.
        query: Whether it is a word of the query.
        **rules: What JSON Schema says of its text.
    """
    schema = {"type": "string", **rules}
    place = "query" if query else "header"
    return {"name": name, "in": place, "description": words, "schema": schema}


def add_models(app: FastAPI) -> None:
    """Make an application's description hold the models that its endpoints name.

    The router does it when its application begins; a description that is written without beginning
    one needs it before.
    """
    if not isinstance(app.openapi, _Described):
        app.openapi = _Described(app)  # type: ignore[method-assign]  # the way that FastAPI documents


class _Described:
    """The description of an application, with the models in it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._plain = app.openapi

    def __call__(self) -> dict[str, Any]:
        if self._app.openapi_schema is None:
            schema = self._plain()
            known = schema.setdefault("components", {}).setdefault("schemas", {})
            for model in MODELS:
                text = json.dumps(json_schema(model)["$defs"])
                known.update(json.loads(text.replace("#/$defs/", "#/components/schemas/")))
            self._app.openapi_schema = schema
        return self._app.openapi_schema


def _body(content: Mapping[str, object]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


def _ref(model: type[object]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}

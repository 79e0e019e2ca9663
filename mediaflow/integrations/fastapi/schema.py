"""The library's models in the description of an application.

Law: their schemas are those that the library itself writes.
Source: OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mediaflow.integrations.fastapi.requests import MediaRequest, ProcessRequest, TicketRequest
from mediaflow.models.schema import json_schema

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_models", "body_of"]


def body_of(model: type[object]) -> dict[str, Any]:
    """Return what describes a body that is a model."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def add_models(app: FastAPI) -> None:
    """Make an application's description hold the models that bodies of the endpoints name."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            known = schema.setdefault("components", {}).setdefault("schemas", {})
            for model in (ProcessRequest, MediaRequest, TicketRequest):
                text = json.dumps(json_schema(model)["$defs"])
                known.update(json.loads(text.replace("#/$defs/", "#/components/schemas/")))
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents

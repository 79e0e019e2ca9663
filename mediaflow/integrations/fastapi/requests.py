"""What callers write: small frozen models, read by the library's own rules.

Law: a body is read within its cap, is JSON, and becomes a model; locations in it are of the service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

from mediaflow.integrations.fastapi.problems import Problem
from mediaflow.integrations.fastapi.uploads import steady
from mediaflow.models.job import AnyOutput, IfExists
from mediaflow.models.plugins import Filter
from mediaflow.models.serde import from_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

__all__ = [
    "MediaRequest",
    "OfferRequest",
    "ProcessRequest",
    "TicketRequest",
    "read_body",
    "read_model",
]

T = TypeVar("T")

MAX_OUTPUTS: Final = 100
"""Of one job; all of them are planned before the first is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRequest:
    """A file that is looked at, or made into what an endpoint is for."""

    source: str
    """Location of an input."""

    to: str | None = None
    """Folder for the outputs; one of their own by default."""

    if_exists: IfExists = "replace"
    """What to do when an output is there already."""

    callback_url: str | None = None
    """Who is told when the job has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRequest:
    """A file and what is to be made of it."""

    source: str
    """Location of an input."""

    outputs: tuple[AnyOutput, ...]
    """Typed outputs, told apart by ``kind``, and short forms without one."""

    to: str | None = None
    """Folder for the outputs; one of their own by default."""

    if_exists: IfExists = "replace"
    """What to do when an output is there already."""

    callback_url: str | None = None
    """Who is told when the job has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRequest:
    """A job that a browser wants to follow."""

    job_id: str
    """The job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRequest:
    """The offer of a peer, as browsers write it, with its candidates."""

    sdp: str
    """Session description (RFC 8866)."""

    type: Literal["offer"] = "offer"

    filters: tuple[Filter, ...] = ()
    """What its video is filtered by until it says something else over a data channel."""


async def read_body(request: Request, limit: int, idle_seconds: float) -> bytes:
    """Return the body of a request.

    Raises:
        Problem: It is not said to be JSON, as a page of another site cannot, too long or too slow.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "unsupported_media_type", "the body must be application/json")
    parts = bytearray()
    async for part in steady(request, idle_seconds):
        parts += part
        if len(parts) > limit:
            raise Problem(413, "limit_exceeded", f"a body here has at most {limit} bytes")
    return bytes(parts)


def read_model(cls: type[T], body: bytes) -> T:
    """Return a body as a model.

    Raises:
        Problem: It is no JSON object in UTF-8, or wants too many outputs.
        SpecError: It is not what the model takes.
    """
    try:
        data: object = json.loads(body.decode())  # of bytes, it would guess at the encoding
    except (ValueError, RecursionError):
        raise Problem(400, "malformed_json", "the body is no JSON") from None
    if not isinstance(data, dict):
        raise Problem(400, "malformed_json", "the body must be a JSON object")
    outputs: object = data.get("outputs")
    if isinstance(outputs, list) and len(outputs) > MAX_OUTPUTS:
        raise Problem(413, "limit_exceeded", f"a job here has at most {MAX_OUTPUTS} outputs")
    return from_dict(cls, cast("Mapping[str, object]", data))

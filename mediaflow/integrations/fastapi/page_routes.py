"""The page at ``/media/``: its files, and the recipes that it offers.

Law: a closed list of files that the package brings; a browser runs nothing else.
Source: W3C Content Security Policy Level 3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from fastapi import Request  # noqa: TC002  # read by FastAPI when the router is made
from fastapi.responses import Response

from mediaflow.integrations.fastapi.answers import RecipeAnswer
from mediaflow.integrations.fastapi.offered import OFFERED
from mediaflow.integrations.fastapi.problems import Problem
from mediaflow.integrations.fastapi.responses import NOSNIFF, answers
from mediaflow.integrations.fastapi.schema import described, problems

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_page"]

CSS: Final = "text/css; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
SCRIPT: Final = "text/javascript; charset=utf-8"
START: Final = "index.html"
FILES: Final = {
    "api.js": SCRIPT,
    "follow.js": SCRIPT,
    "icon.svg": "image/svg+xml",
    "index.html": HTML,
    "live.js": SCRIPT,
    "main.js": SCRIPT,
    "page.css": CSS,
    "results.js": SCRIPT,
    "words.js": SCRIPT,
    "work.js": SCRIPT,
}
GUARDED: Final = {
    **NOSNIFF,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    kind: str
    tag: str


def add_page(router: APIRouter, service: Service) -> None:
    """Add the page to a router."""
    known = {name: _read(name, kind) for name, kind in FILES.items()}

    async def send(request: Request, name: str) -> Response:
        await service.access.who(request)
        file = known.get(name)
        if file is None:
            raise Problem(404, "not_found", "the page has no such file")
        headers = {**GUARDED, "ETag": file.tag}
        if request.headers.get("if-none-match") == file.tag:
            return Response(None, 304, headers)
        return Response(file.data, 200, headers, file.kind)

    @router.get("/media", include_in_schema=False)
    async def page_without_slash(request: Request) -> Response:
        await service.access.who(request)
        return Response(None, 307, {**GUARDED, "Location": "media/"})  # whatever lies before it

    @router.get("/media/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return await send(request, START)

    @router.get("/media/page/{name}", include_in_schema=False)
    async def page_file(request: Request, name: str) -> Response:
        return await send(request, name)

    @router.get(
        "/media/recipes",
        summary="Tell of ready-made sets of outputs",
        responses=described(200, "The sets.", (RecipeAnswer,)) | problems(),
    )
    async def offered(request: Request) -> Response:
        await service.access.who(request)
        return answers(OFFERED)


def _read(name: str, kind: str) -> _File:
    data = (files("mediaflow.integrations.fastapi") / "page" / name).read_bytes()
    return _File(data, kind, f'"{hashlib.sha256(data).hexdigest()[:24]}"')

"""The endpoints of uploads and files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002  # read by FastAPI when the router is made
from fastapi.responses import JSONResponse, Response, StreamingResponse

from mediaflow.integrations.fastapi.downloads import (
    media_type_of,
    open_located,
    parse_range,
    read_range,
)
from mediaflow.integrations.fastapi.places import folder_of, remove_file
from mediaflow.integrations.fastapi.problems import Problem

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_files"]


def add_files(router: APIRouter, service: Service) -> None:
    """Add the endpoints of uploads and files to a router."""
    _add_uploads(router, service)
    _add_downloads(router, service)


def _add_uploads(router: APIRouter, service: Service) -> None:
    uploads = service.uploads

    async def take(request: Request, who: str | None, token: str, offset: int) -> Response:
        folder = folder_of(who)
        have = await uploads.take(folder, token, offset, request)
        headers = {"Upload-Offset": str(have)}
        if request.headers.get("upload-incomplete") == "?1":
            return JSONResponse({"upload_id": token, "offset": have}, 202, headers)
        location = await asyncio.to_thread(uploads.finish, folder, token)
        body = {"upload_id": token, "location": location, "bytes": have}
        return JSONResponse(body, 201, headers)

    @router.post("/media/uploads", status_code=201)
    async def upload(request: Request) -> Response:
        who = await service.access.who(request)
        token = await asyncio.to_thread(uploads.new, folder_of(who))
        return await take(request, who, token, 0)

    @router.patch("/media/uploads/{upload_id}", status_code=201)
    async def go_on(request: Request, upload_id: str) -> Response:
        offset = request.headers.get("upload-offset", "")
        if not (offset.isascii() and offset.isdigit() and len(offset) < 19):
            raise Problem(400, "malformed_header", "Upload-Offset must be a number")
        return await take(request, await service.access.who(request), upload_id, int(offset))

    @router.head("/media/uploads/{upload_id}")
    async def offset(request: Request, upload_id: str) -> Response:
        folder = folder_of(await service.access.who(request))
        have = await asyncio.to_thread(uploads.offset, folder, upload_id)
        return Response(headers={"Upload-Offset": str(have), "Cache-Control": "no-store"})


def _add_downloads(router: APIRouter, service: Service) -> None:
    @router.get("/media/files/{location:path}")
    async def file(request: Request, location: str) -> Response:
        await service.access.see(await service.access.who(request), location)
        found, facts = await asyncio.to_thread(open_located, service.root, location)
        tag = f'"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        shown = media_type_of(location)
        headers = {"ETag": tag, "Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff"}
        if shown is None:
            headers["Content-Disposition"] = "attachment"
        if request.headers.get("if-none-match") == tag:
            found.close()
            return Response(None, 304, headers)
        part = None
        if request.headers.get("if-range", tag) == tag:
            try:
                part = parse_range(request.headers.get("range"), facts.st_size)
            except Problem:
                found.close()
                raise
        start, end = part or (0, facts.st_size)
        headers["Content-Length"] = str(end - start)
        if part is not None:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{facts.st_size}"
        return StreamingResponse(
            read_range(found, start, end),
            200 if part is None else 206,
            headers,
            shown or "application/octet-stream",
        )

    @router.delete("/media/files/{location:path}", status_code=204)
    async def remove(request: Request, location: str) -> Response:
        who = await service.access.who(request)
        await service.access.see(who, location)
        gone = await asyncio.to_thread(remove_file, service.root, location)
        service.quota.add(location.split("/")[0], -gone)
        return Response(None, 204)

"""The endpoints of uploads and files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002  # read by FastAPI when the router is made
from fastapi.responses import JSONResponse, Response, StreamingResponse

from mediaflow.integrations.fastapi.places import folder_of
from mediaflow.integrations.fastapi.problems import Problem
from mediaflow.integrations.fastapi.uploads import chunks, media_type_of, parse_range, read_range

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_files"]


def add_files(router: APIRouter, service: Service) -> None:
    """Add the endpoints of uploads and files to a router."""
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
        who = await service.who(request)
        token = await asyncio.to_thread(uploads.new, folder_of(who))
        return await take(request, who, token, 0)

    @router.patch("/media/uploads/{upload_id}", status_code=201)
    async def go_on(request: Request, upload_id: str) -> Response:
        offset = request.headers.get("upload-offset", "")
        if not (offset.isascii() and offset.isdigit() and len(offset) < 19):
            raise Problem(400, "malformed_header", "Upload-Offset must be a number")
        return await take(request, await service.who(request), upload_id, int(offset))

    @router.head("/media/uploads/{upload_id}")
    async def offset(request: Request, upload_id: str) -> Response:
        folder = folder_of(await service.who(request))
        have = await asyncio.to_thread(uploads.offset, folder, upload_id)
        return Response(headers={"Upload-Offset": str(have), "Cache-Control": "no-store"})

    @router.get("/media/files/{location:path}")
    async def file(request: Request, location: str) -> Response:
        await service.see(await service.who(request), location)
        found, facts = await asyncio.to_thread(chunks, service.policy.root, location)
        span, status = (0, facts.st_size), 200
        tag = f'"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        shown = media_type_of(location)
        headers = {"ETag": tag, "Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff"}
        if shown is None:
            headers["Content-Disposition"] = "attachment"
        try:
            if request.headers.get("if-none-match") == tag:
                status, span = 304, (0, 0)
            elif request.headers.get("if-range", tag) == tag:
                part = parse_range(request.headers.get("range"), facts.st_size)
                if part is not None:
                    status, span = 206, part
                    headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{facts.st_size}"
        except Problem:
            found.close()
            raise
        if status == 304:
            found.close()
            return Response(None, 304, headers)
        headers["Content-Length"] = str(span[1] - span[0])
        return StreamingResponse(
            read_range(found, *span), status, headers, shown or "application/octet-stream"
        )

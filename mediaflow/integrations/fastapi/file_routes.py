"""The endpoints of uploads and files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fastapi import Request  # noqa: TC002  # read by FastAPI when the router is made
from fastapi.responses import Response, StreamingResponse

from mediaflow.integrations.fastapi.answers import PartAnswer, UploadAnswer
from mediaflow.integrations.fastapi.downloads import (
    media_type_of,
    open_located,
    parse_range,
    read_range,
)
from mediaflow.integrations.fastapi.places import folder_of, remove_file
from mediaflow.integrations.fastapi.problems import Problem
from mediaflow.integrations.fastapi.responses import NOSNIFF, PRIVATE, answer
from mediaflow.integrations.fastapi.schema import binary_body, described, header, problems

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mediaflow.integrations.fastapi.service import Service

__all__ = ["add_files"]

BINARY: Final = "application/octet-stream"
SAFE: Final = {
    **NOSNIFF,
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
}
INCOMPLETE: Final = header("Upload-Incomplete", "?1 says that more follows.")
OFFSET: Final = header(
    "Upload-Offset", "Bytes that have come; the body follows them.", pattern="^[0-9]{1,18}$"
) | {"required": True}
RANGE: Final = header("Range", "The part that is wanted, in bytes.")
TAKEN: Final = described(
    201, "It is whole.", UploadAnswer, Upload_Offset="Bytes that have come."
) | described(202, "It goes on.", PartAnswer, Upload_Offset="Bytes that have come.")
SENT: Final = (
    described(200, "The file.", "*/*", ETag="Changes with the file.")
    | described(206, "A part of it.", "*/*", Content_Range="Which part it is.")
    | described(304, "It is what the caller has.", None)
)


def add_files(router: APIRouter, service: Service) -> None:
    """Add the endpoints of uploads and files to a router."""
    _add_uploads(router, service)
    _add_upload_state(router, service)
    _add_downloads(router, service)


def _add_uploads(router: APIRouter, service: Service) -> None:
    uploads = service.uploads

    async def take(request: Request, who: str | None, token: str, offset: int) -> Response:
        folder = folder_of(who)
        have = await uploads.take(folder, token, offset, request)
        headers = {"Upload-Offset": str(have)}
        if request.headers.get("upload-incomplete") == "?1":
            return answer(PartAnswer(upload_id=token, offset=have), 202, headers)
        location = await asyncio.to_thread(uploads.finish, folder, token)
        told = UploadAnswer(upload_id=token, location=location, bytes=have)
        return answer(told, 201, headers)

    @router.post(
        "/media/uploads",
        status_code=201,
        summary="Upload a file, or its first piece",
        responses=TAKEN | problems(400, 408, 413, 415, 429),
        openapi_extra=binary_body() | {"parameters": [INCOMPLETE]},
    )
    async def upload(request: Request) -> Response:
        who = await service.access.who(request)
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Problem(
                415, "unsupported_media_type", "send the file itself as the body, no form"
            )
        token = await asyncio.to_thread(uploads.new, folder_of(who))
        return await take(request, who, token, 0)

    @router.patch(
        "/media/uploads/{upload_id}",
        status_code=201,
        summary="Go on with an upload",
        responses=TAKEN | problems(400, 404, 408, 409, 413, 415),
        openapi_extra=binary_body() | {"parameters": [INCOMPLETE, OFFSET]},
    )
    async def go_on(request: Request, upload_id: str) -> Response:
        offset = request.headers.get("upload-offset", "")
        if not (offset.isascii() and offset.isdigit() and len(offset) < 19):
            raise Problem(400, "malformed_header", "Upload-Offset must be a number")
        return await take(request, await service.access.who(request), upload_id, int(offset))


def _add_upload_state(router: APIRouter, service: Service) -> None:
    @router.head(
        "/media/uploads/{upload_id}",
        summary="Tell how much of an upload has come",
        response_class=Response,
        responses=described(
            200,
            "Upload-Offset says it.",
            None,
            Upload_Offset="Bytes.",
            Content_Location="What jobs name it by, once it is complete.",
        )
        | problems(404),
    )
    async def upload_offset(request: Request, upload_id: str) -> Response:
        folder = folder_of(await service.access.who(request))
        have, location = await asyncio.to_thread(service.uploads.state, folder, upload_id)
        told = {"Upload-Offset": str(have)}
        if location is not None:
            told["Content-Location"] = location
        return Response(headers={**PRIVATE, **told})


def _add_downloads(router: APIRouter, service: Service) -> None:
    @router.head(
        "/media/files/{location:path}",
        name="file_head",
        summary="Tell of an input or an output",
        response_class=Response,
        responses=described(200, "It is there.", None, ETag="Changes with the file.")
        | problems(404),
    )
    @router.get(
        "/media/files/{location:path}",
        summary="Get an input or an output",
        response_class=Response,
        responses=SENT | problems(404, 416),
        openapi_extra={"parameters": [RANGE]},
    )
    async def file(request: Request, location: str) -> Response:
        await service.access.see(await service.access.who(request), location)
        found, facts = await asyncio.to_thread(open_located, service.root, location)
        tag = f'"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        shown = media_type_of(location)
        headers = {**SAFE, "ETag": tag, "Accept-Ranges": "bytes"}
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
        status, kind = 200 if part is None else 206, shown or BINARY
        if request.method == "HEAD":
            found.close()
            return Response(None, status, headers, kind)
        return StreamingResponse(read_range(found, start, end), status, headers, kind)

    @router.delete(
        "/media/files/{location:path}",
        status_code=204,
        summary="Remove an input or an output",
        response_class=Response,
        responses=described(204, "It is gone.", None) | problems(404),
    )
    async def remove(request: Request, location: str) -> Response:
        who = await service.access.who(request)
        await service.access.see(who, location)
        gone = await asyncio.to_thread(remove_file, service.root, location)
        service.quota.add(location.split("/")[0], -gone)
        return Response(None, 204, PRIVATE)

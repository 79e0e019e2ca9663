"""Files that come, in pieces that may be cut off anywhere.

Law: memory does not grow with the file; what is not media is not kept; nothing of it runs on the loop.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect

from mediaflow.formats.magic import HEAD_BYTES, recognize
from mediaflow.integrations.fastapi.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fastapi import Request

    from mediaflow.integrations.fastapi.quota import Quota

__all__ = ["Uploads", "steady"]

BATCH: Final = 1 << 20
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_MEDIA: Final = ("audio/", "image/", "video/")
_REFUSED: Final = frozenset({"m3u", "svg"})
"""Kinds that name other files or hold programs."""


class Uploads:
    """Takes uploads of any length in pieces.

    Args:
        root: Folder of the service.
        limit: Longest upload in bytes.
        most_open: Uploads of one principal that have begun and not ended.
        stale_seconds: An upload that got nothing for so long is removed when another one begins.
        idle_seconds: Longest wait for the next bytes of a request.
        quota: Counts what folders hold.
    """

    def __init__(
        self,
        root: str,
        limit: int,
        *,
        most_open: int,
        stale_seconds: float,
        idle_seconds: float,
        quota: Quota,
    ) -> None:
        self._root = root
        self._limit = limit
        self._most_open, self._stale_seconds = most_open, stale_seconds
        self._idle_seconds = idle_seconds
        self._quota = quota
        self._busy: set[str] = set()

    def new(self, folder: str) -> str:
        """Make an empty upload in a principal's folder and return its id.

        Raises:
            Problem: As many are open as there may be.
        """
        token = secrets.token_urlsafe(16)
        path = self._part(folder, token)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._still_open(path.parent) >= self._most_open:
            raise Problem(
                429, "uploads_open", "as many uploads are open as there may be; end one first",
                {"Retry-After": "60"},
            )  # fmt: skip
        path.touch(mode=0o600)
        return token

    def _still_open(self, folder: Path) -> int:
        """Remove uploads that were given up; return how many are left."""
        oldest, left = time.time() - self._stale_seconds, 0
        for part in folder.glob(".*.part"):
            with suppress(FileNotFoundError):  # it has ended meanwhile
                is_stale = part.stat().st_mtime < oldest and part.name[1:-5] not in self._busy
                if is_stale:
                    part.unlink()
                left += not is_stale
        return left

    def offset(self, folder: str, token: str) -> int:
        """Return how many bytes of an upload have come.

        Raises:
            Problem: There is no such upload.
        """
        try:
            return self._part(folder, token).stat().st_size
        except OSError:
            raise Problem(404, "not_found", "there is no such upload") from None

    def state(self, folder: str, token: str) -> tuple[int, str | None]:
        """Return how many bytes of an upload have come, and its location once it is complete.

        A caller may have lost the answer to his last piece.

        Raises:
            Problem: There is no such upload.
        """
        part = self._part(folder, token)
        for whole in part.parent.glob(f"{_name(token)}.*"):
            return whole.stat().st_size, f"{folder}/uploads/{whole.name}"
        return self.offset(folder, token), None

    async def take(self, folder: str, token: str, offset: int, request: Request) -> int:
        """Add the body of a request to an upload and return its length.

        What came before a request was cut off stays, and the upload goes on from there.

        Raises:
            Problem: Another request writes it, the offset is another, it grows too long, the folder
                is full, or nothing comes any more.
        """
        if token in self._busy:
            raise Problem(409, "upload_busy", "another request writes this upload")
        self._busy.add(token)
        try:
            said = request.headers.get("content-length", "")
            coming = int(said) if said.isdecimal() else 0
            self._check(offset + coming)
            await self._quota.check(folder, coming)
            with await asyncio.to_thread(self._open, folder, token, offset) as file:
                return await self._write(folder, file, offset, request)
        except Problem as problem:
            if problem.status == 413:
                with suppress(OSError):
                    await asyncio.to_thread(self._part(folder, token).unlink)
            raise
        finally:
            self._busy.discard(token)

    def _open(self, folder: str, token: str, offset: int) -> FileIO:
        """Open an upload at its end, which is to be where the caller goes on."""
        have = self.offset(folder, token)
        if have != offset:
            headers = {"Upload-Offset": str(have)}
            raise Problem(409, "offset_mismatch", "the upload goes on elsewhere", headers)
        return FileIO(self._part(folder, token), "ab")

    async def _write(self, folder: str, file: FileIO, have: int, request: Request) -> int:
        """Append a body in pieces of a fair size; a thread for each small one would cost more."""
        waiting = bytearray()
        try:
            async for part in steady(request, self._idle_seconds):
                have += len(part)
                self._check(have)
                waiting += part
                if len(waiting) >= BATCH:
                    await asyncio.to_thread(_write_all, file, waiting)
                    self._quota.add(folder, len(waiting))
                    waiting = bytearray()
                    await self._quota.check(folder)
        finally:
            if waiting:
                await asyncio.to_thread(_write_all, file, waiting)
                self._quota.add(folder, len(waiting))
        return have

    def finish(self, folder: str, token: str) -> str:
        """Name an upload by what it is, and return its location.

        Raises:
            Problem: It is no media.
        """
        part = self._part(folder, token)
        with part.open("rb") as file:
            kind = recognize(file.read(HEAD_BYTES))
        if kind is None or kind.name in _REFUSED or not kind.mime_type.startswith(_MEDIA):
            part.unlink()
            raise Problem(415, "unidentified", "the upload is of no known kind")
        location = f"{folder}/uploads/{_name(token)}.{kind.name}"
        part.rename(Path(self._root) / location)
        return location

    def _check(self, length: int) -> None:
        if length > self._limit:
            raise Problem(413, "limit_exceeded", f"an upload has at most {self._limit} bytes")

    def _part(self, folder: str, token: str) -> Path:
        if not _ID.fullmatch(token):
            raise Problem(404, "not_found", "there is no such upload")
        return Path(self._root) / folder / "uploads" / f".{token}.part"


def _name(token: str) -> str:
    """Return what the file of an upload is called: a name may not begin like an option."""
    return token.replace("-", "_")


def _write_all(file: FileIO, data: bytearray) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


async def steady(request: Request, idle_seconds: float) -> AsyncGenerator[bytes]:
    """Yield the body of a request as it comes.

    Raises:
        Problem: Nothing came for too long, or the caller went away.
    """
    parts = request.stream()
    try:
        while True:
            async with asyncio.timeout(idle_seconds):
                part = await anext(parts, None)
            if part is None:
                return
            yield part
    except TimeoutError:
        raise Problem(408, "too_slow", "nothing of the body came for too long") from None
    except ClientDisconnect:
        raise Problem(400, "cut_off", "the body ended early") from None

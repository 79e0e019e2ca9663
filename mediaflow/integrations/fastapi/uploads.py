"""Files that come and go: uploads in pieces, downloads in ranges.

Law: memory does not grow with the file; what is not media is not kept; nothing of it runs on the loop.
Source: RFC 9110 14 (ranges).
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from mediaflow.formats.magic import HEAD_BYTES, recognize
from mediaflow.integrations.fastapi.places import open_file
from mediaflow.integrations.fastapi.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

__all__ = ["Uploads", "chunks", "media_type_of", "parse_range", "read_range"]

CHUNK: Final = 1 << 18
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_MEDIA: Final = ("audio/", "image/", "video/")
_REFUSED: Final = frozenset({"m3u", "svg"})
"""Kinds that name other files or hold programs."""

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_SHOWN: Final = {
    ".avif": "image/avif", ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
    ".m4a": "audio/mp4", ".m4s": "video/iso.segment", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
    ".ogg": "audio/ogg", ".png": "image/png", ".wav": "audio/wav", ".webm": "video/webm",
    ".webp": "image/webp", ".m3u8": "application/vnd.apple.mpegurl", ".json": "application/json",
    ".mpd": "application/dash+xml", ".vtt": "text/vtt", ".flac": "audio/flac",
}  # fmt: skip
"""Types that a browser shows and never runs; everything else is an attachment."""


class Uploads:
    """Takes uploads of any length in pieces.

    Args:
        root: Folder of the service.
        limit: Longest upload in bytes.
        most_open: Uploads of one principal that have begun and not ended.
        stale_seconds: An upload that got nothing for so long is removed when another one begins.
    """

    def __init__(self, root: str, limit: int, *, most_open: int, stale_seconds: float) -> None:
        self._root = root
        self._limit = limit
        self._most_open, self._stale_seconds = most_open, stale_seconds
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

    async def take(self, folder: str, token: str, offset: int, request: Request) -> int:
        """Add the body of a request to an upload and return its length.

        Raises:
            Problem: Another request writes it, the offset is another, or it grows too long.
        """
        if token in self._busy:
            raise Problem(409, "upload_busy", "another request writes this upload")
        self._busy.add(token)
        try:
            have = await asyncio.to_thread(self.offset, folder, token)
            if have != offset:
                raise Problem(
                    409, "offset_mismatch", "the upload goes on elsewhere",
                    {"Upload-Offset": str(have)},
                )  # fmt: skip
            said = request.headers.get("content-length", "")
            self._check(have + (int(said) if said.isdecimal() else 0))
            with await asyncio.to_thread(self._part(folder, token).open, "ab") as file:
                async for part in request.stream():
                    have += len(part)
                    self._check(have)
                    await asyncio.to_thread(file.write, part)
                await asyncio.to_thread(file.flush)
        except Problem as problem:
            if problem.status == 413:
                with suppress(OSError):
                    await asyncio.to_thread(self._part(folder, token).unlink)
            raise
        finally:
            self._busy.discard(token)
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
        location = f"{folder}/uploads/{token.replace('-', '_')}.{kind.name}"
        part.rename(Path(self._root) / location)
        return location

    def _check(self, length: int) -> None:
        if length > self._limit:
            raise Problem(413, "limit_exceeded", f"an upload has at most {self._limit} bytes")

    def _part(self, folder: str, token: str) -> Path:
        if not _ID.fullmatch(token):
            raise Problem(404, "not_found", "there is no such upload")
        return Path(self._root) / folder / "uploads" / f".{token}.part"


def media_type_of(location: str) -> str | None:
    """Return the type of a file that a browser may show, or None."""
    return _SHOWN.get(Path(location).suffix.lower())


def parse_range(text: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte of a range and the one after its last; None for the whole file.

    Raises:
        Problem: Nothing of the file is in it.
    """
    found = _RANGE.fullmatch(text or "")
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if start >= end:
        if first and last and int(last) < int(first):
            return None
        headers = {"Content-Range": f"bytes */{size}"}
        raise Problem(416, "range_not_satisfiable", "the file is shorter", headers)
    return start, end


def chunks(root: str, location: str) -> tuple[BinaryIO, os.stat_result]:
    """Open a file of the service; return it and what is known of it."""
    found = os.fdopen(open_file(root, location), "rb", buffering=0)
    return found, os.fstat(found.fileno())


async def read_range(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    """Yield a part of a file, and close it."""
    try:
        while start < end:
            data = await asyncio.to_thread(os.pread, file.fileno(), min(CHUNK, end - start), start)
            if not data:
                return
            start += len(data)
            yield data
    finally:
        file.close()

"""Files that go, whole or in ranges.

Law: memory does not grow with the file; a browser never runs what it is shown.
Source: RFC 9110 14 (ranges).
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from mediaflow.integrations.fastapi.places import open_file
from mediaflow.integrations.fastapi.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["media_type_of", "open_located", "parse_range", "read_range"]

CHUNK: Final = 1 << 18
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_SHOWN: Final = {
    ".avif": "image/avif", ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
    ".m4a": "audio/mp4", ".m4s": "video/iso.segment", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
    ".ogg": "audio/ogg", ".png": "image/png", ".wav": "audio/wav", ".webm": "video/webm",
    ".webp": "image/webp", ".m3u8": "application/vnd.apple.mpegurl", ".json": "application/json",
    ".mpd": "application/dash+xml", ".vtt": "text/vtt", ".flac": "audio/flac",
}  # fmt: skip
"""Types that a browser shows and never runs; everything else is an attachment."""


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


def open_located(root: str, location: str) -> tuple[BinaryIO, os.stat_result]:
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

"""Folders over HTTP on loopback, as a plain web server gives them: types, ranges, a log.

Law: it knows names of files and nothing of streams. Source: RFC 9110 14.1.2 (ranges), the media
types of HLS (RFC 8216 4), DASH (ISO/IEC 23009-1 annex C) and WebVTT.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Served", "serving"]

TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt; charset=utf-8",
}
IDLE_SECONDS = 5  # after which a connection that is kept open ends


class Served(ThreadingHTTPServer):
    """A server of folders, each under a first part of the path of its own."""

    daemon_threads = True

    def __init__(self, roots: Mapping[str, Path]):
        self.roots = roots
        self.log: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Return the address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def asked(self, part: str) -> list[str]:
        """Return the paths in the log that contain a text."""
        return [path for path in self.log if part in path]

    def handle_error(self, request, client_address) -> None:
        """Let go of clients that go away in the middle, as browsers do after a switch."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: Served

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.log.append(path)
        root, _, rest = path.removeprefix("/").partition("/")
        folder = self.server.roots.get(root)
        file = None if folder is None else (folder / rest).resolve()
        if file is None or not file.is_relative_to(folder.resolve()) or not file.is_file():
            self._answer(HTTPStatus.NOT_FOUND, b"", {})
            return
        body = file.read_bytes()
        facts = {"Content-Type": TYPES.get(file.suffix, "application/octet-stream")}
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if wanted is None or wanted.groups() == ("", ""):
            self._answer(HTTPStatus.OK, body, facts)
            return
        first, last = _span(wanted[1], wanted[2], len(body))
        if first > last:
            facts["Content-Range"] = f"bytes */{len(body)}"
            self._answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", facts)
            return
        facts["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        self._answer(HTTPStatus.PARTIAL_CONTENT, body[first : last + 1], facts)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: HTTPStatus, body: bytes, facts: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in facts.items():
            self.send_header(name, value)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-store")  # so that the log shows what was wanted
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args) -> None:
        """Keep the output of the tests clean."""


def _span(first: str, last: str, length: int) -> tuple[int, int]:
    """Return the first and the last byte that a range asks for; first is after last for none."""
    if not first:  # the last so many bytes
        return max(0, length - int(last)), length - 1 if int(last) else -1
    return int(first), min(int(last), length - 1) if last else length - 1


@contextmanager
def serving(roots: Mapping[str, Path]) -> Iterator[Served]:
    """Serve folders until the block ends."""
    with Served(roots) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

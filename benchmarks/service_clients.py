"""Clients of the service benchmarks, over plain sockets, so that they cost little themselves."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from typing import Any

__all__ = ["ask", "follow_all", "rate", "send_file", "thumbnails"]

PATIENCE_SECONDS = 300
JSON, BINARY = "application/json", "application/octet-stream"
CHUNK = 1 << 16


def ask(url: str, body: object = None, method: str | None = None) -> Any:
    """Return the JSON of an answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return json.loads(answer.read() or b"null")


def rate(port: int, path: str, count: int) -> float:
    """Return requests a second over one connection that is kept."""
    wanted = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for _ in range(count):
            client.sendall(wanted)
            _answer(client)
        return count / (time.perf_counter() - began)


def _answer(client: socket.socket) -> bytes:
    data = client.recv(CHUNK)
    head = data.find(b"\r\n\r\n")
    while head < 0:
        data += client.recv(CHUNK)
        head = data.find(b"\r\n\r\n")
    if not data.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(data[:200].decode())
    lines = data[:head].lower().split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    while len(data) < head + 4 + length:
        data += client.recv(CHUNK)
    return data[head + 4 :]


def send_file(port: int, head: bytes, size: int) -> str:
    """Upload so many bytes, which begin like a file of media; return the location."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        lines = ("POST /media/uploads HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {size}")
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        client.sendall(head)
        left, block = size - len(head), bytes(1 << 20)
        while left:
            left -= client.send(memoryview(block)[: min(left, len(block))])
        location: str = json.loads(_answer(client))["location"]
        return location


def thumbnails(port: int, photo: bytes, count: int, at_once: int) -> float:
    """Return seconds in which so many photos were uploaded, made small, and told of as made."""
    kept = threading.local()  # a connection for each thread, as clients keep one

    def request(method: str, path: str, body: bytes | None = None, kind: str = JSON) -> bytes:
        if not hasattr(kept, "connection"):
            kept.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        kept.connection.request(method, path, body, {"content-type": kind})
        answer: HTTPResponse = kept.connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(data.decode())
        return data

    def one(_: int) -> None:
        location = json.loads(request("POST", "/media/uploads", photo, BINARY))["location"]
        body = json.dumps({"source": location}).encode()
        job = json.loads(request("POST", "/media/thumbnails", body))["job_id"]
        request("GET", f"/media/jobs/{job}/events")
        told = json.loads(request("GET", f"/media/jobs/{job}"))
        if told["status"] != "completed":
            raise RuntimeError(told["error"])

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, range(at_once)))  # warms children
        began = time.perf_counter()
        list(pool.map(one, range(count)))
        return time.perf_counter() - began


async def follow_all(port: int, job: str, count: int) -> int:
    """Follow a job by so many streams of events; return how many told of its end."""

    async def one() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /media/jobs/{job}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        has_ended = False
        while line := await reader.readline():
            has_ended = has_ended or line.startswith(b"event: finished")
            if line == b"0\r\n":  # the last chunk
                break
        writer.close()
        return has_ended

    async with asyncio.timeout(PATIENCE_SECONDS):
        return sum(await asyncio.gather(*(one() for _ in range(count))))

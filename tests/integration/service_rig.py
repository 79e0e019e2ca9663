"""A real server of the web API on loopback: started, looked into, stopped within bounds.

It runs in a thread with a loop of its own, so that a test sees what it holds: tasks, calls in
threads, threads, children, descriptors, listeners of jobs, uploads that somebody writes.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import io
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
from PIL import Image

from mediaflow import aio
from mediaflow.storage import Storage
from mediaflow.testing.films import solid_film
from tests.media import photo_jpeg
from tests.rig.around import children_of

httpx = pytest.importorskip("httpx", reason="httpx is not installed here")
uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed here")
pytest.importorskip("fastapi", reason="fastapi is not installed here")

__all__ = [
    "CALLS",
    "PICTURE",
    "SECONDS",
    "SLOW",
    "WEBP",
    "Canary",
    "Held",
    "Rig",
    "answered",
    "asked",
    "by_header",
    "events_in",
    "job_of",
    "polled",
    "rst",
    "serving",
    "slow_film",
    "strangers",
]

SECONDS = 30.0
"""Longest wait for anything; machines that test are slow."""

CALLS = 6
"""Threads that a loop has for calls."""

PICTURE = photo_jpeg(320, 240)
WEBP = [{"kind": "image", "format": "webp", "width": 64}]
SLOW = [{"kind": "video", "format": "mp4", "codec": "hevc", "effort": 9}]
"""What takes a film's every frame apart and packs it slowly."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a server holds at one moment."""

    tasks: int
    calls: int
    threads: int
    children: int
    descriptors: int
    connections: int
    watchers: int
    listeners: int
    busy: int

    def is_within(self, other: Held) -> bool:
        """Return whether nothing of it is more than in another moment."""
        return all(a <= b for a, b in zip(astuple(self), astuple(other), strict=True))


class _Calls(ThreadPoolExecutor):
    """The threads of a loop, which tell how many calls are in them."""

    def __init__(self) -> None:
        super().__init__(CALLS, thread_name_prefix="loop-calls")
        self.open: set[Future[Any]] = set()

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future = super().submit(function, *given, **named)
        self.open.add(future)
        future.add_done_callback(self.open.discard)
        return future


class Rig:
    """A server that answers on loopback.

    Args:
        app: The application.
        root: Folder of its files.
        server: What serves it.
        service: What its endpoints share, to look into.
    """

    def __init__(self, app: Any, root: Path, server: Any, service: Any) -> None:
        self.app, self.root, self.server, self.service = app, root, server, service
        self.port: int = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: threading.Thread | None = None
        self._calls = _Calls()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, user: str | None = None, **settings: Any) -> Any:
        """Return a client, of somebody."""
        headers = {"x-user": user} if user else {}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=SECONDS, trust_env=False, **settings
        )

    def connect(self) -> socket.socket:
        """Return a bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def on_loop(self, look: Callable[[], T]) -> T:
        """Return what a look from within the loop sees."""
        seen: Future[T] = Future()
        assert self.loop is not None
        self.loop.call_soon_threadsafe(lambda: seen.set_result(look()))
        return seen.result(SECONDS)

    def held(self) -> Held:
        """Return what the server holds now."""
        gc.collect()
        handles = [one.handle._handle for one in self.service.book._records.values()]
        return Held(
            tasks=self.on_loop(lambda: len(asyncio.all_tasks(self.loop))),
            calls=len(self._calls.open),
            threads=sum(not one.name.startswith("loop-calls") for one in threading.enumerate()),
            children=len(set(children_of(os.getpid())) - self._waiting()),
            descriptors=_descriptors(os.path.realpath(self.root)),
            connections=len(self.server.server_state.connections),
            watchers=len(self.service.feeds),
            listeners=sum(len(one._listeners) for one in handles),
            busy=len(self.service.uploads._busy),
        )

    @property
    def _pool(self) -> Any:
        return self.service.processor._processor._environment._pool

    def _waiting(self) -> set[int]:
        """Return the children that wait for work, as is their trade."""
        coming = [one.result() for one in tuple(self._pool._starting) if one.done()]
        return {child.pid for child in (*self._pool._idle, *coming)}

    def quiet(self) -> Held:
        """Return what is held as soon as nobody is connected and no child comes, works or goes."""

        def is_quiet() -> bool:
            coming = [one for one in self._pool._starting if not one.done()]
            return not (coming or self._pool._busy or self.server.server_state.connections)

        assert polled(is_quiet), "somebody is still busy"
        return self.held()

    def settled(self, before: Held, seconds: float = SECONDS) -> Held:
        """Return what is held as soon as it is no more than before, or at the end of the time."""
        until = time.monotonic() + seconds
        while not (now := self.held()).is_within(before) and time.monotonic() < until:
            time.sleep(0.02)
        return now

    def upload(self, data: bytes = PICTURE, user: str | None = None) -> str:
        """Bring a file and return its location."""
        with self.client(user) as client:
            answer = client.post("/media/uploads", content=data)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["location"])

    def stop(self) -> None:
        """Tell the server to end; does not wait."""
        self.server.should_exit = True

    def run(self, listening: socket.socket) -> None:
        """Serve until told to end; the work of the thread."""

        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            self.loop.set_default_executor(self._calls)
            await self.server.serve(sockets=[listening])

        asyncio.run(serve())


def _descriptors(root: str) -> int:
    """Return how many connections, and files of a folder, are open; those of children are theirs."""
    tcp = set()
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        with suppress(OSError):
            tcp |= {line.split()[9] for line in Path(table).read_text().splitlines()[1:]}
    found = 0
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the folder that is being listed is gone
            what = os.readlink(f"/proc/self/fd/{number}")
            found += what.startswith(root) or what.removeprefix("socket:[").rstrip("]") in tcp
    return found


@contextmanager
def strangers(root: Path, **settings: Any) -> Iterator[aio.Processor]:
    """Make a processor for strangers that is confined to a folder, and close it."""
    settings.setdefault("workers", 1)
    made = aio.Processor(trust="strangers", storage=Storage.within(root), **settings)
    try:
        yield made
    finally:
        for handle in made.jobs():
            handle.cancel()
        made._processor.close()


async def by_header(connection: Any) -> str:
    """Tell who asks: whoever he says that he is."""
    return str(connection.headers["x-user"])  # KeyError: nobody


@contextmanager
def serving(
    processor: aio.Processor, root: Path, *, grace: float = 5.0, auth: Any = None, **words: Any
) -> Iterator[Rig]:
    """Serve an application over a processor.

    Args:
        processor: Runs the jobs.
        root: Folder of all files.
        grace: Seconds that open connections get when the server ends.
        auth: Tells who asks.
        **words: ``authorize``, ``closes_processor`` and figures of the policy.
    """
    authorize = words.pop("authorize", None)
    closes = words.pop("closes_processor", False)
    from mediaflow.integrations.fastapi import ServicePolicy, create_app

    policy = ServicePolicy(root=str(root), **words)
    seen: list[Any] = []
    with _noting_services(seen):
        app = create_app(
            processor, policy=policy, auth=auth, authorize=authorize, closes_processor=closes
        )
    # of this protocol by name, or asyncio would let small answers wait for those before them
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    config = uvicorn.Config(
        app, log_level="error", timeout_graceful_shutdown=max(1, int(grace)), lifespan="on"
    )
    rig = Rig(app, root, uvicorn.Server(config), seen[0])
    rig.port = listening.getsockname()[1]
    rig.thread = threading.Thread(target=rig.run, args=(listening,), name="server")
    rig.thread.start()
    try:
        polled(lambda: rig.server.started or not rig.thread.is_alive())
        yield rig
    finally:
        rig.stop()
        rig.thread.join(SECONDS + policy.drain_seconds)
        listening.close()
        assert not rig.thread.is_alive(), "the server does not end"


@contextmanager
def _noting_services(seen: list[Any]) -> Iterator[None]:
    """Note the services that are made meanwhile: nobody hands them out."""
    from mediaflow.integrations.fastapi.service import Service

    plain = Service.__init__

    def noted(self: Any, *given: Any, **named: Any) -> None:
        seen.append(self)
        plain(self, *given, **named)

    Service.__init__ = noted  # type: ignore[method-assign]  # put back below
    try:
        yield
    finally:
        Service.__init__ = plain  # type: ignore[method-assign]  # as it was


def polled(look: Callable[[], T], seconds: float = SECONDS) -> T:
    """Return the first answer that is true; the last one where none is."""
    until = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < until:
        time.sleep(0.01)
    return seen


def job_of(client: Any, job_id: str, *, until: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a job as soon as it has ended, or has one of some states."""
    ends = until or ("completed", "partial", "failed", "cancelled")

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/media/jobs/{job_id}").json()
        told = found["outputs"] or found["error"] or found["status"] == "processing"
        return found if found["status"] in ends and told else None

    found = polled(look)
    assert found is not None, client.get(f"/media/jobs/{job_id}").text
    return found


def events_in(text: str) -> list[tuple[int, str]]:
    """Return ids and names of the events of a stream."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "id" in fields:
            found.append((int(fields["id"]), fields["event"]))
    return found


def asked(rig: Rig, *lines: str, body: bytes = b"") -> socket.socket:
    """Send a request over a bare connection: its first line, headers, and the body so far."""
    connection = rig.connect()
    head = [lines[0] + " HTTP/1.1", "Host: 127.0.0.1", *lines[1:], "", ""]
    connection.sendall("\r\n".join(head).encode() + body)
    return connection


def answered(connection: socket.socket, method: str = "GET") -> tuple[int, bytes]:
    """Return status and body of what comes back over a bare connection."""
    with http.client.HTTPResponse(connection, method=method) as answer:
        answer.begin()
        return answer.status, answer.read()


class Canary:
    """Listens on loopback, and sees whether anybody comes."""

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._ready = self._stack.enter_context(selectors.DefaultSelector())
        server = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port: int = server.getsockname()[1]
        servers = [server]
        with suppress(OSError):  # no IPv6 here
            servers.append(
                self._stack.enter_context(
                    socket.create_server(("::1", self.port), family=socket.AF_INET6)
                )
            )
        for one in servers:
            self._ready.register(one, selectors.EVENT_READ)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def has_seen_anybody(self) -> bool:
        return bool(self._ready.select(0))


def rst(connection: socket.socket) -> None:
    """Leave without a word: what is not read and not sent is thrown away."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def slow_film(folder: Path) -> bytes:
    """Return a film that takes a service a good while."""
    path = solid_film(
        folder / "slow.mp4", (90, 120, 140), frames=900, size=(640, 360), codec="libx264"
    )
    return path.read_bytes()


def truncated_png() -> bytes:
    """Return the first half of a picture."""
    out = io.BytesIO()
    Image.effect_noise((200, 200), 60).save(out, "PNG")
    return out.getvalue()[: out.tell() // 2]

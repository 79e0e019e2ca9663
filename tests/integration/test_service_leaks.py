"""Clients that vanish, and slow ones: jobs go on, others are served, nothing is left behind."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mediaflow import aio
from tests.integration.service_rig import (
    PICTURE,
    SLOW,
    WEBP,
    Held,
    Rig,
    answered,
    asked,
    job_of,
    polled,
    rst,
    serving,
    slow_film,
    strangers,
)

pytestmark = pytest.mark.integration

UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
"""RFC 6455 1.3; without an extension, text of the server is sent as it is."""

BIG = 8_000_000
"""Bytes of a file that does not fit into the buffers of a connection."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("leaks")


@pytest.fixture(scope="module")
def processor(root: Path) -> Iterator[aio.Processor]:
    with strangers(root, workers=1) as made:
        yield made


@pytest.fixture(scope="module")
def rig(processor: aio.Processor, root: Path) -> Iterator[Rig]:
    with serving(processor, root, keep_alive_seconds=0.2) as made:
        with (
            made.client() as client
        ):  # whatever is started once is there before anything is counted
            job_of(client, _begun(client, made.upload(), WEBP))
        yield made


@pytest.fixture(scope="module")
def film(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> str:
    return rig.upload(slow_film(tmp_path_factory.mktemp("film")))


@pytest.fixture(scope="module")
def big(rig: Rig, root: Path) -> str:
    (root / "public" / "big.mp4").write_bytes(bytes(BIG))
    return "public/big.mp4"


@pytest.fixture
def client(rig: Rig) -> Iterator[Any]:
    with rig.client() as made:
        yield made


@pytest.fixture
def before(rig: Rig) -> Held:
    return rig.quiet()


@pytest.fixture
def job_id(before: Held, rig: Rig, film: str) -> Iterator[str]:
    """Begin a job that takes long; in the end it is cancelled."""
    with rig.client() as client:
        begun = _begun(client, film, SLOW)
        assert polled(lambda: client.get(f"/media/jobs/{begun}").json()["progress"] > 0)
    yield begun
    with rig.client() as client:
        client.delete(f"/media/jobs/{begun}")
        job_of(client, begun)


def _begun(client: Any, source: str, outputs: Any) -> str:
    answer = client.post("/media/process", json={"source": source, "outputs": outputs})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    found = b""
    while mark not in found:
        data = connection.recv(65_536)
        assert data, found
        found += data
    return found


def still_goes_on(client: Any, job_id: str) -> bool:
    """Return whether a job runs and comes further."""
    seen = client.get(f"/media/jobs/{job_id}").json()["progress"]

    def further() -> bool:
        now = client.get(f"/media/jobs/{job_id}").json()
        return bool(now["status"] == "processing" and now["progress"] > seen)

    return polled(further)


LEAVES: dict[str, Callable[[socket.socket], None]] = {"closed": socket.socket.close, "reset": rst}


@pytest.mark.parametrize("way", LEAVES)
def test_watchers_of_events_may_go(
    way: str, rig: Rig, before: Held, client: Any, job_id: str
) -> None:
    watchers = [asked(rig, f"GET /media/jobs/{job_id}/events") for _ in range(10)]
    for one in watchers:
        read_until(one, b"event: progress")
    during = rig.held()
    for one in watchers:
        LEAVES[way](one)

    assert during.watchers == 10
    assert polled(lambda: rig.held().watchers == 0)
    assert still_goes_on(client, job_id)
    client.delete(f"/media/jobs/{job_id}")
    job_of(client, job_id)
    client.close()
    assert rig.settled(before).is_within(before)


@pytest.mark.parametrize("way", LEAVES)
def test_watchers_through_web_sockets_may_go(
    way: str, rig: Rig, before: Held, client: Any, job_id: str
) -> None:
    watchers = [asked(rig, f"GET /media/jobs/{job_id}/progress", *UPGRADE) for _ in range(10)]
    for one in watchers:
        read_until(one, b'"progress"')
    during = rig.held()
    for one in watchers:
        LEAVES[way](one)

    assert during.watchers == 10
    assert polled(lambda: rig.held().watchers == 0)
    assert still_goes_on(client, job_id)
    client.delete(f"/media/jobs/{job_id}")
    job_of(client, job_id)
    client.close()
    assert rig.settled(before).is_within(before)


@pytest.mark.parametrize("way", LEAVES)
@pytest.mark.parametrize("path", ["events", "progress"])
def test_watchers_of_a_job_that_waits_may_go(
    path: str, way: str, rig: Rig, before: Held, client: Any, job_id: str, film: str
) -> None:
    waiting = _begun(client, film, SLOW)  # nothing is told of it that could fail to be sent
    words = UPGRADE if path == "progress" else ()
    watchers = [asked(rig, f"GET /media/jobs/{waiting}/{path}", *words) for _ in range(5)]
    assert polled(lambda: rig.held().watchers == 5)
    for one in watchers:
        LEAVES[way](one)

    assert polled(lambda: rig.held().watchers == 0)
    assert client.get(f"/media/jobs/{waiting}").json()["status"] == "pending"
    for one in (waiting, job_id):
        client.delete(f"/media/jobs/{one}")
        job_of(client, one)
    client.close()
    assert rig.settled(before).is_within(before)


def test_a_watcher_who_never_reads_holds_up_nobody(
    rig: Rig, before: Held, client: Any, job_id: str
) -> None:
    silent = asked(rig, f"GET /media/jobs/{job_id}/events")
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)

    assert still_goes_on(client, job_id)
    client.delete(f"/media/jobs/{job_id}")
    assert job_of(client, job_id)["status"] == "cancelled"
    rst(silent)
    client.close()
    assert rig.settled(before).is_within(before)


@pytest.mark.parametrize("way", LEAVES)
@pytest.mark.parametrize("body", ["by length", "in chunks"])
def test_uploads_that_break_off_can_go_on(
    way: str, body: str, rig: Rig, before: Held, client: Any, root: Path
) -> None:
    half = PICTURE[: len(PICTURE) // 2]
    begun = client.post("/media/uploads", content=b"", headers={"upload-incomplete": "?1"}).json()
    path, part = f"/media/uploads/{begun['upload_id']}", f".{begun['upload_id']}.part"
    how = f"Content-Length: {len(PICTURE)}" if body == "by length" else "Transfer-Encoding: chunked"
    connection = asked(rig, f"PATCH {path}", "Upload-Offset: 0", how)
    connection.sendall(half if body == "by length" else b"%x\r\n%b\r\n" % (len(half), half))
    assert polled(lambda: rig.held().busy == 1)
    assert client.patch(path, headers={"upload-offset": "0"}).status_code == 409  # it is busy
    LEAVES[way](connection)

    assert polled(lambda: rig.held().busy == 0)
    at = int(client.head(path).headers["upload-offset"])
    rest = client.patch(path, content=PICTURE[at:], headers={"upload-offset": str(at)})
    assert 0 <= at <= len(half)  # what was on its way may be lost
    assert rest.status_code == 201
    assert client.get("/media/files/" + rest.json()["location"]).content == PICTURE
    client.close()
    assert rig.settled(before).is_within(before)
    assert not list(root.rglob(part))


def test_uploads_that_begin_and_break_off_at_once_are_told_apart(
    rig: Rig, before: Held, root: Path
) -> None:
    for _ in range(8):
        connection = asked(rig, "POST /media/uploads", "Content-Length: 1000")
        connection.sendall(b"\xff\xd8\xff")
        rst(connection)

    assert rig.settled(before).is_within(before)
    for part in root.rglob("*.part"):
        part.unlink()


def test_a_slow_upload_holds_up_nobody(rig: Rig, before: Held, client: Any) -> None:
    slow = [asked(rig, "POST /media/uploads", f"Content-Length: {len(PICTURE)}") for _ in range(12)]
    served, until = 0, time.monotonic() + 2.0
    sent = 0
    while time.monotonic() < until:
        for connection in slow:
            connection.sendall(PICTURE[sent : sent + 1])
        sent += 1
        served += client.get("/healthz").status_code == 200
        served += client.get("/media/jobs").status_code == 200
        time.sleep(0.1)  # what makes it slow
    location = rig.upload()
    job = job_of(client, _begun(client, location, WEBP))
    busy = rig.held().busy
    for connection in slow:
        connection.sendall(PICTURE[sent:])
        assert answered(connection)[0] == 201
        connection.close()

    assert served == 2 * sent
    assert job["status"] == "completed"
    assert busy == 12
    client.close()
    assert rig.settled(before).is_within(before)


@pytest.mark.parametrize("way", LEAVES)
@pytest.mark.parametrize("span", [None, f"bytes=1000-{BIG - 1}"])
def test_downloads_that_break_off_close_their_file(
    way: str, span: str | None, rig: Rig, before: Held, client: Any, big: str
) -> None:
    wanted = [] if span is None else [f"Range: {span}"]
    readers = [asked(rig, f"GET /media/files/{big}", *wanted) for _ in range(10)]
    heads = [read_until(one, b"\r\n\r\n") for one in readers]
    during = rig.held().descriptors
    for one in readers:
        LEAVES[way](one)

    status = b" 200 " if span is None else b" 206 "
    assert all(status in head.splitlines()[0] for head in heads)
    assert during >= before.descriptors + 30  # both ends of ten connections, and ten files
    client.close()
    assert rig.settled(before).is_within(before)


def test_a_reader_who_stops_reading_holds_up_nobody(
    rig: Rig, before: Held, client: Any, big: str
) -> None:
    readers = [asked(rig, f"GET /media/files/{big}") for _ in range(10)]

    whole = client.get(f"/media/files/{big}")

    assert len(whole.content) == BIG
    for one in readers:
        one.close()
    client.close()
    assert rig.settled(before).is_within(before)


def test_those_who_ask_and_go_before_the_answer_leave_nothing(
    rig: Rig, before: Held, client: Any
) -> None:
    location = rig.upload()
    body = json.dumps({"source": location, "outputs": WEBP}).encode()
    head = ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    for endpoint in ("/media/process", "/media/plan", "/media/probe", "/media/thumbnails") * 3:
        connection = asked(rig, f"POST {endpoint}", *head)
        connection.sendall(body)
        rst(connection)

    assert client.get("/healthz").status_code == 200
    assert polled(lambda: all(one["completed_at"] for one in _jobs(client)))
    client.close()
    assert rig.settled(before).is_within(before)
    assert rig.on_loop(lambda: list(rig.service.book._coming)) == []


def _jobs(client: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/media/jobs?limit=100").json()["jobs"]
    return found

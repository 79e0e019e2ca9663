"""A server that is told to end: what runs ends well or in time, and nobody is left waiting."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mediaflow import aio
from tests.integration.service_rig import (
    SECONDS,
    SLOW,
    WEBP,
    Rig,
    answered,
    asked,
    events_in,
    job_of,
    polled,
    serving,
    slow_film,
    strangers,
)
from tests.rig.around import children_of

pytestmark = pytest.mark.integration

websockets = pytest.importorskip("websockets", reason="websockets is not installed here")
from websockets.sync.client import connect  # noqa: E402  # after the check

SHORT = [{"kind": "video", "format": "webm"}]
"""What takes a second or two of the film."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def processor(root: Path) -> Iterator[aio.Processor]:
    with strangers(root, workers=2) as made:
        yield made


@pytest.fixture(scope="module")
def film(root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    (root / "public").mkdir(exist_ok=True)
    (root / "public" / "film.mp4").write_bytes(slow_film(tmp_path_factory.mktemp("film")))
    return "public/film.mp4"


def begun(client: Any, film: str, outputs: Any) -> str:
    answer = client.post("/media/process", json={"source": film, "outputs": outputs})
    assert answer.status_code == 202, answer.text
    job_of(client, answer.json()["job_id"], until=("processing",))
    return str(answer.json()["job_id"])


def ended(rig: Rig, processor: aio.Processor) -> bool:
    """Return whether a server has ended, with all that was its own."""
    assert rig.thread is not None
    rig.thread.join(SECONDS)
    pool = processor._processor._environment._pool
    return not rig.thread.is_alive() and polled(lambda: not pool._busy)


def read_on(one: Any) -> None:
    """Read until there is no more."""
    while True:
        one.recv(timeout=SECONDS)


def test_a_job_ends_before_its_server_does(processor: aio.Processor, root: Path, film: str) -> None:
    with serving(processor, root, drain_seconds=SECONDS) as rig:
        with rig.client() as client:
            job_id = begun(client, film, SHORT)
        rig.stop()
        assert ended(rig, processor)

    handle = processor.job(job_id)
    assert (handle.status, handle.progress) == ("completed", 1.0)
    assert Path(handle.outcome.outputs[0].uri).is_file()


def test_a_long_job_is_cancelled_when_its_time_is_up(
    processor: aio.Processor, root: Path, film: str
) -> None:
    before = {path for path in root.rglob("*") if path.is_file()}
    with serving(processor, root, drain_seconds=0.1) as rig:
        with rig.client() as client:
            job_id = begun(client, film, SLOW)
        rig.stop()
        assert ended(rig, processor)

    assert processor.job(job_id).status == "cancelled"
    assert {path for path in root.rglob("*") if path.is_file()} == before
    with rig.client() as client, pytest.raises(Exception, match="refused"):
        client.get("/healthz")


def test_watchers_hear_the_end_of_a_job_that_ends_in_time(
    processor: aio.Processor, root: Path, film: str
) -> None:
    with serving(processor, root, grace=20, drain_seconds=SECONDS) as rig:
        with rig.client() as client:
            job_id = begun(client, film, SHORT)
            with client.stream("GET", f"/media/jobs/{job_id}/events") as stream:
                parts = stream.iter_text()
                text = next(parts)
                rig.stop()
                text += "".join(parts)
        assert ended(rig, processor)

    assert events_in(text)[-1][1] == "finished"
    assert processor.job(job_id).status == "completed"


def test_watchers_of_a_long_job_are_let_go(processor: aio.Processor, root: Path, film: str) -> None:
    with serving(processor, root, grace=1, drain_seconds=0.1) as rig:
        with rig.client() as client:
            job_id = begun(client, film, SLOW)
        address = f"ws://127.0.0.1:{rig.port}/media/jobs/{job_id}/progress"
        stream = asked(rig, f"GET /media/jobs/{job_id}/events")
        with connect(address, proxy=None, open_timeout=SECONDS) as one:
            assert json.loads(one.recv(timeout=SECONDS))["kind"] == "started"
            assert stream.recv(100)
            rig.stop()
            with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
                read_on(one)
        while stream.recv(65_536):
            pass  # to its end, and not to a time-out
        stream.close()
        assert ended(rig, processor)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012  # RFC 6455: the service restarts
    assert processor.job(job_id).status == "cancelled"
    assert len(rig.service.feeds) == 0


def test_a_request_that_has_begun_is_answered(
    processor: aio.Processor, root: Path, film: str
) -> None:
    body = json.dumps({"source": film, "outputs": SHORT}).encode()
    head = ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    with serving(processor, root, grace=20, drain_seconds=SECONDS) as rig:
        with asked(rig, "POST /media/process", *head, body=body[:10]) as one:
            assert polled(lambda: rig.held().tasks > 2)
            rig.stop()
            assert polled(lambda: not rig.server.servers[0].is_serving())
            one.sendall(body[10:])
            status, answer = answered(one)
        assert ended(rig, processor)

    assert status == 202
    assert processor.job(json.loads(answer)["job_id"]).status == "completed"


def test_who_comes_while_jobs_end_is_sent_away(
    processor: aio.Processor, root: Path, film: str
) -> None:
    with serving(processor, root) as rig, rig.client() as client:
        location = rig.upload()
        rig.on_loop(lambda: setattr(rig.service.book, "is_draining", True))

        answer = client.post("/media/process", json={"source": location, "outputs": WEBP})
        ready, alive = client.get("/readyz"), client.get("/healthz")

    assert (answer.status_code, ready.status_code, alive.status_code) == (503, 503, 200)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "urn:mediaflow:error:draining"


def test_servers_may_come_and_go_over_one_processor(processor: aio.Processor, root: Path) -> None:
    pool = processor._processor._environment._pool
    before = None
    for _ in range(3):
        with serving(processor, root) as rig, rig.client() as client:
            location = rig.upload()
            body = {"source": location, "outputs": WEBP}
            job_of(client, client.post("/media/process", json=body).json()["job_id"])
        waiting = {child.pid for child in pool._idle}
        waiting |= {one.result(SECONDS).pid for one in tuple(pool._starting)}
        left = set(children_of(os.getpid())) - waiting
        before = left if before is None else before

    assert left <= before


def test_a_processor_that_ends_with_its_server_leaves_no_child(root: Path, film: str) -> None:
    known = set(children_of(os.getpid()))
    with strangers(root) as own:
        with serving(own, root, closes_processor=True, drain_seconds=0.1) as rig:
            with rig.client() as client:
                job_id = begun(client, film, SLOW)
            during = set(children_of(os.getpid())) - known
            rig.stop()
            assert ended(rig, own)
        until = time.monotonic() + SECONDS
        while during & set(children_of(os.getpid())) and time.monotonic() < until:
            time.sleep(0.02)

        assert own.job(job_id).status == "cancelled"
    assert during
    assert not during & set(children_of(os.getpid()))

"""Receivers are told how the jobs of a service end; what they do with it changes no job."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow import aio
from mediaflow.report import deliveries
from mediaflow.security import net
from tests.integration.service_rig import (
    PICTURE,
    SLOW,
    WEBP,
    Rig,
    by_header,
    job_of,
    polled,
    serving,
    slow_film,
    strangers,
)
from tests.receivers import Posted, Receiver, raw_server

pytestmark = pytest.mark.integration

KEY = b"the bytes of one secret, 32 long"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
LOCAL = mf.HttpPolicy(networks=("127.0.0.0/8",), plain_http=True, ports=None)
OK: tuple[int, dict[str, str]] = (204, {})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("callbacks")


@pytest.fixture(scope="module")
def processor(root: Path) -> Iterator[aio.Processor]:
    """Make a processor that may call this machine, as one for strangers never does outside of tests."""
    schedule = deliveries.Schedule(base_seconds=0.01)
    soon = partial(deliveries.Deliveries, schedule=schedule)
    with pytest.MonkeyPatch.context() as patch, strangers(root, workers=1) as made:
        patch.setattr(deliveries, "Deliveries", soon)
        patch.setattr(made._processor._callbacks, "_policy", LOCAL)
        yield made


@pytest.fixture(scope="module")
def rig(processor: aio.Processor, root: Path) -> Iterator[Rig]:
    with serving(processor, root, auth=by_header, callback_secret=SECRET) as made:
        yield made


@pytest.fixture(scope="module")
def ann(rig: Rig) -> Iterator[Any]:
    with rig.client("ann") as client:
        yield client


@pytest.fixture(scope="module")
def picture(rig: Rig) -> str:
    return rig.upload(user="ann")


def told(client: Any, source: str, url: str, outputs: Any = WEBP, **more: Any) -> str:
    body = {"source": source, "outputs": outputs, "callback_url": url, **more}
    answer = client.post("/media/process", json=body)
    assert answer.status_code == 202, answer.text
    assert SECRET not in answer.text
    return str(answer.json()["job_id"])


def state(processor: aio.Processor, job_id: str) -> str | None:
    """Return what became of a callback, as soon as that is known."""
    handle = processor.job(job_id)
    return polled(lambda: handle.callback if handle.callback != "pending" else None)


def read(posted: Posted) -> dict[str, Any]:
    """Return a message, if the reference library finds it signed."""
    standard = pytest.importorskip("standardwebhooks", reason="not installed here")
    message = standard.Webhook(SECRET).verify(posted.body, posted.headers)
    assert isinstance(message, dict)
    return message


def test_a_completed_job_is_told_by_a_signed_message(
    ann: Any, picture: str, processor: aio.Processor, root: Path
) -> None:
    with Receiver().listening() as receiver:
        job_id = told(ann, picture, receiver.url)
        job = job_of(ann, job_id)
        assert state(processor, job_id) == "delivered"

    (posted,) = receiver.posted
    message = read(posted)
    assert message["type"] == "job.completed"
    assert (message["data"]["id"], message["data"]["status"]) == (job_id, "completed")
    (output,) = message["data"]["outputs"]
    assert output["uri"] == job["outputs"][0]["location"]
    assert ann.get("/media/files/" + output["uri"]).status_code == 200
    assert str(root).encode() not in posted.body
    assert SECRET.encode() not in posted.body
    assert KEY not in posted.body


def test_a_message_that_was_changed_is_not_signed(
    ann: Any, picture: str, processor: aio.Processor
) -> None:
    standard = pytest.importorskip("standardwebhooks", reason="not installed here")
    with Receiver().listening() as receiver:
        state(processor, told(ann, picture, receiver.url))
    (posted,) = receiver.posted
    changed = Posted(posted.path, posted.headers, posted.body.replace(b"completed", b"cancelled"))

    with pytest.raises(standard.WebhookVerificationError):
        read(changed)


def test_failed_and_cancelled_jobs_are_told_too(
    ann: Any, picture: str, processor: aio.Processor, rig: Rig, root: Path, tmp_path: Path
) -> None:
    to = picture.split("/")[0] + "/there"
    with Receiver().listening() as receiver:
        for _ in range(2):
            failed = told(ann, picture, receiver.url, to=to, if_exists="error")
            job_of(ann, failed)
            state(processor, failed)
        film = rig.upload(slow_film(tmp_path), "ann")
        cancelled = told(ann, film, receiver.url, SLOW)
        job_of(ann, cancelled, until=("processing",))
        ann.delete(f"/media/jobs/{cancelled}")
        job_of(ann, cancelled)
        state(processor, cancelled)

    messages = [read(posted) for posted in receiver.posted]
    kinds = [message["type"] for message in messages]
    assert kinds == ["job.completed", "job.failed", "job.cancelled"]
    assert messages[1]["data"]["error_code"] == "output_exists"
    assert str(root).encode() not in b"".join(posted.body for posted in receiver.posted)


def test_a_receiver_with_a_fault_is_told_again(
    ann: Any, picture: str, processor: aio.Processor
) -> None:
    with Receiver([(500, {}), (503, {"Retry-After": "0"}), OK]).listening() as receiver:
        job_id = told(ann, picture, receiver.url)
        job = job_of(ann, job_id)
        became = state(processor, job_id)

    assert (job["status"], became, len(receiver.posted)) == ("completed", "delivered", 3)
    assert {posted.headers["webhook-id"] for posted in receiver.posted} == {f"msg_{job_id}"}
    assert {read(posted)["data"]["id"] for posted in receiver.posted} == {job_id}


def test_a_receiver_that_is_gone_is_not_told_again(
    ann: Any, picture: str, processor: aio.Processor
) -> None:
    with Receiver([(410, {})]).listening() as receiver:
        jobs, became = [], []
        for _ in range(2):
            jobs.append(told(ann, picture, receiver.url))
            became.append(state(processor, jobs[-1]))

    assert len(receiver.posted) == 1
    assert became == ["failed", "failed"]
    assert [job_of(ann, one)["status"] for one in jobs] == ["completed"] * 2


def test_a_redirect_is_not_followed(ann: Any, picture: str, processor: aio.Processor) -> None:
    with (
        Receiver().listening() as elsewhere,
        Receiver([(307, {"Location": elsewhere.url})]).listening() as receiver,
    ):
        job_id = told(ann, picture, receiver.url)
        became = state(processor, job_id)

    assert (became, elsewhere.posted) == ("failed", [])
    assert job_of(ann, job_id)["status"] == "completed"


def _hang_up(connection: socket.socket, _: threading.Event) -> None:
    connection.close()


def _talk_nonsense(connection: socket.socket, _: threading.Event) -> None:
    connection.recv(65_536)
    connection.sendall(b"\x00\xff" * 1_000)


@pytest.mark.parametrize("talk", [_hang_up, _talk_nonsense])
def test_what_a_receiver_does_changes_no_job(
    talk: Any, ann: Any, picture: str, processor: aio.Processor
) -> None:
    with raw_server(talk) as port:
        job_id = told(ann, picture, f"http://127.0.0.1:{port}/x")
        job = job_of(ann, job_id)
        became = state(processor, job_id)

    assert (job["status"], job["error"], became) == ("completed", None, "failed")
    assert ann.get("/media/files/" + job["outputs"][0]["location"]).status_code == 200


def test_a_service_without_a_secret_takes_no_callback(processor: aio.Processor, root: Path) -> None:
    with serving(processor, root) as rig, rig.client() as client:
        location = client.post("/media/uploads", content=PICTURE).json()["location"]
        body = {"source": location, "outputs": WEBP, "callback_url": "https://example.com/x"}
        answer = client.post("/media/process", json=body)

    assert answer.status_code == 422
    assert "callback" in answer.json()["detail"]


def test_a_name_that_turns_out_to_be_private_is_not_called(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = socket.getaddrinfo
    public = mf.HttpPolicy(plain_http=True, ports=None)

    def lies(host: Any, port: Any, *given: Any, **named: Any) -> Any:
        if host == "receiver.example.com":  # by now it means this machine
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return plain(host, port, *given, **named)

    monkeypatch.setattr(net.socket, "getaddrinfo", lies)
    with (
        Receiver().listening() as receiver,
        strangers(root, callback_policy=public) as own,
        serving(own, root, callback_secret=SECRET) as rig,
        rig.client() as client,
    ):
        location = client.post("/media/uploads", content=PICTURE).json()["location"]
        job_id = told(client, location, f"http://receiver.example.com:{receiver.port}/x")
        job = job_of(client, job_id)
        became = state(own, job_id)

    assert (job["status"], became, receiver.posted) == ("completed", "failed", [])

"""A receiver is told how jobs end, wherever they ran; what it does changes none of them."""

from __future__ import annotations

import base64
import json
import logging
import multiprocessing
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow import aio
from mediaflow.errors import (
    ForbiddenLocationError,
    JobCancelledError,
    OutputsFailedError,
    SourceNotFoundError,
    SpecError,
)
from mediaflow.jobs import callbacks
from mediaflow.report import deliveries, webhooks
from tests.media import photo_jpeg
from tests.receivers import Authority, Posted, Receiver, raw_server

pytestmark = pytest.mark.integration

KEY = b"the bytes of one secret, 32 long"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
LOCAL = mf.HttpPolicy(networks=("127.0.0.0/8",), plain_http=True, ports=None)
OUT = mf.ImageOutput("webp", width=30)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as one:
        yield one


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_jpeg(60, 40))
    return path


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again within a hundredth of a second."""
    schedule = deliveries.Schedule(base_seconds=0.01)
    monkeypatch.setattr(deliveries, "Deliveries", partial(deliveries.Deliveries, schedule=schedule))


def _job(source: Any, receiver: Receiver | str, *outputs: Any, **settings: Any) -> mf.Job:
    url = receiver if isinstance(receiver, str) else receiver.url
    events = {"events": settings.pop("events")} if "events" in settings else {}
    settings.setdefault("to", f"{source.parent}/out/")
    return mf.Job(source, outputs or OUT, callback=mf.Callback(url, SECRET, **events), **settings)


def _read(posted: Posted) -> dict[str, Any]:
    """Return a message, if the reference library finds it signed."""
    from standardwebhooks import Webhook

    message = Webhook(SECRET).verify(posted.body, posted.headers)
    assert isinstance(message, dict)
    return message


@pytest.mark.parametrize("executor", ["inline", "threads"])
def test_completed_job_is_told(executor: str, photo: Path, receiver: Receiver) -> None:
    with mf.Processor(executor, callback_policy=LOCAL) as processor:
        handle = processor.submit(_job(photo, receiver))
        result = handle.result()

    (posted,) = receiver.posted
    message = _read(posted)
    assert message["type"] == "job.completed"
    assert message["timestamp"] == handle.completed_at.isoformat()
    data = message["data"]
    assert (data["id"], data["status"], data["error"]) == (handle.id, "completed", None)
    assert data["outputs"][0]["uri"] == result.outputs[0].uri
    assert data["outputs"][0]["sha256"] == result.outputs[0].sha256
    assert posted.headers["webhook-id"] == f"msg_{handle.id}"
    assert posted.headers["content-type"] == "application/json"
    assert handle.callback == "delivered"


def test_message_names_places_from_a_folder(photo: Path, receiver: Receiver) -> None:
    callback = mf.Callback(receiver.url, SECRET, root=str(photo.parent))
    place = f"{photo.parent}/out/"
    good = mf.Job(photo, OUT, to=place, callback=callback)
    missing = mf.Job(photo.parent / "none.jpg", OUT, to=place, callback=callback)

    with mf.Processor("inline", callback_policy=LOCAL) as processor:
        result = processor.process(good)
        processor.submit(missing)

    made, failed = (_read(posted)["data"] for posted in receiver.posted)
    assert made["outputs"][0]["uri"] == result.outputs[0].uri.removeprefix(f"{photo.parent}/")
    assert "none.jpg" in failed["error"]
    for posted in receiver.posted:
        assert str(photo.parent).encode() not in posted.body


def test_message_holds_neither_pictures_nor_the_original(photo: Path, receiver: Receiver) -> None:
    job = _job(photo, receiver, OUT, mf.AnalysisOutput())

    with mf.Processor(callback_policy=LOCAL) as processor:
        result = processor.process(job)

    assert result.preview is not None
    assert any(output.data is not None for output in result.outputs)
    data = _read(receiver.posted[0])["data"]
    assert [output["name"] for output in data["outputs"]] == [one.name for one in result.outputs]
    assert b"data:" not in receiver.posted[0].body
    assert not {"preview", "source", "report"} & data.keys()


def test_job_of_a_foreign_pool_is_told(photo: Path, receiver: Receiver) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        mf.Processor(pool, callback_policy=LOCAL) as processor,
    ):
        handles = [
            processor.submit(_job(photo, receiver, to=f"{photo.parent}/{index}/"))
            for index in range(5)
        ]
        processor.close()
        assert [handle.callback for handle in handles] == ["delivered"] * 5

    assert {_read(posted)["data"]["id"] for posted in receiver.posted} == {
        handle.id for handle in handles
    }


def test_job_of_another_process_is_told_from_this_one(
    photo: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    from mediaflow.jobs import courier

    pack = courier.pack

    def packed(envelope: Any) -> str:
        sent.append(pack(envelope))
        return sent[-1]

    monkeypatch.setattr(courier, "pack", packed)
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
        mf.Processor(pool, callback_policy=LOCAL) as processor,
    ):
        handle = processor.submit(_job(photo, receiver))
        handle.result()
        processor.close()

    assert handle.callback == "delivered"
    assert _read(receiver.posted[0])["type"] == "job.completed"
    assert len(sent) == 1
    assert "whsec" not in sent[0]
    assert "callback" not in sent[0]


def test_failed_job_is_told_and_fails_as_without(tmp_path: Path, receiver: Receiver) -> None:
    with mf.Processor(callback_policy=LOCAL) as processor:
        handle = processor.submit(_job(tmp_path / "nowhere.jpg", receiver))
        with pytest.raises(SourceNotFoundError) as caught:
            handle.result()

    message = _read(receiver.posted[0])
    assert message["type"] == "job.failed"
    data = message["data"]
    assert (data["id"], data["status"], data["outputs"]) == (handle.id, "failed", [])
    assert (data["error"], data["error_code"]) == (caught.value.message, "not_found")


@pytest.mark.parametrize("on_failure", ["raise", "partial"])
def test_partial_job_is_told_with_its_good_outputs(
    on_failure: Any, photo: Path, receiver: Receiver
) -> None:
    (photo.parent / "out" / "photo_there.webp").mkdir(parents=True)  # a folder in the way
    there = mf.ImageOutput("webp", width=20, suffix="_there")
    job = _job(photo, receiver, OUT, there, on_failure=on_failure)

    with mf.Processor(callback_policy=LOCAL) as processor:
        handle = processor.submit(job)
        if on_failure == "raise":
            with pytest.raises(OutputsFailedError):
                handle.result()
        else:
            assert handle.result().status == "partial"

    message = _read(receiver.posted[0])
    assert message["type"] == "job.partial"
    states = [output["status"] for output in message["data"]["outputs"]]
    assert states == ["completed", "failed"]


def test_cancelled_job_is_told(photo: Path, receiver: Receiver) -> None:
    busy = threading.Event()
    with (
        ThreadPoolExecutor(1) as pool,
        mf.Processor(pool, callback_policy=LOCAL) as processor,
    ):
        pool.submit(busy.wait, 30)
        handle = processor.submit(_job(photo, receiver))
        handle.cancel()
        with pytest.raises(JobCancelledError):
            handle.result(30)
        busy.set()
        processor.close()

    message = _read(receiver.posted[0])
    assert (message["type"], message["data"]["status"]) == ("job.cancelled", "cancelled")
    assert message["data"]["error_code"] == "cancelled"
    assert handle.callback == "delivered"


def test_end_that_nobody_asked_for_is_not_told(photo: Path, receiver: Receiver) -> None:
    with mf.Processor(callback_policy=LOCAL) as processor:
        handle = processor.submit(_job(photo, receiver, events=("failed", "cancelled")))
        plain = processor.submit(photo, OUT, to=f"{photo.parent}/plain/")

    assert receiver.posted == []
    assert (handle.callback, plain.callback) == ("skipped", None)


@pytest.mark.usefixtures("soon")
def test_message_is_tried_again_until_it_is_taken(photo: Path, receiver: Receiver) -> None:
    receiver.answers = [(503, {"Retry-After": "0"}), (302, {"Location": receiver.url}), (200, {})]

    with mf.Processor(callback_policy=LOCAL) as processor:
        handle = processor.submit(_job(photo, receiver))
        while handle.callback in (None, "pending"):
            threading.Event().wait(0.005)

    assert handle.callback == "delivered"
    assert [_read(posted)["data"]["id"] for posted in receiver.posted] == [handle.id] * 3
    assert {posted.headers["webhook-id"] for posted in receiver.posted} == {f"msg_{handle.id}"}


def test_receiver_that_is_gone_is_called_once(photo: Path, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]

    with mf.Processor("inline", callback_policy=LOCAL) as processor:
        handles = [processor.submit(_job(photo, receiver)) for _ in range(3)]

    assert len(receiver.posted) == 1
    assert [handle.callback for handle in handles] == ["failed"] * 3
    assert [handle.status for handle in handles] == ["completed"] * 3


def test_receiver_that_hangs_holds_up_no_result(photo: Path) -> None:
    called = threading.Event()

    def hang(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        called.set()
        ended.wait(60)

    with mf.Processor("inline", callback_policy=LOCAL) as processor:
        with raw_server(hang) as port:
            handle = processor.submit(_job(photo, f"http://127.0.0.1:{port}/"))
            result = handle.result(0)  # submit has returned with the result, not with the message
            assert called.wait(30)
            assert handle.callback == "pending"
        processor.close()

    assert result.status == "completed"
    assert handle.callback == "failed"


def test_message_that_cannot_be_written_changes_no_job(
    photo: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(*args: Any) -> bytes:
        raise RuntimeError("a bug")

    monkeypatch.setattr(webhooks, "message_body", fail)
    with mf.Processor(callback_policy=LOCAL) as processor:
        handle = processor.submit(_job(photo, receiver))
        assert handle.result().status == "completed"

    assert handle.callback == "failed"
    assert "a bug" in caplog.text


def test_no_thread_outlives_its_processor(photo: Path, receiver: Receiver) -> None:
    receiver.answers = [(503, {"Retry-After": "300"})]
    before = set(threading.enumerate())

    with mf.Processor("inline", callback_policy=LOCAL) as processor:
        handle = processor.submit(_job(photo, receiver))

    left = {one.name for one in set(threading.enumerate()) - before}
    assert not {name for name in left if name.startswith("mediaflow")}
    assert handle.callback == "failed"


@pytest.mark.anyio
async def test_asyncio_shell_tells_as_well(photo: Path, receiver: Receiver) -> None:
    async with aio.Processor(callback_policy=LOCAL) as processor:
        handle = await processor.submit(_job(photo, receiver))
        await handle.result()

    assert handle.callback == "delivered"
    assert _read(receiver.posted[0])["data"]["id"] == handle.id


def test_certificate_is_checked_against_the_systems_authorities(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cryptography", reason="makes the certificates of this test")
    authority = Authority(tmp_path, "127.0.0.1")

    states = []
    with Receiver(context=authority.server).listening() as receiver:
        for trusted in (False, True):
            if trusted:
                monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
            policy = mf.HttpPolicy(networks=("127.0.0.1/32",), ports=(receiver.port,))
            with mf.Processor("inline", callback_policy=policy) as processor:
                states.append(processor.submit(_job(photo, receiver)))

    assert [handle.callback for handle in states] == ["failed", "delivered"]
    assert len(receiver.posted) == 1


# ---------------------------------------------------------------- where callbacks may go


def test_private_receiver_is_refused_before_the_job_begins(photo: Path, receiver: Receiver) -> None:
    with pytest.raises(ForbiddenLocationError, match="must be https"):
        mf.process(_job(photo, receiver))
    with mf.Processor(callback_policy=mf.HttpPolicy(plain_http=True, ports=None)) as processor:
        with pytest.raises(ForbiddenLocationError, match="loopback"):
            processor.submit(_job(photo, receiver))
        assert processor.jobs() == ()

    assert not (photo.parent / "out").exists()
    assert receiver.posted == []


@pytest.mark.parametrize("shell", [mf.Processor, aio.Processor], ids=["blocking", "asyncio"])
def test_strangers_never_reach_private_networks(shell: Any) -> None:
    with pytest.raises(SpecError, match="private networks"):
        shell(trust="strangers", callback_policy=LOCAL)


def test_name_that_leads_to_a_private_address_is_not_called(
    photo: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    policy = mf.HttpPolicy(plain_http=True, ports=None)

    with mf.Processor(trust="strangers", isolation="none", callback_policy=policy) as processor:
        handle = processor.submit(_job(photo, f"http://rebind.example.com:{receiver.port}/"))
        assert handle.result().status == "completed"

    assert handle.callback == "failed"
    assert "127.0.0.1 is loopback" in caplog.text
    assert receiver.posted == []


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(SpecError, match="HttpPolicy"):
        mf.Processor(callback_policy="10.0.0.0/8")  # type: ignore[arg-type]  # the wrong type


# ---------------------------------------------------------------- secrets


def test_secrets_stand_nowhere(
    photo: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [(200, {}), (500, {})]
    job = _job(photo, receiver)
    events: list[Any] = []
    texts: list[str] = []

    with (
        caplog.at_level(logging.DEBUG),
        mf.Processor("inline", callback_policy=LOCAL) as processor,
    ):
        texts += [repr(job), str(job), repr(job.callback), str(processor.plan(job))]
        result = processor.submit(job, on_event=events.append).result()
        failing = processor.submit(_job(photo.parent / "nowhere.jpg", receiver))
        with pytest.raises(SourceNotFoundError) as caught:
            failing.result()
        with pytest.raises(SpecError) as refused:
            mf.to_dict(job)
        texts += [repr(handle) for handle in processor.jobs()]

    texts += [repr(result), str(result.report), json.dumps(result.to_dict()), repr(events)]
    for error in (caught.value, refused.value):
        texts += [repr(error), str(error.__notes__), repr(error.details)]
    texts += [posted.body.decode() for posted in receiver.posted]
    texts += [str(posted.headers) for posted in receiver.posted]
    texts.append(caplog.text)
    assert len(receiver.posted) == 2
    assert "answered 500" in caplog.text
    for text in texts:
        for secret in (SECRET.removeprefix("whsec_"), KEY.decode(), "hush-in-query"):
            assert secret not in text


def test_callbacks_of_a_program_without_any_load_no_network() -> None:
    kept = callbacks.Callbacks(None, "own")

    kept.close()

    assert kept._deliveries is None

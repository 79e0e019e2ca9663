"""The web API from an upload to a file, and what it refuses."""

from __future__ import annotations

import io
import json
import os
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from mediaflow import aio
from mediaflow.errors import SpecError
from mediaflow.jobs.handle import JobHandle
from mediaflow.models.events import Started
from mediaflow.storage import Storage
from tests.media import photo_jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

testclient = pytest.importorskip("fastapi.testclient", reason="fastapi is not installed here")

from mediaflow.integrations.fastapi import ServicePolicy, create_app, create_router  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.feed import Feeds  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.problems import Problem  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.quota import Quota  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.streams import server_sent  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.uploads import Uploads  # noqa: E402  # after the check

PICTURE = photo_jpeg(320, 240)
WEBP = [{"kind": "image", "format": "webp", "width": 64}]


async def by_header(connection: Any) -> str:
    return str(connection.headers["x-user"])  # KeyError: nobody


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def processor(root: Path) -> Iterator[aio.Processor]:
    made = aio.Processor(trust="strangers", workers=1, storage=Storage.within(root))
    yield made
    made._processor.close()


@pytest.fixture(scope="module")
def client(processor: aio.Processor, root: Path) -> Iterator[Any]:
    policy = ServicePolicy(root=str(root), max_upload_bytes=200_000)
    app = create_app(processor, policy=policy, auth=by_header)
    with testclient.TestClient(app, headers={"x-user": "ann"}) as made:
        yield made


@pytest.fixture(scope="module")
def location(client: Any) -> str:
    answer = client.post("/media/uploads", content=PICTURE)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["location"])


def ended(client: Any, job_id: str) -> dict[str, Any]:
    with client.stream("GET", f"/media/jobs/{job_id}/events") as stream:
        assert stream.status_code == 200
        list(stream.iter_lines())
    for _ in range(200):
        found: dict[str, Any] = client.get(f"/media/jobs/{job_id}").json()
        if found["outputs"] or found["error"]:
            return found
        time.sleep(0.01)
    return found


def made(client: Any, location: str) -> dict[str, Any]:
    answer = client.post("/media/process", json={"source": location, "outputs": WEBP})
    assert answer.status_code == 202, answer.text
    return ended(client, answer.json()["job_id"])


def test_an_upload_becomes_a_smaller_picture(client: Any, location: str) -> None:
    answer = client.post("/media/process", json={"source": location, "outputs": WEBP})
    body = answer.json()
    job = ended(client, body["job_id"])
    file = client.get("/media/files/" + job["outputs"][0]["location"])

    assert answer.status_code == 202
    assert answer.headers["location"] == f"/media/jobs/{body['job_id']}"
    assert body["estimated_seconds"] > 0
    assert job["status"] == "completed"
    assert file.headers["content-type"] == "image/webp"
    assert file.headers["x-content-type-options"] == "nosniff"
    with Image.open(io.BytesIO(file.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (64, 48))


def test_events_go_on_after_the_last_that_was_seen(client: Any, location: str) -> None:
    job = made(client, location)
    path = f"/media/jobs/{job['job_id']}/events"
    lines = client.get(path).text.splitlines()
    ids = [int(line[4:]) for line in lines if line.startswith("id: ")]

    rest = client.get(path, headers={"last-event-id": str(ids[-2])}).text

    assert ids == sorted(set(ids))
    assert f"id: {ids[-1]}\n" in rest
    assert rest.count("id: ") == 1
    assert json.loads(rest.split("data: ")[1])["status"] == "completed"


def test_nobody_else_sees_a_job_or_its_files(client: Any, location: str) -> None:
    job = made(client, location)
    eve = {"x-user": "eve"}
    path = f"/media/jobs/{job['job_id']}"

    answers = [
        client.get(path, headers=eve),
        client.delete(path, headers=eve),
        client.post(path + "/retry", headers=eve),
        client.get(path + "/events", headers=eve),
        client.get("/media/files/" + job["outputs"][0]["location"], headers=eve),
        client.post("/media/tickets", json={"job_id": job["job_id"]}, headers=eve),
        client.post("/media/process", json={"source": location, "outputs": WEBP}, headers=eve),
    ]

    assert [answer.status_code for answer in answers] == [404] * 7
    assert client.get("/media/jobs", headers=eve).json()["jobs"] == []


def test_a_ticket_opens_one_socket_once(client: Any, location: str) -> None:
    job = made(client, location)
    path = f"/media/jobs/{job['job_id']}/progress"
    token = client.post("/media/tickets", json={"job_id": job["job_id"]}).json()["ticket"]

    with client.websocket_connect(f"{path}?ticket={token}") as socket:
        kinds = [socket.receive_json()["kind"]]
        while kinds[-1] != "finished":
            kinds.append(socket.receive_json()["kind"])

    with pytest.raises(Exception) as refused, client.websocket_connect(f"{path}?ticket={token}"):
        pass
    assert type(refused.value).__name__ == "WebSocketDisconnect"


def test_who_says_no_name_is_refused(processor: aio.Processor, root: Path) -> None:
    app = create_app(processor, policy=ServicePolicy(root=str(root)), auth=by_header)
    with testclient.TestClient(app) as nobody:
        answer = nobody.get("/media/jobs")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:mediaflow:error:unauthorized"


def test_a_key_means_one_job_and_one_body(client: Any, location: str) -> None:
    body = {"source": location, "outputs": WEBP}
    key = {"idempotency-key": "k1"}

    first, second = (client.post("/media/process", json=body, headers=key) for _ in range(2))
    other = client.post("/media/process", json={**body, "if_exists": "skip"}, headers=key)

    assert first.json()["job_id"] == second.json()["job_id"]
    assert other.status_code == 409


@pytest.mark.parametrize(
    "path", ["../etc/passwd", "/etc/passwd", "a/../../b", ".hidden", "file:///etc/passwd", "a\\b"]
)
def test_a_path_that_is_no_plain_name_is_refused(client: Any, path: str) -> None:
    answer = client.post("/media/process", json={"source": path, "outputs": WEBP})

    assert answer.status_code == 403
    assert "passwd" not in answer.text


def test_a_link_is_no_file(client: Any, location: str, root: Path) -> None:
    link = root / location.split("/")[0] / "uploads" / "link.jpeg"
    link.symlink_to("/etc/hostname")

    answer = client.get("/media/files/" + str(link.relative_to(root)))

    assert answer.status_code == 404


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b"{}", 422)])
def test_a_body_that_is_no_request_is_refused(client: Any, body: bytes, status: int) -> None:
    answer = client.post(
        "/media/process", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code == status


def test_uploads_are_media_within_their_bound(client: Any, root: Path) -> None:
    text = client.post("/media/uploads", content=b"#EXTM3U\nhttp://localhost/x\n")
    shape = client.post("/media/uploads", content=b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    long = client.post("/media/uploads", content=b"\xff\xd8\xff" + bytes(200_000))
    unsaid = client.post("/media/uploads", content=iter([bytes(150_000), bytes(150_000)]))

    answers = [text, shape, long, unsaid]
    assert [one.status_code for one in answers] == [415, 415, 413, 413]
    assert not list(root.rglob("*.part"))


def test_an_upload_goes_on_where_it_stopped(client: Any) -> None:
    head = client.post("/media/uploads", content=PICTURE[:999], headers={"upload-incomplete": "?1"})
    path = "/media/uploads/" + head.json()["upload_id"]
    at = client.head(path).headers["upload-offset"]
    wrong = client.patch(path, content=PICTURE[999:], headers={"upload-offset": "5"})
    rest = client.patch(path, content=PICTURE[999:], headers={"upload-offset": at})

    assert (head.status_code, at, wrong.status_code, rest.status_code) == (202, "999", 409, 201)
    assert client.get("/media/files/" + rest.json()["location"]).content == PICTURE


def test_uploads_that_nobody_ends_are_few_and_go_in_time(tmp_path: Path) -> None:
    uploads = Uploads(
        str(tmp_path),
        1_000,
        most_open=2,
        stale_seconds=60,
        idle_seconds=60,
        quota=Quota(str(tmp_path), None),
    )
    first, second = uploads.new("me"), uploads.new("me")

    with pytest.raises(Problem) as refused:
        uploads.new("me")
    uploads.new("you")
    old = tmp_path / "me" / "uploads" / f".{first}.part"
    os.utime(old, (0, 0))
    third = uploads.new("me")

    assert refused.value.status == 429
    assert not old.exists()
    assert [uploads.offset("me", token) for token in (second, third)] == [0, 0]


def test_a_range_is_a_part_of_the_file(client: Any, location: str) -> None:
    path = "/media/files/" + location
    part = client.get(path, headers={"range": "bytes=10-19"})
    tail = client.get(path, headers={"range": "bytes=-5"})
    beyond = client.get(path, headers={"range": f"bytes={len(PICTURE)}-"})
    same = client.get(path, headers={"if-none-match": part.headers["etag"]})

    assert (part.status_code, part.content) == (206, PICTURE[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(PICTURE)}"
    assert tail.content == PICTURE[-5:]
    assert (beyond.status_code, same.status_code) == (416, 304)


def test_probe_and_plan_look_without_making(client: Any, location: str) -> None:
    info = client.post("/media/probe", json={"source": location})
    plan = client.post("/media/plan", json={"source": location, "outputs": [{"format": "png"}]})

    assert info.status_code == 200, info.text
    assert '"jpeg"' in info.text
    assert plan.json()["estimated_bytes"] > 0


def test_thumbnails_are_the_four_of_the_recipe(client: Any, location: str) -> None:
    answer = client.post("/media/thumbnails", json={"source": location})
    job = ended(client, answer.json()["job_id"])

    assert [one["status"] for one in job["outputs"]] == ["completed"] * 4


def test_a_full_queue_says_when_to_come_back(processor: aio.Processor, root: Path) -> None:
    app = create_app(processor, policy=ServicePolicy(root=str(root), max_jobs_each=0))
    with testclient.TestClient(app) as client:
        location = client.post("/media/uploads", content=PICTURE).json()["location"]
        answer = client.post("/media/process", json={"source": location, "outputs": WEBP})

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_private_callback_address_is_refused(processor: aio.Processor, root: Path) -> None:
    secret = "whsec_" + "c2VjcmV0" * 4
    policy = ServicePolicy(root=str(root), callback_secret=secret)
    with testclient.TestClient(create_app(processor, policy=policy)) as client:
        location = client.post("/media/uploads", content=PICTURE).json()["location"]
        body = {"source": location, "outputs": WEBP, "callback_url": "https://127.0.0.1/x"}
        answer = client.post("/media/process", json=body)

    assert answer.status_code == 403
    assert secret not in answer.text


def test_health_and_figures_name_nobody(client: Any, location: str) -> None:
    made(client, location)
    figures = client.get("/metrics").text

    assert client.get("/healthz").status_code == 200
    assert 'mediaflow_jobs{status="completed"}' in figures
    assert "ann" not in figures
    count = re.search(r"^mediaflow_job_seconds_count (\d+)$", figures, re.MULTILINE)
    assert count is not None
    assert int(count[1]) >= 1
    assert f'mediaflow_job_seconds_bucket{{le="+Inf"}} {count[1]}' in figures


def test_a_processor_for_own_files_is_refused(root: Path) -> None:
    own = aio.Processor(workers=1)
    try:
        with pytest.raises(SpecError, match="isolated"):
            create_router(own, policy=ServicePolicy(root=str(root)))
    finally:
        own._processor.close()


def test_the_description_is_valid_and_holds_the_models(client: Any) -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="not installed here")
    schema = client.get("/openapi.json").json()

    validator.validate(schema)

    assert {"ImageOutput", "OutputSpec", "ProcessRequest"} <= set(schema["components"]["schemas"])


@pytest.mark.anyio
async def test_a_listener_who_goes_leaves_nothing_behind() -> None:
    handle = aio.JobHandle(JobHandle("j"))
    handle._handle.take(Started(job_id="j", sequence=0))
    feeds = Feeds(str, 10)
    stream = server_sent(feeds.follow(handle, -1, 30.0))

    first = await anext(stream)
    listening = len(feeds), len(handle._handle._listeners)
    await stream.aclose()

    assert first.startswith(b"id: 0\nevent: started\n")
    assert listening == (1, 1)
    assert (len(feeds), len(handle._handle._listeners)) == (0, 0)


@pytest.mark.anyio
async def test_a_silent_job_keeps_its_stream_alive() -> None:
    stream = server_sent(Feeds(str, 10).follow(aio.JobHandle(JobHandle("j")), -1, 0.01))

    assert await anext(stream) == b": keep-alive\n\n"
    await stream.aclose()


@pytest.mark.anyio
async def test_nothing_blocks_the_loop(processor: aio.Processor, root: Path) -> None:
    blockbuster = pytest.importorskip("blockbuster", reason="blockbuster is not installed here")
    httpx = pytest.importorskip("httpx", reason="httpx is not installed here")
    app = create_app(processor, policy=ServicePolicy(root=str(root)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        with blockbuster.blockbuster_ctx():
            location = (await client.post("/media/uploads", content=PICTURE)).json()["location"]
            body = {"source": location, "outputs": WEBP}
            job = (await client.post("/media/process", json=body)).json()["job_id"]
            events = await client.get(f"/media/jobs/{job}/events")
            file = await client.get("/media/files/" + location)

    assert "event: finished" in events.text
    assert file.content == PICTURE


def test_a_page_of_another_site_starts_nothing(processor: aio.Processor, root: Path) -> None:
    with testclient.TestClient(
        create_app(processor, policy=ServicePolicy(root=str(root)))
    ) as client:
        form = client.post("/media/process", content=b"{}", headers={"content-type": "text/plain"})
        page = client.post(
            "/media/uploads", content=PICTURE, headers={"sec-fetch-site": "cross-site"}
        )

    assert (form.status_code, page.status_code) == (415, 403)


def test_a_service_that_has_ended_takes_no_jobs(processor: aio.Processor, root: Path) -> None:
    app = create_app(processor, policy=ServicePolicy(root=str(root)))
    with testclient.TestClient(app) as client:
        location = client.post("/media/uploads", content=PICTURE).json()["location"]
    answer = client.post("/media/process", json={"source": location, "outputs": WEBP})

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    "output",
    [
        {"kind": "audio", "format": "mp3", "cover": "/etc/passwd"},
        {
            "kind": "image",
            "format": "png",
            "filters": [{"kind": "watermark", "picture": "/etc/passwd"}],
        },
    ],
)
def test_a_second_input_elsewhere_is_refused(
    client: Any, location: str, output: dict[str, Any]
) -> None:
    answer = client.post("/media/process", json={"source": location, "outputs": [output]})

    assert answer.status_code == 403, answer.text
    assert "relative path" in answer.json()["detail"]


def test_a_storage_without_roots_is_refused(root: Path) -> None:
    wide = aio.Processor(trust="strangers", workers=1)
    try:
        with pytest.raises(SpecError, match="confined"):
            create_router(wide, policy=ServicePolicy(root=str(root)))
    finally:
        wide._processor.close()

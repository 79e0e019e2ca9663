"""What the web API says of itself is what it does, errors of the framework included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mediaflow import aio
from mediaflow.storage import Storage
from tests.media import photo_jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

testclient = pytest.importorskip("fastapi.testclient", reason="fastapi is not installed here")
jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed here")

from fastapi import FastAPI  # noqa: E402  # after the check

from mediaflow.integrations.fastapi import create_app, create_router  # noqa: E402  # after the check

PICTURE = photo_jpeg(64, 48)
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[aio.Processor]:
    root: Path = tmp_path_factory.mktemp("service")
    made = aio.Processor(trust="strangers", workers=1, storage=Storage.within(root))
    yield made
    made._processor.close()


@pytest.fixture(scope="module")
def client(processor: aio.Processor) -> Iterator[Any]:
    with testclient.TestClient(create_app(processor), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def described(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def check(described: dict[str, Any], path: str, answer: Any) -> None:
    """Refuse an answer that its description does not have."""
    operation = described["paths"][path][answer.request.method.lower()]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    told = operation["responses"][str(answer.status_code)]
    if not answer.content:
        return
    content = told["content"]
    schema = content[kind if kind in content or "*/*" not in content else "*/*"]["schema"]
    if kind.endswith("json"):
        whole = {**schema, "components": described["components"]}
        jsonschema.Draft202012Validator(whole).validate(answer.json())


def test_answers_are_those_that_are_described(client: Any, described: dict[str, Any]) -> None:
    upload = client.post("/media/uploads", content=PICTURE)
    location = upload.json()["location"]
    body = {"source": location, "outputs": [{"kind": "image", "format": "png", "width": 8}]}
    began = client.post("/media/process", json=body)
    job = began.json()["job_id"]
    one = f"/media/jobs/{job}"
    events = client.get(f"{one}/events")
    piece = client.post("/media/uploads", content=PICTURE[:9], headers={"upload-incomplete": "?1"})
    part = f"/media/uploads/{piece.json()['upload_id']}"
    file = "/media/files/{location}"
    answers = [
        ("/media/uploads", upload),
        ("/media/uploads", piece),
        ("/media/uploads/{upload_id}", client.head(part)),
        ("/media/uploads/{upload_id}", client.patch(part, content=PICTURE)),
        ("/media/process", began),
        ("/media/process", client.post("/media/process", content=b"{")),
        ("/media/process", client.post("/media/process", json={})),
        ("/media/process", client.post("/media/process", json={**body, "source": "/etc/passwd"})),
        ("/media/thumbnails", client.post("/media/thumbnails", json={"source": "none"})),
        ("/media/plan", client.post("/media/plan", json=body)),
        ("/media/probe", client.post("/media/probe", json={"source": location})),
        ("/media/jobs", client.get("/media/jobs")),
        ("/media/jobs", client.get("/media/jobs?limit=x")),
        ("/media/jobs", client.get("/media/jobs?limit=1000")),
        ("/media/jobs/{job_id}", client.get(one)),
        ("/media/jobs/{job_id}", client.get("/media/jobs/none")),
        ("/media/jobs/{job_id}", client.delete(one)),
        ("/media/jobs/{job_id}/retry", client.post(f"{one}/retry")),
        ("/media/jobs/{job_id}/events", events),
        ("/media/tickets", client.post("/media/tickets", json={"job_id": job})),
        (file, client.get(f"/media/files/{location}")),
        (file, client.get(f"/media/files/{location}", headers={"range": "bytes=0-4"})),
        (file, client.get(f"/media/files/{location}", headers={"range": "bytes=99999-"})),
        (file, client.head(f"/media/files/{location}")),
        (file, client.delete(f"/media/files/{location}")),
        (file, client.delete(f"/media/files/{location}")),
        ("/healthz", client.get("/healthz")),
        ("/readyz", client.get("/readyz")),
        ("/metrics", client.get("/metrics")),
    ]

    for path, answer in answers:
        check(described, path, answer)
        assert answer.headers["x-content-type-options"] == "nosniff", path

    statuses = {answer.status_code for _, answer in answers}
    assert statuses == {200, 201, 202, 204, 206, 400, 403, 404, 409, 415, 416, 422}


def test_head_of_a_file_is_that_of_the_file(client: Any) -> None:
    location = client.post("/media/uploads", content=PICTURE).json()["location"]

    whole = client.get(f"/media/files/{location}")
    head = client.head(f"/media/files/{location}")

    assert head.content == b""
    for name in ("content-length", "content-type", "etag", "accept-ranges", "cache-control"):
        assert head.headers[name] == whole.headers[name]
    assert int(head.headers["content-length"]) == len(PICTURE)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/media/process", 405, "method_not_allowed"),
        ("PUT", "/healthz", 405, "method_not_allowed"),
        ("GET", "/media/jobs?offset=a", 422, "invalid_spec"),
    ],
)
def test_what_the_framework_refuses_is_a_problem(
    client: Any, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["type"] == f"urn:mediaflow:error:{code}"
    assert ("allow" in answer.headers) == (status == 405)


@pytest.fixture
def broken(processor: aio.Processor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a secret of /srv/media")

    monkeypatch.setattr("mediaflow.integrations.fastapi.access.Access.who", fail)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("is_whole", [True, False])
def test_fault_tells_nothing_of_itself_and_is_logged_once(
    processor: aio.Processor, is_whole: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(processor) if is_whole else FastAPI()
    if not is_whole:
        app.include_router(create_router(processor))
    with testclient.TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/media/jobs")

    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert answer.json()["type"] == "urn:mediaflow:error:internal"
    assert "secret" not in answer.text
    faults = [one for one in caplog.records if one.name.startswith("mediaflow")]
    assert [one.exc_info is not None for one in faults] == [True]


def test_router_leaves_the_errors_of_an_application_alone(processor: aio.Processor) -> None:
    app = FastAPI()
    app.include_router(create_router(processor, prefix="/api"))
    with testclient.TestClient(app) as client:
        theirs = client.get("/nothing")
        ours = client.get("/api/media/jobs/none")

    assert theirs.json() == {"detail": "Not Found"}
    assert ours.headers["content-type"] == PROBLEM


def test_where_a_job_is_told_of_knows_the_prefix(processor: aio.Processor) -> None:
    app = FastAPI()
    app.include_router(create_router(processor, prefix="/api"))
    with testclient.TestClient(app) as client:
        location = client.post("/api/media/uploads", content=PICTURE).json()["location"]
        began = client.post("/api/media/optimize", json={"source": location})
        job = client.get(began.headers["location"])

    assert re.fullmatch(r"/api/media/jobs/[\w-]+", began.headers["location"])
    assert job.json()["job_id"] == began.json()["job_id"]


def test_end_of_an_application_drains_the_router_in_it(processor: aio.Processor) -> None:
    app = FastAPI()
    app.include_router(create_router(processor))
    with testclient.TestClient(app) as client:
        location = client.post("/media/uploads", content=PICTURE).json()["location"]
        body = {"source": location, "outputs": [{"kind": "image", "format": "png"}]}
        path = client.post("/media/process", json=body).headers["location"]
    late = client.post("/media/process", json=body)

    assert client.get(path).json()["status"] == "completed"
    assert (late.status_code, late.json()["type"]) == (503, "urn:mediaflow:error:draining")


def test_application_that_includes_the_router_describes_all_that_it_names(
    processor: aio.Processor,
) -> None:
    app = FastAPI()
    app.include_router(create_router(processor))
    with testclient.TestClient(app) as client:
        text = client.get("/openapi.json").text
        known = client.get("/openapi.json").json()["components"]["schemas"]

    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(known)


def test_start_of_an_application_leads_to_its_page(processor: aio.Processor) -> None:
    with testclient.TestClient(create_app(processor, prefix="/api")) as client:
        page = client.get("/")

    assert str(page.url).endswith("/api/media/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_form_is_refused_with_words_that_help(client: Any) -> None:
    answer = client.post("/media/uploads", files={"file": PICTURE})

    assert (answer.status_code, "as the body" in answer.json()["detail"]) == (415, True)


def test_names_of_operations_are_one_each(described: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for path in described["paths"].values()
        for operation in path.values()
    ]

    assert len(names) == len(set(names))
    assert {"process", "thumbnails", "optimize", "streaming", "job", "events"} <= set(names)

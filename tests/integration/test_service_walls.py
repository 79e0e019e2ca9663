"""Walls that the threats of a service speak of and that no other room tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mediaflow import aio
from mediaflow.storage import Storage
from tests.media import photo_jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

testclient = pytest.importorskip("fastapi.testclient", reason="fastapi is not installed here")
testing = pytest.importorskip("starlette.websockets", reason="fastapi is not installed here")

from mediaflow.integrations.fastapi import create_app  # noqa: E402  # after the check

SCRIPT = b"<script>alert(1)</script>"
PICTURE = photo_jpeg(64, 48)
CUT = PICTURE[: len(PICTURE) // 2]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walls")


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[Any]:
    processor = aio.Processor(trust="strangers", workers=1, storage=Storage.within(root))
    with testclient.TestClient(create_app(processor, closes_processor=True)) as made:
        yield made


def uploaded(client: Any, data: bytes) -> str:
    answer = client.post("/media/uploads", content=data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["location"])


def test_socket_of_another_site_is_refused(client: Any) -> None:
    job = client.post("/media/thumbnails", json={"source": uploaded(client, PICTURE)}).json()
    path = f"/media/jobs/{job['job_id']}/progress"
    elsewhere, here = "https://evil.example", "http://testserver"

    with (
        pytest.raises(testing.WebSocketDisconnect) as refused,
        client.websocket_connect(path, headers={"origin": elsewhere}),
    ):
        pass
    with client.websocket_connect(path, headers={"origin": here}) as socket:
        kinds = [socket.receive_json()["kind"]]
        while kinds[-1] != "finished":
            kinds.append(socket.receive_json()["kind"])

    assert refused.value.code == 1008  # RFC 6455 7.4.1: against the policy
    assert kinds[0] == "started"


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "code.js", "none"])
def test_what_a_browser_could_run_is_an_attachment(client: Any, root: Path, name: str) -> None:
    (root / "public").mkdir(exist_ok=True)
    (root / "public" / name).write_bytes(SCRIPT)

    answer = client.get(f"/media/files/public/{name}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_picture_that_is_a_script_as_well_stays_a_picture(client: Any) -> None:
    location = uploaded(client, PICTURE + SCRIPT)

    answer = client.get("/media/files/" + location)

    assert location.endswith(".jpeg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_told_of_a_failure_holds_no_path(client: Any, root: Path) -> None:
    location = uploaded(client, CUT)
    probed = client.post("/media/probe", json={"source": location})
    begun = client.post("/media/thumbnails", json={"source": location})
    path = f"/media/jobs/{begun.json()['job_id']}"
    events = client.get(f"{path}/events")
    job = client.get(path)

    assert job.json()["status"] == "failed"
    assert "event: finished" in events.text
    for answer in (probed, begun, events, job, client.get("/media/jobs")):
        assert str(root) not in answer.text

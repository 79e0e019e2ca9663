"""Walls that the threats of a service speak of and that no other room tests."""

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


def test_page_lets_a_browser_run_and_load_nothing_else(client: Any) -> None:
    page = client.get("/media/")
    rules = dict(
        rule.strip().partition(" ")[::2]
        for rule in page.headers["content-security-policy"].split(";")
    )
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL)
    loaded = re.findall(r"""(?:src|href)=["']([^"'#]+)""", page.text)

    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert scripts
    assert all("src=" in told and not within for told, within in scripts)
    assert loaded
    assert all(place.startswith("page/") for place in loaded)
    assert {client.get("/media/" + place).status_code for place in loaded} == {200}
    assert " style=" not in page.text
    assert re.search(r"\son\w+=", page.text) is None


def test_page_is_behind_the_same_door(root: Path) -> None:
    async def nobody(_: object) -> str:
        raise LookupError

    processor = aio.Processor(trust="strangers", workers=1, storage=Storage.within(root))
    with testclient.TestClient(
        create_app(processor, auth=nobody, closes_processor=True)
    ) as stranger:
        answers = [
            stranger.get(path) for path in ("/media/", "/media/page/main.js", "/media/recipes")
        ]

    assert [answer.status_code for answer in answers] == [401] * 3

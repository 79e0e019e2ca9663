"""Real clients over a real connection: they begin jobs, follow them and fetch what was made."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mediaflow import aio
from tests.film import counting_film, numbers_of
from tests.integration.service_rig import (
    SECONDS,
    SLOW,
    WEBP,
    Rig,
    by_header,
    events_in,
    job_of,
    polled,
    serving,
    slow_film,
    strangers,
)

pytestmark = pytest.mark.integration

websockets = pytest.importorskip("websockets", reason="websockets is not installed here")
from websockets.sync.client import connect  # noqa: E402  # after the check

ALLOWED: set[tuple[str | None, str]] = set()
"""Who may see what is not his own."""


async def allowed(who: str | None, what: str) -> bool:
    return (who, what) in ALLOWED


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def processor(root: Path) -> Iterator[aio.Processor]:
    with strangers(root, workers=2) as made:
        yield made


@pytest.fixture(scope="module")
def rig(processor: aio.Processor, root: Path) -> Iterator[Rig]:
    with serving(processor, root, auth=by_header, authorize=allowed) as made:
        yield made


@pytest.fixture(scope="module")
def ann(rig: Rig) -> Iterator[Any]:
    with rig.client("ann") as client:
        yield client


@pytest.fixture(scope="module")
def bob(rig: Rig) -> Iterator[Any]:
    with rig.client("bob") as client:
        yield client


@pytest.fixture(scope="module")
def picture(rig: Rig) -> str:
    return rig.upload(user="ann")


@pytest.fixture(scope="module")
def film(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> str:
    return rig.upload(slow_film(tmp_path_factory.mktemp("film")), "ann")


def begun(client: Any, source: str, outputs: Any = WEBP, **more: Any) -> str:
    answer = client.post("/media/process", json={"source": source, "outputs": outputs, **more})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def files_of(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


def running(client: Any, film: str) -> str:
    """Begin a job that takes long, and return its id when it has come some way."""
    job_id = begun(client, film, SLOW)
    assert polled(lambda: client.get(f"/media/jobs/{job_id}").json()["progress"] > 0.02)
    return job_id


def watched(rig: Rig, job_id: str, **headers: str) -> Any:
    """Return a web socket that follows a job."""
    address = f"ws://127.0.0.1:{rig.port}/media/jobs/{job_id}/progress"
    return connect(address, additional_headers=headers, proxy=None, open_timeout=SECONDS)


def heard(socket: Any) -> list[dict[str, Any]]:
    return [json.loads(message) for message in socket]


# ------------------------------------------------------------ from endpoints to files


@pytest.mark.parametrize(
    ("endpoint", "made"),
    [
        ("/media/thumbnails", [("JPEG", 150), ("JPEG", 300), ("JPEG", 320), ("WEBP", 300)]),
        ("/media/optimize", [("JPEG", 320), ("WEBP", 320), ("AVIF", 320)]),
    ],
)
def test_recipes_of_pictures_become_files(
    ann: Any, picture: str, endpoint: str, made: list[tuple[str, int]]
) -> None:
    answer = ann.post(endpoint, json={"source": picture})
    job = job_of(ann, answer.json()["job_id"])

    assert answer.status_code == 202, answer.text
    assert job["status"] == "completed"
    found = []
    for output in job["outputs"]:
        file = ann.get("/media/files/" + output["location"])
        assert (file.status_code, len(file.content)) == (200, output["bytes"])
        with Image.open(io.BytesIO(file.content)) as one:
            one.load()
            found.append((one.format, one.width))
            assert one.size == (output["width"], output["height"])
    assert found == made


def test_the_four_of_streaming_become_films(rig: Rig, ann: Any, tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=10, size=(1280, 720))
    source = rig.upload(path.read_bytes(), "ann")

    answer = ann.post("/video/streaming", json={"source": source})
    job = job_of(ann, answer.json()["job_id"])

    assert job["status"] == "completed", job
    made = [(one["status"], one["width"], one["format"]) for one in job["outputs"]]
    assert made[0][0] == "skipped"  # 1080p lies above the film
    assert made[1:] == [
        ("completed", 1280, "mp4"), ("completed", 854, "mp4"), ("completed", 1280, "webm"),
    ]  # fmt: skip
    for one in job["outputs"][1:]:
        file = tmp_path / ("made." + one["format"])
        file.write_bytes(ann.get("/media/files/" + one["location"]).content)
        assert numbers_of(file) == list(range(10))


def test_every_file_of_a_stream_can_be_fetched(rig: Rig, ann: Any, tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=50)
    source = rig.upload(path.read_bytes(), "ann")
    job = job_of(ann, begun(ann, source, [{"kind": "stream"}]))

    assert job["status"] == "completed", job
    (output,) = job["outputs"]
    names = _fetch_all(ann, output["location"])
    assert any(name.endswith((".m4s", ".mp4")) for name in names)


def _fetch_all(client: Any, playlist: str) -> set[str]:
    """Fetch a playlist and all that it names, and return the names."""
    text = client.get("/media/files/" + playlist)
    assert text.status_code == 200
    assert text.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    folder = playlist.rpartition("/")[0]
    lines = [line for line in text.text.splitlines() if line and not line.startswith("#")]
    lines += re.findall(r'URI="([^"]+)"', text.text)
    named = {f"{folder}/{line}" for line in lines}
    for name in tuple(named):
        if name.endswith(".m3u8"):
            named |= _fetch_all(client, name)
        else:
            file = client.get("/media/files/" + name, headers={"range": "bytes=0-3"})
            assert file.status_code == 206, name
    return named


def test_a_job_that_failed_is_tried_again(ann: Any, picture: str, root: Path) -> None:
    to = picture.split("/")[0] + "/again"
    first = job_of(ann, begun(ann, picture, to=to))
    second = job_of(ann, begun(ann, picture, to=to, if_exists="error"))
    (root / first["outputs"][0]["location"]).unlink()

    answer = ann.post(f"/media/jobs/{second['job_id']}/retry")
    third = job_of(ann, answer.json()["job_id"])
    never = ann.post(f"/media/jobs/{third['job_id']}/retry")

    assert (first["status"], second["status"], third["status"]) == (
        "completed", "failed", "completed",
    )  # fmt: skip
    assert second["error_code"] == "output_exists"
    assert third["retry_of"] == second["job_id"]
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/media/jobs/{third['job_id']}"
    assert third["job_id"] != second["job_id"]
    assert (never.status_code, never.json()["type"]) == (409, "urn:mediaflow:error:not_failed")
    assert (root / third["outputs"][0]["location"]).is_file()


def test_a_running_job_is_cancelled_and_leaves_no_file(ann: Any, film: str, root: Path) -> None:
    before = files_of(root)
    job_id = running(ann, film)

    asked = ann.delete(f"/media/jobs/{job_id}")
    job = job_of(ann, job_id)

    assert asked.status_code == 202
    assert (job["status"], job["outputs"]) == ("cancelled", [])
    assert job["completed_at"] is not None
    assert [path.name for path in files_of(root) if path not in before] == []
    again = ann.delete(f"/media/jobs/{job_id}")  # what has ended stays as it ended
    assert (again.status_code, again.json()["status"]) == (202, "cancelled")


# ------------------------------------------------------------ who may see what


def test_authorize_opens_one_foreign_location(ann: Any, bob: Any, picture: str) -> None:
    body = {"source": picture, "outputs": WEBP}
    before = [bob.get("/media/files/" + picture), bob.post("/media/process", json=body)]
    ALLOWED.add(("bob", picture))

    file = bob.get("/media/files/" + picture)
    job = job_of(bob, begun(bob, picture))

    assert [answer.status_code for answer in before] == [404, 404]
    assert file.status_code == 200
    assert job["status"] == "completed"
    assert job["outputs"][0]["location"].split("/")[0] != picture.split("/")[0]
    assert ann.get(f"/media/jobs/{job['job_id']}").status_code == 404


def test_authorize_opens_one_foreign_job(rig: Rig, ann: Any, bob: Any, picture: str) -> None:
    ours, theirs = (job_of(ann, begun(ann, picture))["job_id"] for _ in range(2))
    before = bob.get(f"/media/jobs/{ours}")
    ALLOWED.add(("bob", ours))

    seen = [bob.get(f"/media/jobs/{one}").status_code for one in (ours, theirs)]
    stream = bob.get(f"/media/jobs/{ours}/events")
    with watched(rig, ours, **{"x-user": "bob"}) as socket:
        kinds = [event["kind"] for event in heard(socket)]
    listed = [one["job_id"] for one in bob.get("/media/jobs").json()["jobs"]]

    assert (before.status_code, seen) == (404, [200, 404])
    assert (stream.status_code, kinds[-1]) == (200, "finished")
    assert ours in listed
    assert theirs not in listed


def test_who_has_no_name_is_refused_everywhere(rig: Rig, ann: Any, picture: str) -> None:
    job_id = begun(ann, picture)
    path = f"/media/jobs/{job_id}"
    with rig.client() as nobody:
        answers = [
            nobody.get("/media/jobs"),
            nobody.get(path),
            nobody.get(path + "/events"),
            nobody.delete(path),
            nobody.post(path + "/retry"),
            nobody.post("/media/tickets", json={"job_id": job_id}),
            nobody.post("/media/uploads", content=b"x"),
            nobody.patch("/media/uploads/" + "a" * 22, headers={"upload-offset": "0"}),
            nobody.head("/media/uploads/" + "a" * 22),
            nobody.get("/media/files/" + picture),
            *(
                nobody.post(endpoint, json={"source": picture, "outputs": WEBP})
                for endpoint in (
                    "/media/process", "/media/thumbnails", "/media/optimize", "/media/plan",
                    "/media/probe", "/video/streaming",
                )
            ),
        ]  # fmt: skip

    assert {answer.status_code for answer in answers} == {401}
    assert _refused(rig, job_id) == 403
    job_of(ann, job_id)


def _refused(rig: Rig, job_id: str, **headers: str) -> int:
    """Return the status, or the code of the close, by which a web socket is refused."""
    try:
        with watched(rig, job_id, **headers) as socket:
            socket.recv(timeout=SECONDS)
    except websockets.exceptions.InvalidStatus as refusal:
        return int(refusal.response.status_code)
    except websockets.exceptions.ConnectionClosed as closed:
        return 0 if closed.rcvd is None else int(closed.rcvd.code)
    return 0


@pytest.mark.parametrize("job_id", ["0" * 32, "x", "%00", "..%2fx", "é", "a" * 2_000])
def test_ids_of_no_job_are_not_found(rig: Rig, ann: Any, job_id: str) -> None:
    answers = [
        ann.get(f"/media/jobs/{job_id}"),
        ann.get(f"/media/jobs/{job_id}/events"),
        ann.delete(f"/media/jobs/{job_id}"),
        ann.post(f"/media/jobs/{job_id}/retry"),
    ]

    assert {answer.status_code for answer in answers} <= {404, 405}
    assert _refused(rig, job_id, **{"x-user": "ann"}) in (403, 404, 1008)


def test_a_foreign_job_is_none(rig: Rig, ann: Any, bob: Any, picture: str) -> None:
    job_id = job_of(ann, begun(ann, picture))["job_id"]

    answers = [bob.get(f"/media/jobs/{job_id}"), bob.get(f"/media/jobs/{job_id}/events")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert _refused(rig, job_id, **{"x-user": "bob"}) in (403, 1008)


# ------------------------------------------------------------ those who follow a job


def test_a_stock_web_socket_client_follows_a_job_to_its_end(
    rig: Rig, ann: Any, picture: str
) -> None:
    job_id = begun(ann, picture)

    with watched(rig, job_id, **{"x-user": "ann"}) as socket:
        events = heard(socket)

    kinds = [event["kind"] for event in events]
    assert (kinds[0], kinds[-1], kinds.count("finished")) == ("started", "finished", 1)
    assert events[-1]["status"] == "completed"
    fractions = [event["fraction"] for event in events if event["kind"] == "progress"]
    assert fractions == sorted(fractions)
    assert job_of(ann, job_id)["status"] == "completed"
    assert socket.close_code == 1000


def test_who_comes_late_gets_the_end(rig: Rig, ann: Any, picture: str) -> None:
    job_id = job_of(ann, begun(ann, picture))["job_id"]

    stream = ann.get(f"/media/jobs/{job_id}/events")
    beyond = ann.get(f"/media/jobs/{job_id}/events", headers={"last-event-id": "999999"})
    with watched(rig, job_id, **{"x-user": "ann"}) as socket:
        last = heard(socket)[-1]

    assert stream.headers["content-type"].startswith("text/event-stream")
    assert events_in(stream.text)[-1][1] == "finished"
    assert [name for _, name in events_in(beyond.text)] == ["finished"]
    assert (last["kind"], last["status"]) == ("finished", "completed")


@pytest.mark.parametrize("last", ["-1", "abc", "1e3", "99999999999999999999", "٣", "1 2"])
def test_an_id_of_no_event_begins_from_the_first(ann: Any, picture: str, last: str) -> None:
    job_id = job_of(ann, begun(ann, picture))["job_id"]
    header = last.encode("utf-8")

    stream = ann.get(f"/media/jobs/{job_id}/events", headers={b"last-event-id": header})

    assert stream.status_code == 200
    assert events_in(stream.text)[0] == (0, "started")


def curl(rig: Rig, path: str, *words: str) -> str:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("the curl program is not installed")
    asked = ["-sSN", "--noproxy", "*", "-m", "30", "-H", "x-user: ann", *words, rig.url + path]
    done = subprocess.run(
        [program, *asked],
        capture_output=True,
        timeout=2 * SECONDS,
        check=True,
    )
    return done.stdout.decode()


def test_curl_reads_events_and_goes_on_after_the_last(rig: Rig, ann: Any, picture: str) -> None:
    path = f"/media/jobs/{begun(ann, picture)}/events"

    first = events_in(curl(rig, path))
    number, _ = first[-3]
    rest = events_in(curl(rig, path, "-H", f"Last-Event-ID: {number}"))

    assert (first[0][1], first[-1][1]) == ("started", "finished")
    assert [one for one, _ in first] == sorted({one for one, _ in first})
    assert rest[-1] == first[-1]
    assert all(one > number for one, _ in rest)
    assert {name for _, name in first} <= {"started", "progress", "written", "finished", "notice"}


def test_a_stream_of_events_comes_while_the_job_runs(ann: Any, film: str) -> None:
    job_id = begun(ann, film, SLOW)
    seen = []

    with ann.stream("GET", f"/media/jobs/{job_id}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                seen.append((line[7:], ann.get(f"/media/jobs/{job_id}").json()["status"]))
            if seen and seen[-1][0] == "progress" and len(seen) < 20:
                ann.delete(f"/media/jobs/{job_id}")

    assert ("progress", "processing") in seen
    assert seen[-1] == ("finished", "cancelled")

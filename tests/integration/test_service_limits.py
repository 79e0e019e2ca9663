"""What a service bounds: jobs, history, keys, tickets, bodies, uploads; who is refused is told why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mediaflow import aio
from tests.integration.service_rig import (
    PICTURE,
    SECONDS,
    SLOW,
    WEBP,
    Rig,
    answered,
    asked,
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

MOST_BODY = 4_000
MOST_UPLOAD = 100_000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limits")


@pytest.fixture(scope="module")
def processor(root: Path) -> Iterator[aio.Processor]:
    with strangers(root, workers=1) as made:
        yield made


@pytest.fixture(scope="module")
def rig(processor: aio.Processor, root: Path) -> Iterator[Rig]:
    with serving(
        processor,
        root,
        auth=by_header,
        max_jobs=3,
        max_jobs_each=2,
        max_tickets=2,
        max_body_bytes=MOST_BODY,
        max_upload_bytes=MOST_UPLOAD,
        max_open_uploads=2,
    ) as made:
        yield made


@pytest.fixture
def client(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a client of somebody whom no other test knows."""
    with rig.client(request.node.name) as made:
        yield made


@pytest.fixture
def picture(client: Any) -> str:
    return uploaded(client)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return slow_film(tmp_path_factory.mktemp("film"))


def uploaded(client: Any, data: bytes = PICTURE) -> str:
    answer = client.post("/media/uploads", content=data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["location"])


def post(client: Any, source: str, outputs: Any = WEBP, **headers: str) -> Any:
    body = {"source": source, "outputs": outputs}
    return client.post("/media/process", json=body, headers=headers)


def finished(client: Any, source: str) -> str:
    answer = post(client, source)
    assert answer.status_code == 202, answer.text
    return str(job_of(client, answer.json()["job_id"])["job_id"])


# ------------------------------------------------------------ jobs that wait or run


def test_a_full_queue_is_told_to_each_as_it_concerns_him(rig: Rig, film: bytes) -> None:
    with rig.client("ann") as ann, rig.client("bob") as bob, rig.client("cat") as cat:
        films = {one: uploaded(one, film) for one in (ann, bob, cat)}
        begun = [post(one, films[one], SLOW) for one in (ann, ann, bob)]

        own, all_full = post(ann, films[ann], SLOW), post(cat, films[cat], SLOW)
        ready = cat.get("/readyz").status_code
        for client, answer in zip((ann, ann, bob), begun, strict=True):
            client.delete(f"/media/jobs/{answer.json()['job_id']}")
            job_of(client, answer.json()["job_id"])
        after = post(cat, films[cat], SLOW)
        cat.delete(f"/media/jobs/{after.json()['job_id']}")
        job_of(cat, after.json()["job_id"])

    assert [answer.status_code for answer in begun] == [202, 202, 202]
    assert (own.status_code, all_full.status_code, after.status_code) == (429, 503, 202)
    for refusal in (own, all_full):
        assert int(refusal.headers["retry-after"]) > 0
        assert refusal.headers["content-type"] == "application/problem+json"
        assert refusal.json()["type"] == "urn:mediaflow:error:queue_full"
    assert ready == 200


def test_many_posts_at_once_begin_no_more_than_may_run(rig: Rig, client: Any, film: bytes) -> None:
    source = uploaded(client, film)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: post(client, source, SLOW), range(10)))

    for answer in answers:
        if answer.status_code == 202:
            client.delete(f"/media/jobs/{answer.json()['job_id']}")
            job_of(client, answer.json()["job_id"])
    assert sorted(answer.status_code for answer in answers) == [202] * 2 + [429] * 8


# ------------------------------------------------------------ keys


def test_a_key_posted_at_once_by_many_begins_one_job(client: Any, picture: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: post(client, picture, **{"idempotency-key": "k"}), range(8))
        )
    later = post(client, picture, **{"idempotency-key": "k"})

    taken = [answer for answer in answers if answer.status_code == 202]
    others = [answer.json()["type"] for answer in answers if answer.status_code != 202]
    assert len({answer.json()["job_id"] for answer in (*taken, later)}) == 1
    assert set(others) <= {"urn:mediaflow:error:idempotency_pending"}
    assert len(client.get("/media/jobs").json()["jobs"]) == 1
    assert later.headers["location"].endswith(later.json()["job_id"])


def test_a_key_means_one_endpoint_body_and_principal(rig: Rig, client: Any, picture: str) -> None:
    key = {"idempotency-key": "k"}
    body = {"source": picture}
    first = client.post("/media/thumbnails", json=body, headers=key)

    other_end = client.post("/media/optimize", json=body, headers=key)
    other_body = client.post("/media/thumbnails", json={**body, "if_exists": "skip"}, headers=key)
    with rig.client("somebody else") as other:
        theirs = other.post("/media/thumbnails", json={"source": uploaded(other)}, headers=key)
        job_of(other, theirs.json()["job_id"])
    job_of(client, first.json()["job_id"])

    assert (first.status_code, other_end.status_code, other_body.status_code) == (202, 409, 409)
    assert other_body.json()["type"] == "urn:mediaflow:error:idempotency_conflict"
    assert theirs.status_code == 202
    assert theirs.json()["job_id"] != first.json()["job_id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"source": "nowhere.jpg", "outputs": WEBP}, 404),
        ({"source": "..", "outputs": WEBP}, 403),
        ({"source": "x.jpg", "outputs": []}, 422),
    ],
)
def test_a_key_of_what_was_refused_is_free_again(
    client: Any, picture: str, body: dict[str, Any], status: int
) -> None:
    key = {"idempotency-key": "k"}

    refused = client.post("/media/process", json=body, headers=key)
    taken = post(client, picture, **key)

    assert (refused.status_code in {status, 404}, taken.status_code) == (True, 202)
    job_of(client, taken.json()["job_id"])


def test_a_key_is_neither_empty_nor_cut_off(client: Any, picture: str) -> None:
    longest = "k" * 256
    taken = post(client, picture, **{"idempotency-key": longest})
    job_of(client, taken.json()["job_id"])

    refused = [post(client, picture, **{"idempotency-key": key}) for key in (longest + "k", "")]

    assert taken.status_code == 202
    assert [answer.status_code for answer in refused] == [400, 400]
    assert {answer.json()["type"] for answer in refused} == {"urn:mediaflow:error:malformed_header"}


# ------------------------------------------------------------ tickets


def ticket(client: Any, job_id: str) -> str:
    answer = client.post("/media/tickets", json={"job_id": job_id})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["ticket"])


def test_a_ticket_is_good_once_and_for_its_job(rig: Rig, client: Any, picture: str) -> None:
    one, other = finished(client, picture), finished(client, picture)
    token, wrong = ticket(client, one), ticket(client, one)
    with rig.client() as nobody:
        path = f"/media/jobs/{one}/events"

        first = nobody.get(path, params={"ticket": token})
        again = nobody.get(path, params={"ticket": token})
        elsewhere = nobody.get(f"/media/jobs/{other}/events", params={"ticket": wrong})
        spent = nobody.get(path, params={"ticket": wrong})
        made_up = nobody.get(path, params={"ticket": "x" * 43})
        empty = nobody.get(path, params={"ticket": ""})
        status = nobody.get(f"/media/jobs/{one}", params={"ticket": token})

    assert first.status_code == 200
    assert events_in(first.text)[-1][1] == "finished"
    refused = (again, elsewhere, spent, made_up, empty, status)
    assert [answer.status_code for answer in refused] == [401] * 6


def test_a_ticket_opens_a_web_socket_from_any_page(rig: Rig, client: Any, picture: str) -> None:
    job_id = finished(client, picture)
    address = f"ws://127.0.0.1:{rig.port}/media/jobs/{job_id}/progress?ticket="
    token = ticket(client, job_id)

    with connect(address + token, proxy=None, origin="https://elsewhere.example") as socket:
        last = [json.loads(message) for message in socket][-1]
    with (
        pytest.raises(websockets.exceptions.InvalidStatus) as refused,
        connect(address + token, proxy=None) as socket,
    ):
        socket.recv(timeout=SECONDS)

    assert last["kind"] == "finished"
    assert refused.value.response.status_code == 403


def test_tickets_are_few(client: Any, picture: str) -> None:
    job_id = finished(client, picture)
    tokens = [ticket(client, job_id) for _ in range(2)]

    refused = client.post("/media/tickets", json={"job_id": job_id})
    for token in tokens:
        client.get(f"/media/jobs/{job_id}/events", params={"ticket": token})
    later = client.post("/media/tickets", json={"job_id": job_id})
    client.get(f"/media/jobs/{job_id}/events", params={"ticket": later.json()["ticket"]})

    assert (refused.status_code, later.status_code) == (429, 201)
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["type"] == "urn:mediaflow:error:too_many_tickets"


def test_a_ticket_of_a_foreign_job_is_not_given(rig: Rig, client: Any, picture: str) -> None:
    job_id = finished(client, picture)
    with rig.client("eve") as eve:
        answer = eve.post("/media/tickets", json={"job_id": job_id})

    assert answer.status_code == 404


# ------------------------------------------------------------ what is short


@pytest.fixture(scope="module")
def short(processor: aio.Processor, root: Path) -> Iterator[Rig]:
    """Serve with a history of two jobs, tickets that are good for a moment, and little patience."""
    with serving(processor, root, max_history=2, ticket_seconds=0.01, idle_seconds=0.3) as made:
        yield made


def test_an_old_ticket_is_not_good(short: Rig) -> None:
    with short.client() as client:
        job_id = finished(client, uploaded(client))
        token = ticket(client, job_id)
        known = short.on_loop(lambda: dict(short.service.book._tickets))[token]
        assert polled(lambda: short.loop is not None and short.loop.time() > known[0])

        answer = client.get(f"/media/jobs/{job_id}/events", params={"ticket": token})

    assert answer.status_code == 401


def test_only_the_last_jobs_are_remembered(short: Rig, film: bytes) -> None:
    with short.client() as client:
        running = post(client, uploaded(client, film), SLOW).json()["job_id"]
        picture = uploaded(client)
        waiting = [post(client, picture).json()["job_id"] for _ in range(4)]
        client.delete(f"/media/jobs/{running}")
        client.get(f"/media/jobs/{running}")
        polled(lambda: len(client.get("/media/jobs").json()["jobs"]) == 2)

        listed = [one["job_id"] for one in client.get("/media/jobs").json()["jobs"]]
        gone = [client.get(f"/media/jobs/{one}").status_code for one in (running, *waiting)]

    assert listed == [waiting[3], waiting[2]]  # newest first
    assert gone == [404, 404, 404, 200, 200]


def test_jobs_are_forgotten_in_time_and_their_keys_with_them(
    processor: aio.Processor, root: Path
) -> None:
    key = {"idempotency-key": "k"}
    with serving(processor, root, history_seconds=0.3) as rig, rig.client() as client:
        picture = uploaded(client)
        first = post(client, picture, **key).json()["job_id"]
        (record,) = rig.on_loop(lambda: list(rig.service.book._records.values()))
        ended = polled(lambda: record.handle.completed_at)
        assert polled(lambda: _is_past(ended, 0.3))

        again = post(client, picture, **key)  # nobody has asked meanwhile
        gone = client.get(f"/media/jobs/{first}")

    assert again.status_code == 202, again.text
    assert again.json()["job_id"] != first
    assert gone.status_code == 404


def _is_past(ended: Any, seconds: float) -> bool:
    from datetime import UTC, datetime

    return (datetime.now(UTC) - ended).total_seconds() > seconds


# ------------------------------------------------------------ bodies and uploads


def test_a_body_has_a_longest_length(client: Any, picture: str) -> None:
    body = json.dumps({"source": picture, "outputs": WEBP, "to": "x" * MOST_BODY}).encode()
    json_type = {"content-type": "application/json"}

    said = client.post("/media/process", content=body, headers=json_type)
    unsaid = client.post("/media/process", content=iter([body]), headers=json_type)
    never_ending = client.post(
        "/media/process", content=(b" " * 1_000 for _ in range(100_000)), headers=json_type
    )

    answers = (said, unsaid, never_ending)
    assert [answer.status_code for answer in answers] == [413] * 3
    assert said.json()["type"] == "urn:mediaflow:error:limit_exceeded"


def test_an_upload_has_a_longest_length(client: Any, root: Path) -> None:
    whole = PICTURE + bytes(MOST_UPLOAD - len(PICTURE))

    just = client.post("/media/uploads", content=whole)
    said = client.post("/media/uploads", content=whole + b"x")
    unsaid = client.post("/media/uploads", content=iter([whole, b"x"]))

    assert [one.status_code for one in (just, said, unsaid)] == [201, 413, 413]
    assert not list(root.rglob("*.part"))


def test_an_upload_does_not_grow_beyond_it_in_pieces(client: Any, root: Path) -> None:
    more = {"upload-incomplete": "?1"}
    first = client.post("/media/uploads", content=bytes(MOST_UPLOAD - 5), headers=more)
    path = "/media/uploads/" + first.json()["upload_id"]

    rest = client.patch(
        path, content=bytes(6), headers={"upload-offset": str(MOST_UPLOAD - 5), **more}
    )

    assert (first.status_code, rest.status_code) == (202, 413)
    assert client.head(path).status_code == 404
    assert not list(root.rglob("*.part"))


def test_an_upload_said_to_be_too_long_is_not_read(rig: Rig) -> None:
    length = f"Content-Length: {MOST_UPLOAD + 1}"
    with asked(rig, "POST /media/uploads", "x-user: early", length) as one:
        status, problem = answered(one)

    assert json.loads(problem)["type"] == "urn:mediaflow:error:limit_exceeded"
    assert status == 413


@pytest.mark.parametrize("endpoint", ["/media/uploads", "/media/process"])
def test_a_body_that_stops_coming_is_not_waited_for(endpoint: str, short: Rig, root: Path) -> None:
    json_type = "Content-Type: application/json"
    with asked(short, f"POST {endpoint}", json_type, "Content-Length: 50", body=b"{") as one:
        status, problem = answered(one)

    assert status == 408
    assert json.loads(problem)["type"] == "urn:mediaflow:error:too_slow"
    assert polled(lambda: short.held().busy == 0) is True
    for part in root.rglob("*.part"):
        part.unlink()


def test_open_uploads_are_few(client: Any) -> None:
    more = {"upload-incomplete": "?1"}
    begun = [client.post("/media/uploads", content=PICTURE[:9], headers=more) for _ in range(3)]
    for one in begun[:2]:
        path = "/media/uploads/" + one.json()["upload_id"]
        client.patch(path, content=PICTURE[9:], headers={"upload-offset": "9"})
    later = client.post("/media/uploads", content=PICTURE)

    assert [one.status_code for one in begun] == [202, 202, 429]
    assert int(begun[2].headers["retry-after"]) > 0
    assert later.status_code == 201

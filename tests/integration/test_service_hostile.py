"""Bad input over HTTP: each gets the status that it deserves, and reaches nothing."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import mediaflow as mf
from mediaflow import aio
from tests.hostile_requests import (
    BROKEN,
    CODES,
    ESCAPES,
    INNER,
    MALFORMED,
    NO_MEDIA,
    ODD_URLS,
    PRIVATE,
)
from tests.integration.service_rig import (
    PICTURE,
    SECONDS,
    WEBP,
    Canary,
    Rig,
    answered,
    asked,
    by_header,
    job_of,
    serving,
    strangers,
)

pytestmark = pytest.mark.integration

SECRET = "whsec_" + "c2VjcmV0" * 4
HUSH = "what lies outside of the root"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a secret and a picture, and the root of the service beside them."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "secret.txt").write_text(HUSH)
    (folder / "secret.jpg").write_bytes(PICTURE)
    (folder / "empty").mkdir()
    (folder / "root").mkdir()
    (folder / "rooted").mkdir()  # its name begins like the root's
    (folder / "rooted" / "secret.jpg").write_bytes(PICTURE)
    return folder


@pytest.fixture(scope="module")
def processor(outside: Path) -> Iterator[aio.Processor]:
    policy = mf.HttpPolicy(plain_http=True, ports=None)  # so that the address alone is at fault
    with strangers(outside / "root", workers=1, callback_policy=policy) as made:
        yield made


@pytest.fixture(scope="module")
def rig(processor: aio.Processor, outside: Path) -> Iterator[Rig]:
    with serving(processor, outside / "root", auth=by_header, callback_secret=SECRET) as made:
        yield made


@pytest.fixture(scope="module")
def ann(rig: Rig) -> Iterator[Any]:
    with rig.client("ann") as client:
        yield client


@pytest.fixture(scope="module")
def picture(rig: Rig) -> str:
    return rig.upload(user="ann")


@pytest.fixture(scope="module")
def own(picture: str, outside: Path) -> str:
    """Return ann's folder, with ways out of it."""
    name = picture.split("/")[0]
    folder = outside / "root" / name
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    (folder / "up").symlink_to(outside)
    (folder / "loop").symlink_to("loop")
    (folder / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as one, suppress(OSError):  # a name may be too long for it
        one.bind(str(folder / "socket.jpg"))
    return name


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with Canary() as made:
        yield made


def snapshot(folder: Path) -> set[str]:
    """Return all that lies outside of the root."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.relative_to(folder).parts[0] != "root"
    }


def problem(answer: Any) -> str:
    """Return the code of a problem, which is one in all its ways and tells nothing of the machine."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    for hush in (HUSH, "/tmp", "Traceback", 'File "', SECRET):
        assert hush not in answer.text
    return str(body["type"].removeprefix("urn:mediaflow:error:"))


# ------------------------------------------------------------ locations

REFUSALS = {
    "forbidden_location", "invalid_spec", "not_found", "source_not_found",
    "source", "storage",  # a folder, and a link that leads to itself
}  # fmt: skip


def written(body: Any) -> bytes:
    """Return JSON in ASCII, so that half of a surrogate pair can be written."""
    return json.dumps(body).encode("ascii")


def forms(own: str, port: int) -> list[str]:
    plain = [form.replace("{port}", str(port)) for form in ESCAPES]
    return [*plain, *(f"{own}/{form}" for form in (*plain, *INNER))]


def test_the_tables_are_long_enough() -> None:
    assert len(set(ESCAPES)) >= 40
    assert len(set(PRIVATE)) >= 30


@pytest.mark.parametrize("endpoint", ["process", "probe"])
def test_no_source_leads_out(
    endpoint: str, rig: Rig, ann: Any, own: str, canary: Canary, outside: Path
) -> None:
    before = snapshot(outside)
    seen = {}
    for form in (*forms(own, canary.port), "", None, 5, [], {"uri": "x"}):
        body = {"source": form, **({"outputs": WEBP} if endpoint == "process" else {})}
        answer = ann.post(f"/media/{endpoint}", content=written(body), headers=JSON)
        if answer.status_code == 202:
            job = job_of(ann, answer.json()["job_id"])
            seen[str(form)] = (answer.status_code, job["error_code"])
        elif problem(answer) not in REFUSALS:
            seen[str(form)] = (answer.status_code, problem(answer))

    assert seen == {}
    assert not canary.has_seen_anybody()
    assert snapshot(outside) == before


def test_no_folder_of_outputs_leads_out(
    ann: Any, own: str, picture: str, canary: Canary, outside: Path
) -> None:
    before = snapshot(outside)
    foreign = {path.name for path in (outside / "root").iterdir()}
    odd = {}
    for form in (*forms(own, canary.port), 5, [], {"uri": "x"}):
        body = {"source": picture, "outputs": WEBP, "to": form}
        answer = ann.post("/media/process", content=written(body), headers=JSON)
        if answer.status_code == 202:
            job = job_of(ann, answer.json()["job_id"])
            for output in job["outputs"]:
                if not output["location"].startswith(own + "/"):
                    odd[str(form)] = output["location"]
        elif answer.status_code not in {403, 404, 409, 422, 503}:
            odd[str(form)] = (answer.status_code, problem(answer))
        else:
            problem(answer)

    assert odd == {}
    assert snapshot(outside) == before
    assert {path.name for path in (outside / "root").iterdir()} == foreign
    assert not canary.has_seen_anybody()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_no_location_of_a_file_leads_out(
    method: str, rig: Rig, ann: Any, own: str, canary: Canary, outside: Path
) -> None:
    before = snapshot(outside)
    odd = {}
    for form in forms(own, canary.port):
        raw = form.encode("utf-8", "surrogatepass")
        targets = {quote(raw, safe=""), quote(raw, safe="/%")}
        targets |= {quote(raw, safe="/%").replace("..", "%2e%2e")}
        for target in targets:
            with asked(rig, f"{method} /media/files/{target}", "x-user: ann") as one:
                status, body = answered(one)
            if status not in {403, 404, 405, 422} or HUSH.encode() in body or PICTURE in body:
                odd[target] = (status, body[:80])

    assert odd == {}
    assert snapshot(outside) == before
    assert (outside / "root" / own / "link.jpg").is_symlink()
    assert ann.get("/media/jobs").status_code == 200


@pytest.mark.parametrize(
    "upload_id",
    [
        "x",
        "a" * 22,
        "a" * 5_000,
        "..%2f" * 4 + "aa",
        "%2e%2e",
        "%00" * 22,
        "a" * 21 + "%0a",
        "link.jpg",
    ],
)
def test_no_upload_is_found_by_a_made_up_id(
    upload_id: str, rig: Rig, own: str, outside: Path
) -> None:
    before = snapshot(outside)
    for method in ("PATCH", "HEAD"):
        head = ("x-user: ann", "Upload-Offset: 0", "Content-Length: 1")
        with asked(rig, f"{method} /media/uploads/{upload_id}", *head, body=b"x") as one:
            assert answered(one, method)[0] in {404, 405}

    assert snapshot(outside) == before
    assert not list((outside / "root" / own).rglob(".*.part"))


@pytest.mark.parametrize(
    "offset",
    ["-1", "+1", "0x1", "1.0", "1e1", " ", "", "9" * 19, "9" * 5_000, "nan", "0;1", "\u0663"],
)
def test_an_offset_is_a_plain_number(offset: str, ann: Any) -> None:
    begun = ann.post("/media/uploads", content=PICTURE[:9], headers={"upload-incomplete": "?1"})
    path = "/media/uploads/" + begun.json()["upload_id"]

    odd = ann.patch(path, content=b"x", headers={b"upload-offset": offset.strip().encode()})
    rest = ann.patch(path, content=PICTURE[9:], headers={"upload-offset": "9"})

    assert (odd.status_code, rest.status_code) == (400, 201)


def test_a_foreign_upload_is_none(rig: Rig, ann: Any) -> None:
    begun = ann.post("/media/uploads", content=PICTURE[:9], headers={"upload-incomplete": "?1"})
    path = "/media/uploads/" + begun.json()["upload_id"]
    with rig.client("eve") as eve:
        answers = [
            eve.head(path),
            eve.patch(path, content=b"<svg/>", headers={"upload-offset": "9"}),
        ]

    rest = ann.patch(path, content=PICTURE[9:], headers={"upload-offset": "9"})

    assert [answer.status_code for answer in answers] == [404, 404]
    assert ann.get("/media/files/" + rest.json()["location"]).content == PICTURE


@pytest.mark.parametrize(
    "span",
    [
        "bytes=5-2", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "bytes=" + "0-,1-," * 2_000, "items=0-1",
        "bytes=1", "bytes=--1", "bytes=0x0-0x9", "", "bytes=" + "9" * 30 + "-",
    ],
)  # fmt: skip
def test_an_odd_range_is_the_whole_file(span: str, ann: Any, picture: str) -> None:
    answer = ann.get("/media/files/" + picture, headers={"range": span})

    assert (answer.status_code, answer.content) == (200, PICTURE)


@pytest.mark.parametrize("query", ["offset=-1", "offset=x", "limit=0", "limit=101", "limit=1e9"])
def test_a_page_of_jobs_that_is_none_is_refused(query: str, ann: Any) -> None:
    answer = ann.get("/media/jobs?" + query)

    assert (answer.status_code, problem(answer)) == (422, "invalid_spec")


def test_names_of_files_from_a_caller_are_only_names(ann: Any, own: str) -> None:
    for name in ("../../x.jpg", "/etc/x.jpg", "x.html", '"; filename=x'):
        answer = ann.post(
            "/media/uploads",
            content=PICTURE,
            headers={"content-disposition": f"attachment; filename={name}", "x-filename": name},
        )
        folder, kind, file = answer.json()["location"].split("/")
        assert (folder, kind) == (own, "uploads")
        assert file.endswith(".jpeg")


# ------------------------------------------------------------ addresses of callbacks


def test_no_callback_reaches_a_private_address(
    ann: Any, picture: str, canary: Canary, processor: aio.Processor
) -> None:
    urls = [
        f"{scheme}://{host}:{canary.port}/x" for host in PRIVATE for scheme in ("http", "https")
    ]
    urls += [url.replace("{port}", str(canary.port)) for url in ODD_URLS]
    known = len(processor.jobs())
    odd = {}
    for url in urls:
        body = {"source": picture, "outputs": WEBP, "callback_url": url}
        answer = ann.post("/media/process", content=written(body), headers=JSON)
        if (answer.status_code, problem(answer)) != (403, "forbidden_location"):
            odd[url] = (answer.status_code, answer.text)

    assert odd == {}
    assert len(processor.jobs()) == known  # none was begun
    assert not canary.has_seen_anybody()


@pytest.mark.parametrize("url", [5, ["https://example.com"], {"url": "https://example.com"}, True])
def test_a_callback_is_a_text(ann: Any, picture: str, url: Any) -> None:
    body = {"source": picture, "outputs": WEBP, "callback_url": url}

    answer = ann.post("/media/process", json=body)

    assert (answer.status_code, problem(answer)) == (422, "invalid_spec")


# ------------------------------------------------------------ files that are none


@pytest.mark.parametrize("name", NO_MEDIA)
def test_what_is_no_media_is_not_kept(name: str, ann: Any, own: str, outside: Path) -> None:
    answer = ann.post(
        "/media/uploads", content=NO_MEDIA[name], headers={"content-type": "image/png"}
    )

    assert (answer.status_code, problem(answer)) == (415, "unidentified")
    assert not list((outside / "root" / own / "uploads").glob(".*.part"))


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_fails_with_a_code(name: str, ann: Any) -> None:
    upload = ann.post("/media/uploads", content=BROKEN[name])
    if upload.status_code == 415:  # it is too little to be known
        assert problem(upload) == "unidentified"
        return
    location = upload.json()["location"]

    answer = ann.post("/media/process", json={"source": location, "outputs": WEBP})
    file = ann.get("/media/files/" + location)

    if answer.status_code == 202:
        job = job_of(ann, answer.json()["job_id"])
        codes = {job["error_code"], *(output["error_code"] for output in job["outputs"])}
        status = job["status"]
    else:
        codes, status = {problem(answer)}, "failed"
        assert answer.status_code in {413, 415, 422}
    assert (status, codes <= CODES | {None, "outputs_failed"}) == ("failed", True), codes
    assert codes - {None}
    assert "html" not in file.headers["content-type"]
    assert file.headers["x-content-type-options"] == "nosniff"


# ------------------------------------------------------------ JSON that is none


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_request_is_refused(name: str, ann: Any, picture: str) -> None:
    body, statuses = MALFORMED[name]
    wide = "utf-32" if name == "UTF-32" else "utf-16-le"
    body = body.replace(b"SOURCE", picture.encode()).replace(
        "SOURCE".encode(wide), picture.encode(wide)
    )

    answer = ann.post("/media/process", content=body, headers=JSON)

    assert answer.status_code in statuses, answer.text[:500]
    if answer.status_code == 202:
        job_of(ann, answer.json()["job_id"])
    else:
        assert problem(answer)
        assert len(answer.content) < 4_000


@pytest.mark.parametrize(
    "kind",
    [
        "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/xml", "application/jsonp", "application/json, text/plain", "text/json",
        "application/octet-stream", "application/json5",
    ],
)  # fmt: skip
def test_a_body_of_another_type_is_not_read(kind: str, ann: Any, picture: str) -> None:
    body = written({"source": picture, "outputs": WEBP})
    for endpoint in ("process", "plan", "probe", "thumbnails", "optimize", "tickets"):
        answer = ann.post(
            f"/media/{endpoint}", content=body, headers={b"content-type": kind.encode("latin-1")}
        )
        assert (answer.status_code, problem(answer)) == (415, "unsupported_media_type")


# ------------------------------------------------------------ pages of other sites


@pytest.fixture(scope="module")
def open_rig(processor: aio.Processor, outside: Path) -> Iterator[Rig]:
    """Serve whoever comes, as on one's own machine."""
    with serving(processor, outside / "root") as made:
        yield made


def test_a_page_of_another_site_changes_nothing(open_rig: Rig) -> None:
    page = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "no-cors",
        "origin": "https://else.example",
    }
    form = {**page, "content-type": "text/plain"}
    with open_rig.client() as client:
        location = open_rig.upload()
        job_id = client.post("/media/process", json={"source": location, "outputs": WEBP}).json()[
            "job_id"
        ]
        job_of(client, job_id)
        answers = [
            client.post("/media/uploads", content=PICTURE, headers=form),
            client.post("/media/uploads", content=PICTURE, headers=page),
            client.post("/media/process", content=b"{}", headers=form),
            client.post(f"/media/jobs/{job_id}/retry", headers=page),
            client.delete(f"/media/jobs/{job_id}", headers=page),
            client.delete("/media/files/" + location, headers=page),
            client.post("/media/tickets", json={"job_id": job_id}, headers=page),
            client.get(f"/media/jobs/{job_id}", headers=page),
            client.get("/media/files/" + location, headers=page),
        ]

        assert [answer.status_code for answer in answers] == [403] * len(answers)
        assert {problem(answer) for answer in answers} == {"cross_site"}
        assert client.get("/media/files/" + location).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://else.example", "null", "http://127.0.0.1", "http://localhost:{port}", "x", ""],
)
def test_a_web_socket_of_a_foreign_page_is_refused(origin: str, open_rig: Rig) -> None:
    websockets = pytest.importorskip("websockets", reason="websockets is not installed here")
    from websockets.sync.client import connect

    with open_rig.client() as client:
        body = {"source": open_rig.upload(), "outputs": WEBP}
        job_id = client.post("/media/process", json=body).json()["job_id"]
        job_of(client, job_id)
    address = f"ws://127.0.0.1:{open_rig.port}/media/jobs/{job_id}/progress"
    foreign = {"Origin": origin.replace("{port}", str(open_rig.port))}

    with (
        pytest.raises(websockets.exceptions.InvalidStatus) as refused,
        connect(address, additional_headers=foreign, proxy=None, open_timeout=SECONDS) as one,
    ):
        one.recv(timeout=SECONDS)
    with connect(address, origin=open_rig.url, proxy=None, open_timeout=SECONDS) as one:
        kinds = [json.loads(message)["kind"] for message in one]

    assert refused.value.response.status_code == 403
    assert kinds[-1] == "finished"


def test_no_answer_says_that_other_sites_may_read_it(open_rig: Rig) -> None:
    with open_rig.client() as client:
        asked_first = client.options(
            "/media/process",
            headers={"origin": "https://else.example", "access-control-request-method": "POST"},
        )
        read = client.get("/media/jobs", headers={"origin": "https://else.example"})

    assert asked_first.status_code in {404, 405}
    for answer in (asked_first, read):
        assert not [name for name in answer.headers if name.startswith("access-control-")]

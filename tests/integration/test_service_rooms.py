"""What a service keeps for its callers: room for files, second inputs, what is made again."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from mediaflow import aio
from mediaflow.errors import SpecError
from mediaflow.jobs.handle import JobHandle
from mediaflow.models.events import Finished, Progress, Started, Written
from mediaflow.storage import Storage
from tests.film import counting_film
from tests.media import photo_jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

testclient = pytest.importorskip("fastapi.testclient", reason="fastapi is not installed here")

from mediaflow.integrations.fastapi import ServicePolicy, create_app, create_router  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.feed import Feeds  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.problems import Problem  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.quota import Quota  # noqa: E402  # after the check

PICTURE = photo_jpeg(320, 240)
ROOM = 3 * len(PICTURE)
CALLER = "u" + "0" * 24


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


@pytest.fixture
def client(processor: aio.Processor) -> Iterator[Any]:
    app = create_app(processor, auth=by_header)
    with testclient.TestClient(app, headers={"x-user": "ann"}) as made:
        yield made


def uploaded(client: Any, data: bytes = PICTURE, **options: Any) -> str:
    answer = client.post("/media/uploads", content=data, **options)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["location"])


def ended(client: Any, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    path = f"/media/jobs/{answer.json()['job_id']}"
    client.get(f"{path}/events")  # to the last event
    found: dict[str, Any] = client.get(path).json()
    return found


def test_folder_of_the_storage_is_that_of_the_service(client: Any, root: Path) -> None:
    location = uploaded(client)

    assert (root / location).read_bytes() == PICTURE


def test_root_elsewhere_is_refused(processor: aio.Processor, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="must lie in a folder of the storage"):
        create_router(processor, policy=ServicePolicy(root=str(tmp_path)))


def test_job_tells_its_plan_and_its_source(client: Any) -> None:
    location = uploaded(client)
    outputs = [{"kind": "image", "format": "webp", "width": 64}]

    job = ended(
        client, client.post("/media/process", json={"source": location, "outputs": outputs})
    )

    assert (job["source"], job["source_bytes"]) == (location, len(PICTURE))
    assert any("64×48" in line for line in job["plan"])
    assert not any("/" + location.split("/")[0] in line for line in job["plan"])
    assert (job["estimated_seconds"] > 0, job["retry_of"]) == (True, None)


def test_mark_that_the_caller_uploaded_is_laid_over(client: Any) -> None:
    grey, red = Image.new("RGB", (100, 100), (128, 128, 128)), io.BytesIO()
    Image.new("RGB", (20, 20), (255, 0, 0)).save(red, "PNG")
    plain = io.BytesIO()
    grey.save(plain, "PNG")
    source, mark = uploaded(client, plain.getvalue()), uploaded(client, red.getvalue())
    over = {"kind": "watermark", "picture": mark, "position": "center", "scale": 0.2}
    outputs = [{"kind": "image", "format": "png", "filters": [over]}]

    job = ended(client, client.post("/media/process", json={"source": source, "outputs": outputs}))
    file = client.get("/media/files/" + job["outputs"][0]["location"])

    with Image.open(io.BytesIO(file.content)) as made:
        assert made.convert("RGB").getpixel((50, 50)) == (255, 0, 0)
        assert made.convert("RGB").getpixel((5, 5)) == (128, 128, 128)


def test_mark_of_somebody_else_is_not_there(client: Any) -> None:
    source, mark = uploaded(client), uploaded(client, headers={"x-user": "bob"})
    over = {"kind": "watermark", "picture": mark}
    outputs = [{"kind": "image", "format": "png", "filters": [over]}]

    answer = client.post("/media/process", json={"source": source, "outputs": outputs})

    assert answer.status_code == 404, answer.text


def test_retry_makes_what_was_not_made(client: Any, root: Path) -> None:
    source = uploaded(client)
    folder = source.split("/")[0] + "/outputs/again"
    stem = source.split("/")[-1].rsplit(".", 1)[0]
    in_the_way = root / folder / f"{stem}_b.png"  # a file cannot stand where a folder does
    in_the_way.mkdir(parents=True)
    outputs = [
        {"kind": "image", "format": "webp", "width": 32, "suffix": "_a"},
        {"kind": "image", "format": "png", "width": 16, "suffix": "_b"},
    ]
    body = {"source": source, "to": folder, "outputs": outputs}

    first = ended(client, client.post("/media/process", json=body))
    in_the_way.rmdir()
    again = ended(client, client.post(f"/media/jobs/{first['job_id']}/retry"))
    third = client.post(f"/media/jobs/{again['job_id']}/retry")

    assert [one["status"] for one in first["outputs"]] == ["completed", "failed"]
    assert [(one["name"], one["status"]) for one in again["outputs"]] == [("b", "completed")]
    assert again["retry_of"] == first["job_id"]
    assert third.status_code == 409


def test_stream_tells_its_manifests(client: Any, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    counting_film(clip, frames=10)
    source = uploaded(client, clip.read_bytes())
    stream = {"kind": "stream", "renditions": [{"height": 48}], "segment_seconds": 1}

    job = ended(client, client.post("/media/process", json={"source": source, "outputs": [stream]}))
    made = job["outputs"][0]
    texts = [client.get("/media/files/" + one).text for one in made["manifests"]]

    assert made["location"] == made["manifests"][0]
    assert [text.split()[0] for text in texts] == ["#EXTM3U", "<?xml"]


def test_full_folder_takes_nothing_until_something_is_removed(processor: aio.Processor) -> None:
    app = create_app(processor, auth=by_header, policy=ServicePolicy(max_bytes_each=ROOM))
    with testclient.TestClient(app, headers={"x-user": "full"}) as client:
        kept = [uploaded(client) for _ in range(3)]
        one_more = client.post("/media/uploads", content=PICTURE)
        job = client.post("/media/thumbnails", json={"source": kept[0]})
        in_pieces = client.post("/media/uploads", content=iter([PICTURE]))
        others = client.delete("/media/files/" + kept[1], headers={"x-user": "eve"})
        removed = client.delete("/media/files/" + kept[1])
        gone = client.get("/media/files/" + kept[1])
        again = client.post("/media/uploads", content=PICTURE)

    full = ("urn:mediaflow:error:quota_exceeded", 413)
    for answer in (one_more, job, in_pieces):
        assert (answer.json()["type"], answer.status_code) == full
    assert (others.status_code, removed.status_code, gone.status_code) == (404, 204, 404)
    assert again.status_code == 201


@pytest.mark.anyio
async def test_bytes_of_a_folder_are_counted_again_after_a_while(tmp_path: Path) -> None:
    now = [0.0]
    quota = Quota(str(tmp_path), 100, clock=lambda: now[0])
    folder = tmp_path / CALLER / "deep"
    folder.mkdir(parents=True)

    await quota.check(CALLER, 100)
    (folder / "a").write_bytes(bytes(60))
    await quota.check(CALLER, 50)  # what came by another way is not known yet
    now[0] = 11.0
    with pytest.raises(Problem, match="100 bytes"):
        await quota.check(CALLER, 50)
    quota.add(CALLER, 30)
    await quota.check(CALLER, 10)
    (folder / "a").write_bytes(bytes(10))
    await quota.check(CALLER, 80)  # looked at once more before it is refused


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site", "content-type": "text/plain"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "content-type": "image/jpeg"}, 201),  # the browser asked
        ({"sec-fetch-site": "same-origin", "content-type": "text/plain"}, 201),
        ({}, 201),
    ],
)
def test_page_of_another_site_changes_nothing_with_a_login_of_the_browser(
    client: Any, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/media/uploads", content=PICTURE, headers=headers)

    assert answer.status_code == status, answer.text


def test_link_from_another_site_opens_what_is_open_to_all(processor: aio.Processor) -> None:
    with testclient.TestClient(create_app(processor)) as client:
        location = uploaded(client)
        link = {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}
        image = {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"}
        opened = client.get("/media/files/" + location, headers=link)
        framed = client.get("/media/files/" + location, headers=image)

    assert (opened.status_code, framed.status_code) == (200, 403)


@pytest.mark.anyio
async def test_slow_follower_skips_progress_and_hears_the_end() -> None:
    handle = JobHandle("j")
    handle.take(Started(job_id="j", sequence=0))
    for number in range(1, 50):
        handle.take(Progress(job_id="j", sequence=number, fraction=number / 100, stage="encode"))
    handle.take(Written(job_id="j", sequence=50, output="a", uri="a", bytes=1))
    handle.take(Progress(job_id="j", sequence=51, fraction=1.0, stage="store"))
    handle.take(Finished(job_id="j", sequence=52, status="completed"))
    handle.future.set_exception(SpecError("no result"))
    feeds = Feeds(str, 2)

    whole = [m async for some in feeds.follow(aio.JobHandle(handle), -1, 30.0) for m in some]
    late = [m async for some in feeds.follow(aio.JobHandle(handle), 52, 30.0) for m in some]

    assert [m.sequence for m in whole] == [0, 49, 50, 51, 52]
    assert [m.kind for m in late] == ["finished"]
    assert len(feeds) == 0


@pytest.mark.anyio
async def test_many_followers_all_hear_all_and_hold_nobody_up() -> None:
    handle = JobHandle("j")
    feeds = Feeds(str, 1_000)
    turns = 0

    async def follow() -> list[int]:
        news = feeds.follow(aio.JobHandle(handle), -1, 30.0)
        return [message.sequence async for some in news for message in some]

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    every = [asyncio.create_task(follow()) for _ in range(200)]
    other = asyncio.create_task(others())
    await asyncio.sleep(0)
    for number in range(5):
        handle.take(Written(job_id="j", sequence=number, output="a", uri="a", bytes=1))
        await asyncio.sleep(0)  # a wave is on its way when the next one comes
    handle.future.set_exception(SpecError("no result"))
    turns = 0
    handle.take(Finished(job_id="j", sequence=5, status="failed"))
    heard = await asyncio.wait_for(asyncio.gather(*every), 60)
    other.cancel()

    assert heard == [list(range(6))] * 200
    assert turns >= 200 // 16  # between every few followers, everybody else had a turn
    assert len(feeds) == 0


@pytest.mark.anyio
async def test_one_follower_too_many_is_refused() -> None:
    feeds = Feeds(str, 1)
    handle = aio.JobHandle(JobHandle("j"))
    stream = feeds.follow(handle, -1, 0.01)

    feeds.check()
    await anext(stream)
    with pytest.raises(Problem) as refused:
        feeds.check()
    await stream.aclose()
    feeds.check()

    assert refused.value.status == 503


def test_caller_who_lost_the_last_answer_learns_the_location(client: Any) -> None:
    piece = client.post(
        "/media/uploads", content=PICTURE[:100], headers={"upload-incomplete": "?1"}
    ).json()
    path = f"/media/uploads/{piece['upload_id']}"

    begun = client.head(path)
    whole = client.patch(path, content=PICTURE[100:], headers={"upload-offset": "100"}).json()
    ended = client.head(path)
    others = client.head(path, headers={"x-user": "eve"})

    assert (begun.headers["upload-offset"], "content-location" in begun.headers) == ("100", False)
    assert ended.headers["upload-offset"] == str(len(PICTURE))
    assert ended.headers["content-location"] == whole["location"]
    assert others.status_code == 404

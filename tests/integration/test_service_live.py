"""Live video through the web API: answered, filtered, bounded, and nothing of it is left."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mediaflow import aio
from mediaflow.storage import Storage
from tests.measure import open_descriptors, own_threads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytest.importorskip("fastapi", reason="fastapi is not installed here")
pytest.importorskip("aiortc", reason="the extra webrtc is not installed here")
httpx = pytest.importorskip("httpx", reason="httpx is not installed here")

from aiortc.mediastreams import AudioStreamTrack  # noqa: E402  # after the check

from mediaflow.integrations.fastapi import ServicePolicy, create_app  # noqa: E402  # after the check
from mediaflow.integrations.fastapi.live import Live  # noqa: E402
from mediaflow.integrations.fastapi.problems import Problem  # noqa: E402
from mediaflow.integrations.webrtc import LivePeers  # noqa: E402
from tests.live_peers import COLOR, PATIENCE, Caller, Painted, plain  # noqa: E402  # after the check

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

OFFER = "/media/webrtc/offer"
GRAY = [{"kind": "grayscale"}]
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of grayscale, by Filter Effects 1


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: ["127.0.0.1"])


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[aio.Processor]:
    root: Path = tmp_path_factory.mktemp("service")
    made = aio.Processor(trust="strangers", workers=1, storage=Storage.within(root))
    yield made
    made._processor.close()


async def by_header(connection: Any) -> str:
    return str(connection.headers["x-user"])  # KeyError: nobody


@asynccontextmanager
async def service(processor: aio.Processor, **policy: Any) -> AsyncIterator[Any]:
    bounds = ServicePolicy(live_private_networks=True, **policy)
    app = create_app(processor, auth=by_header, policy=bounds)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://t", headers={"x-user": "ann"}
        ) as client,
    ):
        yield client


async def peers_of(client: Any) -> int:
    figures = (await client.get("/metrics")).text
    return int(figures.split("\nmediaflow_live_peers ")[1].split()[0])


async def until_peers(client: Any, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await peers_of(client) != count:  # noqa: ASYNC110  # the service has no event for it
            await asyncio.sleep(0.02)


async def called(client: Any, caller: Caller, filters: object = ()) -> Any:
    offer = await caller.offer()
    return await client.post(OFFER, json={**offer, "filters": list(filters)})  # type: ignore[call-overload]  # any list


async def test_video_comes_back_filtered_changes_live_and_the_peer_is_let_go(
    processor: aio.Processor,
) -> None:
    gray = round(sum(share * value for share, value in zip(LUMINANCE, COLOR, strict=True)))
    async with service(processor) as client:
        source = Painted(plain)
        caller = Caller(source)
        caller.connection.addTrack(AudioStreamTrack())
        answer = await called(client, caller, GRAY)
        await caller.take(answer.json())
        await caller.until((gray, gray, gray))
        here = await peers_of(client)
        changed = await caller.ask('{"filters": [], "stats": true}')
        await caller.until(COLOR)
        source.stop()
        await caller.connection.close()
        await until_peers(client, 0)

    assert answer.status_code == 200
    assert answer.json()["type"] == "answer"
    assert caller.kinds == {"audio", "video"}
    assert here == 1
    assert changed["ok"]
    assert changed["stats"]["frames_in"] > 0


async def test_one_peer_too_many_is_refused(processor: aio.Processor) -> None:
    async with service(processor, max_live_peers=2, max_live_peers_each=1) as client:
        callers = [Caller(Painted(plain)) for _ in range(4)]
        answers = [
            await called(client, callers[0]),
            await called(client, callers[1]),
            await client.post(OFFER, json=await callers[2].offer(), headers={"x-user": "bob"}),
            await client.post(OFFER, json=await callers[3].offer(), headers={"x-user": "eve"}),
        ]
        for caller in callers:
            caller.source.stop()
            await caller.connection.close()

    assert [answer.status_code for answer in answers] == [200, 429, 200, 503]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in (answers[1], answers[3]))


async def test_end_of_the_service_ends_its_peers(processor: aio.Processor) -> None:
    caller = Caller(Painted(plain))
    async with service(processor) as client:
        answer = await called(client, caller)
        await caller.take(answer.json())
        await caller.frame()
    async with asyncio.timeout(PATIENCE):
        while caller.connection.connectionState not in ("closed", "failed"):  # noqa: ASYNC110  # the same
            await asyncio.sleep(0.02)
    caller.source.stop()
    await caller.connection.close()

    assert own_threads() == set()


async def test_offer_that_meets_the_end_while_aiortc_loads_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = threading.Event()

    def load() -> type[LivePeers]:
        loaded.wait(PATIENCE)
        return LivePeers

    monkeypatch.setattr("mediaflow.integrations.fastapi.live._live_peers", load)
    live = Live(ServicePolicy(live_private_networks=True))
    caller = Caller(Painted(plain))
    asked = asyncio.create_task(live.answer(None, await caller.offer(), ()))
    await asyncio.sleep(0)
    await live.close()
    loaded.set()
    with pytest.raises(Problem) as caught:
        await asked
    caller.source.stop()
    await caller.connection.close()

    assert caught.value.status == 503
    assert len(live) == 0


async def test_service_without_live_video_says_so(processor: aio.Processor) -> None:
    async with service(processor, max_live_peers=0) as client:
        told = (await client.get("/media/webrtc")).json()
        refused = await client.post(OFFER, json={"sdp": "v=0", "type": "offer"})

    assert told["max_peers"] == 0
    assert refused.status_code == 404


async def test_missing_package_is_named(
    processor: aio.Processor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediaflow.integrations.fastapi.live.find_spec", lambda _: None)
    async with service(processor) as client:
        told = (await client.get("/media/webrtc")).json()
        refused = await client.post(OFFER, json={"sdp": "v=0", "type": "offer"})

    assert told["max_peers"] == 0
    assert (refused.status_code, "pip install" in refused.json()["detail"]) == (501, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"sdp": "v=0"}', 422),
        (b'{"sdp": 1, "type": "offer"}', 422),
        (b'{"sdp": "v=0", "type": "answer"}', 422),
        (b'{"sdp": "v=0", "type": "offer", "ice_servers": ["stun:a"]}', 422),
        (json.dumps({"sdp": "m=video\r\n" * 9, "type": "offer"}).encode(), 422),
        (json.dumps({"sdp": "a" * 100_000, "type": "offer"}).encode(), 422),
        (json.dumps({"sdp": "a" * 1_100_000, "type": "offer"}).encode(), 413),
        (b'{"sdp": "v=0", "type": "offer", "filters": [{"kind": "none"}]}', 422),
    ],
)
async def test_bad_offer_is_refused(processor: aio.Processor, body: bytes, status: int) -> None:
    async with service(processor) as client:
        headers = {"content-type": "application/json"}
        refused = await client.post(OFFER, content=body, headers=headers)
        nobody = await client.post(OFFER, content=body, headers={**headers, "x-user": ""})

    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert nobody.status_code == 401


def junk(good: str, number: int) -> object:
    """Return one of many kinds of offers that are none, the same one for a number."""
    dice = random.Random(number)
    lines = good.splitlines()
    match number % 5:
        case 0:
            return good[: dice.randrange(len(good) - 200)]
        case 1:
            dice.shuffle(lines)
            return "\r\n".join(lines)
        case 2:
            return "\r\n".join(line for line in lines if dice.random() > 0.3)
        case 3:
            return dice.randbytes(dice.randrange(2_000)).decode("latin-1")
        case _:
            return dice.choice([None, 1, [], {}, "", "v=0", good * 8])


async def test_thousand_junk_offers_leave_nothing(processor: aio.Processor) -> None:
    caller = Caller(Painted(plain))
    good = str((await caller.offer())["sdp"])
    caller.source.stop()
    await caller.connection.close()
    statuses = set()
    async with service(processor, max_live_peers=50, max_live_peers_each=50) as client:
        await client.post(OFFER, json={"sdp": "v=0", "type": "offer"})  # loads what is loaded once
        gc.collect()
        before = len(asyncio.all_tasks()), own_threads(), open_descriptors()
        for number in range(1_000):
            answer = await client.post(OFFER, json={"sdp": junk(good, number), "type": "offer"})
            statuses.add(answer.status_code)
    gc.collect()
    async with asyncio.timeout(PATIENCE):
        while len(asyncio.all_tasks()) > before[0]:  # noqa: ASYNC110  # tasks of sockets that close
            await asyncio.sleep(0.02)

    assert statuses <= {200, 422, 429, 503}  # a description that lost a line may still be one
    assert 422 in statuses
    assert own_threads() == before[1]
    assert len(open_descriptors()) <= len(before[2])

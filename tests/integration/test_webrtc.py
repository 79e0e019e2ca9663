"""Two peers in one process: what comes back is filtered, on time, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mediaflow import filters
from mediaflow.errors import LimitExceededError, ProcessingError, SpecError
from mediaflow.testing.films import numbered, read_number
from tests.measure import open_descriptors, own_threads

aiortc = pytest.importorskip("aiortc", reason="the extra webrtc is not installed here")

from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack  # noqa: E402

from mediaflow.integrations.webrtc import LivePeers, Peer, ProcessedVideoTrack  # noqa: E402
from mediaflow.integrations.webrtc.sound import PassedSound  # noqa: E402
from tests.live_peers import COLOR, PATIENCE, SIZE, SWAPPED, Caller, Painted, plain  # noqa: E402

pytestmark = [pytest.mark.anyio, pytest.mark.integration]


def _counted(number: int) -> npt.NDArray[np.uint8]:
    return np.repeat(numbered(number, SIZE, lit=False)[:, :, None], 3, axis=2)


def _swap(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return pixels[:, :, ::-1].copy()


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: ["127.0.0.1"])


def _peers(**limits: Any) -> LivePeers:
    return LivePeers(private_candidates=True, **limits)


@asynccontextmanager
async def _call(
    peers: LivePeers, source: MediaStreamTrack, chosen: Any, *, sound: bool = False
) -> AsyncIterator[tuple[Caller, Peer]]:
    caller = Caller(source)
    if sound:
        caller.connection.addTrack(AudioStreamTrack())
    try:
        answer, peer = await peers.answer(await caller.offer(), filters=chosen)
        await caller.take(answer)
        yield caller, peer
    finally:
        source.stop()
        await peers.close_all()
        await caller.connection.close()


async def _soon(check: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not check() and time.monotonic() < deadline:  # noqa: ASYNC110  # any condition
        await asyncio.sleep(0.02)
    return check()


async def test_what_comes_back_is_filtered_and_sound_comes_too() -> None:
    async with _call(_peers(), Painted(plain), _swap, sound=True) as (caller, peer):
        await caller.until(SWAPPED)

        stats = peer.stats()
        assert caller.kinds == {"audio", "video"}
        assert stats is not None
        assert stats.frames_in >= stats.frames_out > 0
        assert (stats.level, stats.error) == ("full", None)


async def test_specs_are_those_of_stills() -> None:
    gray = filters.apply_filters(_still(), (filters.Grayscale(),)).getpixel((0, 0))

    async with _call(_peers(), Painted(plain), (filters.Grayscale(),)) as (caller, _):
        await caller.until(gray)


def _still() -> Any:
    from PIL import Image

    return Image.new("RGB", (2, 2), COLOR)


async def test_filters_change_over_the_channel_and_bad_ones_are_refused() -> None:
    async with _call(_peers(), Painted(plain), _swap) as (caller, peer):
        await caller.until(SWAPPED)

        refused = await caller.ask('{"filters": [{"kind": "sepia", "much": 1}]}')
        kept = peer.video._work.filters if peer.video else ()
        taken = await caller.ask('{"filters": []}')
        await caller.until(COLOR)

        assert (refused["ok"], refused["code"]) == (False, "invalid_spec")
        assert [one.kind for one in kept] == ["on_frames"]
        assert taken == {"ok": True}


async def test_peer_asks_for_figures_and_one_that_asks_too_much_is_told() -> None:
    async with _call(_peers(), Painted(plain), _swap) as (caller, peer):
        await caller.until(SWAPPED)

        told = await caller.ask('{"stats": true}')
        for _ in range(600):  # more than a peer may send in a quarter of a minute
            caller.channel.send('{"filters": []}')
        answers = [await asyncio.wait_for(caller.replies.get(), PATIENCE)]
        while answers[-1]["ok"]:
            answers.append(await asyncio.wait_for(caller.replies.get(), PATIENCE))

        assert told["stats"]["frames_out"] > 0
        assert answers[-1]["code"] == "limit_exceeded"
        assert len(answers) < 600
        assert not peer.is_closed


async def test_latency_stays_bounded_when_the_filter_is_slow() -> None:
    def slow(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        time.sleep(0.06)  # twice what a frame of 30 a second may take
        return pixels

    source = Painted(_counted)
    ages: list[tuple[float, float]] = []

    async with _call(_peers(max_latency_seconds=1.0), source, slow) as (caller, peer):
        began = time.monotonic()
        while time.monotonic() < began + 5:
            shown = (await caller.frame()).to_ndarray(format="rgb24")
            now = time.monotonic()
            with suppress(ValueError):  # the first frames may be too blurred to be read
                ages.append((now, now - source.times[read_number(shown)]))
        stats = peer.stats()

    start, end = ages[0][0], ages[-1][0]
    first = [age for at, age in ages if at <= start + 1]
    last = [age for at, age in ages if at >= end - 1]
    # a queue would be 2.4 s long by now: half a second for each second; the floor is for busy machines
    assert np.median(last) <= max(1.5 * np.median(first), 1.5)
    assert stats is not None
    assert stats.dropped > 0
    assert stats.frames_out < stats.frames_in


async def test_end_of_the_source_ends_the_track() -> None:
    source = Painted(plain, frames=5)
    track = ProcessedVideoTrack(source, _swap)
    ended: list[bool] = []
    track.on("ended", lambda: ended.append(True))

    async def play() -> None:
        for _ in range(6):
            await asyncio.wait_for(track.recv(), PATIENCE)

    with pytest.raises(MediaStreamError):
        await play()
    await track.aclose()

    assert (track.readyState, ended, track.stats().error) == ("ended", [True], None)
    assert own_threads() == set()


async def test_filter_that_fails_ends_the_track_and_is_told() -> None:
    def fail(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        raise KeyError("odd")

    async with _call(_peers(), Painted(plain), fail) as (_, peer):
        video = peer.video
        assert video is not None
        assert await _soon(lambda: video.readyState == "ended")
        error = video.stats().error

    assert isinstance(error, ProcessingError)
    assert "KeyError" in error.message


async def test_frame_above_the_limit_ends_the_track() -> None:
    async with _call(_peers(max_pixels=1000), Painted(plain), ()) as (_, peer):
        video = peer.video
        assert video is not None
        assert await _soon(lambda: video.readyState == "ended")
        assert isinstance(video.stats().error, LimitExceededError)


async def test_peer_whose_video_is_not_read_any_more_is_closed() -> None:
    peers = _peers(max_pixels=1000)

    async with _call(peers, Painted(plain), (), sound=True) as (_, peer):
        assert await _soon(lambda: len(peers) == 0)
        assert peer.is_closed


async def test_offer_that_takes_nothing_back_is_refused() -> None:
    peers = _peers()
    caller = Caller(Painted(plain))
    caller.connection.getTransceivers()[0].direction = "sendonly"  # aiortc would queue it unread

    with pytest.raises(SpecError, match="sendrecv"):
        await peers.answer(await caller.offer())
    await caller.connection.close()

    assert len(peers) == 0


async def test_peer_that_opens_many_channels_is_closed() -> None:
    peers = _peers()

    async with _call(peers, Painted(plain), ()) as (caller, _):
        await caller.ask('{"stats": true}')
        for _ in range(8):
            caller.connection.createDataChannel("more")
        assert await _soon(lambda: len(peers) == 0)


async def test_connection_that_does_not_end_gives_its_place_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mediaflow.integrations.webrtc.peers.CLOSE_SECONDS", 0.1)
    peers = _peers()
    caller = Caller(Painted(plain))
    _, peer = await peers.answer(await caller.offer())
    close = peer.connection.close
    monkeypatch.setattr(peer.connection, "close", asyncio.Event().wait)
    await asyncio.wait_for(peer.close(), PATIENCE)
    await close()
    await caller.connection.close()

    assert len(peers) == 0


class _Burst(MediaStreamTrack):
    """Frames that have all come already; their numbers stand for them."""

    kind = "audio"

    def __init__(self, frames: int) -> None:
        super().__init__()
        self._left = iter(range(frames))

    async def recv(self) -> int:
        try:
            return next(self._left)
        except StopIteration:
            raise MediaStreamError from None


async def test_sound_that_comes_faster_than_it_goes_is_dropped_but_for_a_second() -> None:
    sound = PassedSound(_Burst(1_000))
    got = [await sound.recv()]
    for _ in range(1_100):
        await asyncio.sleep(0)  # turns of the loop, in which the burst is read
    got += [await asyncio.wait_for(sound.recv(), PATIENCE) for _ in range(50)]
    with pytest.raises(MediaStreamError):
        await asyncio.wait_for(sound.recv(), PATIENCE)
    await sound.aclose()

    assert got == [0, *range(950, 1_000)]
    assert sound.readyState == "ended"


async def test_peers_are_counted_and_the_one_too_many_is_refused() -> None:
    peers = _peers(max_peers=1)

    async with _call(peers, Painted(plain), ()) as (_, _peer):
        second = Caller(Painted(plain))
        offer = await second.offer()
        with pytest.raises(LimitExceededError) as caught:
            await peers.answer(offer)
        await second.connection.close()
        assert (len(peers), caught.value.retryable) == (1, True)

    assert len(peers) == 0


async def test_peer_that_left_is_let_go() -> None:
    peers = _peers(connect_seconds=600)

    async with _call(peers, Painted(plain), ()) as (caller, _):
        await caller.frame()
        await caller.connection.close()
        assert await _soon(lambda: len(peers) == 0)

    assert own_threads() == set()


async def test_time_of_a_peer_is_up() -> None:
    peers = _peers(max_seconds=0.5)

    async with _call(peers, Painted(plain), ()) as (_, peer):
        assert await _soon(lambda: len(peers) == 0)
        assert peer.is_closed


async def test_peer_that_does_not_connect_is_closed() -> None:
    peers = _peers(connect_seconds=0.5)
    caller = Caller(Painted(plain))

    await peers.answer(await caller.offer())
    await caller.connection.close()

    assert await _soon(lambda: len(peers) == 0)


async def _left_behind(work: Callable[[], Awaitable[None]]) -> tuple[object, ...]:
    """Return what exists after some work and did not before: tasks, threads, descriptors.

    What other tests of this process left is on its way out meanwhile, and threads end a moment later.
    """
    gc.collect()
    before = (asyncio.all_tasks(), own_threads(), len(open_descriptors()))
    await work()
    deadline = time.monotonic() + PATIENCE
    while True:
        gc.collect()
        tasks, threads = asyncio.all_tasks() - before[0], own_threads() - before[1]
        left = (tasks, threads, max(len(open_descriptors()) - before[2], 0))
        if left == (set(), set(), 0) or time.monotonic() > deadline:
            return left
        await asyncio.sleep(0.05)


async def test_close_leaves_no_task_no_thread_and_no_socket() -> None:
    async def work() -> None:
        async with _call(_peers(), Painted(plain), _swap, sound=True) as (caller, _):
            await caller.frame()

    await work()  # what is loaded and opened once

    assert await _left_behind(work) == (set(), set(), 0)


async def test_fifty_junk_offers_leave_nothing() -> None:
    caller = Caller(Painted(plain))
    good = str((await caller.offer())["sdp"])
    await caller.connection.close()
    peers = _peers(max_peers=1)
    random = np.random.default_rng(7)

    async def work() -> None:
        for number in range(50):
            lines = good.splitlines()
            kept = random.random(len(lines)) > 0.3
            fewer = [line for line, keep in zip(lines, kept, strict=True) if keep]
            # without a fingerprint or a password no offer can be answered
            fewer = [line for line in fewer if not line.startswith("a=ice-pwd")]
            junk = "\r\n".join(fewer)[: 100 + 40 * number] if number % 2 else "\r\n".join(fewer)
            answered = junk
            if not any(line.startswith("a=candidate") for line in fewer):
                answered += "\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host"
            with pytest.raises(SpecError):
                await peers.answer({"sdp": answered, "type": "offer"})

    assert await _left_behind(work) == (set(), set(), 0)
    assert len(peers) == 0

"""The asyncio shell: nothing blocks the loop, and a cancelled task cancels its job."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow import aio, errors
from mediaflow.image.pillow import PillowBackend
from tests.measure import listing, open_descriptors, own_threads
from tests.media import photo_jpeg

blockbuster = pytest.importorskip("blockbuster", reason="blockbuster is not installed here")
pytestmark = pytest.mark.anyio

SOURCE = photo_jpeg(320, 240)
Output = mf.ImageOutput


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop() -> Iterator[None]:
    mf.process(SOURCE, Output("png", width=8), to="memory://warm/")  # loads what is loaded once
    with blockbuster.blockbuster_ctx():
        yield


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Hold every job at its encoder until the event is set."""
    event = threading.Event()
    real = PillowBackend.encode

    def wait(self: PillowBackend, picture: Any, step: Any) -> Any:
        event.wait(30)
        return real(self, picture, step)

    monkeypatch.setattr(PillowBackend, "encode", wait)
    yield event
    event.set()


async def test_the_watchman_would_notice() -> None:
    import time

    with pytest.raises(blockbuster.BlockingError):
        time.sleep(0.01)  # noqa: ASYNC251  # on purpose


async def test_front_door_is_awaitable(tmp_path: Path) -> None:
    info = await aio.probe(SOURCE)
    plan = await aio.plan(SOURCE, Output("webp"), to=f"{tmp_path}/")
    result = await aio.process(SOURCE, Output("webp"), to=f"{tmp_path}/")
    alike = await aio.compare(SOURCE, result.outputs[0].uri)

    assert alike.psnr_db > 30
    assert (info.width, info.height) == (320, 240)
    assert plan.encodes[0].uri == result.outputs[0].uri
    assert result.status == "completed"


async def test_jobs_run_beside_each_other(tmp_path: Path) -> None:
    async with aio.Processor(workers=2) as processor:
        results = await asyncio.gather(
            *(
                processor.process(SOURCE, Output("webp", width=64), to=f"{tmp_path}/{number}/")
                for number in range(8)
            )
        )

    assert {result.status for result in results} == {"completed"}
    assert len(await asyncio.to_thread(listing, tmp_path)) == 8 + 8  # folders and files


async def test_handle_has_the_fields_of_the_blocking_one(tmp_path: Path) -> None:
    async with aio.Processor() as processor:
        handle = await processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        result = await handle.result()

        assert handle.id == result.id
        assert (handle.status, handle.progress, handle.error) == ("completed", 1, None)
        assert handle.metadata == result.source
        assert handle.created_at == result.created_at
        assert handle.completed_at is not None
        assert processor.job(handle.id).id == handle.id
        assert [job.id for job in processor.jobs()] == [handle.id]
        assert "completed" in repr(handle)


async def test_events_come_in_order_to_everyone_who_listens(tmp_path: Path) -> None:
    async with aio.Processor() as processor:
        handle = await processor.submit(SOURCE, mf.recipes.thumbnails(), to=f"{tmp_path}/")
        first, second = await asyncio.gather(_all(handle), _all(handle))
        late = await _all(handle)

    assert first == second == late
    assert [event.sequence for event in first] == list(range(len(first)))
    assert isinstance(first[-1], mf.Finished)


async def _all(handle: aio.JobHandle) -> list[mf.Event]:
    return [event async for event in handle.events()]


async def test_events_end_even_when_the_job_fails(tmp_path: Path) -> None:
    async with aio.Processor() as processor:
        handle = await processor.submit(b"no picture", Output("webp"), to=f"{tmp_path}/")
        events = await _all(handle)
        with pytest.raises(errors.UnidentifiedMediaError):
            await handle.result()

    assert [event.kind for event in events] == ["started", "finished"]


async def test_cancelling_the_task_cancels_the_job_and_leaves_nothing(
    tmp_path: Path, gate: threading.Event
) -> None:
    descriptors, threads = await asyncio.to_thread(open_descriptors), own_threads()
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(event: mf.Event) -> None:
        if isinstance(event, mf.Progress) and event.stage == "decode":
            loop.call_soon_threadsafe(begun.set)
            loop.call_soon_threadsafe(loop.call_later, 0.05, gate.set)

    task = asyncio.create_task(
        aio.process(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/", on_event=tell)
    )
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(listing, tmp_path) == {}
    assert await asyncio.to_thread(open_descriptors) == descriptors
    assert own_threads() == threads


async def test_timeout_of_the_caller_cancels_the_job(tmp_path: Path, gate: threading.Event) -> None:
    async with aio.Processor(workers=1) as processor:
        handle = await processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await handle.result()
        gate.set()
        events = await _all(handle)

    assert isinstance(events[-1], mf.Finished)
    assert events[-1].status == "cancelled"


async def test_timeout_of_a_wait_lets_the_job_go_on(tmp_path: Path, gate: threading.Event) -> None:
    async with aio.Processor(workers=1) as processor:
        handle = await processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        with pytest.raises(errors.JobTimeoutError, match="still runs"):
            await handle.result(0.01)
        gate.set()
        result = await handle.result()

    assert result.status == "completed"


async def test_leaving_the_block_by_an_error_cancels_all_jobs(
    tmp_path: Path, gate: threading.Event
) -> None:
    handles: list[aio.JobHandle] = []

    async def work() -> None:
        async with aio.Processor(workers=1) as processor:
            submits = [
                processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/{number}/")
                for number in range(3)
            ]
            handles.extend(await asyncio.gather(*submits))
            asyncio.get_running_loop().call_later(0.05, gate.set)
            raise RuntimeError("the caller's own")

    with pytest.raises(RuntimeError, match="the caller's own"):
        await work()

    assert [handle.status for handle in handles] == ["cancelled"] * 3


async def test_loop_goes_on_while_a_job_works(tmp_path: Path, gate: threading.Event) -> None:
    ticks = 0
    async with aio.Processor(workers=1) as processor:
        handle = await processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        while ticks < 50:
            await asyncio.sleep(0)
            ticks += 1
        assert handle.status in ("pending", "processing")
        gate.set()
        await handle.result()

    assert ticks == 50


async def test_slow_sink_of_the_caller_does_not_stop_the_loop(tmp_path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(event: mf.Event) -> None:
        inside.set()
        go_on.wait(10)

    async with aio.Processor(workers=1) as processor:
        handle = await processor.submit(
            SOURCE, Output("webp", width=8), to=f"{tmp_path}/", on_event=slow
        )
        await asyncio.to_thread(inside.wait, 10)
        timer = threading.Timer(1, go_on.set)  # a loop that stands still cannot set it
        timer.start()
        loop = asyncio.get_running_loop()
        before = loop.time()
        events = aiter(handle.events())
        task = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        held_up = loop.time() - before
        go_on.set()
        timer.cancel()
        await task
        await handle.result()

    assert held_up < 0.5


def test_listener_whose_loop_is_gone_does_not_touch_the_job(
    tmp_path: Path, gate: threading.Event
) -> None:
    with mf.Processor(workers=1) as processor:
        handle = processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")

        async def listen_once() -> None:
            async for _ in aio.JobHandle(handle).events():
                return

        asyncio.run(listen_once())
        gate.set()

        assert handle.result(5).status == "completed"


async def test_inline_executor_is_refused() -> None:
    with pytest.raises(errors.SpecError, match="would block the event loop"):
        aio.Processor("inline")


async def test_profiles_are_not_read_on_the_loop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profiles = tmp_path / "profiles.toml"
    await asyncio.to_thread(
        profiles.write_text, f'[site]\nprotocol = "file"\nroot = "{tmp_path}"\n'
    )
    monkeypatch.setenv("MEDIAFLOW_PROFILES", str(profiles))

    result = await aio.process(SOURCE, Output("webp"), to=f"{tmp_path}/out/")

    assert result.status == "completed"


async def test_local_source_and_place_are_not_touched_on_the_loop(tmp_path: Path) -> None:
    place = tmp_path / "photo.jpg"
    await asyncio.to_thread(place.write_bytes, SOURCE)

    result = await aio.process(place, mf.recipes.thumbnails())

    assert result.status == "completed"


async def test_wrong_request_is_refused_when_awaited(tmp_path: Path) -> None:
    with pytest.raises(errors.SpecError):
        await aio.process(SOURCE, [], to=f"{tmp_path}/")
    with pytest.raises(errors.UnidentifiedMediaError):
        await aio.process(b"text", Output("webp"), to=f"{tmp_path}/")


async def test_listener_is_called_on_the_loop_in_order(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    loop_thread = threading.get_ident()

    async with aio.Processor(workers=1) as processor:
        handle = await processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        stop = handle.listen(lambda event: seen.append((event.sequence, threading.get_ident())))
        has_ended = await handle.wait(60)
        await asyncio.sleep(0)  # the last call was put on the loop before the job ended
        stop()

    assert has_ended
    assert [number for number, _ in seen] == list(range(len(seen)))
    assert {thread for _, thread in seen} == {loop_thread}
    assert handle.outcome is not None


async def test_who_stops_waiting_leaves_the_job_alone(
    tmp_path: Path, gate: threading.Event
) -> None:
    async with aio.Processor(workers=1) as processor:
        handle = await processor.submit(SOURCE, Output("webp"), to=f"{tmp_path}/")
        in_time = await handle.wait(0.01)
        waiting = asyncio.create_task(handle.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        gate.set()
        has_ended = await handle.wait(60)

    assert (in_time, has_ended, handle.status) == (False, True, "completed")

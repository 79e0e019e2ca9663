"""Jobs on a Dask cluster of two processes: same files, progress, stops that stop, workers that die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import (
    JobCancelledError,
    SpecError,
    UnsupportedError,
    WorkerLostError,
)
from mediaflow.executors import AnyExecutor
from mediaflow.testing import OtherProcessContract
from tests.film import counting_film, numbers_of
from tests.media import photo_jpeg

distributed = pytest.importorskip("distributed", reason="distributed is not installed")
dask = pytest.importorskip("mediaflow.executors.dask", reason="distributed is not installed")

pytestmark = pytest.mark.integration

OUT = mf.ImageOutput("webp", width=30)
DEADLINE_SECONDS = 45.0  # the machine may be busy; nothing here waits for it
FRAMES = 100


def local_cluster(**words: Any) -> Any:
    """Return a cluster of processes on loopback."""
    return distributed.LocalCluster(
        **{"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"} | words
    )


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder for temporary files of all workers."""
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def client(scratch: Path) -> Iterator[Any]:
    with (
        local_cluster(n_workers=2) as cluster,
        distributed.Client(cluster, set_as_default=False) as made,
    ):
        yield made


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_jpeg(60, 40))
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return a film that takes a worker a second or more at the highest effort."""
    return counting_film(tmp_path / "film.mp4", size=(320, 180), frames=FRAMES)


SLOW = mf.VideoOutput("mp4", codec="h264", effort=9)


def wait_until(ask: Callable[[], Any], what: str) -> Any:
    """Return the first answer that is true; a deadline ends the test."""
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.02)
    return pytest.fail(f"{what}: not within {DEADLINE_SECONDS} s")


def is_planned(handle: mf.JobHandle) -> None:
    """Return once a job has its plan, and all the work before it."""
    wait_until(lambda: handle.progress > 0, "progress")


def worker_of(client: Any, job_id: str) -> str:
    """Return the address of the worker that has a job."""
    processing: Mapping[str, Any] = client.processing()
    (address,) = [
        one for one, keys in processing.items() if any(job_id in str(key) for key in keys)
    ]
    return address


def executing(client: Any) -> int:
    """Return how many tasks workers have in their threads right now."""
    counts = client.run(lambda dask_worker: dask_worker.state.executing_count)
    return sum(counts.values())


class TestDask(OtherProcessContract):
    @pytest.fixture
    def executor(self, client: Any) -> AnyExecutor:
        return client


def test_address_is_as_good_as_a_client(client: Any, photo: Path) -> None:
    address = client.scheduler.address.replace("tcp://", "dask://")

    with mf.Processor(executor=address) as processor:
        result = processor.process(photo, OUT, to=f"{photo.parent}/out/")

    assert result.status == "completed"
    assert client.status == "running"


def test_many_jobs_are_shared_by_all_workers(client: Any, photo: Path) -> None:
    with mf.Processor(client) as processor:
        handles = [
            processor.submit(photo, OUT, to=f"{photo.parent}/{number}/") for number in range(24)
        ]
        results = [handle.result(DEADLINE_SECONDS) for handle in handles]

    ids = {result.id for result in results}
    logged = [message for _, message in client.get_events("mediaflow")]
    workers = {one["worker"] for one in logged if one["name"].partition("-")[0] in ids}
    assert {result.status for result in results} == {"completed"}
    assert len(workers) == 2
    assert all((photo.parent / str(number) / "photo.webp").is_file() for number in range(24))


def test_progress_arrives_while_the_job_runs(client: Any, film: Path) -> None:
    with mf.Processor(client) as processor:
        handle = processor.submit(film, SLOW, to=f"{film.parent}/out/")
        is_planned(handle)
        status = handle.status
        handle.result(DEADLINE_SECONDS)

    events = list(handle.events())
    fractions = [event.fraction for event in events if isinstance(event, mf.Progress)]
    assert status == "processing"
    assert [event.sequence for event in events] == list(range(len(events)))
    assert fractions == sorted(fractions)
    assert len(fractions) >= 2


def test_killed_worker_s_job_is_done_once_more_and_whole(
    client: Any, film: Path, scratch: Path
) -> None:
    with mf.Processor(client) as processor:
        handle = processor.submit(film, SLOW, to=f"{film.parent}/out/")
        is_planned(handle)
        address = worker_of(client, handle.id)
        (process,) = client.run(os.getpid, workers=[address]).values()
        os.kill(process, signal.SIGKILL)
        result = handle.result(DEADLINE_SECONDS)

    events = list(handle.events())
    assert result.report.attempt == 2
    assert [event.attempt for event in events if isinstance(event, mf.Started)] == [1, 2]
    assert [event.kind for event in events].count("written") == 1
    assert [event.kind for event in events].count("finished") == 1
    fractions = [event.fraction for event in events if isinstance(event, mf.Progress)]
    assert fractions == sorted(fractions)
    assert [path.name for path in (film.parent / "out").iterdir()] == ["film.mp4"]
    assert numbers_of(film.parent / "out/film.mp4") == list(range(FRAMES))
    # what the killed one left is named for whoever sweeps, and Dask has a folder of its own there
    assert {path.name.partition("-")[0] for path in scratch.iterdir()} <= {"dask", "mediaflow"}
    wait_until(lambda: len(client.scheduler_info()["workers"]) == 2, "the nanny's new worker")


def die(text: str, emit: object = None, cancelled: object = None) -> str:
    """Kill the worker that runs this, and leave a line for each time that it happened."""
    with open(json.loads(text)["log"], "a", encoding="utf-8") as log:
        log.write(f"{json.loads(text)['attempt']}\n")
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def test_job_that_kills_its_workers_is_stopped(client: Any, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with dask.DaskExecutor(client, max_attempts=2) as executor:
        ticket = executor.submit_text(
            die, json.dumps({"log": str(log)}), name="poison-1", on_event=lambda _: None
        )
        with pytest.raises(WorkerLostError, match="2 workers died") as caught:
            ticket.future.result(DEADLINE_SECONDS)

    assert log.read_text() == "1\n2\n"
    assert "max_attempts" in str(caught.value.hint)
    wait_until(lambda: len(client.scheduler_info()["workers"]) == 2, "the nanny's new workers")


def test_cancelled_job_frees_its_worker(client: Any, film: Path) -> None:
    wait_until(lambda: executing(client) == 0, "idle workers")
    with mf.Processor(client) as processor:
        handle = processor.submit(film, SLOW, to=f"{film.parent}/out/")
        is_planned(handle)
        handle.cancel()
        with pytest.raises(JobCancelledError):
            handle.result(DEADLINE_SECONDS)
        wait_until(lambda: executing(client) == 0, "a free worker")

    assert handle.status == "cancelled"
    assert not (film.parent / "out").exists()


def test_scheduler_keeps_nothing_of_ended_jobs(client: Any, photo: Path) -> None:
    with mf.Processor(client) as processor:
        processor.process(photo, OUT, to=f"{photo.parent}/out/")
        stopped = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        stopped.cancel()
        with suppress(JobCancelledError):
            stopped.result(DEADLINE_SECONDS)

    wait_until(lambda: client.run_on_scheduler(kept) == [], "a clean scheduler")


def kept(dask_scheduler: Any) -> list[str]:
    """Return the marks and tasks of this library that a scheduler has."""
    marks = dask_scheduler.extensions["events"]._events
    return [str(name) for name in (*marks, *dask_scheduler.tasks) if "mediaflow" in str(name)]


def test_wish_that_no_worker_fulfils_is_told_soon(client: Any, photo: Path) -> None:
    with (
        dask.DaskExecutor(client, resources={"gpu": 1}, patience_seconds=0.1) as executor,
        mf.Processor(executor) as processor,
    ):
        handle = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        with pytest.raises(UnsupportedError, match=r"none of the 2 workers .* gpu=1") as caught:
            handle.result(DEADLINE_SECONDS)

    assert "--resources" in str(caught.value.hint)


def test_closed_processor_leaves_no_thread(client: Any, photo: Path) -> None:
    with mf.Processor(client) as processor:
        processor.process(photo, OUT, to=f"{photo.parent}/out/")

    assert [one.name for one in threading.enumerate() if one.name.startswith("mediaflow")] == []


def test_patience_is_over_within_five_seconds() -> None:
    assert dask.executor.PATIENCE_SECONDS + dask.executor.CHECK_SECONDS <= 5


def test_cluster_without_workers_and_cluster_that_ends_are_told(photo: Path) -> None:
    cluster = local_cluster(n_workers=0)
    client = distributed.Client(cluster, set_as_default=False)
    with dask.DaskExecutor(client, patience_seconds=0.1) as hasty, mf.Processor(hasty) as processor:
        idle = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        with pytest.raises(WorkerLostError, match="no worker"):
            idle.result(DEADLINE_SECONDS)
    with mf.Processor(client) as processor:
        waiting = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        cluster.close()
        with pytest.raises(WorkerLostError):
            waiting.result(DEADLINE_SECONDS)
        client.close()
        late = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        with pytest.raises(WorkerLostError):
            late.result(DEADLINE_SECONDS)


def test_address_that_nobody_answers_is_told(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediaflow.executors.dask.cluster.CONNECT_SECONDS", 0.2)

    with mf.Processor("dask://127.0.0.1:1") as processor:
        handle = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        with pytest.raises(WorkerLostError, match="does not answer"):
            handle.result(DEADLINE_SECONDS)


def test_client_of_a_loop_is_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Loops:
        asynchronous = True

    with pytest.raises(SpecError, match="asynchronous=True"):
        dask.DaskExecutor(Loops())


def test_plain_calls_run_on_the_cluster_too(client: Any) -> None:
    executor = dask.DaskExecutor(client)

    assert executor.submit(divmod, 17, 5).result(DEADLINE_SECONDS) == (3, 2)
    executor.shutdown()
    executor.shutdown()
    with pytest.raises(RuntimeError):
        executor.submit(divmod, 17, 5)


def test_missing_package_is_named() -> None:
    # in a process of its own: modules that were taken away do not come back whole
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['distributed'] = None; import mediaflow as mf; mf.Processor('dask://127.0.0.1:1')",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert "MissingExtraError" in done.stderr
    assert "pip install 'pymediaflow[dask]'" in done.stderr


@pytest.mark.anyio
async def test_asyncio_takes_a_client(client: Any, photo: Path) -> None:
    async with mf.aio.Processor(client) as processor:
        handle = await processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        kinds = [event.kind async for event in handle.events()]
        result = await handle.result()

    assert result.status == "completed"
    assert (kinds[0], kinds[-1]) == ("started", "finished")

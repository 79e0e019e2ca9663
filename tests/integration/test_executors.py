"""Jobs run the same on every executor of the standard library's kind."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import (
    JobCancelledError,
    ProcessingError,
    SpecError,
    UnknownNameError,
    WorkerLostError,
)
from mediaflow.executors import AnyExecutor
from mediaflow.testing import JobExecutorContract, OtherProcessContract, WaitingJobContract
from tests.media import photo_jpeg

pytestmark = pytest.mark.integration

SPAWN = multiprocessing.get_context("spawn")
OUT = mf.ImageOutput("webp", width=30)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_jpeg(60, 40))
    return path


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=SPAWN) as pool:
        yield pool


@pytest.fixture(scope="module")
def loky_pool() -> Iterator[Executor]:
    loky = pytest.importorskip("loky", reason="loky is not installed")
    pool = loky.get_reusable_executor(max_workers=2, timeout=60)
    yield pool
    pool.shutdown(wait=True)


class TestInline(JobExecutorContract):
    @pytest.fixture
    def executor(self) -> AnyExecutor:
        return "inline"


class TestThreads(WaitingJobContract):
    @pytest.fixture
    def executor(self) -> AnyExecutor:
        return "threads"


class TestThreadPool(WaitingJobContract):
    @pytest.fixture
    def executor(self) -> Iterator[AnyExecutor]:
        with ThreadPoolExecutor(2) as pool:
            yield pool


class TestProcessPool(OtherProcessContract):
    @pytest.fixture
    def executor(self, processes: Executor) -> AnyExecutor:
        return processes


class TestLoky(OtherProcessContract):
    @pytest.fixture
    def executor(self, loky_pool: Executor) -> AnyExecutor:
        return loky_pool


def test_pool_of_threads_is_handed_anything(photo: Path) -> None:
    inverted = mf.filters.OnFrames(lambda pixels: 255 - pixels)
    output = mf.ImageOutput("png", filters=[inverted])

    with ThreadPoolExecutor(1) as pool, mf.Processor(pool, storage=mf.Storage()) as processor:
        result = processor.process(photo.read_bytes(), output, to="memory://pool/")

    assert result.status == "completed"


def test_killed_worker_of_a_pool_is_a_lost_worker_and_no_hang(photo: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=SPAWN) as pool, mf.Processor(pool) as processor:
        pool.submit(signal.raise_signal, signal.SIGKILL)
        behind = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        with pytest.raises(WorkerLostError) as caught:
            behind.result(60)
        later = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        with pytest.raises(WorkerLostError):
            later.result(60)

    assert caught.value.retryable
    assert caught.value.hint
    assert [handle.status for handle in (behind, later)] == ["failed", "failed"]
    assert not (photo.parent / "out").exists()


class Dropping(Executor):
    """Takes jobs and does what it was made to do with their futures."""

    def __init__(self, treat: Callable[[Future[Any]], object]) -> None:
        self._treat = treat

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._treat(future)
        return future


@pytest.mark.parametrize(
    ("treat", "expected"),
    [
        (lambda future: None, WorkerLostError),
        (lambda future: future.cancel(), WorkerLostError),
        (lambda future: future.set_result("nonsense"), SpecError),
        (lambda future: future.set_exception(OSError("no pipe")), ProcessingError),
    ],
    ids=["dropped", "given up", "nonsense", "error"],
)
def test_executor_that_does_not_do_its_work_is_told(
    photo: Path, treat: Callable[[Future[Any]], object], expected: type[Exception]
) -> None:
    with mf.Processor(Dropping(treat)) as processor:
        handle = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        with pytest.raises(expected):
            handle.result(10)

    assert handle.status == "failed"
    assert [event.kind for event in handle.events()] == ["started", "finished"]


def test_threads_that_give_their_queue_up_are_told(photo: Path) -> None:
    pool = ThreadPoolExecutor(1)
    gate: Future[None] = Future()
    pool.submit(gate.result)
    with mf.Processor(pool) as processor:
        handle = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        pool.shutdown(wait=False, cancel_futures=True)
        with pytest.raises(WorkerLostError):
            handle.result(10)
        gate.set_result(None)
        with pytest.raises(SpecError, match="closed"):
            processor.submit(photo, OUT, to=f"{photo.parent}/out/")

    assert handle.status == "failed"


def test_job_that_threads_have_not_begun_is_cancelled_while_it_waits(photo: Path) -> None:
    gate: Future[None] = Future()
    with ThreadPoolExecutor(1) as pool, mf.Processor(pool) as processor:
        pool.submit(gate.result)
        handle = processor.submit(photo, OUT, to=f"{photo.parent}/out/")
        handle.cancel()
        with pytest.raises(JobCancelledError):
            handle.result(10)
        gate.set_result(None)

    assert [event.kind for event in handle.events()] == ["finished"]


def test_executor_that_was_handed_in_stays_open(photo: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with mf.Processor(pool) as processor:
            processor.process(photo, OUT, to=f"{photo.parent}/out/")

        assert pool.submit(abs, -3).result(10) == 3


def test_job_runs_in_a_child_that_may_have_no_children(photo: Path) -> None:
    child = SPAWN.Process(target=_process, args=(str(photo),), daemon=True)
    child.start()
    child.join(60)

    assert child.exitcode == 0
    assert (photo.parent / "daemon/photo.webp").is_file()


def _process(path: str) -> None:
    assert multiprocessing.current_process().daemon
    with mf.Processor("threads", workers=1) as processor:
        processor.process(path, OUT, to=f"{Path(path).parent}/daemon/")


@pytest.mark.parametrize(
    ("executor", "error", "expected"),
    [
        (3, SpecError, "executor must be a name, an Executor or a Dask Client, got int"),
        ("ray://host:1", UnknownNameError, "no cluster called 'ray'"),
        ("daks://host:1", UnknownNameError, "did you mean 'dask'"),
    ],
)
def test_what_is_no_executor_is_refused(
    executor: Any, error: type[Exception], expected: str
) -> None:
    with pytest.raises(error, match=expected):
        mf.Processor(executor)


@pytest.mark.anyio
async def test_asyncio_takes_the_same_executors(photo: Path, processes: Executor) -> None:
    async with mf.aio.Processor(processes) as processor:
        result = await processor.process(photo, OUT, to=f"{photo.parent}/out/")

    assert result.status == "completed"

"""Runs jobs on a Dask cluster of this machine: how much two workers are worth, and a worker that dies."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distributed import Client, LocalCluster

import mediaflow as mf
from mediaflow.testing.films import counting_film
from tests.rig.losses import painted

if TYPE_CHECKING:
    from pathlib import Path

LATE = 120.0
OUTPUT = mf.ImageOutput("webp", width=800)
SLOW = mf.VideoOutput("mp4", codec="h264", effort=9)


@dataclass(frozen=True)
class Death:
    """What came of a job whose worker was killed."""

    attempt: int
    written: int
    files: list[str]


def seconds_of(workers: int, jobs: int, folder: Path) -> float:
    """Return how long a cluster of so many workers takes for jobs; it is warm before."""
    photo = painted(folder / "photo.jpg", 1600, 1200)
    with (
        _cluster(workers) as cluster,
        Client(cluster, set_as_default=False) as client,
        mf.Processor(executor=client) as processor,
    ):
        _all(processor, photo, folder, 4 * workers)
        began = time.monotonic()
        _all(processor, photo, folder, jobs)
        return time.monotonic() - began


def death(folder: Path) -> Death:
    """Kill a worker amid its job."""
    film = counting_film(folder / "film.mp4", size=(320, 180), frames=100)
    with (
        _cluster(2) as cluster,
        Client(cluster, set_as_default=False) as client,
        mf.Processor(executor=client) as processor,
    ):
        handle = processor.submit(film, SLOW, to=f"{folder}/out/")
        while not handle.progress:
            time.sleep(0.02)
        (address,) = [
            worker
            for worker, keys in client.processing().items()
            if any(handle.id in str(key) for key in keys)
        ]
        (pid,) = client.run(os.getpid, workers=[address]).values()
        os.kill(pid, signal.SIGKILL)
        result = handle.result(LATE)
    return Death(
        result.report.attempt,
        sum(event.kind == "written" for event in handle.events()),
        sorted(path.name for path in (folder / "out").iterdir()),
    )


def _cluster(workers: int) -> LocalCluster:
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
    )


def _all(processor: mf.Processor, photo: Path, folder: Path, jobs: int) -> None:
    handles = [
        processor.submit(photo, OUTPUT, to=f"{folder}/out/{number % 8}/") for number in range(jobs)
    ]
    for handle in handles:
        handle.result(LATE)

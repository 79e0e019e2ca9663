"""Jobs that crash, hang and are given up among jobs that do not, and what they cost the others."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Final
from unittest.mock import patch

import numpy as np
from PIL import Image

import mediaflow as mf
from mediaflow.errors import JobTimeoutError, MediaflowError, WorkerLostError
from mediaflow.executors.pool import ChildPool
from mediaflow.executors.starting import StartOptions, start_child
from mediaflow.security.sandbox import SandboxMode

__all__ = [
    "THUMB",
    "Crash",
    "Storm",
    "cancelled",
    "crashed",
    "faulty",
    "late_by",
    "named",
    "painted",
    "replaced",
]

THUMB: Final = mf.ImageOutput("png", width=32)
MANY: Final = (mf.ImageOutput("png", width=300), mf.ImageOutput("webp", width=200))
LATE: Final = 60.0
NEVER: Final = 1_000_000
HANGING: Final = 25
"""One in so many jobs that are given up does not listen."""


@dataclass(frozen=True, kw_only=True)
class Crash:
    """What came of many jobs, one of which crashed."""

    failed: dict[int, str]
    """Names of errors, by the number of the job."""

    right: int
    """How many outputs have the right bytes."""

    stray: int
    """Files that no good job made."""


@dataclass(frozen=True, kw_only=True)
class Storm:
    """What came of jobs that were given up."""

    seconds: list[float]
    """From the wish to the end, for each job."""

    outcomes: dict[str, int]
    """How they ended, counted."""


@contextmanager
def faulty(
    executor: str = "inline", workers: int = 1, sandbox: SandboxMode = "auto"
) -> Iterator[mf.Processor]:
    """Lend a processor whose children misbehave when the name of their source says so.

    They are not worn before they are lost, so that each loss stands alone.
    """
    start = StartOptions(module="tests.faulty_child", options={"sandbox": sandbox})
    pool = ChildPool(partial(start_child, start), recycle=NEVER)
    with (
        patch("mediaflow.processor.children_for", lambda *_, **__: pool),
        mf.Processor(executor, workers=workers) as processor,
    ):
        yield processor


def painted(place: Path, width: int = 64, height: int = 48) -> Path:
    """Paint a photo as a JPEG."""
    pixels = np.random.default_rng(3).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(place, "JPEG")
    return place


def named(picture: Path, deed: str) -> Path:
    """Return a copy of a picture whose name asks for a deed."""
    place = picture.with_name(f"{deed}.jpg")
    place.write_bytes(picture.read_bytes())
    return place


def crashed(folder: Path, jobs: int) -> Crash:
    """Run many jobs on two workers, the one in the middle of which crashes."""
    picture = painted(folder / "photo.jpg")
    bad, guilty = named(picture, "crash"), jobs // 2
    (expected,) = (Path(one.uri).read_bytes() for one in _made(picture, folder / "expected"))
    failed: dict[int, str] = {}
    with faulty("threads", 2) as processor:
        handles = [
            processor.submit(
                bad if number == guilty else picture, THUMB, to=folder / "out" / f"{number}.png"
            )
            for number in range(jobs)
        ]
        for number, handle in enumerate(handles):
            try:
                handle.result(LATE)
            except MediaflowError as exc:
                failed[number] = type(exc).__name__
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    right = [path for path in files if path.read_bytes() == expected]
    return Crash(failed=failed, right=len(right), stray=len(files) - len(right))


def replaced(folder: Path, losses: int, pause: float) -> list[float]:
    """Return for each of several losses the seconds until the next job was done.

    Args:
        folder: Where pictures may lie.
        losses: How many children are lost.
        pause: Seconds of good jobs before each: a spare child can start meanwhile.
    """
    picture = painted(folder / "photo.jpg")
    bad, seconds = named(picture, "crash"), []
    with faulty() as processor:
        for _ in range(losses):
            until = time.monotonic() + pause
            while time.monotonic() < until:
                processor.process(picture, THUMB, to=folder / "out/")
            try:
                processor.process(bad, THUMB, to=folder / "out/")
            except WorkerLostError:
                began = time.monotonic()
            processor.process(picture, THUMB, to=folder / "out/")
            seconds.append(time.monotonic() - began)
    return seconds


def late_by(folder: Path, limits: Sequence[int], deed: str = "hang") -> list[float]:
    """Return for jobs that hang by how many seconds each ended after its limit."""
    picture = painted(folder / "photo.jpg")
    bad, late = named(picture, deed), []
    with faulty() as processor:
        for limit in limits:
            processor.process(picture, THUMB, to=folder / "out/")
            began = time.monotonic()
            try:
                processor.process(
                    bad, THUMB, to=folder / "out/", limits=mf.Limits(max_job_seconds=limit)
                )
            except JobTimeoutError:
                late.append(time.monotonic() - began - limit)
    return late


def cancelled(processor: mf.Processor, folder: Path, jobs: int, seed: int) -> Storm:
    """Give up jobs at random moments, some of which do not listen."""
    rng = random.Random(seed)
    picture = painted(folder / "large.jpg", 640, 480)
    deaf = named(picture, "hang")
    usual = _usual_seconds(processor, picture, folder)
    seconds: list[float] = []
    outcomes: dict[str, int] = {}
    for first in range(0, jobs, 4):
        asked = []
        for number in range(first, min(first + 4, jobs)):
            source = deaf if number % HANGING == HANGING - 1 else picture
            handle = processor.submit(source, MANY, to=folder / "out" / f"{number % 8}/")
            asked.append((handle, time.monotonic() + rng.uniform(0, 1.2 * usual)))
        wished = []
        for handle, moment in sorted(asked, key=lambda pair: pair[1]):
            time.sleep(max(0.0, moment - time.monotonic()))
            handle.cancel()
            wished.append((handle, time.monotonic()))
        for handle, wish in wished:
            error = handle.future.exception(LATE)
            seconds.append(time.monotonic() - wish)
            name = "done" if error is None else type(error).__name__
            outcomes[name] = outcomes.get(name, 0) + 1
    return Storm(seconds=seconds, outcomes=outcomes)


def _usual_seconds(processor: mf.Processor, picture: Path, folder: Path) -> float:
    """Return how long the job takes; all workers are warm afterwards."""
    for _ in range(3):
        began = time.monotonic()
        handles = [processor.submit(picture, MANY, to=folder / "out" / f"{n}/") for n in range(2)]
        for handle in handles:
            handle.result(LATE)
    return time.monotonic() - began


def _made(picture: Path, place: Path) -> Sequence[mf.OutputResult]:
    return mf.process(BytesIO(picture.read_bytes()), THUMB, to=place / "0.png").outputs

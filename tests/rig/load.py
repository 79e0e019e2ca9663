"""Many jobs in one process, and one large one beside an event loop: what they do to their host."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

import mediaflow as mf
from mediaflow.jobs.isolation import Isolation
from tests.rig.around import children_of, resident_bytes
from tests.rig.losses import LATE, THUMB

__all__ = ["WARM_JOBS", "Soak", "hostile", "lags", "p99", "soak"]

MEGABYTE: Final = 1_000_000
IN_FLIGHT: Final = 8
WARM_JOBS: Final = 3_000
"""After so many jobs the history of a processor is full, which keeps the last 1,000."""

SAMPLES: Final = 40
WARM_SHARE: Final = 0.25
"""Share of the jobs after which memory is taken to be warm."""

BEAT_SECONDS: Final = 0.005
LEAST_BEATS = 50


@dataclass(kw_only=True)
class Soak:
    """Memory while jobs come and go."""

    jobs: list[int] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    """Of this process, in MB."""

    children: list[float] = field(default_factory=list)
    """Of the largest child, in MB."""

    seconds: float = 0.0

    def slope(self, values: list[float]) -> float:
        """Return the growth in MB per 1,000 jobs once it is warm."""
        first = int(len(self.jobs) * WARM_SHARE)
        return 1_000 * float(np.polyfit(self.jobs[first:], values[first:], 1)[0])

    def growth(self) -> float:
        """Return the growth of this process in MB once it is warm, by medians of a quarter each."""
        warm = self.resident[int(len(self.jobs) * WARM_SHARE) :]
        part = max(1, len(warm) // 4)
        return statistics.median(warm[-part:]) - statistics.median(warm[:part])


def soak(processor: mf.Processor, picture: Path, folder: Path, jobs: int) -> Soak:
    """Run many jobs, a few at once, and weigh this process and its children now and then."""
    found, waiting = Soak(), deque[mf.JobHandle]()
    began = time.monotonic()
    for number in range(1, jobs + 1):
        waiting.append(processor.submit(picture, THUMB, to=folder / f"{number % 20}.png"))
        if len(waiting) == IN_FLIGHT:
            waiting.popleft().result(LATE)
        if number % max(1, jobs // SAMPLES) == 0:
            found.jobs.append(number)
            found.resident.append(resident_bytes() / MEGABYTE)
            children = [resident_bytes(pid) for pid in children_of(os.getpid())]
            found.children.append(max(children, default=0) / MEGABYTE)
    for handle in waiting:
        handle.result(LATE)
    found.seconds = time.monotonic() - began
    return found


def hostile(place: Path, side: int) -> Path:
    """Write a lossless WebP of one color: tens of bytes that become side x side pixels."""
    Image.new("RGB", (side, side), (200, 30, 30)).save(place, "WEBP", lossless=True, method=0)
    return place


def lags(isolation: Isolation, source: Path, folder: Path) -> list[float]:
    """Return by how many seconds an event loop was late, again and again, while a job ran, or some."""
    return asyncio.run(_lags(isolation, source, folder))


def p99(seconds: list[float]) -> float:
    """Return what one in a hundred is above."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.99))]


async def _lags(isolation: Isolation, source: Path, folder: Path) -> list[float]:
    found: list[float] = []
    async with mf.aio.Processor(isolation=isolation, workers=1) as processor:
        await processor.process(source, THUMB, to=folder / "warm.png")
        while len(found) < LEAST_BEATS:  # a job may be over before much was seen of it
            job = asyncio.create_task(processor.process(source, THUMB, to=folder / "out.png"))
            while not job.done():
                began = time.monotonic()
                await asyncio.sleep(BEAT_SECONDS)
                found.append(time.monotonic() - began - BEAT_SECONDS)
            await job
    return found

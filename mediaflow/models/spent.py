"""What a job took: time by stage, processor, memory, frames and bytes.

Law: every second counts to one stage; a stage within another is not counted twice. Nothing here
knows a process: who measures processor and memory is ``jobs.meter``.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Spent", "StageTime", "Tally", "TimedStage"]

T = TypeVar("T")

TimedStage: TypeAlias = Literal["plan", "read", "decode", "transform", "encode", "store"]
"""What a job does, in its order.

``plan`` finds and probes the source and plans; ``read`` fetches it; ``decode`` and ``transform`` are
what they say; ``encode`` is the rest of the making, with what frames of a film and an animation
undergo on their way to the encoder; ``store`` publishes.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """How long a job was busy with one stage."""

    stage: TimedStage
    """What it did."""

    seconds: float
    """Wall time of the thread that leads the job: what others do beside it counts only as long as it
    waits for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the making of a job's outputs took, as the process that did it tells."""

    stages: tuple[StageTime, ...] = ()
    """Times of the stages that there were, in their order."""

    cpu_seconds: float | None = None
    """Processor time, all threads together; None where it cannot be told from other jobs'."""

    peak_rss_bytes: int | None = None
    """Most memory that the process held at once; None where nothing tells it."""

    frames_decoded: int = 0
    """Pictures and frames that came out of decoders."""

    bytes_in: int = 0
    """Bytes that were read of sources to be decoded."""


@dataclass(slots=True)
class Tally:
    """What a running job has taken so far; its threads may add to it at once."""

    frames_decoded: int = 0
    bytes_in: int = 0
    elsewhere: Spent | None = None
    """What another process said that made the outputs; None when none did."""

    _seconds: dict[TimedStage, float] = field(default_factory=dict)
    _sum: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def stages(self) -> tuple[StageTime, ...]:
        """Times of the stages that there were, in their order."""
        order: tuple[TimedStage, ...] = get_args(TimedStage)
        found = self._seconds
        return tuple(StageTime(stage=one, seconds=found[one]) for one in order if one in found)

    @contextmanager
    def timed(self, stage: TimedStage) -> Iterator[None]:
        """Count the time of a block to a stage, but for what counts to stages within it."""
        counted, began = self._sum, time.perf_counter()
        try:
            yield
        finally:
            within = self._sum - counted
            self.add(stage, max(time.perf_counter() - began - within, 0.0))

    def add(self, stage: TimedStage, seconds: float) -> None:
        """Count time to a stage."""
        with self._lock:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds
            self._sum += seconds

    def read(self, count: int) -> None:
        """Count bytes that were read."""
        with self._lock:
            self.bytes_in += count

    def decoded(self, count: int = 1) -> None:
        """Count frames that were decoded."""
        with self._lock:
            self.frames_decoded += count

    def each_decoded(self, frames: Iterable[T]) -> Iterator[T]:
        """Yield frames as they are decoded, and count them and their time."""
        source = iter(frames)
        while True:
            with self.timed("decode"):
                frame = next(source, None)
            if frame is None:
                return
            self.decoded()
            yield frame

    def take(self, spent: Spent) -> None:
        """Count what another process took for this job; its processor time and memory stand alone."""
        for one in spent.stages:
            self.add(one.stage, one.seconds)
        self.read(spent.bytes_in)
        self.decoded(spent.frames_decoded)
        self.elsewhere = spent

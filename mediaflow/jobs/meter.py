"""Measures what a process uses while one job runs in it: processor time and the peak of memory.

Law: a figure that other jobs took part in is None, not a guess; a platform that tells nothing is no
error.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from mediaflow.executors.memory import forget_peak, peak_rss_bytes
from mediaflow.models.spent import Spent

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from mediaflow.frames import ByteReader
    from mediaflow.models.spent import Tally

__all__ = ["CountedReader", "Meter"]

_lock = threading.Lock()
_running = 0  # one process, one count
_begun = 0


class Meter:
    """Measures from the beginning of a ``with`` block on.

    Figures are those of the whole process. They are told when no other job of this library ran in
    it at the same time; what else the program does meanwhile is counted along.
    """

    def __init__(self) -> None:
        self._place = 0
        self._is_first = self._has_peak = False
        self._cpu = 0.0

    def __enter__(self) -> Self:
        global _running, _begun
        with _lock:
            _running += 1
            _begun += 1
            self._place, self._is_first = _begun, _running == 1
            # within the lock: who comes second must not find the first one's peak taken back
            self._has_peak = self._is_first and forget_peak()
        self._cpu = time.process_time()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        global _running
        with _lock:
            _running -= 1

    def spent(self, tally: Tally) -> Spent:
        """Return what was used so far.

        Args:
            tally: What the job counted; what another process said of itself goes before.
        """
        cpu, peak = self._measured()
        if tally.elsewhere is not None:
            cpu, peak = tally.elsewhere.cpu_seconds, tally.elsewhere.peak_rss_bytes
        return Spent(
            stages=tally.stages,
            cpu_seconds=cpu,
            peak_rss_bytes=peak,
            frames_decoded=tally.frames_decoded,
            bytes_in=tally.bytes_in,
        )

    def _measured(self) -> tuple[float | None, int | None]:
        cpu = time.process_time() - self._cpu
        peak = peak_rss_bytes() if self._has_peak else None
        with _lock:
            is_alone = self._is_first and _begun == self._place
        return (cpu, peak) if is_alone else (None, None)


class CountedReader:
    """A source whose reading is counted.

    Args:
        source: The source.
        tally: Counts the bytes and the time.
    """

    def __init__(self, source: ByteReader, tally: Tally) -> None:
        self._source, self._tally = source, tally

    @property
    def size(self) -> int | None:
        """Total length in bytes, or None when unknown."""
        return self._source.size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        with self._tally.timed("read"):
            data = self._source.read_at(offset, length)
        self._tally.read(len(data))
        return data

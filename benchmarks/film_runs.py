"""Starts the contestants of films and weighs each process as the kernel does, by ``wait4``.

Law: it imports nothing heavy. A child's peak of memory is at least what its parent held when the
child was started, so the parent stays smaller than all that it measures.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from contestants import Contestant

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = Path(__file__).parent / "film_ours.py"
LIMITS = ("MEDIAFLOW_THREADS", "OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
"""Variables that would hold mediaflow back beside a program that knows none of them."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    seconds: float
    processor: float
    megabytes: float = 0.0


@dataclass
class Samples:
    """The runs of one contestant at one task."""

    who: str
    way: str
    costs: list[Cost] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def median(self, name: str) -> float:
        return statistics.median(getattr(cost, name) for cost in self.costs)

    def ratio(self, peer: Samples, name: str) -> float:
        """Return the median of the ratios of runs beside each other."""
        pairs = zip(self.costs, peer.costs, strict=True)
        return statistics.median(getattr(a, name) / getattr(b, name) for a, b in pairs)

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files)


def environment(scratch: Path) -> dict[str, str]:
    """Return the variables of all contestants; compiled modules are kept, as installing does."""
    kept = {name: value for name, value in os.environ.items() if name not in LIMITS}
    return kept | {"PYTHONPYCACHEPREFIX": str(scratch / "pycache")}


def spent(commands: list[list[str]], env: dict[str, str]) -> Cost:
    """Run commands in turn; return the sums of their times and the highest of their peaks."""
    seconds = processor = peak = 0.0
    for command in commands:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
        seconds += time.perf_counter() - started
        processor += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
    if peak <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:
        raise RuntimeError("the measuring process is larger than what it measures")
    return Cost(seconds, processor, peak)


def cold(task: str, **arguments: object) -> list[list[str]]:
    """Return the command that runs one task of ours in a new process."""
    words = json.dumps({"task": task, "arguments": arguments})
    return [[sys.executable, str(OURS), words]]


def warm(env: dict[str, str]) -> Contestant:
    """Start a process of ours that stays."""
    process = subprocess.Popen(
        [sys.executable, str(OURS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    )
    return Contestant("mediaflow", process)


def alternate(ways: list[tuple[Samples, Callable[[], Cost]]], rounds: int) -> None:
    """Run each way once a round, from the front and from the back in turn."""
    for number in range(rounds):
        for samples, run in ways[:: -1 if number % 2 else 1]:
            samples.costs.append(run())

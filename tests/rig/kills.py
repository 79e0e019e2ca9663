"""Kills children, programs and their groups at random moments, and looks at what is left.

Law: SIGKILL only: nobody who is hit gets to clean up.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

import mediaflow as mf
from mediaflow.security.janitor import sweep
from mediaflow.testing.films import counting_film
from tests.rig.around import children_of, living_with
from tests.rig.losses import painted
from tests.rig.parent import OUTPUTS
from tests.sounds import painted_wav

__all__ = ["Found", "Site", "Victim", "kill_children", "kill_programs"]

Victim: TypeAlias = Literal["group", "program"]

ROOT: Final = Path(__file__).parents[2]
ORPHAN_SECONDS: Final = 2.0
START_SECONDS: Final = 1.5
"""About how long a program takes until it is ready; some are killed before."""


@dataclass(kw_only=True)
class Found:
    """What was left after a number of kills."""

    kills: int = 0
    half: list[str] = field(default_factory=list)
    """Outputs that are not what they should be."""

    whole: int = 0
    """Outputs that are."""

    orphan_seconds: list[float] = field(default_factory=list)
    """How long children outlived their program."""

    orphans: int = 0
    """Children that lived after two seconds."""

    left: int = 0
    """Temporary files and folders before the sweep."""

    temporary: list[str] = field(default_factory=list)
    """The same after it."""

    told: dict[str, int] = field(default_factory=dict)
    """What the program says came of its jobs, where it lived on."""


class Site:
    """A folder with sources, where a program works.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True)
        painted(folder / "photo.jpg", 320, 240)
        painted_wav(folder / "talk.wav", seconds=1)
        counting_film(folder / "film.mp4", frames=6)
        self.expected = {
            Path(one.uri).name: Path(one.uri).read_bytes()
            for name, outputs in OUTPUTS.items()
            for one in mf.process(folder / name, outputs, to=folder / "expected/").outputs
        }

    def start(self) -> subprocess.Popen[str]:
        """Start a program, and do not wait until it is ready."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.rig.parent", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(self.scratch), "MEDIAFLOW_THREADS": "1"},
            start_new_session=True,
        )

    def look(self, found: Found) -> None:
        """Add what is left here, once nobody lives any more; the next round begins without outputs."""
        began = time.monotonic()
        while (alive := living_with(str(self.folder))) and time.monotonic() < began + 10:
            time.sleep(0.02)
        found.orphan_seconds.append(time.monotonic() - began)
        found.orphans += found.orphan_seconds[-1] > ORPHAN_SECONDS
        found.temporary += [f"process {pid}" for pid in alive]
        before = len(self._temporary())
        sweep(self.scratch)
        for path in (self.folder / "out").glob("*/"):
            sweep(path)
        found.left += before
        found.temporary += self._temporary()
        for path in (self.folder / "out").glob("*/[!.]*"):
            if path.read_bytes() == self.expected.get(path.name):
                found.whole += 1
            else:
                found.half.append(str(path))
            path.unlink()

    def _temporary(self) -> list[str]:
        hidden = [str(path) for path in (self.folder / "out").glob("*/.*")]
        return hidden + [str(path) for path in self.scratch.iterdir()]


def kill_programs(site: Site, victim: Victim, points: int, rng: random.Random) -> Found:
    """Kill a program, or its whole group, at random moments of its life; each time anew."""
    kill: dict[Victim, Callable[[int, int], None]] = {"group": os.killpg, "program": os.kill}
    found = Found()
    for number in range(points):
        with site.start() as program:
            assert program.stdout is not None
            is_early = number % 5 == 4
            if is_early:
                time.sleep(rng.uniform(0, START_SECONDS))
            else:
                program.stdout.readline()
                time.sleep(rng.uniform(0, 0.3))
            kill[victim](program.pid, signal.SIGKILL)
            program.wait()
        found.kills += 1
        site.look(found)
    return found


def kill_children(site: Site, points: int, rng: random.Random) -> Found:
    """Kill children of one program that lives on, at random moments."""
    found = Found()
    with site.start() as program:
        assert program.stdout is not None
        assert program.stdin is not None
        program.stdout.readline()
        while found.kills < points:
            time.sleep(rng.uniform(0, 0.3))
            children = children_of(program.pid)
            if children:
                with suppress(ProcessLookupError):
                    os.kill(rng.choice(children), signal.SIGKILL)
                    found.kills += 1
        program.stdin.close()
        found.told = json.loads(program.stdout.readline())
    site.look(found)
    return found

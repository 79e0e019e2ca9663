"""Breaks jobs, children and programs and writes docs/benchmarks/reliability.md; see README.md.

``nox -s bench -- reliability`` runs it; ``--tasks crash,lag`` runs a part and prints it only, and
``--share 0.1`` does everything less often.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from film_runs import Cost, Samples, alternate
from judged import Judged, limits
from reliability_words import ABOUT, LIMITS
from report import Report, machine

import mediaflow as mf
from mediaflow.security.sandbox import sandbox_support
from mediaflow.testing.films import counting_film
from tests.faults.test_sandboxed_formats import CASES
from tests.rig.around import around, settled
from tests.rig.kills import Found, Site, kill_children, kill_programs
from tests.rig.load import WARM_JOBS, hostile, lags, p99, soak
from tests.rig.losses import THUMB, cancelled, crashed, faulty, late_by, painted, replaced
from tests.sandbox_child import ATTEMPTS, WORK
from tests.sounds import painted_wav

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "benchmarks"
ALL = (
    "soak",  # first, while this process is small
    "crash",
    "kills",
    "cancellations",
    "deadlines",
    "overhead",
    "formats",
    "escapes",
    "loop",
    "dask",
)
SEED = 42
WARM_SECONDS = 3.0  # in which spare children get ready, which is not what a job costs


class Bench(Judged):
    """All tasks, and what they found."""

    def __init__(self, scratch: Path, share: float) -> None:
        self._scratch, self._share = scratch, share
        versions = {"mediaflow": version("pymediaflow"), "PyAV": version("av")}
        lines = [*machine(versions), f"Sandbox: {sandbox_support()}"]
        self.report = Report(lines, "", title="Reliability", about=ABOUT, plot="reliability.svg")
        self.missed: dict[str, str] = {}

    def folder(self, name: str) -> Path:
        made = self._scratch / name
        made.mkdir()
        return made

    def many(self, count: int) -> int:
        return max(2, round(count * self._share))

    def crash(self) -> None:
        """One job in many crashes."""
        jobs = self.many(1_000)
        crash = crashed(self.folder("crash"), jobs)
        self.judge(
            "crash",
            f"one crashing job in {jobs:,}",
            "1 fails with WorkerLostError, the others are right",
            "",
            f"{len(crash.failed)} failed ({', '.join(set(crash.failed.values()))}), "
            f"{crash.right:,} right, {crash.stray} other files",
            list(crash.failed.values()) == ["WorkerLostError"] and crash.right == jobs - 1,
            False,
        )
        seconds = replaced(self.folder("replaced"), self.many(10), pause=2)
        self.judge(
            "replaced",
            "from the loss of a child to the end of the next job",
            "≤ 300 ms",
            "",
            f"median {ms(statistics.median(seconds))}, longest {ms(max(seconds))}",
            max(seconds) <= 0.3,
            False,
        )
        seconds = replaced(self.folder("twice"), self.many(10), pause=0)
        words = (
            "Where one child is lost right after another, so that no spare is warm, the next job is "
            f"done after {ms(statistics.median(seconds))} (median; longest {ms(max(seconds))})."
        )
        self.report.sections += [words, ""]

    def kills(self) -> None:
        """SIGKILL at random points."""
        site, rng = Site(self.folder("kills")), random.Random(SEED)
        runs: dict[str, Found] = {
            "children": kill_children(site, self.many(100), rng),
            "the program": kill_programs(site, "program", self.many(50), rng),
            "its whole group": kill_programs(site, "group", self.many(50), rng),
        }
        for who, found in runs.items():
            self.judge(
                "kills",
                f"SIGKILL of {who} at {found.kills} random points",
                "0 half outputs, 0 orphans after 2 s, 0 temporary files after a sweep",
                "",
                f"{len(found.half)} half of {len(found.half) + found.whole}, {found.orphans} orphans "
                f"(gone after {ms(max(found.orphan_seconds))}), {len(found.temporary)} files "
                f"({found.left} before the sweep){told(found)}",
                not (found.half or found.orphans or found.temporary),
                False,
            )

    def cancellations(self) -> None:
        """Jobs that are given up."""
        folder, jobs = self.folder("cancellations"), self.many(1_000)
        scratch = self.folder("cancellations-scratch")
        tempfile.tempdir = str(scratch)
        outside = around(scratch)
        with faulty("threads", 2) as processor:
            cancelled(processor, folder, 8, SEED)
            warm = around(scratch)
            storm = cancelled(processor, folder, jobs, SEED)
            now = settled(warm, scratch)
        after = settled(outside, scratch)
        tempfile.tempdir = None
        is_back = now.is_within(warm) and after.is_within(outside)
        ended = ", ".join(f"{count} {name}" for name, count in sorted(storm.outcomes.items()))
        self.judge(
            "cancellations",
            f"{jobs:,} cancellations at random moments, one in 25 of a job that does not listen",
            "each ≤ 2 s; children, descriptors, threads, files as before",
            "",
            f"median {ms(statistics.median(storm.seconds))}, longest {ms(max(storm.seconds))} "
            f"({ended}); {'all as before' if is_back else f'{now}, {after}'}",
            is_back and max(storm.seconds) <= 2,
            False,
        )

    def deadlines(self) -> None:
        """Jobs that take longer than they may."""
        for deed, words in (("hang", "does not listen"), ("freeze", "is stopped")):
            limits_of = [1, 2, 1, 3, 1] * self.many(2)
            late = late_by(self.folder(deed), limits_of, deed)
            self.judge(
                "deadlines",
                f"end of a job whose child {words}, after limits of 1 to 3 s",
                "≤ 100 ms after the limit",
                "",
                f"median {ms(statistics.median(late))}, longest {ms(max(late))} ({len(late)} jobs)",
                len(late) == len(limits_of) and max(late) <= 0.1,
                False,
            )

    def overhead(self) -> None:
        """What isolation adds to a job."""
        folder = self.folder("overhead")
        picture = painted(folder / "photo.jpg", 64, 64)
        quick = mf.Storage(durable=False)  # waiting for the disk would be most of a job
        task = "a job on a JPEG of 64 × 64 px"
        shown: list[Samples] = []
        for kind, way, most in (
            ("worker", "a warm locked child", 0.001),
            ("job", "a new locked child for each job", 0.010),
        ):
            inline, child = Samples("mediaflow", "in this process"), Samples("mediaflow", way)
            with (
                mf.Processor("inline", storage=quick) as here,
                mf.Processor("inline", storage=quick, isolation=kind) as there,
            ):
                ways = [
                    (inline, lambda here=here: timed(here, picture, folder)),
                    (child, lambda there=there: timed(there, picture, folder)),
                ]
                alternate(ways, 5)
                time.sleep(WARM_SECONDS)
                for samples, _ in ways:
                    samples.costs.clear()
                alternate(ways, self.many(150))
            more = statistics.median(
                one.seconds - other.seconds
                for one, other in zip(child.costs, inline.costs, strict=True)
            )
            self.judge(
                kind,
                f"what {way} adds to {task}",
                f"≤ {most * 1000:g} ms",
                "",
                f"{more * 1000:.2f} ms ({child.median('seconds') * 1000:.2f} ms, in this process "
                f"{inline.median('seconds') * 1000:.2f} ms)",
                more <= most,
                False,
            )
            shown += [child] if shown else [inline, child]
        self.show(task, shown, "ms")

    def formats(self) -> None:
        """All formats and codecs of the tables, locked."""
        folder, good = self.folder("formats"), 0
        sources = {
            "film": counting_film(folder / "film.mp4", frames=8),
            "photo": painted(folder / "photo.jpg", 128, 96),
            "talk": painted_wav(folder / "talk.wav", seconds=1),
        }
        with mf.Processor("inline", isolation="worker", sandbox="require") as locked:
            for number, (kind, output, again) in enumerate(CASES):
                place = folder / str(number)
                here = mf.process(sources[kind], output, to=place / "here/")
                there = locked.process(sources[kind], output, to=place / "there/")
                is_same = sums(here) == sums(there)
                for one in again:
                    made = there.outputs[0].uri
                    is_same &= sums(mf.process(made, one, to=place / "here/again/")) == sums(
                        locked.process(made, one, to=place / "there/again/")
                    )
                good += is_same
        self.judge(
            "formats",
            "every codec and format of the tables, made and read by a fully locked child",
            "all give the bytes of this process",
            "",
            f"{good} of {len(CASES)}",
            good == len(CASES),
            False,
        )

    def escapes(self) -> None:
        """What a locked child tries."""
        folder = self.folder("escapes")
        names = sorted(ATTEMPTS.keys() - WORK.keys() - {"abort"})
        outcomes = {
            lock: [attempt(name, lock, folder) for name in names] for lock in ("none", "full")
        }
        denied = sum(outcome != "done" for outcome in outcomes["full"])
        free = sum(outcome == "done" for outcome in outcomes["none"])
        self.judge(
            "escapes",
            f"{len(names)} attempts to get out of a locked child",
            "all denied",
            "",
            f"{denied} denied; without a lock {free} succeed, and the machine refuses the rest to all",
            denied == len(names),
            False,
        )

    def loop(self) -> None:
        """An event loop beside a large file."""
        folder = self.folder("loop")
        source = hostile(folder / "bomb.webp", 7_000)
        found: dict[str, list[float]] = {"worker": [], "none": []}
        for _ in range(3):
            for isolation, late in found.items():
                late += lags(isolation, source, folder)
        isolated, threads = found["worker"], found["none"]
        self.judge(
            "loop",
            f"event loop beside a file of {source.stat().st_size} bytes that becomes 49 MP, isolated",
            "p99 ≤ 50 ms late",
            "",
            f"p99 {ms(p99(isolated))}, longest {ms(max(isolated))}; in a thread p99 "
            f"{ms(p99(threads))}, longest {ms(max(threads))}",
            p99(isolated) <= 0.05,
            False,
        )

    def soak(self) -> None:
        """Many jobs."""
        jobs = self.many(10_000)
        for isolation, words in (("worker", "isolated"), ("none", "in threads")):
            folder = self.folder(f"soak-{isolation}")
            picture = painted(folder / "photo.jpg")
            with mf.Processor("threads", workers=2, isolation=isolation) as processor:
                soak(processor, picture, folder, WARM_JOBS)
                before = around(folder)
                found = soak(processor, picture, folder, jobs)
                now = settled(before, folder)
            more = now.descriptors - before.descriptors
            slope = found.slope(found.resident)
            children = (
                f"; largest child {statistics.median(found.children):.0f} MB, "
                f"{found.slope(found.children):+.2f} MB per 1,000 jobs"
                if isolation == "worker"
                else ""
            )
            self.judge(
                "soak",
                f"{jobs:,} jobs {words}, {jobs / found.seconds:,.0f} a second, after {WARM_JOBS:,} others",
                "memory of this process ≤ +0.5 MB per 1,000 jobs, descriptors as before",
                "",
                f"{slope:+.2f} MB per 1,000 jobs at {found.resident[-1]:.0f} MB, descriptors "
                f"{more:+d}{children}",
                slope <= 0.5 and more == 0,
                False,
            )

    def dask(self) -> None:
        """Jobs on a cluster."""
        jobs = self.many(100)
        speed = f"{jobs} jobs on a Dask cluster of two workers, a photo of 2 MP to WebP"
        killed = "a Dask worker that is killed amid a job"
        if find_spec("distributed") is None:
            self.skipped(speed, "distributed")
            self.skipped(killed, "distributed")
            return
        from reliability_dask import death, seconds_of

        folder = self.folder("dask")
        (folder / "death").mkdir()
        one, two = (seconds_of(workers, jobs, folder) for workers in (1, 2))
        self.judge(
            "dask",
            speed,
            "≥ 1.5 × one worker",
            "",
            f"{one / two:.2f} × ({one:.1f} s, {two:.1f} s)",
            one / two >= 1.5,
            False,
        )
        found = death(folder / "death")
        self.judge(
            "dask",
            killed,
            "done once, at the second attempt",
            "",
            f"attempt {found.attempt}, written {found.written} ×, {', '.join(found.files)}",
            (found.attempt, found.written, found.files) == (2, 1, ["film.mp4"]),
            False,
        )


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def told(found: Found) -> str:
    if not found.told:
        return ""
    return "; jobs: " + ", ".join(f"{count} {name}" for name, count in sorted(found.told.items()))


def timed(processor: mf.Processor, picture: Path, folder: Path) -> Cost:
    began, used = time.perf_counter(), time.process_time()
    processor.process(picture, THUMB, to=folder / "out.png")
    return Cost(time.perf_counter() - began, time.process_time() - used)


def sums(result: mf.JobResult) -> list[str | None]:
    return [output.sha256 for output in result.outputs]


def attempt(name: str, lock: str, folder: Path) -> str:
    """Return what came of an attempt; a process that the kernel ended was denied it."""
    place = folder / f"{name}-{lock}".replace(" ", "-")
    place.mkdir()
    child = subprocess.run(
        [sys.executable, "-m", "tests.sandbox_child", name, lock, str(place)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    said = child.stdout.strip()
    return json.loads(said)["outcome"] if said else f"status {child.returncode}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", default=",".join(ALL), help="comma-separated, " + ", ".join(ALL))
    parser.add_argument("--share", type=float, default=1.0, help="of the usual numbers")
    options, _ = parser.parse_known_args()  # the other reports take more
    os.environ["SVT_LOG"] = "0"
    wanted = options.tasks.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), options.share)
        for name in wanted:
            print(f"… {name}", file=sys.stderr, flush=True)
            getattr(bench, name)()
    report = bench.report
    report.command = " ".join(["nox -s bench -- reliability", *sys.argv[1:]])
    report.sections += limits(bench.missed, LIMITS)
    print(report.markdown())
    if set(wanted) == set(ALL):
        (DOCS / "reliability.svg").write_text(report.svg(), encoding="utf-8")
        (DOCS / "reliability.md").write_text(report.markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()

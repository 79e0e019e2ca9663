"""Runs the benchmarks of films and writes docs/benchmarks/film.md and its plot; see README.md.

``nox -s bench -- film`` runs it alone; ``--tasks ladder,warm`` runs a part and prints it only.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import film_copies
import film_hdr
import film_peer as peer
from film_runs import Cost, Samples, alternate, cold, environment, spent, warm
from judged import Judged, limits, said
from report import Report, machine

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs" / "benchmarks"
ALL = ("ladder", "small", "hdr", "warm", "previews", "remux", "growth")
LEAST_ROUNDS = 3
SAME_BYTES = 0.02

ABOUT = """\
All figures are from one run on a shared machine: read them as ratios. Each contestant is a process
of its own, weighed as a whole by the kernel; ours includes the start of Python and all imports. The
runs alternate, and a ratio is the median of the ratios of runs beside each other, so it need not be
the quotient of the medians of the times. Both sides have the same settings of the encoders, by
what `mediaflow plan` says, and the program has its own choice of threads. mediaflow writes without
fsync and digest, as the program does. The films are painted: clouds under a moving camera, with
noise and sound."""

LIMITS = {
    "wall": "x264 takes more than four fifths of the time on both sides and is the floor; the start "
    "of Python with its imports comes on top, for a film of any length.",
    "memory": "x264 holds the same frames on both sides, nearly all of the memory. Python, NumPy, "
    "the libraries of FFmpeg and the plan take about 70 MB before the first frame, where the "
    "program takes 28.",
    "each": "the one decode is shared, but the encoders are the larger part by far.",
    "small": "the scaler reads each large frame once for every output, on both sides.",
    "hdr": "decoding HEVC of 10 bits and encoding H.264 are the same on both sides and most of it.",
    "exact": "the peer has another idea of SDR; ours is measured by the formulas that it follows.",
    "probe": "the same library reads the file on both sides, and then the facts are checked.",
    "poster": "the frames from the keyframe before 3 s on must be decoded on both sides, and ours "
    "writes a progressive JPEG with Huffman codes of its own.",
    "preview": "palette and dithering are the same filters on both sides, and they run in one "
    "thread.",
    "previews": "decoding the keyframes takes more than four fifths of the time on both sides; ours "
    "looks at each of them for scenes and the best still, and the program only scales them.",
    "remux": "both sides read and write the same bytes; ours hands each packet through Python.",
    "growth": "up to 8 MiB of the source are remembered for demuxers that go to and fro; a film of "
    "one minute is smaller than that. The rest are the indexes of the containers, in and out.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", default=",".join(ALL), help="comma-separated, " + ", ".join(ALL))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--encodes", type=int, help="rounds of whole films; by default half, at least three"
    )
    parser.add_argument("--inputs", type=Path, help="folder that keeps the painted films")
    options, _ = parser.parse_known_args()  # the other reports take more
    wanted = options.tasks.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        few = options.encodes or max(LEAST_ROUNDS, options.rounds // 2)
        inputs = options.inputs or Path(scratch, "inputs")
        bench = Bench(Path(scratch), inputs, options.rounds, few)
        for name in wanted:
            print(f"… {name}", file=sys.stderr, flush=True)
            getattr(bench, name)()
    report = bench.report
    report.command = " ".join(["nox -s bench -- film", *said(sys.argv[1:])])
    report.sections += limits(bench.missed, LIMITS)
    print(report.markdown())
    if set(wanted) == set(ALL):
        (DOCS / "film.md").write_text(report.markdown(), encoding="utf-8")
        (DOCS / "film.svg").write_text(report.svg(), encoding="utf-8")


class Bench(Judged):
    """All tasks, and what they found."""

    def __init__(self, scratch: Path, inputs: Path, rounds: int, few: int) -> None:
        self.rounds, self.few = rounds, few
        self.env = environment(scratch)
        subprocess.run([sys.executable, str(HERE / "film_inputs.py"), str(inputs)], check=True)
        self.inputs, self.folder = inputs, scratch / "made"
        self.folder.mkdir()
        self.source = str(inputs / "1080p.mp4")
        self.ours = warm(self.env)  # it also compiles all modules before anything is timed
        self.program, self.prober = peer.ffmpeg(), shutil.which("ffprobe")
        versions = {"mediaflow": version("pymediaflow"), "Pillow": version("pillow")}
        versions["PyAV"] = version("av")
        if self.program:
            versions["ffmpeg"] = peer.version(self.program)
        if self.prober:
            versions["ffprobe"] = peer.version(self.prober)
        try:
            versions["imageio-ffmpeg"] = version("imageio-ffmpeg")
        except PackageNotFoundError:
            versions["imageio-ffmpeg"] = "not installed"
        self.report = Report(
            machine(versions), "", title="Films, beside ffmpeg", about=ABOUT, plot="film.svg"
        )
        self.missed: dict[str, str] = {}

    def ladder(self) -> None:
        """One film to three, beside one command and beside a command each."""
        task = "10 s of 1080p → 1080p, 720p, 480p H.264 medium + AAC"
        made = self.films("ladder", task)
        if made is None:
            return
        ours, one, each = made
        ratios = [ours.ratio(one, name) for name in ("seconds", "processor", "megabytes")]
        wall, used, peak = ratios
        self.judge(
            "wall",
            f"{task}, beside one command with split",
            "wall and CPU ≤ 1.05 ×",
            "0.97",
            f"wall {wall:.2f} ×, CPU {used:.2f} × (CPU {ours.median('processor'):.1f} s, ffmpeg "
            f"{one.median('processor'):.1f} s); {agreement(ours, one)}",
            max(wall, used) <= 1.05 and agrees(ours, one),
            max(wall, used) <= 0.97 and agrees(ours, one),
        )
        self.judge(
            "memory",
            f"{task}, beside one command with split",
            "peak RSS ≤ 1.0 ×",
            "0.8",
            f"{peak:.2f} × ({ours.median('megabytes'):.0f} MB, ffmpeg "
            f"{one.median('megabytes'):.0f} MB)",
            peak <= 1.0,
            peak <= 0.8,
        )
        self.judge_each("each", ours, each, task, 0.92, 0.85)

    def small(self) -> None:
        """One large film to many small ones."""
        task = "10 s of 1080p → twelve H.264 of at most 240p, silent"
        made = self.films("small", task)
        if made is not None:
            self.judge_each("small", made[0], made[2], task, 0.5, 0.3)

    def hdr(self) -> None:
        """HDR to SDR, beside the program's own scaler, and how exact both are."""
        film_hdr.hdr(self)

    def judge_each(
        self, kind: str, ours: Samples, each: Samples, task: str, target: float, stretch: float
    ) -> None:
        wall, used = ours.ratio(each, "seconds"), ours.ratio(each, "processor")
        self.judge(
            kind,
            f"{task}, beside one command each, in turn",
            f"≤ {target:g} ×",
            f"{stretch:g}",
            f"wall {wall:.2f} ×, CPU {used:.2f} × (CPU {ours.median('processor'):.1f} s, ffmpeg "
            f"{each.median('processor'):.1f} s); {agreement(ours, each)}",
            wall <= target and agrees(ours, each),
            wall <= stretch and agrees(ours, each),
        )

    def films(self, outputs: str, task: str) -> tuple[Samples, Samples, Samples] | None:
        """Make some films by all three ways."""
        if self.program is None:
            self.skipped(task, "ffmpeg")
            return None
        plan = self.ours.ask("plan", outputs=outputs, source=self.source)
        words = (self.program, self.source, plan, self.folder)
        one, each = peer.one_command(*words), peer.command_each(*words)
        ours = Samples("mediaflow", "one job")
        split, alone = Samples("ffmpeg", "one command"), Samples("ffmpeg", "a command each")
        split.files = [self.folder / f"split_{film['name']}.mp4" for film in plan["films"]]
        alone.files = [self.folder / f"each_{film['name']}.mp4" for film in plan["films"]]
        ours.files = [self.folder / f"1080p{suffixed(film['name'])}" for film in plan["films"]]
        job = cold("process", outputs=outputs, source=self.source, folder=str(self.folder))
        ways = [
            (ours, partial(spent, job, self.env)),
            (split, partial(spent, [one], self.env)),
            (alone, partial(spent, each, self.env)),
        ]
        alternate(ways, self.few)
        self.show(task, [ours, split, alone])
        return ours, split, alone

    def warm(self) -> None:
        """Small work, where starting a process is most of the cost."""
        where = {"source": self.source}
        files = where | {"folder": str(self.folder)}
        if self.prober is None:
            self.skipped("probe", "ffprobe")
        else:
            command = peer.probe(self.prober, self.source)
            self.short("probe", "probe", where, command, [], (0.3, 0.15), "ffprobe")
        if self.program is None:
            self.skipped("poster and preview", "ffmpeg")
            return
        command = peer.poster(self.program, self.source, self.folder)
        pair = [self.folder / "1080p_poster.jpg", self.folder / "poster.jpg"]
        words = files | {"outputs": "poster"}
        self.short(
            "poster", "process", words, command, pair, (0.9, 0.7), "poster at 3 s, JPEG of 1080p"
        )
        words = files | {"outputs": "preview"}
        plan = self.ours.ask("plan", outputs="preview", source=self.source)
        command = peer.preview(self.program, self.source, plan, self.folder)
        pair = [self.folder / "1080p_preview.gif", self.folder / "preview.gif"]
        self.short(
            "preview", "process", words, command, pair, (1.15, 1.0), "GIF of 3 s, 480 px, 10 fps"
        )

    def previews(self) -> None:
        """Storyboard, best still and scenes of a long film, beside the storyboard alone."""
        if self.program is None:
            self.skipped("storyboard, poster and scenes", "ffmpeg")
            return
        source = str(self.inputs / "10-minutes.mp4")
        words = {"source": source, "folder": str(self.folder), "outputs": "previews"}
        plan = self.ours.ask("plan", outputs="previews", source=source)
        command = peer.storyboard(self.program, source, plan, self.folder)
        pair = [self.folder / "10-minutes_storyboard_1.jpg", self.folder / "sheet.jpg"]
        title = "storyboard, best still and scenes of 10 minutes of 320×180, beside the sheet alone"
        self.short("previews", "process", words, command, pair, (1.0, 0.8), title)

    def short(
        self,
        kind: str,
        task: str,
        arguments: dict[str, str],
        command: list[str],
        files: list[Path],
        targets: tuple[float, float],
        title: str,
    ) -> None:
        """Time a call in a warm process, the same in a cold one, and the program."""
        who = "ffprobe" if kind == "probe" else "ffmpeg"
        call, start = Samples("mediaflow", "warm call"), Samples("mediaflow", "new process")
        theirs = Samples("ffmpeg", who)
        call.files, start.files, theirs.files = files[:1], files[:1], files[1:]

        def ask() -> Cost:
            answer = self.ours.ask(task, **arguments)
            return Cost(float(answer["seconds"]), float(answer["processor"]))

        ask()
        ways = [
            (call, ask),
            (theirs, partial(spent, [command], self.env)),
            (start, partial(spent, cold(task, **arguments), self.env)),
        ]
        alternate(ways, self.rounds)
        ratio, used = call.ratio(theirs, "seconds"), call.ratio(theirs, "processor")
        bytes_said = f"; {agreement(call, theirs)}" if files else ""
        name = f"probe of {Path(self.source).name}" if kind == "probe" else title
        self.judge(
            kind,
            f"{name}, warm call",
            f"≤ {targets[0]:g} × the {who} process",
            f"{targets[1]:g}",
            f"{ratio:.2f} ×, CPU {used:.2f} × ({1000 * call.median('seconds'):.0f} ms, {who} "
            f"{1000 * theirs.median('seconds'):.0f} ms); a new Python process "
            f"{start.ratio(theirs, 'seconds'):.2f} ×{bytes_said}",
            ratio <= targets[0],
            ratio <= targets[1],
        )
        self.show(name, [call, start, theirs], unit="ms")

    def remux(self) -> None:
        """A film that need not be encoded."""
        film_copies.remux(self)

    def growth(self) -> None:
        """Peak memory of a short film and of one ten times as long."""
        task = "320×180, effort 9, 10-minute film against 1-minute film"
        found = {}
        for name in ("1-minute", "10-minutes"):
            source = str(self.inputs / f"{name}.mp4")
            job = cold("process", outputs="effort", source=source, folder=str(self.folder))
            found[name] = spent(job, self.env).megabytes
        short, long = found.values()
        apart = long / short - 1
        self.judge(
            "growth",
            task,
            "peak RSS within 10 %",
            "",
            f"{apart:+.1%} ({short:.0f} MB, {long:.0f} MB)",
            abs(apart) <= 0.1,
            stretched=False,
        )


def suffixed(name: str) -> str:
    return f"_{name.lstrip('_')}.mp4"


def byte_ratios(ours: Samples, theirs: Samples) -> list[float]:
    pairs = zip(ours.files, theirs.files, strict=True)
    return [a.stat().st_size / b.stat().st_size for a, b in pairs]


def agrees(ours: Samples, theirs: Samples) -> bool:
    """Tell whether both did the same work, by the bytes of each output."""
    return all(abs(ratio - 1) <= SAME_BYTES for ratio in byte_ratios(ours, theirs))


def agreement(ours: Samples, theirs: Samples) -> str:
    ratios = sorted(byte_ratios(ours, theirs))
    low, high = f"{ratios[0]:.3f}", f"{ratios[-1]:.3f}"
    return f"bytes {low} ×" if low == high else f"bytes {low} to {high} ×"


if __name__ == "__main__":
    main()

"""Runs the benchmarks of sound and writes docs/benchmarks/sound.md; see README.md.

``nox -s bench -- sound`` runs it; ``--tasks each,four`` runs a part and prints it only. With PyAV 18 the
report is sound-pyav18.md.
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

import film_peer as peer
from film_runs import Cost, Samples, alternate, cold, environment, spent, warm
from judged import Judged, limits, said
from report import Report, machine

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs" / "benchmarks"
ALL = ("each", "four", "loudness", "peaks", "growth")
ENCODERS = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "192k"],
    "m4a": ["-c:a", "aac", "-b:a", "128k"],
    "opus": ["-c:a", "libopus", "-b:a", "96k"],
    "flac": ["-c:a", "flac"],
}
PEAKS_SECONDS = 3_600
GROWTH_ROUNDS = 1  # three hours are encoded; a peak of memory hardly moves

ABOUT = """\
All figures are from one run on a shared machine: read them as ratios. Files of one format, and the four
at once, are calls in a process that stays, as in a server or a notebook, beside the whole process of the
program; a new process of ours, with the start of Python and all imports, stands beside. The other figures
are those of whole processes, weighed by the kernel. The runs alternate, and a ratio is the median of the
ratios of runs beside each other. Both sides have the
same encoders and bit rates, and the program has its own choice of threads. mediaflow writes without
fsync and digest, as the program does; it reads each file again before it would publish it. The sounds
are painted: chords that swell under noise, in stereo of 44,100 Hz."""

LIMITS = {
    "mp3": "LAME takes nine tenths of the time on both sides.",
    "m4a": "the encoder is the same on both sides, and nearly all of the time.",
    "opus": "the encoder and the resampler to 48 kHz are the same on both sides.",
    "flac": "the encoder is so fast that planning, checking and reading the file again count.",
    "four": "the slowest encoder is the floor on both sides where there are cores for the others.",
    "loudness": "decoding twice and encoding once are the same work on both sides.",
    "peaks": "the decoder takes most of the time; the rest are minima and maxima in NumPy.",
    "growth": "nothing is held that grows with the length.",
}


class Bench(Judged):
    """All tasks, and what they found."""

    def __init__(self, scratch: Path, inputs: Path, rounds: int) -> None:
        self.rounds, self.inputs = rounds, inputs
        self.env = environment(scratch)
        subprocess.run([sys.executable, str(HERE / "sound_inputs.py"), str(inputs)], check=True)
        self.folder = scratch / "made"
        self.folder.mkdir()
        self.ours = warm(self.env)  # it also compiles all modules before anything is timed
        self.program = peer.ffmpeg()
        versions = {"mediaflow": version("pymediaflow"), "PyAV": version("av")}
        if self.program:
            versions["ffmpeg"] = peer.version(self.program)
        for name in ("imageio-ffmpeg", "ffmpeg-normalize"):
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                versions[name] = "not installed"
        self.report = Report(
            machine(versions), "", title="Sound, beside ffmpeg", about=ABOUT, plot=plot()
        )
        self.missed: dict[str, str] = {}

    def each(self) -> None:
        """One file of each format, beside the program."""
        for format in ENCODERS:
            self._encode(format, (format,), f"wav → {format}", "≤ 1.3 ×", 1.3, 1.0)

    def four(self) -> None:
        """Four files from one decode, beside one command with four outputs."""
        formats = tuple(ENCODERS)
        words = "the four at once, beside one command with four outputs"
        self._encode("four", formats, words, "≤ 1.05 ×", 1.05, 0.9)

    def _encode(
        self,
        key: str,
        formats: tuple[str, ...],
        words: str,
        target: str,
        most: float,
        stretch: float,
    ) -> None:
        task = f"3 min stereo, {words}"
        if self.program is None:
            self.skipped(task, "ffmpeg")
            return
        source = str(self.inputs / "3min.wav")
        ours, theirs = Samples("mediaflow", "one call"), Samples("ffmpeg", "one command")
        new = Samples("mediaflow", "a new process")
        asked = {"outputs": f"sound-{key}", "source": source, "folder": str(self.folder)}
        command = [self.program, "-v", "error", "-y", "-i", source]
        for format in formats:
            command += [*ENCODERS[format], str(self.folder / f"peer.{format}")]
            ours.files.append(self.folder / f"3min.{format}")
            theirs.files.append(self.folder / f"peer.{format}")
        ways = [
            (ours, partial(self._called, asked)),
            (theirs, partial(spent, [command], self.env)),
            (new, partial(spent, cold("process", **asked), self.env)),
        ]
        alternate(ways, self.rounds)
        wall, used = ours.ratio(theirs, "seconds"), ours.ratio(theirs, "processor")
        self.judge(
            key,
            task,
            f"wall {target}",
            f"{stretch:g}",
            f"wall {wall:.2f} ×, CPU {used:.2f} × ({ours.median('seconds'):.2f} s, ffmpeg "
            f"{theirs.median('seconds'):.2f} s; a new process wall "
            f"{new.ratio(theirs, 'seconds'):.2f} ×, CPU {new.ratio(theirs, 'processor'):.2f} ×); "
            f"files {ours.bytes / theirs.bytes:.3f} ×",
            wall <= most,
            wall <= stretch,
        )
        self.show(task, [ours, theirs, new])

    def _called(self, asked: dict[str, str]) -> Cost:
        """Run a job in the process that stays."""
        told = self.ours.ask("process", **asked)
        return Cost(told["seconds"], told["processor"])

    def loudness(self) -> None:
        """Two passes to a loudness, beside ffmpeg-normalize."""
        task = "a 10-minute mp3 to −16 LUFS in mp3, two passes"
        tool = Path(sys.executable).parent / "ffmpeg-normalize"
        program = str(tool) if tool.exists() else shutil.which("ffmpeg-normalize")
        if program is None or self.program is None:
            self.skipped(task, "ffmpeg-normalize")
            return
        source = str(self.inputs / "10min.mp3")
        env = self.env | {"FFMPEG_PATH": self.program}
        ours, theirs = Samples("mediaflow", "one job"), Samples("ffmpeg-normalize", "its default")
        ours.files, theirs.files = [self.folder / "10min.mp3"], [self.folder / "normalized.mp3"]
        job = cold("process", outputs="sound-loudness", source=source, folder=str(self.folder))
        command = [program, source, "-t", "-16", "-tp", "-1", "-c:a", "libmp3lame", "-b:a", "192k"]
        command += ["-ar", "44100", "-f", "-q", "-o", str(theirs.files[0])]
        ways = [(ours, partial(spent, job, self.env)), (theirs, partial(self._tree, command, env))]
        alternate(ways, self.rounds)
        wall, used = ours.ratio(theirs, "seconds"), ours.ratio(theirs, "processor")
        self.judge(
            "loudness",
            f"{task}, beside ffmpeg-normalize",
            "wall ≤ 0.9 ×",
            "0.7",
            f"wall {wall:.2f} ×, CPU {used:.2f} × ({ours.median('seconds'):.1f} s, "
            f"{theirs.median('seconds'):.1f} s)",
            wall <= 0.9,
            wall <= 0.7,
        )
        self.show(task, [ours, theirs])

    def _tree(self, command: list[str], env: dict[str, str]) -> Cost:
        """Run a command that starts others, which the kernel counts to it once they ended."""
        return spent([command], env)

    def peaks(self) -> None:
        """Peaks of an hour, in one process that stays, by the processor's time."""
        for name in ("60min.mp3", "60min.wav"):
            costs = []
            for _ in range(max(3, self.rounds // 2)):
                told = self.ours.ask(
                    "process",
                    outputs="sound-peaks",
                    source=str(self.inputs / name),
                    folder=str(self.folder),
                )
                costs.append(told["processor"])
            used = sorted(costs)[len(costs) // 2]
            speed = PEAKS_SECONDS / used
            self.judge(
                "peaks",
                f"peaks of {name} as JSON, decoding included",
                "≥ 400 × real time on one core",
                "",
                f"{speed:,.0f} × ({used:.2f} s of CPU)",
                speed >= 400,
                True,
            )

    def growth(self) -> None:
        """Memory of three hours, beside that of three minutes."""
        peaks = {}
        for name in ("growth-3min", "growth-3h"):
            samples = Samples("mediaflow", name)
            job = cold(
                "process",
                outputs="sound-growth",
                source=str(self.inputs / f"{name}.mp3"),
                folder=str(self.folder),
            )
            alternate([(samples, partial(spent, job, self.env))], GROWTH_ROUNDS)
            peaks[name] = samples.median("megabytes")
        growth = peaks["growth-3h"] / peaks["growth-3min"] - 1
        self.judge(
            "growth",
            "peak RSS, mp3 → mp3 and flac, 3 h against 3 min",
            "within 10 %",
            "",
            f"{growth:+.1%} ({peaks['growth-3min']:.0f} MB, {peaks['growth-3h']:.0f} MB)",
            growth <= 0.10,
            True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", default=",".join(ALL), help="comma-separated, " + ", ".join(ALL))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--inputs", type=Path, help="folder that keeps the painted sounds")
    options, _ = parser.parse_known_args()  # the other reports take more
    wanted = options.tasks.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), options.inputs or Path(scratch, "inputs"), options.rounds)
        for name in wanted:
            print(f"… {name}", file=sys.stderr, flush=True)
            getattr(bench, name)()
    report = bench.report
    report.command = " ".join(["nox -s bench -- sound", *said(sys.argv[1:])])
    report.sections += limits(bench.missed, LIMITS)
    print(report.markdown())
    if set(wanted) == set(ALL):
        (DOCS / plot()).write_text(report.svg(), encoding="utf-8")
        (DOCS / plot()).with_suffix(".md").write_text(report.markdown(), encoding="utf-8")


def plot() -> str:
    """Return the name of the plot, by which generation of PyAV is measured."""
    return "sound.svg" if int(version("av").split(".")[0]) >= 19 else "sound-pyav18.svg"


if __name__ == "__main__":
    main()

"""Runs the benchmarks of adaptive streams and writes docs/benchmarks/streams.md; see README.md.

``nox -s bench -- streams`` runs it; ``--tasks local,files`` runs a part and prints it only, and
``--share 0.2`` takes that share of the film.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import film_peer as peer
from film_runs import Cost, Samples, alternate, cold, environment, spent, warm
from judged import Judged, limits, said
from report import Report, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs" / "benchmarks"
ALL = ("local", "bucket", "growth", "files")
FILMS = ("1080p", "1-minute", "10-minutes")
SECONDS = 10
SEGMENT_SECONDS = 2
SAME_BYTES = 0.02
BUCKET = "streams"
SERVER_SECONDS = 30

ABOUT = """\
All figures are from one run on a shared machine: read them as ratios. Each contestant is a process
of its own, weighed as a whole by the kernel; ours includes the start of Python and all imports. The
runs alternate, and a ratio is the median of the ratios of runs beside each other, so it need not be
the quotient of the medians of the times. Both sides decode once and have the same settings of the
encoders, by what `mediaflow plan` says: rate, preset, its bounds, and a keyframe every 2 s and nowhere
else. The program writes playlists of HLS, mediaflow those and the manifest of DASH. mediaflow writes
without fsync and digest, as the program does. The bucket is one of moto, a server of S3 for tests, in a
process of its own on the same machine, so that its work is in our wall time and not in our CPU time."""

LIMITS = {
    "local": "x264 takes more than four fifths of the time on both sides and is the floor; the start "
    "of Python with its imports comes on top, for a film of any length.",
    "bucket": "the client and the server of S3 share the processors with the encoders.",
    "growth": "up to 8 MiB of the source are remembered for demuxers that go to and fro; a film of "
    "one minute is smaller than that.",
    "files": "the run names each file on its standard error.",
}


class Bench(Judged):
    """All tasks, and what they found.

    Args:
        scratch: Folder for what is made.
        inputs: Folder that keeps the painted films.
        rounds: How often each contestant runs.
        share: Share of the film that is made.
    """

    def __init__(self, scratch: Path, inputs: Path, rounds: int, share: float) -> None:
        self.rounds, self.inputs, self.scratch = rounds, inputs, scratch
        self.seconds = max(SEGMENT_SECONDS, SECONDS * min(share, 1))
        self.outputs = "stream" if share >= 1 else "stream-share"
        self.env = environment(scratch) | {"MEDIAFLOW_BENCH_SHARE": f"{share:g}"}
        paint = [sys.executable, str(HERE / "film_inputs.py"), str(inputs), *FILMS]
        subprocess.run(paint, check=True)
        self.source = str(inputs / "1080p.mp4")
        self.ours = warm(self.env)  # it also compiles all modules before anything is timed
        self.program = peer.ffmpeg()
        versions = {"mediaflow": version("pymediaflow"), "PyAV": version("av")}
        if self.program:
            versions["ffmpeg"] = peer.version(self.program)
        for name in ("imageio-ffmpeg", "moto", "s3fs"):
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                versions[name] = "not installed"
        self.report = Report(
            machine(versions),
            "",
            title="Adaptive streams, beside ffmpeg",
            about=ABOUT,
            plot="streams.svg",
        )
        self.missed: dict[str, str] = {}

    def local(self) -> None:
        """One set on the disk, beside one command."""
        task = f"{self.seconds:g} s of 1080p → 1080p, 720p, 360p H.264 medium + AAC in 2 s segments"
        if self.program is None:
            self.skipped(task, "ffmpeg")
            return
        plan = self.ours.ask("plan", outputs=self.outputs, source=self.source)
        ours, theirs = Samples("mediaflow", "one job"), Samples("ffmpeg", "one command")
        folder, other = self._folder("ours"), self._folder("theirs")
        job = cold("process", outputs=self.outputs, source=self.source, folder=str(folder))
        command = peer.stream(self.program, self.source, plan, other, self.seconds)
        ways = [
            (ours, self._anew(folder, job)),
            (theirs, self._anew(other, [command])),
        ]
        alternate(ways, self.rounds)
        ours.files, theirs.files = segments(folder), segments(other)
        wall, used = ours.ratio(theirs, "seconds"), ours.ratio(theirs, "processor")
        size = ours.bytes / theirs.bytes
        cuts = len(segments(folder, "v*")), len(segments(other, "v*"))
        is_same = abs(size - 1) <= SAME_BYTES and cuts[0] == cuts[1]
        self.judge(
            "local",
            f"{task}, beside one command",
            "wall ≤ 1.05 ×",
            "0.95",
            f"wall {wall:.2f} ×, CPU {used:.2f} × ({ours.median('seconds'):.1f} s, CPU "
            f"{ours.median('processor'):.1f} s; ffmpeg {theirs.median('seconds'):.1f} s, CPU "
            f"{theirs.median('processor'):.1f} s); {cuts[0]} segments of pictures and {cuts[1]}, "
            f"bytes {size:.3f} ×",
            wall <= 1.05 and is_same,
            wall <= 0.95 and is_same,
        )
        self.show(f"{task}, to disk", [ours, theirs])

    def bucket(self) -> None:
        """The same set into a bucket, beside our own on the disk."""
        task = "the same set into S3, beside our own to disk"
        if find_spec("moto") is None or find_spec("s3fs") is None:
            self.skipped(task, "moto or s3fs")
            return
        disk, remote = Samples("mediaflow", "to disk"), Samples("mediaflow", "into S3")
        folder = self._folder("disk")
        asked = {"outputs": self.outputs, "source": self.source}
        job = cold("process", folder=str(folder), **asked)
        with self._server() as endpoint:
            put = cold("bucket", endpoint=endpoint, name=BUCKET, **asked)
            ways = [(disk, self._anew(folder, job)), (remote, partial(spent, put, self.env))]
            alternate(ways, self.rounds)
        wall, used = remote.ratio(disk, "seconds"), remote.ratio(disk, "processor")
        self.judge(
            "bucket",
            task,
            "wall ≤ 1.15 ×",
            "",
            f"wall {wall:.2f} ×, CPU {used:.2f} × ({remote.median('seconds'):.1f} s, to disk "
            f"{disk.median('seconds'):.1f} s)",
            wall <= 1.15,
            stretched=False,
        )
        self.show("The same set, to disk and into S3", [disk, remote])

    def growth(self) -> None:
        """Peak memory of a short film and of one ten times as long."""
        found = {}
        for name in ("1-minute", "10-minutes"):
            source = str(self.inputs / f"{name}.mp4")
            folder = self._folder(name)
            job = cold("process", outputs="stream-effort", source=source, folder=str(folder))
            found[name] = spent(job, self.env).megabytes
        short, long = found.values()
        apart = long / short - 1
        self.judge(
            "growth",
            "peak RSS, 320×180, effort 9, 10-minute film against 1-minute film",
            "within 10 %",
            "",
            f"{apart:+.1%} ({short:.0f} MB, {long:.0f} MB)",
            abs(apart) <= 0.1,
            stretched=False,
        )

    def files(self) -> None:
        """Files that a job makes outside of its target, to disk and into a bucket."""
        self._watched("to disk", {"to": f"{self._folder('watched')}/"})
        if find_spec("moto") is None or find_spec("s3fs") is None:
            self.skipped("temporary files, into S3", "moto or s3fs")
            return
        with self._server() as endpoint:
            where = {"to": "bucket://made/", "endpoint": endpoint, "name": BUCKET}
            self._watched("into S3", where)

    def _watched(self, way: str, where: dict[str, str]) -> None:
        empty = self._folder("temporary")
        env = self.env | {"TMPDIR": str(empty)}
        ours = warm(env)
        words = {"outputs": self.outputs, "source": self.source, "scratch": str(empty)}
        try:
            told = ours.ask("watched", **words, **where)
        finally:
            ours.close()
        elsewhere = told["elsewhere"]
        assert isinstance(elsewhere, list)
        for path in elsewhere:
            print(f"made elsewhere: {path}", file=sys.stderr)
        self.judge(
            "files",
            f"temporary files of a job in place, {way}",
            "0",
            "",
            f"{len(elsewhere)}, beside {told['files']} files of the set",
            not elsewhere,
            stretched=False,
        )

    def _folder(self, name: str) -> Path:
        """Return an empty folder."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _anew(self, folder: Path, commands: list[list[str]]) -> Callable[[], Cost]:
        """Return what empties a folder and then runs commands that fill it."""

        def run() -> Cost:
            self._folder(folder.name)
            return spent(commands, self.env)

        return run

    @contextmanager
    def _server(self) -> Iterator[str]:
        """Run a server of S3 with an empty bucket; yield its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(
            words, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        endpoint = f"http://127.0.0.1:{port}"
        try:
            make_bucket(endpoint, self.env)
            yield endpoint
        finally:
            server.terminate()
            server.wait(timeout=SERVER_SECONDS)


def make_bucket(endpoint: str, env: dict[str, str]) -> None:
    """Make the bucket, as soon as the server answers; in a process that may grow."""
    script = (
        "import sys, boto3\n"
        "keys = {'aws_access_key_id': 'bench', 'aws_secret_access_key': 'bench'}\n"
        "made = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1', **keys)\n"
        "made.create_bucket(Bucket=sys.argv[2])\n"
    )
    until = time.monotonic() + SERVER_SECONDS
    port = int(endpoint.rpartition(":")[2])
    while time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    subprocess.run([sys.executable, "-c", script, endpoint, BUCKET], env=env, check=True)


def segments(folder: Path, tracks: str = "*") -> list[Path]:
    """Return the segments of a set, of all its tracks or of some."""
    return sorted(folder.glob(f"{tracks}/*.m4s"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", default=",".join(ALL), help="comma-separated, " + ", ".join(ALL))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=1.0, help="of the film")
    parser.add_argument("--inputs", type=Path, help="folder that keeps the painted films")
    options, _ = parser.parse_known_args()  # the other reports take more
    wanted = options.tasks.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        inputs = options.inputs or Path(scratch, "inputs")
        bench = Bench(Path(scratch), inputs, options.rounds, options.share)
        for name in wanted:
            print(f"… {name}", file=sys.stderr, flush=True)
            getattr(bench, name)()
        bench.ours.close()
    report = bench.report
    report.command = " ".join(["nox -s bench -- streams", *said(sys.argv[1:])])
    report.sections += limits(bench.missed, LIMITS)
    print(report.markdown())
    if set(wanted) == set(ALL) and options.share >= 1:
        (DOCS / "streams.md").write_text(report.markdown(), encoding="utf-8")
        (DOCS / "streams.svg").write_text(report.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()

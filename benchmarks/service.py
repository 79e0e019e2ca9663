"""Runs the benchmarks of the web API and writes docs/benchmarks/service.md; see README.md.

``nox -s bench -- service`` runs it; ``--tasks get,upload`` runs a part and prints it only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

sys.path.insert(0, str(Path(__file__).parent))

from film_runs import environment
from inputs import jpeg
from judged import Judged, limits, said
from report import Report, Row, machine
from service_clients import ask, follow_all, rate, send_file, thumbnails

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs" / "benchmarks"
ALL = ("get", "images", "upload", "watchers", "live")
SERVER_SECONDS = 60
REQUESTS = 1_500
PHOTO = (1920, 1080)
PHOTOS, AT_ONCE = 60, 4
UPLOAD_BYTES = 200_000_000
WATCHERS = 500
LIVE_SECONDS = 12
FILM_SECONDS = 120
LUT = [
    {"kind": "brightness", "amount": 1.1},
    {"kind": "saturation", "amount": 1.4},
    {"kind": "temperature"},
    {"kind": "contrast", "amount": 1.1},
]

ABOUT = """\
All figures are from one run on a shared machine: read them as ratios. The server is uvicorn with one
process and `httptools`, without `uvloop`, on loopback; clients are processes or threads beside it and take
their share of the same processors. The bare route is one of the same application, which returns a stored
object as long as the answer about the job; both are asked over one connection that is kept, in turns. The
library's own images a second are those of `aio.Processor(trust="strangers")` in a process of its own, whose
children decode as those of the server do; over HTTP each photo is also uploaded, planned before it is taken,
followed by events to its end, and asked about. Lag is how late the server's loop wakes who sleeps 5 ms on it.
The live peer is aiortc in a process of its own, which paints, encodes and decodes 720p beside the server that
decodes, filters and encodes it; the age of a frame is told by a number painted into it."""

LIMITS = {
    "get": "the answer is written once when the job has ended; what is left is the way through "
    "FastAPI's router, who asks, and what the caller may see.",
    "images": "each photo is written to disk and planned in a child before it is taken, and its "
    "events, its answer and the client share the processors with the children that decode.",
    "upload": "what is on its way between socket and disk.",
    "watchers": "one event is sent to each watcher in turn.",
    "live": "two processes code 720p in software on the same two processors.",
}


class Bench(Judged):
    """All tasks, and what they found.

    Args:
        scratch: Folder for what is made.
        rounds: How often each contestant runs.
    """

    def __init__(self, scratch: Path, rounds: int) -> None:
        self.rounds, self.scratch = rounds, scratch
        self.env = environment(scratch)
        names = ("aiortc", "fastapi", "httptools", "uvicorn")
        versions = {"mediaflow": version("pymediaflow"), "PyAV": version("av")}
        versions |= {name: version(name) for name in names}
        title = "The web API, beside a bare route and the library itself"
        self.report = Report(machine(versions), "", title=title, about=ABOUT, plot="service.svg")
        self.missed: dict[str, str] = {}
        self.photo = jpeg(scratch, "photo.jpg", *PHOTO, seed=1, quality=90).read_bytes()

    def get(self) -> None:
        """Requests a second for a finished job and for a bare route."""
        with self._server() as (port, _):
            base = f"http://127.0.0.1:{port}"
            location = send_file(port, self.photo, len(self.photo))
            job = ask(f"{base}/media/thumbnails", {"source": location})["job_id"]
            asyncio.run(follow_all(port, job, 1))
            told = ask(f"{base}/media/jobs/{job}")
            ask(f"{base}/bare", told, "PUT")
            ways = {"a finished job": f"/media/jobs/{job}", "a bare route": "/bare/1"}
            found: dict[str, list[float]] = {name: [] for name in ways}
            for path in ways.values():
                rate(port, path, REQUESTS // 5)
            for _ in range(self.rounds):
                for name, path in ways.items():
                    found[name].append(rate(port, path, REQUESTS))
        ours, bare = found.values()
        share = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
        self.judge(
            "get",
            "`GET` of a finished job, beside a bare route",
            "≥ 0.5 ×",
            "0.8",
            f"{share:.2f} × ({statistics.median(ours):,.0f} a second, bare "
            f"{statistics.median(bare):,.0f}; {len(json.dumps(told)):,} bytes)",
            share >= 0.5,
            share >= 0.8,
        )
        rows = [Row("mediaflow", name, 1e6 / statistics.median(one)) for name, one in found.items()]
        self.report.bars.append(("One request", "µs", rows))

    def images(self) -> None:
        """Photos a second over HTTP and by the library itself."""
        over, own = [], []
        place = self.scratch / "own"
        place.mkdir()
        source = place / "photo.jpg"
        source.write_bytes(self.photo)
        words = [str(place), str(source), str(PHOTOS), str(AT_ONCE)]
        command = [sys.executable, str(HERE / "service_ours.py"), *words]
        with self._server() as (port, _):
            for _ in range(self.rounds):
                over.append(PHOTOS / thumbnails(port, self.photo, PHOTOS, AT_ONCE))
                done = subprocess.run(command, env=self.env, capture_output=True, check=True)
                own.append(PHOTOS / float(done.stdout))
        share = statistics.median(a / b for a, b in zip(over, own, strict=True))
        self.judge(
            "images",
            f"{PHOTO[0]}×{PHOTO[1]} JPEG → `thumbnails()` over HTTP, beside the library's own",
            "≥ 0.8 ×",
            "0.95",
            f"{share:.2f} × ({statistics.median(over):.1f} a second, the library "
            f"{statistics.median(own):.1f})",
            share >= 0.8,
            share >= 0.95,
        )
        rows = [
            Row("mediaflow", name, 1000 / statistics.median(one))
            for name, one in (("over HTTP", over), ("the library", own))
        ]
        self.report.bars.append(("One photo", "ms", rows))

    def upload(self) -> None:
        """Growth of the server while it takes a large file."""
        with self._server() as (port, process):
            send_file(port, self.photo, len(self.photo))
            Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")
            before = memory(process, "VmRSS")
            began = time.perf_counter()
            send_file(port, self.photo, UPLOAD_BYTES)
            seconds = time.perf_counter() - began
            grown = memory(process, "VmHWM") - before
        self.judge(
            "upload",
            "RSS of the server while 200 MB are uploaded",
            "≤ 32 MB more",
            "8 MB",
            f"{grown / 1e6:.1f} MB more ({UPLOAD_BYTES / seconds / 1e6:,.0f} MB a second)",
            grown <= 32e6,
            grown <= 8e6,
        )

    def watchers(self) -> None:
        """How many of many watchers hear the end, and what it costs the loop."""
        film = self.scratch / "film.mp4"
        paint_film(film)
        with self._server() as (port, _):
            base = f"http://127.0.0.1:{port}"
            data = film.read_bytes()
            location = send_file(port, data, len(data))
            output = {"kind": "video", "height": 720, "upscale": True, "effort": 3}
            job = ask(f"{base}/media/process", {"source": location, "outputs": [output]})["job_id"]
            ask(f"{base}/lag")
            heard = asyncio.run(follow_all(port, job, WATCHERS))
            late = sorted(ask(f"{base}/lag"))
        p99 = 1000 * late[int(len(late) * 0.99)]
        met = heard == WATCHERS and p99 <= 50
        self.judge(
            "watchers",
            f"{WATCHERS} watchers of one job by server-sent events",
            "all hear the end, lag p99 ≤ 50 ms",
            "20 ms",
            f"{heard} heard it, lag p99 {p99:.0f} ms, longest {1000 * late[-1]:.0f} ms "
            f"(of {len(late):,} looks)",
            met,
            met and p99 <= 20,
        )

    def live(self) -> None:
        """Frames a second of a filtered 720p peer, and the age of frames behind a slow filter."""
        with self._server() as (port, _):
            base = f"http://127.0.0.1:{port}"
            quick = self._peer(f"{base}/media/webrtc/offer", LUT)
            slow = self._peer(f"{base}/slow/offer", None)
        fps = (len(quick) - 1) / (quick[-1][0] - quick[0][0])
        ages = [1000 * age for _, age in quick]
        self.judge(
            "live",
            "720p live, four colour filters compiled to one table, one peer",
            "≥ 20 fps",
            "25",
            f"{fps:.1f} fps, frames {statistics.median(ages):.0f} ms old",
            fps >= 20,
            fps >= 25,
        )
        part = len(slow) // 4
        first, last = (
            1000 * statistics.median(age for _, age in some) for some in (slow[:part], slow[-part:])
        )
        shown = (len(slow) - 1) / (slow[-1][0] - slow[0][0])
        self.judge(
            "live",
            "the same with a filter of 60 ms a frame: age of frames, last quarter beside first",
            "≤ 1.5 ×",
            "1.1",
            f"{last / first:.2f} × ({first:.0f} ms, {last:.0f} ms; {shown:.1f} fps)",
            last <= 1.5 * first,
            last <= 1.1 * first,
        )

    def _peer(self, url: str, filters: object) -> list[tuple[float, float]]:
        words = [url, str(LIVE_SECONDS), json.dumps(filters)]
        command = [sys.executable, str(HERE / "service_peer.py"), *words]
        done = subprocess.run(command, env=self.env, stdout=subprocess.PIPE, check=True)
        return [(at, age) for at, age in json.loads(done.stdout)]

    @contextmanager
    def _server(self) -> Iterator[tuple[int, int]]:
        """Run the server over an empty folder; yield its port and its process."""
        folder = tempfile.mkdtemp(dir=self.scratch)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, str(HERE / "service_server.py"), folder, str(port)]
        server = subprocess.Popen(command, env=self.env)
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", server)
            yield port, server.pid
        finally:
            server.terminate()
            server.wait(timeout=SERVER_SECONDS)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SERVER_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError("the server did not get ready")


def memory(process: int, name: str) -> int:
    """Return bytes that the system tells of a process."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"{name} is not told")


def paint_film(place: Path) -> None:
    """Write a film that takes a while to encode again."""
    words = [sys.executable, "-c", PAINT, str(place), str(FILM_SECONDS)]
    subprocess.run(words, check=True)


PAINT = """
import sys
import av, numpy as np

place, seconds = sys.argv[1], int(sys.argv[2])
with av.open(place, "w") as film:
    stream = film.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
    stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
    shade = np.add.outer(np.arange(360), np.arange(640)).astype(np.uint8)
    for number in range(25 * seconds):
        pixels = np.repeat(np.roll(shade, 3 * number, axis=1)[:, :, None], 3, axis=2)
        film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
    film.mux(stream.encode(None))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", default=",".join(ALL), help="comma-separated, " + ", ".join(ALL))
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()  # the other reports take more
    wanted = options.tasks.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), options.rounds)
        for name in wanted:
            print(f"… {name}", file=sys.stderr, flush=True)
            getattr(bench, name)()
    report = bench.report
    report.command = " ".join(["nox -s bench -- service", *said(sys.argv[1:])])
    report.sections += limits(bench.missed, LIMITS)
    print(report.markdown())
    if set(wanted) == set(ALL):
        (DOCS / "service.md").write_text(report.markdown(), encoding="utf-8")
        (DOCS / "service.svg").write_text(report.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()

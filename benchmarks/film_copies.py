"""A film that is packed anew without encoding, beside the program's ``-c copy``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import film_peer as peer
from film_runs import Cost, Samples, alternate, cold, spent

if TYPE_CHECKING:
    from film import Bench

TASK = "remux of an mp4 of 200 MB"
MOST, STRETCH = 1.2, 1.0
"""Of the wall time of the program's process; both sides are bound by reading and writing."""


def remux(bench: Bench) -> None:
    """Time the bare packing in a warm process, the whole job, and the program."""
    if bench.program is None:
        bench.skipped(TASK, "ffmpeg")
        return
    source, folder = bench.inputs / "200-megabytes.mp4", bench.folder
    bare, job = (
        Samples("mediaflow", "bare, warm call"),
        Samples("mediaflow", "whole job, warm call"),
    )
    start, theirs = Samples("mediaflow", "whole job, new process"), Samples("ffmpeg", "ffmpeg")
    theirs.files = [folder / "copied.mp4"]
    bare.files = [folder / "0.mp4"]
    job.files = start.files = [folder / "200-megabytes_copy.mp4"]
    words = {"source": str(source), "folder": str(folder)}

    def ask(task: str) -> Cost:
        answer = bench.ours.ask(task, **words)
        return Cost(float(answer["seconds"]), float(answer["processor"]))

    ask("remux")
    ways = [
        (bare, partial(ask, "remux")),
        (theirs, partial(spent, [peer.copied(bench.program, source, folder)], bench.env)),
        (job, partial(ask, "copy")),
        (start, partial(spent, cold("copy", **words), bench.env)),
    ]
    alternate(ways, bench.rounds)
    ratio, used = bare.ratio(theirs, "seconds"), bare.ratio(theirs, "processor")
    size = bare.bytes / theirs.bytes
    bench.judge(
        "remux",
        f"{TASK}, bare, warm call",
        f"≤ {MOST:g} × the ffmpeg process",
        f"{STRETCH:g}",
        f"{ratio:.2f} ×, CPU {used:.2f} × ({1000 * bare.median('seconds'):.0f} ms, ffmpeg "
        f"{1000 * theirs.median('seconds'):.0f} ms); the whole job with digest, fsync and reading "
        f"again {job.ratio(theirs, 'seconds'):.2f} ×; bytes {size:.3f} ×",
        ratio <= MOST,
        ratio <= STRETCH,
    )
    bench.show(TASK, [bare, job, start, theirs], unit="ms")

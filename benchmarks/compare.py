"""What a comparison costs: the score alone, as a search for a quality uses it, and all figures.

``python benchmarks/compare.py`` prints its table; ``pictures.py`` collects it.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

from inputs import paint
from PIL import Image
from protocol import Options, alone
from report import Verdict

import mediaflow as mf
from mediaflow.image.multiscale import Blocks

SIZE = (640, 480)


def verdicts(options: Options) -> list[Verdict]:
    one = paint(*SIZE, seed=7)
    files = [io.BytesIO(), io.BytesIO()]
    one.save(files[0], "PNG")
    one.save(files[1], "JPEG", quality=75)
    other = Image.open(files[1])
    other.load()
    times: dict[str, list[float]] = {"score": [], "processor": [], "all": []}
    for number in range(options.rounds * 5 + 1):
        for name, call in (
            ("score", lambda: score(one, other)),
            ("all", lambda: mf.compare(*(file.getvalue() for file in files))),
        ):
            started, busy = time.perf_counter(), time.thread_time()
            call()
            if number:  # the first round warms up
                times[name].append((time.perf_counter() - started) * 1000)
                if name == "score":
                    times["processor"].append((time.thread_time() - busy) * 1000)
    cost, busy, whole = (statistics.median(samples) for samples in times.values())
    return [
        Verdict(
            "score of two decoded pictures of 640×480 px, one thread",
            "≤ 10 ms",
            "7 ms",
            f"{cost:.1f} ms ({busy:.1f} of processor time); `mf.compare` of a PNG and a JPEG with all figures {whole:.0f} ms",
            cost <= 10,
            cost <= 7,
        )
    ]


def score(one: Image.Image, other: Image.Image) -> float:
    blocks = Blocks()
    blocks.add(one, other)
    return blocks.score()


if __name__ == "__main__":
    alone(verdicts, __doc__)

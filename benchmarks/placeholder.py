"""What a placeholder costs on a running decode.

``python benchmarks/placeholder.py`` prints its table; ``pictures.py`` collects it. A job runs with
and without an ``AnalysisOutput`` in turns, and each part of the description by itself. Figures are
medians of wall time in one thread, so that the addition cannot hide behind an encoder.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from pathlib import Path

os.environ["MEDIAFLOW_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from PIL import Image
from protocol import Options, alone
from report import Verdict

import mediaflow as mf
from mediaflow.image.painting import paint_photo
from mediaflow.image.pillow import BACKEND
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.placeholder import blurhash, palette, thumbhash


def milliseconds(function, *arguments, **words):
    started = time.perf_counter()
    function(*arguments, **words)
    return (time.perf_counter() - started) * 1000


def verdicts(options: Options) -> list[Verdict]:
    """Return what a description adds to three thumbnails."""
    source = paint_photo()
    images = [mf.ImageOutput("jpeg", width=width, suffix=f"_{width}") for width in (150, 300, 800)]
    described = [*images, mf.AnalysisOutput()]
    step = mf.plan(source, described, to="memory://a/").analyses[0]
    picture = Image.open(io.BytesIO(source)).convert("RGB").resize((150, 113))
    small = picture.resize((100, 75))
    pixels = np.asarray(small.convert("RGBA"))
    tasks = {
        "3 thumbnails": lambda: mf.process(source, images, to="memory://a/"),
        "with a placeholder": lambda: mf.process(source, described, to="memory://b/"),
        "alone": lambda: mf.process(source, mf.AnalysisOutput()),
        "the step": lambda: BACKEND.analyze(as_raster(picture), step),
        "BlurHash": lambda: blurhash(pixels[..., :3], across=4, down=3),
        "ThumbHash": lambda: thumbhash(pixels),
        "palette": lambda: palette(pixels, most=6),
    }
    times = {name: [] for name in tasks}
    for _ in range(options.rounds * 2 + 1):  # the first warms up
        for name, task in tasks.items():
            times[name].append(milliseconds(task))
    found = {name: statistics.median(each[1:]) for name, each in times.items()}
    added = found["with a placeholder"] - found["3 thumbnails"]
    parts = ", ".join(f"{name} {found[name]:.1f}" for name in ("BlurHash", "ThumbHash", "palette"))
    return [
        Verdict(
            "placeholder set from a running decode (12 MP JPEG, three thumbnails)",
            "≤ 10 ms",
            "",
            f"{added:.1f} ms more than {found['3 thumbnails']:.0f} ms; the step alone "
            f"{found['the step']:.1f} ms ({parts}); a job of nothing else {found['alone']:.0f} ms",
            met=added <= 10,
            stretched=False,
        )
    ]


if __name__ == "__main__":
    alone(verdicts, __doc__)

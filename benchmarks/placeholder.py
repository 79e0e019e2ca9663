"""What a placeholder costs on a running decode; prints a row of a Markdown table.

``python benchmarks/placeholder.py`` runs a job with and without an ``AnalysisOutput`` in turns, and
each part of the description by itself. Figures are medians of processor time, over all threads: a
busy machine makes wall time say more about its other work.
"""

from __future__ import annotations

import io
import os
import statistics
import time

import numpy as np
from PIL import Image

import mediaflow as mf
from mediaflow.image.painting import paint_photo
from mediaflow.image.pillow import BACKEND
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.placeholder import blurhash, palette, thumbhash

ROUNDS = int(os.environ.get("ROUNDS", "15"))


def milliseconds(function, *arguments, **words):
    started = time.process_time()
    function(*arguments, **words)
    return (time.process_time() - started) * 1000


def main():
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
    for _ in range(ROUNDS + 1):  # the first warms up
        for name, task in tasks.items():
            times[name].append(milliseconds(task))
    found = {name: statistics.median(each[1:]) for name, each in times.items()}
    facts = mf.probe(source)
    print("| source | " + " | ".join(found) + " |")
    print("|---|" + "---:|" * len(found))
    cells = " | ".join(f"{value:.1f} ms" for value in found.values())
    print(f"| {facts.width}×{facts.height} {facts.format.upper()} | {cells} |")


if __name__ == "__main__":
    main()

"""Times and weighs GIF → WebP beside Pillow's own way; prints a Markdown row.

Run it by itself: ``python benchmarks/animation.py``. Each way runs in a child process of its own,
several times; the best time counts, and the growth of the peak over the imports.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = (320, 180)
WIDTH, HEIGHT = 240, 135
FRAMES = 120
QUALITY, METHOD = 80, 4
ROUNDS = 3


def paint(path: Path) -> None:
    """Write a GIF with a moving disc over a gradient that drifts: all of it changes."""
    import numpy as np
    from PIL import Image

    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    frames = []
    for index in range(FRAMES):
        red = (x + 2 * index) % 256
        green = (y * 255 // SIZE[1] + index) % 256
        disc = (x - 40 - 2 * index) ** 2 + (y - 90) ** 2 < 900
        blue = np.where(disc, 230, 60)
        pixels = np.stack([red, green, blue], axis=-1).astype(np.uint8)
        frames.append(Image.fromarray(pixels).quantize(255))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, loop=0)


PROLOGUE = """
import json, re, sys, time
# not ru_maxrss, which a child inherits from whoever started it
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
source, target = sys.argv[1:3]
"""
PILLOW = f"""
from PIL import Image, ImageSequence, WebPImagePlugin, GifImagePlugin
Image.init()
before, started = peak(), time.perf_counter()
with Image.open(source) as gif:
    frames = [
        frame.convert("RGB").resize(({WIDTH}, {HEIGHT}), Image.Resampling.LANCZOS)
        for frame in ImageSequence.Iterator(gif)
    ]
frames[0].save(target, save_all=True, append_images=frames[1:], duration=40, loop=0,
               quality={QUALITY}, method={METHOD})
"""
OURS = f"""
import mediaflow as mf
from PIL import Image
Image.init()
import mediaflow.image.pillow, mediaflow.jobs.run, mediaflow.planning, mediaflow.probing, mediaflow.storage
from mediaflow.processor import process
job = mf.ImageOutput("webp", width={WIDTH}, quality={QUALITY}, options=mf.formats.WebpOptions(effort={METHOD}))
before, started = peak(), time.perf_counter()
process(source, job, to=target)
"""
EPILOGUE = """
print(json.dumps([time.perf_counter() - started, (peak() - before) / 1024]))
"""


def measured(way: str, source: Path, target: Path) -> tuple[float, float]:
    """Return the best time in seconds and its peak growth in MiB."""
    script = PROLOGUE + way + EPILOGUE
    runs = []
    for _ in range(ROUNDS):
        child = [sys.executable, "-c", script, str(source), str(target)]
        runs.append(json.loads(subprocess.run(child, check=True, capture_output=True).stdout))
    return min(seconds for seconds, _ in runs), min(grown for _, grown in runs)


def main() -> None:
    """Print one row of a table."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.gif")
        paint(source)
        theirs = measured(PILLOW, source, Path(folder, "theirs.webp"))
        ours = measured(OURS, source, Path(folder, "ours.webp"))
        sizes = [Path(folder, name).stat().st_size for name in ("ours.webp", "theirs.webp")]
    print(
        "| task | seconds, ours | Pillow | ratio | MiB above idle, ours | Pillow | ratio | bytes |"
    )
    print("|---|---|---|---|---|---|---|---|")
    print(
        f"| GIF {SIZE[0]}×{SIZE[1]}, {FRAMES} frames → WebP {WIDTH}×{HEIGHT} "
        f"| {ours[0]:.2f} | {theirs[0]:.2f} | {ours[0] / theirs[0]:.2f} "
        f"| {ours[1]:.1f} | {theirs[1]:.1f} | {ours[1] / theirs[1]:.2f} "
        f"| {sizes[0]:,} / {sizes[1]:,} |"
    )


if __name__ == "__main__":
    main()

"""Times and weighs GIF → WebP beside Pillow's own save of the same frames.

``python benchmarks/animation.py`` prints its table; ``pictures.py`` collects it. Each run is a child
process of its own and the two ways take turns; medians of the time count, and of how far the peak of
memory grew over the imports.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from protocol import Options, alone
from report import Verdict

SIZE = (320, 180)
FRAMES = 120
QUALITY, METHOD = 80, 4


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
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(gif)]
frames[0].save(target, save_all=True, append_images=frames[1:], duration=40, loop=0,
               quality={QUALITY}, method={METHOD})
"""
OURS = f"""
import mediaflow as mf
from PIL import Image
Image.init()
import mediaflow.image.pillow, mediaflow.jobs.run, mediaflow.planning, mediaflow.probing, mediaflow.storage
from mediaflow.verbs import process
job = mf.ImageOutput("webp", quality={QUALITY}, options=mf.formats.WebpOptions(effort={METHOD}))
before, started = peak(), time.perf_counter()
process(source, job, to=target)
"""
EPILOGUE = """
print(json.dumps([time.perf_counter() - started, (peak() - before) / 1024]))
"""


def measured(way: str, source: Path, target: Path) -> tuple[float, float]:
    """Return the time in seconds and the peak's growth in MiB of one run."""
    script = PROLOGUE + way + EPILOGUE
    child = [sys.executable, "-c", script, str(source), str(target)]
    seconds, grown = json.loads(subprocess.run(child, check=True, capture_output=True).stdout)
    return seconds, grown


def verdicts(options: Options) -> list[Verdict]:
    """Return time and memory of the same animation."""
    runs: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.gif")
        paint(source)
        for _ in range(options.rounds):
            for name, way in (("theirs", PILLOW), ("ours", OURS)):
                runs[name].append(measured(way, source, Path(folder, f"{name}.webp")))
        sizes = [Path(folder, f"{name}.webp").stat().st_size for name in runs]
    seconds, grown = (
        [statistics.median(run[part] for run in each) for each in runs.values()] for part in (0, 1)
    )
    task = f"animated GIF {SIZE[0]}×{SIZE[1]}, {FRAMES} frames → WebP"
    quick, small = seconds[0] / seconds[1], grown[0] / grown[1]
    return [
        Verdict(
            task,
            "≤ 1.1 × Pillow's own save",
            "",
            f"{quick:.2f} × ({seconds[0]:.2f} s, Pillow {seconds[1]:.2f} s; "
            f"{sizes[0]:,} and {sizes[1]:,} bytes)",
            met=quick <= 1.1,
            stretched=False,
        ),
        Verdict(
            task,
            "peak RSS ≤ 0.4 ×",
            "",
            f"{small:.2f} × ({grown[0]:.1f} MiB, Pillow {grown[1]:.1f} MiB)",
            met=small <= 0.4,
            stretched=False,
        ),
    ]


if __name__ == "__main__":
    alone(verdicts, __doc__)

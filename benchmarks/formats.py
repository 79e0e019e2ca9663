"""12 MP PNG and WebP to one 800 px JPEG: mediaflow without and with libvips, beside pyvips itself.

``python benchmarks/formats.py`` prints its table, with ``pymediaflow[vips]`` installed;
``pictures.py`` collects it. Medians of wall time, rounds of all contestants alternate.
``--threshold`` prints from which size libvips wins.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import pyvips
from protocol import Options, alone
from report import Verdict

import mediaflow as mf
from mediaflow.geometry import Size
from mediaflow.image.painting import paint_photo

WIDTH = 800
QUALITY = 80
OUTPUT = mf.ImageOutput(
    "jpeg",
    width=WIDTH,
    quality=QUALITY,
    options=mf.formats.JpegOptions(progressive=False, optimize=False),
)
SWITCH = "mediaflow.planning.backends.FASTER_FROM_PIXELS"
SIZES = (Size(640, 480), Size(1000, 750), Size(1400, 1050), Size(2000, 1500), Size(4000, 3000))


def sources(size: Size) -> dict[str, bytes]:
    painted = pyvips.Image.new_from_buffer(paint_photo(size), "").copy_memory()
    return {"PNG": painted.pngsave_buffer(), "WebP": painted.webpsave_buffer(Q=85)}


def run(processor: mf.Processor, data: bytes, output: mf.ImageOutput, from_pixels: int) -> None:
    with mock.patch(SWITCH, {"png": from_pixels, "webp": from_pixels}):
        processor.process(data, output, to="memory://bench/out.jpg")


def contestants(processor: mf.Processor, data: bytes, output: mf.ImageOutput):
    def thumbnail() -> None:
        small = pyvips.Image.thumbnail_buffer(data, output.width, size="down")
        small.jpegsave_buffer(Q=QUALITY, keep="none")

    return {
        "core only": lambda: run(processor, data, output, 10**12),
        "with libvips": lambda: run(processor, data, output, 1),
        "pyvips thumbnail": thumbnail,
    }


def processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(ways, rounds: int) -> dict[str, tuple[float, float]]:
    times = {name: [] for name in ways}
    for _ in range(rounds):
        for name, function in ways.items():
            wall, used = time.perf_counter(), processor_seconds()
            function()
            times[name].append((time.perf_counter() - wall, processor_seconds() - used))
    return {
        name: tuple(1000 * statistics.median(column) for column in zip(*rows, strict=True))
        for name, rows in times.items()
    }


TARGETS = {"WebP": 3.0, "PNG": 2.0}
WITH_VIPS = 1.1


def verdicts(options: Options) -> list[Verdict]:
    """Return both ways of both formats beside pyvips."""
    made = []
    with mf.Processor("inline", storage=mf.Storage(durable=False, digest=False)) as processor:
        for name, data in sources(SIZES[-1]).items():
            found = measure(contestants(processor, data, OUTPUT), options.rounds)
            wall, used = found["pyvips thumbnail"]
            for way, target in (("core only", TARGETS[name]), ("with libvips", WITH_VIPS)):
                ratio = found[way][0] / wall
                made.append(
                    Verdict(
                        f"12 MP {name} → {WIDTH} px, {way}",
                        f"≤ {target} × pyvips",
                        "",
                        f"{ratio:.2f} × ({found[way][0]:.0f} ms, pyvips {wall:.0f} ms; processor "
                        f"time {found[way][1] / used:.2f} ×)",
                        met=ratio <= target,
                        stretched=False,
                    )
                )
    return made


def threshold(rounds: int) -> None:
    print("| source | output | core only, wall ms | with libvips | speed-up |")
    print("|---|---|--:|--:|--:|")
    with mf.Processor("inline", storage=mf.Storage(durable=False, digest=False)) as processor:
        for size in SIZES:
            small = mf.ImageOutput("jpeg", width=size.width // 4, quality=QUALITY)
            for name, data in sources(size).items():
                found = measure(contestants(processor, data, small), rounds)
                core, vips = found["core only"][0], found["with libvips"][0]
                print(
                    f"| {name} {size.width}×{size.height} | {small.width} px | {core:.1f} "
                    f"| {vips:.1f} | {core / vips:.2f} |"
                )


if __name__ == "__main__":
    if "--threshold" in sys.argv:
        threshold(9)
    else:
        alone(verdicts, __doc__)

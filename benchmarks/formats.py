"""12 MP PNG and WebP to one 800 px JPEG: mediaflow without and with libvips, beside pyvips itself.

Run it in an environment with ``pymediaflow[vips]``: ``python benchmarks/formats.py [rounds]``. It
prints Markdown rows: medians of wall time and of processor time, and their ratio to pyvips
``thumbnail``. Rounds of all contestants alternate; on a shared machine the processor time is the
steadier figure. ``--threshold`` prints from which size libvips wins.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from unittest import mock

import pyvips

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


def main(rounds: int) -> None:
    print("| source | way | wall ms | × pyvips | processor ms | × pyvips |")
    print("|---|---|--:|--:|--:|--:|")
    with mf.Processor("inline", storage=mf.Storage(durable=False, digest=False)) as processor:
        for name, data in sources(SIZES[-1]).items():
            found = measure(contestants(processor, data, OUTPUT), rounds)
            peer = found["pyvips thumbnail"]
            for way, (wall, used) in found.items():
                print(
                    f"| 12 MP {name} | {way} | {wall:.0f} | {wall / peer[0]:.2f} | {used:.0f} "
                    f"| {used / peer[1]:.2f} |"
                )


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
    words = sys.argv[1:]
    count = next((int(word) for word in words if word.isdigit()), 9)
    threshold(count) if "--threshold" in words else main(count)

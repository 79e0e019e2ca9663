"""mediaflow as a contestant; see README.md for the protocol."""

from __future__ import annotations

import contextlib
import gc
import json
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import mediaflow as mf

PLAIN = {"durable": False, "digest": False}


def main() -> None:
    for line in sys.stdin:
        task = json.loads(line)
        answer = globals()[f"task_{task['task']}"](**task["arguments"])
        print(json.dumps(answer), flush=True)


def timed(function, count: int) -> list[float]:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        function()
        times.append((time.perf_counter() - started) * 1000)
    return times


def processor(durable: bool, executor: str = "inline") -> mf.Processor:
    storage = mf.Storage() if durable else mf.Storage(**PLAIN)
    return mf.Processor(executor, storage=storage)


def task_thumbnails(way: str, source: str, folder: str, count: int) -> dict[str, object]:
    with processor(way == "durable") as p:
        outputs = mf.recipes.thumbnails()
        times = timed(lambda: p.process(source, outputs, to=f"{folder}/"), count)
        result = p.process(source, outputs, to=f"{folder}/")
    return {"ms": times, "files": [output.uri for output in result.outputs]}


def task_resize(way: str, source: str, folder: str, count: int) -> dict[str, object]:
    data = Path(source).read_bytes()
    output = mf.ImageOutput(
        "jpeg",
        width=720,
        height=588,
        fit="fill",
        quality=80,
        options=mf.formats.JpegOptions(progressive=False),
    )
    with processor(durable=False) as p:
        times = timed(lambda: p.process(data, output, to="memory://bench/out.jpg"), count)
    target = Path(folder, "resize.jpg")
    mf.process(data, output, to=str(target))
    return {"ms": times, "files": [str(target)]}


def task_exact(way: str, source: str, folder: str, sizes: list[list[int]]) -> dict[str, object]:
    outputs = [
        mf.ImageOutput("png", width=width, height=height, fit="fill", suffix=f"_{width}")
        for width, height in sizes
    ]
    result = mf.process(source, outputs, to=f"{folder}/")
    return {"files": [output.uri for output in result.outputs]}


def task_batch(way: str, sources: list[str], folder: str) -> dict[str, object]:
    with processor(durable=False, executor="threads") as p:
        started = time.perf_counter()
        handles = [
            p.submit(source, mf.recipes.thumbnails(), to=f"{folder}/{index}/")
            for index, source in enumerate(sources)
        ]
        for handle in handles:
            handle.result()
        seconds = time.perf_counter() - started
    return {"seconds": seconds}


def task_memory(way: str, warm: str, source: str, folder: str) -> dict[str, object]:
    """Growth of the resident set over a process that has done the same to a small picture."""
    outputs = [mf.ImageOutput("jpeg", width=width, suffix=f"_{width}") for width in LADDER]
    with processor(durable=False) as p:
        p.process(warm, outputs, to=f"{folder}/")
        gc.collect()
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # forget the earlier peak
        result = p.process(source, outputs, to=f"{folder}/")
        grown = resident("VmHWM") - before
    return {"bytes": grown, "planned": result.report.peak_bytes_planned}


LADDER = (2000, 1600, 1200, 1000, 800, 600, 400, 100)


def resident(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+)", status)[1]) * 1024


def task_overhead(way: str, source: str, folder: str, count: int) -> dict[str, object]:
    """The same small job by hand and by us, in memory; then by us on the disk, with fsync and without."""
    from PIL import Image

    memory = tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)

    def by_hand() -> None:
        with Image.open(source) as image:
            picture = image.convert("RGB").resize((32, 32), Image.Resampling.LANCZOS)
            picture.save(f"{memory}/hand.jpg", "JPEG", quality=75, optimize=True, progressive=True)

    output = mf.ImageOutput("jpeg", width=32, quality=75)
    ways = {"hand": by_hand}
    with contextlib.ExitStack() as stack:
        for name, options, place in (
            ("plain", PLAIN, memory),
            ("digest", {"durable": False}, memory),
            ("disk", {"durable": False}, folder),
            ("durable", {}, folder),
        ):
            own = stack.enter_context(mf.Processor("inline", storage=mf.Storage(**options)))
            to = f"{place}/{name}.jpg"
            ways[name] = lambda own=own, to=to: own.process(source, output, to=to)
        times: dict[str, list[float]] = {name: [] for name in ways}
        # the disk is left alone while the two that are compared alternate
        for group in (("hand", "plain"), ("plain", "digest"), ("disk", "durable")):
            for _ in range(count):
                for name in group:
                    times[name] += timed(ways[name], 1)
    shutil.rmtree(memory)
    return {"ms": times}


if __name__ == "__main__":
    main()

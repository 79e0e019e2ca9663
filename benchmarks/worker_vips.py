"""pyvips as a contestant; see README.md for the protocol."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyvips

SIZES = ((150, 150), (300, 300), (800, 600))
JPEG = {"Q": 85, "optimize_coding": True, "interlace": True}
WEBP = {"Q": 80, "effort": 4}


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


def one_decode(source: str, folder: str) -> list[str]:
    """Decode once into memory; smaller pictures come from the largest."""
    large = pyvips.Image.thumbnail(source, 800, height=600, size="down").copy_memory()
    medium = large.thumbnail_image(300, height=300, size="down").copy_memory()
    small = large.thumbnail_image(150, height=150, size="down")
    names = [f"{folder}/{name}" for name in ("150.jpg", "300.jpg", "800.jpg", "300.webp")]
    small.jpegsave(names[0], **JPEG)
    medium.jpegsave(names[1], **JPEG)
    large.jpegsave(names[2], **JPEG)
    medium.webpsave(names[3], **WEBP)
    return names


def pipelines(source: str, folder: str) -> list[str]:
    """Open and shrink the source for every output."""
    names = []
    for width, height in SIZES:
        names.append(f"{folder}/{width}.jpg")
        thumbnail = pyvips.Image.thumbnail(source, width, height=height, size="down")
        thumbnail.jpegsave(names[-1], **JPEG)
    names.append(f"{folder}/300.webp")
    pyvips.Image.thumbnail(source, 300, height=300, size="down").webpsave(names[-1], **WEBP)
    return names


WAYS = {"one decode": one_decode, "a pipeline each": pipelines}


def task_thumbnails(way: str, source: str, folder: str, count: int) -> dict[str, object]:
    times = timed(lambda: WAYS[way](source, folder), count)
    return {"ms": times, "files": WAYS[way](source, folder)}


def task_resize(way: str, source: str, folder: str, count: int) -> dict[str, object]:
    data = Path(source).read_bytes()

    def run() -> bytes:
        image = pyvips.Image.thumbnail_buffer(data, 720, height=588, size="force")
        return image.jpegsave_buffer(Q=80, optimize_coding=True)

    times = timed(run, count)
    target = Path(folder, "resize.jpg")
    target.write_bytes(run())
    return {"ms": times, "files": [str(target)]}


def task_exact(way: str, source: str, folder: str, sizes: list[list[int]]) -> dict[str, object]:
    names = []
    for width, height in sizes:
        names.append(f"{folder}/{width}.png")
        pyvips.Image.thumbnail(source, width, height=height, size="force").pngsave(names[-1])
    return {"files": names}


def task_batch(way: str, sources: list[str], folder: str) -> dict[str, object]:
    for index in range(len(sources)):
        Path(folder, str(index)).mkdir(exist_ok=True)
    workers, concurrency = (int(part) for part in way.split("x"))
    pyvips.voperation.cache_set_max(0)
    pyvips.vips_lib.vips_concurrency_set(concurrency)
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda item: one_decode(item[1], f"{folder}/{item[0]}"), enumerate(sources)))
    return {"seconds": time.perf_counter() - started}


if __name__ == "__main__":
    main()

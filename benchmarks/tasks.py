"""What is measured, and how the rounds alternate."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from report import Row

if TYPE_CHECKING:
    from contestants import Contestant

THUMBNAIL_WAYS = {
    "mediaflow": ["plain", "durable"],
    "pyvips": ["one decode", "a pipeline each"],
    "sharp": ["one decode", "a pipeline each"],
}
RESIZE_WAYS = {"mediaflow": ["plain"], "pyvips": ["plain"], "sharp": ["plain"]}
BATCH_WAYS = {
    "mediaflow": ["threads"],
    "pyvips": ["2x1", "4x1", "2x2"],
    "sharp": [
        f"{style}, {workers}, {concurrency}"
        for style in ("one decode", "a pipeline each")
        for workers, concurrency in ((2, 1), (3, 1), (4, 1), (2, 2))
    ],
}
THUMBNAILS = [[150, 113], [300, 225], [800, 600]]
LADDER = [[2000, 1500], [1600, 1200], [1200, 900], [1000, 750], [800, 600], [600, 450]]


def alternate(
    contestants: list[Contestant],
    ways: dict[str, list[str]],
    task: str,
    rounds: int,
    **arguments: object,
) -> list[Row]:
    """Run a timed task in alternating rounds and return a row for every way."""
    rows = {
        (one.name, way): Row(one.name, way, 0.0) for one in contestants for way in ways[one.name]
    }
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            for one in contestants:
                for way in ways[one.name]:
                    answer = one.ask(task, way=way, folder=folder, count=3, **arguments)
                    row = rows[one.name, way]
                    if number:  # the first round warms caches and is not counted
                        row.samples += answer["ms"]
                    row.bytes = sum(Path(name).stat().st_size for name in answer["files"])
    for row in rows.values():
        row.value = statistics.median(row.samples)
    return list(rows.values())


def fidelity(
    contestants: list[Contestant], rows: list[Row], source: Path, sizes: list[list[int]]
) -> None:
    """Fill in the lowest PSNR of lossless renditions against a full decode and Lanczos."""
    with Image.open(source) as image:
        full = image.convert("RGB")
    references = {tuple(size): full.resize(tuple(size), Image.Resampling.LANCZOS) for size in sizes}
    for one in contestants:
        with tempfile.TemporaryDirectory() as folder:
            answer = one.ask("exact", way="", source=str(source), folder=folder, sizes=sizes)
            lowest = min(psnr(name, references) for name in answer["files"])
        for row in rows:
            if row.who == one.name:
                row.psnr = lowest


def psnr(name: str, references: dict[tuple[int, ...], Image.Image]) -> float:
    """Return the PSNR of a picture in dB."""
    with Image.open(name) as image:
        made = np.asarray(image.convert("RGB"), float)
        wanted = np.asarray(references[image.size], float)
    error = ((made - wanted) ** 2).mean()
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def thumbnails(contestants: list[Contestant], photos: dict[str, Path], rounds: int) -> list[Row]:
    source = photos["12mp"]
    rows = alternate(contestants, THUMBNAIL_WAYS, "thumbnails", rounds, source=str(source))
    fidelity(contestants, rows, source, THUMBNAILS)
    return rows


def resize(contestants: list[Contestant], photos: dict[str, Path], rounds: int) -> list[Row]:
    source = photos["benchmark"]
    rows = alternate(contestants, RESIZE_WAYS, "resize", rounds * 3, source=str(source))
    fidelity(contestants, rows, source, [[720, 588]])
    return rows


def batch(
    contestants: list[Contestant], photos: dict[str, Path], rounds: int, size: int = 200
) -> list[Row]:
    """Images a second; every way is tried on a few pictures, the best one runs the whole batch."""
    pair = itertools.cycle([str(photos["12mp"]), str(photos["12mp_other"])])
    sources = list(itertools.islice(pair, size))
    best: dict[str, str] = {}
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as folder:
        for one in contestants:
            tried = {
                way: one.ask("batch", way=way, sources=sources[:24], folder=folder)["seconds"]
                for way in BATCH_WAYS[one.name]
            }
            best[one.name] = min(tried, key=tried.__getitem__)
            rows[one.name] = Row(one.name, best[one.name], 0.0)
        for _ in range(max(1, rounds // 3)):
            for one in contestants:
                answer = one.ask("batch", way=best[one.name], sources=sources, folder=folder)
                rows[one.name].samples.append(size / answer["seconds"])
    for row in rows.values():
        row.value = statistics.median(row.samples)
    return list(rows.values())


def memory(contestants: list[Contestant], photos: dict[str, Path]) -> tuple[float, float, float]:
    """Return growth in MB, the plan's figure in MB, and the lowest PSNR."""
    ours = contestants[0]
    with tempfile.TemporaryDirectory() as folder:
        answer = ours.ask(
            "memory",
            way="",
            warm=str(photos["warm"]),
            source=str(photos["48mp"]),
            folder=folder,
        )
    rows = [Row("mediaflow", "", 0.0)]
    fidelity([ours], rows, photos["48mp"], LADDER)
    return answer["bytes"] / 1e6, answer["planned"] / 1e6, rows[0].psnr or 0.0


def start_up(rounds: int) -> tuple[float, float]:
    """Return the medians of a bare interpreter and of one that imports mediaflow, in ms."""
    times: dict[str, list[float]] = {"pass": [], "import mediaflow": []}
    for _ in range(max(rounds * 3, 9)):
        for code, samples in times.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            samples.append((time.perf_counter() - started) * 1000)
    bare, ours = (statistics.median(samples) for samples in times.values())
    return bare, ours


def overhead(contestants: list[Contestant], photos: dict[str, Path]) -> dict[str, float]:
    """Return medians in ms of the same small work by hand and by mediaflow."""
    with tempfile.TemporaryDirectory() as folder:
        answer = contestants[0].ask(
            "overhead", way="", source=str(photos["small"]), folder=folder, count=300
        )
    return {name: statistics.median(samples) for name, samples in answer["ms"].items()}

"""Runs the benchmarks of pictures; see README.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import tasks
from contestants import Contestant, start
from inputs import photos
from report import Report, Verdict, machine, table

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks"
ALL = ("thumbnails", "batch", "resize", "memory", "import", "overhead")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", default=",".join(ALL), help="comma-separated, " + ", ".join(ALL))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batch", type=int, default=200, help="pictures in the batch")
    parser.add_argument("--inputs", type=Path, help="folder that keeps the painted photos")
    options = parser.parse_args()
    wanted = options.tasks.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        pictures = photos(options.inputs or Path(scratch))
        pictures["benchmark"] = benchmark_photo(pictures)
        contestants = [one for one in map(start, ("mediaflow", "pyvips", "sharp")) if one]
        try:
            report = measure(contestants, pictures, wanted, options)
        finally:
            for one in contestants:
                one.close()
    print(report.markdown())
    if set(wanted) == set(ALL):
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "images.md").write_text(report.markdown(), encoding="utf-8")
        (DOCS / "images.svg").write_text(report.svg(), encoding="utf-8")


def benchmark_photo(pictures: dict[str, Path]) -> Path:
    """Return the photo of sharp's own benchmark where it is at hand, else a painted one."""
    folder = os.environ.get("MEDIAFLOW_MEDIA")
    real = Path(folder, "images", "photo_2725x2225.jpg") if folder else None
    return real if real and real.exists() else pictures["6mp"]


def measure(
    contestants: list[Contestant],
    pictures: dict[str, Path],
    wanted: list[str],
    options: argparse.Namespace,
) -> Report:
    """Run the wanted tasks and collect what they find."""
    versions = {
        "mediaflow": version("pymediaflow"),
        "Pillow": version("pillow"),
        "PyAV": version("av"),
    }
    for one in contestants:
        if one.name == "sharp":
            answer = one.ask("versions")
            versions |= {"sharp": str(answer["sharp"]), "sharp's libvips": str(answer["vips"])}
        if one.name == "pyvips":
            versions |= {"pyvips": version("pyvips"), "pyvips-binary": version("pyvips-binary")}
    report = Report(machine(versions), f"nox -s bench -- --rounds {options.rounds}")
    for name in wanted:
        print(f"… {name}", file=sys.stderr, flush=True)
        globals()[f"measure_{name}"](report, contestants, pictures, options)
    return report


def best(rows: list[tasks.Row], *who: str, key=min) -> tasks.Row:
    """Return the best row of the named contestants."""
    return key((row for row in rows if row.who in who), key=lambda row: row.value)


def measure_thumbnails(report, contestants, pictures, options) -> None:
    rows = tasks.thumbnails(contestants, pictures, options.rounds)
    ours = next(row for row in rows if row.way == "plain")
    peer = best(rows, "sharp", "pyvips")
    ratio = ours.value / peer.value
    report.verdicts.append(
        Verdict(
            "12 MP JPEG → four thumbnails, one at a time, ≥ 50 dB",
            "≤ 0.95 × the faster peer",
            "0.80",
            f"{ratio:.2f} × {peer.who} ({peer.way}), {ours.psnr:.1f} dB, "
            f"bytes {ours.bytes / peer.bytes:.2f} ×",
            ratio <= 0.95 and ours.psnr >= 50,
            ratio <= 0.80 and ours.psnr >= 50,
        )
    )
    report.bars.append(("12 MP JPEG → four thumbnails", "ms", rows))
    report.sections += [
        "## 12 MP JPEG → four thumbnails",
        "",
        "From file to files. `plain` writes without fsync and digest, as the peers do; `durable` is",
        "the default: both, and an atomic replace.",
        "",
        table(rows, "ms"),
    ]


def measure_batch(report, contestants, pictures, options) -> None:
    rows = tasks.batch(contestants, pictures, options.rounds, options.batch)
    ours = best(rows, "mediaflow", key=max)
    sharp = best(rows, "sharp", key=max)
    ratio = ours.value / sharp.value
    report.verdicts.append(
        Verdict(
            f"{options.batch} such JPEGs, all cores",
            "≥ 1.3 × sharp's images/s",
            "1.6",
            f"{ratio:.2f} × ({ours.value:.1f} images/s, sharp {sharp.value:.1f})",
            ratio >= 1.3,
            ratio >= 1.6,
        )
    )
    report.bars.append((f"{options.batch} such JPEGs, longer is better", "images/s", rows))
    report.sections += [
        f"## {options.batch} such JPEGs on all cores",
        "",
        "Each contestant runs its best way: for sharp and pyvips the best of several numbers of jobs",
        "at once and threads a job (style, jobs, threads).",
        "",
        table(rows, "images/s"),
    ]


def measure_resize(report, contestants, pictures, options) -> None:
    rows = tasks.resize(contestants, pictures, options.rounds)
    ours, sharp = best(rows, "mediaflow"), best(rows, "sharp")
    ratio = ours.value / sharp.value
    report.verdicts.append(
        Verdict(
            "sharp's own task, 2725×2225 JPEG → 720×588 q80, buffer to buffer, ≥ 50 dB",
            "≤ 1.1 × sharp",
            "0.9",
            f"{ratio:.2f} ×, {ours.psnr:.1f} dB (sharp {sharp.psnr:.1f}), "
            f"bytes {ours.bytes / sharp.bytes:.2f} ×",
            ratio <= 1.1 and ours.psnr >= 50,
            ratio <= 0.9 and ours.psnr >= 50,
        )
    )
    report.bars.append(("2725×2225 JPEG → 720×588, buffer to buffer", "ms", rows))
    report.sections += [
        "## sharp's own task",
        "",
        f"Input: {pictures['benchmark'].name}.",
        "",
        table(rows, "ms"),
    ]


def measure_memory(report, contestants, pictures, options) -> None:
    grown, planned, fidelity = tasks.memory(contestants, pictures)
    within = abs(grown - planned) / planned
    good = grown <= 90 and within <= 0.25 and fidelity >= 49
    report.verdicts.append(
        Verdict(
            "48 MP JPEG → 8 JPEGs, ≥ 49 dB",
            "RSS growth ≤ 90 MB, within 25 % of the plan",
            "60 MB",
            f"{grown:.0f} MB, planned {planned:.0f} MB ({within:.0%} apart), {fidelity:.1f} dB",
            good,
            good and grown <= 60,
        )
    )


def measure_import(report, contestants, pictures, options) -> None:
    bare, ours = tasks.start_up(options.rounds)
    cost = ours - bare
    report.verdicts.append(
        Verdict(
            "`import mediaflow` over a bare interpreter",
            "≤ 60 ms",
            "30",
            f"{cost:.1f} ms (bare {bare:.1f})",
            cost <= 60,
            cost <= 30,
        )
    )


def measure_overhead(report, contestants, pictures, options) -> None:
    times = tasks.overhead(contestants, pictures)
    cost = times["plain"] - times["hand"]
    report.verdicts.append(
        Verdict(
            "overhead over the same calls by hand, 64×64 px, in memory",
            "≤ 1 ms",
            "0.4",
            f"{cost:.2f} ms ({times['hand']:.2f} by hand); the digest adds "
            f"{times['digest'] - times['plain']:.2f} ms, fsync on this disk "
            f"{times['durable'] - times['disk']:.2f}",
            cost <= 1,
            cost <= 0.4,
        )
    )


if __name__ == "__main__":
    main()

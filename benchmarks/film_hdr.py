"""HDR that becomes SDR, beside the program's own scaler, and how exact both are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import film_peer as peer
from film_runs import Samples, alternate, cold, spent

if TYPE_CHECKING:
    from film import Bench


def hdr(bench: Bench) -> None:
    """HDR to SDR, beside the program's own scaler, and how exact both are."""
    task = "5 s of 1080p PQ in HEVC → 720p SDR in H.264 medium, silent"
    if bench.program is None:
        bench.skipped(task, "ffmpeg")
        return
    source = str(bench.inputs / "hdr.mp4")
    plan = bench.ours.ask("plan", outputs="hdr", source=source)
    ours, theirs = Samples("mediaflow", "one job"), Samples("ffmpeg", "its scaler")
    ours.files, theirs.files = [bench.folder / "hdr_720p.mp4"], [bench.folder / "hdr_peer.mp4"]
    job = cold("process", outputs="hdr", source=source, folder=str(bench.folder))
    command = peer.to_sdr(bench.program, source, plan, theirs.files[0])
    ways = [
        (ours, partial(spent, job, bench.env)),
        (theirs, partial(spent, [command], bench.env)),
    ]
    alternate(ways, bench.few)
    wall, used = ours.ratio(theirs, "seconds"), ours.ratio(theirs, "processor")
    bench.judge(
        "hdr",
        f"{task}, beside one command with scale",
        "wall ≤ 1.2 ×",
        "1.0",
        f"wall {wall:.2f} ×, CPU {used:.2f} × (CPU {ours.median('processor'):.1f} s, ffmpeg "
        f"{theirs.median('processor'):.1f} s)",
        wall <= 1.2,
        wall <= 1.0,
    )
    bench.show(task, [ours, theirs])
    for transfer in ("pq", "hlg"):
        _exact(bench, transfer)


def _exact(bench: Bench, transfer: str) -> None:
    """How far patches of HDR are from the formulas, as films of both sides."""
    source = str(bench.inputs / f"patches-{transfer}.mkv")
    plan = bench.ours.ask("plan", outputs="patches", source=source)
    folder = str(bench.folder)
    bench.ours.ask("process", outputs="patches", source=source, folder=folder)
    path = bench.folder / f"patches-{transfer}_peer.mp4"
    spent([peer.to_sdr(bench.program, source, plan, path)], bench.env)
    made = {"ours": bench.folder / f"patches-{transfer}_ours.mp4", "theirs": path}
    errors = {
        who: bench.ours.ask("error", film=str(film), transfer=transfer)["mean"]
        for who, film in made.items()
    }
    bench.judge(
        "exact",
        f"48 patches of {transfer.upper()} → SDR, beside BT.2390's formulas in floats",
        "mean CIEDE2000 below that of ffmpeg's scaler",
        "half of it",
        f"{errors['ours']:.2f}, ffmpeg {errors['theirs']:.2f}",
        errors["ours"] < errors["theirs"],
        errors["ours"] < errors["theirs"] / 2,
    )

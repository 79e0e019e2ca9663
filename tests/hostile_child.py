"""Probes all files of a folder three ways, and says on standard output what came of each.

Run as ``python -m tests.hostile_child FOLDER``; a line of JSON for each file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any, Final

import mediaflow as mf
from mediaflow import errors
from mediaflow.cli import main

__all__: list[str] = []

WATCHED: Final = ("open", "os.listdir", "os.scandir", "socket.", "subprocess.", "ctypes.dlopen")
"""Beginnings of the names of audit events."""

WARM: Final = ("good.mp4", "good.mkv", "canary.ts", "bad.mp4")
"""Probed first, so that what is loaded once is loaded."""

opened: list[str] = []
is_watching = False


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Take down what is opened."""
    if is_watching and event.startswith(WATCHED):
        opened.append(f"{event} {arguments[0]}" if event == "open" else event)


def probed(path: Path, deep: bool) -> tuple[str, str, dict[str, Any] | None]:
    """Return the code of an error or "ok", words, and the answer."""
    try:
        info = mf.probe(path, deep=deep)
    except errors.MediaflowError as exc:
        return exc.code, f"{exc}\n", None
    except BaseException as exc:  # noqa: BLE001  # whatever it is, the test is to see it
        return f"foreign {type(exc).__name__}", f"{exc}\n", None
    return "ok", "", mf.to_dict(info)


def told(path: Path) -> tuple[int, str]:
    """Return the exit code and the output of the command."""
    said = StringIO()
    with redirect_stdout(said):
        code = main(["probe", str(path), "--json"])
    return code, said.getvalue()


def most_kilobytes() -> int:
    """Return the peak of memory since the last call, where the system forgets it."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def mark(name: str) -> None:
    """Leave a mark among the calls of the kernel."""
    with suppress(OSError):
        os.close(os.open(f"/marks/{name}", os.O_RDONLY))


def record(path: Path) -> dict[str, Any]:
    """Return what comes of one file."""
    global is_watching
    most_kilobytes()
    before = most_kilobytes()
    opened.clear()
    mark(f"begin {path.name}")
    is_watching, began = True, time.perf_counter()
    header, words, info = probed(path, False)
    packets, more, deep = probed(path, True)
    code, said = told(path)
    seconds, is_watching = time.perf_counter() - began, False
    mark(f"end {path.name}")
    return {
        "name": path.name,
        "header": header,
        "packets": packets,
        "text": words + more,
        "info": info,
        "deep": deep,
        "exit": code,
        "said": said,
        "seconds": seconds,
        "megabytes": (most_kilobytes() - before) / 1024,
        "opened": list(opened),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    sys.addaudithook(watch)
    for name in WARM:
        record(folder / name)
    for path in sorted(folder.iterdir()):
        print(json.dumps(record(path)), flush=True)

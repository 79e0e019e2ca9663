"""Processor time and memory are those of one job, or are not told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mediaflow.executors import memory
from mediaflow.executors.memory import ProcessMemory, forget_peak, peak_rss_bytes
from mediaflow.jobs.meter import CountedReader, Meter
from mediaflow.models.spent import Spent, Tally
from mediaflow.storage.source import BytesSource

LINUX = pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="the system keeps no peak of memory"
)

PICTURES = """
import json, sys
from PIL import Image
import mediaflow as mf

folder = sys.argv[1]
for name, side in (("large", 8000), ("small", 64)):
    picture = Image.new("RGB", (side, side), "navy")
    picture.save(f"{folder}/{name}.tiff", compression="tiff_adobe_deflate")
peaks = []
for name in ("small", "large", "small"):
    output = mf.ImageOutput("jpeg", width=32)
    made = mf.process(f"{folder}/{name}.tiff", output, to=f"{folder}/out/")
    peaks.append(made.report.peak_rss_bytes)
print(json.dumps(peaks))
"""
LARGE = 8000 * 8000 * 4  # Pillow alone decodes TIFF, whole, and keeps a px of RGB in four bytes


def _status(process: int, name: str) -> int:
    """Return bytes that the system tells of a process, read without the code under test."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


@LINUX
def test_peak_of_a_large_job_is_forgotten_by_the_next(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PICTURES, str(tmp_path)],
        capture_output=True,
        check=True,
        timeout=100,
    )

    before, large, after = json.loads(done.stdout)

    # 10 %: room for decoders' and encoders' own buffers; the large picture itself is exact
    assert before + LARGE * 0.9 < large < before + LARGE * 1.1
    assert before < LARGE  # the large picture was painted before, in the same process
    assert after < before + LARGE * 0.1


@LINUX
def test_size_of_a_parent_is_not_its_child_s(tmp_path: Path) -> None:
    held = bytearray(os.urandom(1024)) * (100 * 1024)  # 100 MiB, every page of it written

    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child,
        ProcessMemory(child.pid) as seen,
    ):
        peak = seen.peak_rss_bytes()
        own = _status(os.getpid(), "VmRSS")
        child.communicate(b"\n")

    assert own > len(held)
    assert peak is not None
    assert peak < len(held)


@LINUX
def test_peak_is_what_the_system_says() -> None:
    assert peak_rss_bytes() == pytest.approx(_status(os.getpid(), "VmHWM"), rel=0.01)


FORGOTTEN = """
import json, os
from mediaflow.executors.memory import forget_peak, peak_rss_bytes

held = bytearray(os.urandom(1024)) * (64 * 1024)
size, before = len(held), peak_rss_bytes()
del held
print(json.dumps([size, before, forget_peak(), peak_rss_bytes()]))
"""


@LINUX
def test_peak_starts_again_from_what_is_held() -> None:
    # a process of its own: what other tests held once would be its peak already
    done = subprocess.run(
        [sys.executable, "-c", FORGOTTEN], capture_output=True, check=True, timeout=100
    )

    size, before, is_forgotten, after = json.loads(done.stdout)

    assert is_forgotten
    assert after < before - size * 0.9


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_system_without_figures_is_no_error(
    monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise error("no such thing here")

    monkeypatch.setattr(memory.os, "open", refuse)

    with Meter() as measured:
        spent = measured.spent(Tally())

    assert spent.peak_rss_bytes is None
    assert spent.cpu_seconds is not None
    assert forget_peak() is False


def test_process_that_is_gone_has_no_peak() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    with ProcessMemory(child.pid) as seen:
        before = (seen.peak_rss_bytes(), seen.resident_bytes(), seen.address_space_bytes())
        child.communicate(b"\n")
        after = (seen.peak_rss_bytes(), seen.resident_bytes(), seen.address_space_bytes())
        is_forgotten = seen.forget_peak()

    assert all(before)
    assert after == (None, None, None)
    assert is_forgotten is False


@LINUX
def test_files_of_a_process_are_opened_once_and_closed() -> None:
    with ProcessMemory("self") as seen:
        seen.resident_bytes()
        open_files = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            seen.resident_bytes()
        open_later = len(os.listdir("/proc/self/fd"))
    open_last = len(os.listdir("/proc/self/fd"))

    assert open_later == open_files
    assert open_last == open_files - 1


def test_work_counts_as_processor_time() -> None:
    with Meter() as measured:
        idle = measured.spent(Tally()).cpu_seconds
        began = time.process_time()
        while (worked := time.process_time() - began) < 0.05:
            pass
        busy = measured.spent(Tally()).cpu_seconds

    assert idle is not None
    assert busy is not None
    assert busy - idle >= worked


def test_jobs_beside_each_other_are_told_no_figures() -> None:
    with Meter() as first:
        alone = first.spent(Tally())
        with Meter() as second:
            pass
        beside = first.spent(Tally()), second.spent(Tally())  # one that has ended took part as well

    with Meter() as third:
        again = third.spent(Tally())

    assert alone.cpu_seconds is not None
    assert [(one.cpu_seconds, one.peak_rss_bytes) for one in beside] == [(None, None)] * 2
    assert again.cpu_seconds is not None


def test_job_that_follows_is_told_figures_when_one_before_failed() -> None:
    with pytest.raises(ZeroDivisionError), Meter():
        _ = 1 / 0

    with Meter() as measured:
        assert measured.spent(Tally()).cpu_seconds is not None


def test_process_that_made_the_outputs_speaks_for_itself() -> None:
    tally = Tally()
    tally.take(Spent(cpu_seconds=1.25, peak_rss_bytes=4096, bytes_in=7))

    with Meter(), Meter() as measured:
        spent = measured.spent(tally)

    assert spent == Spent(cpu_seconds=1.25, peak_rss_bytes=4096, bytes_in=7)


def test_reader_counts_what_comes_and_not_what_was_asked() -> None:
    tally = Tally()
    reader = CountedReader(BytesSource(b"0123456789"), tally)

    assert (reader.size, reader.read_at(2, 3), reader.read_at(8, 100)) == (10, b"234", b"89")

    assert tally.bytes_in == 5
    assert [one.stage for one in tally.stages] == ["read"]

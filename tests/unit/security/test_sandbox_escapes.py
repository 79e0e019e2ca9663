"""Children that lock themselves and try to get out; the same attempts succeed where nothing is locked."""

from __future__ import annotations

import json
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mediaflow.security.sandbox import sandbox_support
from tests.house.source import ROOT
from tests.sandbox_child import ATTEMPTS, WORK

SUPPORT = sandbox_support()

pytestmark = pytest.mark.skipif(
    SUPPORT.level != "full", reason=f"this kernel cannot lock all: {SUPPORT}"
)

# What comes of each attempt without a lock, and with a full one.
OUTCOMES = [
    ("allocate", "done", "ENOMEM"),
    ("bpf", "EINVAL", "EPERM"),
    ("change folder", "done", "EPERM"),
    ("change mode", "done", "EPERM"),
    ("change owner", "done", "EPERM"),
    ("change time", "done", "EPERM"),
    ("connect abstract", "done", "EPERM"),
    ("connect tcp", "done", "EPERM"),
    ("connect unix", "done", "EPERM"),
    ("cut off", "done", "EPERM"),
    ("cut off by link", "done", "EPERM"),
    ("dumpable", "done", "EPERM"),
    ("fork", "done", "EPERM"),
    ("hard link", "done", "EPERM"),
    ("io ring", "EFAULT", "EPERM"),
    ("keyctl", "ENOTSUP", "EPERM"),
    ("listen tcp", "done", "EPERM"),
    ("listen udp", "done", "EPERM"),
    ("make pipe", "done", "EPERM"),
    ("mount", "EFAULT", "EPERM"),
    ("move in", "done", "EACCES"),
    ("move out", "done", "EACCES"),
    ("namespace", "done", "EPERM"),
    ("open above", "done", "EACCES"),
    ("open at", "done", "EACCES"),
    ("open by link", "done", "EACCES"),
    ("open environment", "done", "EACCES"),
    ("open memory", "done", "EACCES"),
    ("open passwd", "done", "EACCES"),
    ("owner of signals", "done", "EPERM"),
    ("perf", "EFAULT", "EPERM"),
    ("pidfd", "done", "EPERM"),
    ("ptrace", "done", "EPERM"),
    ("raise limit", "done", "EPERM"),
    ("remove", "done", "EACCES"),
    ("reopen for writing", "done", "EACCES"),
    ("run program", "done", "EPERM"),
    ("send to address", "done", "EPERM"),
    ("signal one thread", "done", "EPERM"),
    ("signal parent", "done", "EPERM"),
    ("soft link", "done", "EPERM"),
    ("spawn", "done", "EPERM"),
    ("terminal", "done", "ENOTTY"),
    ("walk outside", "done", "EACCES"),
    ("write device", "done", "EACCES"),
    ("write large", "done", "EFBIG"),
    ("write outside", "done", "EACCES"),
]

# Where either part alone stands: one kernel has no filters, the other no Landlock.
ONE_PART = [
    ("open passwd", "EACCES", "EPERM"),
    ("write outside", "EACCES", "EPERM"),
    ("folder", "done", "EPERM"),
    ("connect tcp", "EACCES", "EPERM"),
    ("connect abstract", "EPERM", "EPERM"),
    ("run program", "EACCES", "EPERM"),
    ("signal parent", "EPERM", "EPERM"),
    ("listen udp", "done", "EPERM"),
    ("fork", "done", "EPERM"),
    ("descriptors", "done", "done"),
    ("threads", "done", "done"),
]

# A container or a hardened kernel may refuse these to everybody; then they show nothing.
RARE = {"bpf", "io ring", "keyctl", "mount", "namespace", "perf", "ptrace"}


def tried(attempt: str, lock: str, folder: Path) -> tuple[int, dict[str, str | None]]:
    """Return the exit code and the answer of a child."""
    command = [sys.executable, "-m", "tests.sandbox_child", attempt, lock, str(folder)]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert child.returncode < 0 or child.stdout, child.stderr
    return child.returncode, json.loads(child.stdout or "{}")


def test_each_attempt_is_judged() -> None:
    judged = {name for name, _, _ in OUTCOMES} | {name for name, _, _ in ONE_PART} | set(WORK)

    assert set(ATTEMPTS) - judged == {"32 bits", "abort", "new call", "x32"}


@pytest.mark.parametrize("attempt", [name for name, _, _ in OUTCOMES])
def test_locked_child_cannot(attempt: str, tmp_path: Path) -> None:
    expected = {name: outcome for name, _, outcome in OUTCOMES}[attempt]

    code, answer = tried(attempt, "full", tmp_path)

    assert answer == {"outcome": expected, "level": "full"}
    assert code == 0


@pytest.mark.parametrize(("attempt", "expected"), [row[:2] for row in OUTCOMES])
def test_unlocked_child_can(attempt: str, expected: str, tmp_path: Path) -> None:
    code, answer = tried(attempt, "none", tmp_path)
    if attempt in RARE and answer["outcome"] in {"EACCES", "EPERM", "ENOSYS"}:
        pytest.skip(f"nobody may do this here: {attempt}")

    assert answer == {"outcome": expected, "level": None}
    assert code == 0


@pytest.mark.parametrize("attempt", WORK)
def test_locked_child_works(attempt: str, tmp_path: Path) -> None:
    code, answer = tried(attempt, "full", tmp_path)

    assert answer == {"outcome": "done", "level": "full"}
    assert code == 0


@pytest.mark.parametrize(("attempt", "landlock", "seccomp"), ONE_PART)
def test_each_part_alone_denies_what_it_can(
    attempt: str, landlock: str, seccomp: str, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    _, without_seccomp = tried(attempt, "landlock", tmp_path / "a")
    _, without_landlock = tried(attempt, "seccomp", tmp_path / "b")

    assert without_seccomp == {"outcome": landlock, "level": "partial"}
    assert without_landlock == {"outcome": seccomp, "level": "partial"}


@pytest.mark.skipif(
    platform.machine() != "x86_64", reason="only x86-64 has a second and a third table"
)
@pytest.mark.parametrize("attempt", ["32 bits", "x32"])
def test_call_of_another_table_ends_the_process(attempt: str, tmp_path: Path) -> None:
    code, answer = tried(attempt, "full", tmp_path)

    assert answer == {}
    assert code == -signal.SIGSYS


def test_crash_still_tells_its_signal(tmp_path: Path) -> None:
    code, _ = tried("abort", "full", tmp_path)

    assert code == -signal.SIGABRT


def test_call_newer_than_the_tables_is_answered_as_by_an_older_kernel(tmp_path: Path) -> None:
    _, answer = tried("new call", "full", tmp_path)

    assert answer["outcome"] == "ENOSYS"

"""A child that cannot be started says why, soon, and leaves nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from mediaflow.errors import WorkerLostError
from mediaflow.executors import children
from mediaflow.executors.starting import StartOptions, start_child

resource = pytest.importorskip("resource")


@pytest.fixture(params=range(12))
def descriptors_left(request: pytest.FixtureRequest) -> Iterator[int]:
    """Leave this process so many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        opened = {int(name) for name in os.listdir("/proc/self/fd")}
        limit = max(opened) + 1
        for _ in range(limit - len(opened) + 1):  # no holes below the limit
            stack.enter_context(open(os.devnull, "rb"))
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + request.param, hard))
        yield int(request.param)


def listed(place: str | Path, *, is_possible: bool) -> list[str]:
    """Return the names in a folder; none where there is no descriptor to list it by."""
    return sorted(os.listdir(place)) if is_possible else []


def test_a_process_without_descriptors_leaks_none(tmp_path: Path, descriptors_left: int) -> None:
    start = StartOptions(module="tests.unit.executors.test_starting", scratch=str(tmp_path))
    is_possible = descriptors_left > 1
    before = listed("/proc/self/fd", is_possible=is_possible)

    with suppress(WorkerLostError):
        start_child(start).kill()

    assert listed(tmp_path, is_possible=is_possible) == []
    assert listed("/proc/self/fd", is_possible=is_possible) == before


def test_a_process_without_descriptors_says_so(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    start = StartOptions(module="tests.unit.executors.test_starting", scratch=str(tmp_path))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(WorkerLostError, match=r"cannot be started: .*Too many open files"):
            start_child(start)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_who_holds_the_other_end_does_not_keep_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "START_SECONDS", 2.0)
    start = StartOptions(module="tests.unit.executors.test_starting", scratch=str(tmp_path))
    child = start_child(start)
    began = time.monotonic()

    with pytest.raises(WorkerLostError, match="cannot be started: no such library"):
        child.greet()

    assert time.monotonic() - began < 15  # the other one sleeps for longer
    assert list(tmp_path.iterdir()) == []


def main(options: Mapping[str, object]) -> None:
    """Say something, leave the other end to a process that lives on, and never be ready."""
    os.write(2, b"no such library\n")
    if os.fork() == 0:
        os.setsid()
    time.sleep(20)

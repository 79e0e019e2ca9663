"""A process that takes many jobs does not grow, and its event loop is not held up by one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.jobs.isolation import Isolation
from tests.rig import size
from tests.rig.around import around, settled
from tests.rig.load import WARM_JOBS, hostile, lags, p99, soak
from tests.rig.losses import painted


@pytest.mark.parametrize("isolation", ["none", "worker"])
def test_memory_and_descriptors_do_not_grow_with_jobs(isolation: Isolation, tmp_path: Path) -> None:
    picture = painted(tmp_path / "photo.jpg")
    with mf.Processor("threads", workers=2, isolation=isolation) as processor:
        soak(processor, picture, tmp_path, size(40, WARM_JOBS))
        before = around(tmp_path)

        found = soak(processor, picture, tmp_path, size(200, 10_000))

        assert settled(before, tmp_path).descriptors == before.descriptors
    assert found.growth() <= size(4.0, 2.0)
    assert found.slope(found.resident) <= size(20.0, 0.5)


@pytest.mark.skipif(os.cpu_count() == 1, reason="loop and job share the one processor")
def test_a_hostile_file_in_a_child_does_not_hold_up_the_event_loop(tmp_path: Path) -> None:
    source = hostile(tmp_path / "bomb.webp", size(3_000, 7_000))

    late = lags("worker", source, tmp_path)

    assert p99(late) <= size(0.5, 0.05)

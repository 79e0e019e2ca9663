"""Jobs may be given up at any moment: they end soon, and what they held is let go."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.rig import size
from tests.rig.around import around, settled
from tests.rig.losses import cancelled, faulty

SEED = 7


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_jobs_that_are_given_up_end_and_let_go(tmp_path: Path, scratch: Path) -> None:
    jobs = size(26, 1_000)
    outside = around(scratch)
    with faulty("threads", 2) as processor:
        cancelled(processor, tmp_path, size(2, 8), SEED)
        warm = around(scratch)

        storm = cancelled(processor, tmp_path, jobs, SEED)

        assert sum(storm.outcomes.values()) == jobs
        assert set(storm.outcomes) == {"JobCancelledError", "done"}
        assert storm.outcomes["JobCancelledError"] >= jobs // 4
        assert max(storm.seconds) <= size(4.0, 2.0)
        now = settled(warm, scratch)
        assert now.is_within(warm), (now, warm)
    assert settled(outside, scratch) == outside

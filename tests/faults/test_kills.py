"""Whoever is killed, and whenever: outputs are whole or absent, nobody lives on, nothing stays."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.rig import size
from tests.rig.kills import Found, Site, Victim, kill_children, kill_programs

SEED = 20


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


def check(found: Found) -> None:
    assert found.half == []
    assert found.whole
    assert found.orphans == 0
    assert found.temporary == []


@pytest.mark.parametrize("victim", ["group", "program"])
def test_a_program_that_is_killed_leaves_nothing_half_done(victim: Victim, site: Site) -> None:
    found = kill_programs(site, victim, size(3, 60), random.Random(SEED))

    check(found)
    assert found.left  # there is something to sweep, or the sweep is not tried


def test_children_that_are_killed_cost_their_jobs_and_no_others(site: Site) -> None:
    kills = size(16, 80)  # some hit a child that waits for its next job

    found = kill_children(site, kills, random.Random(SEED))

    check(found)
    assert set(found.told) == {"completed", "WorkerLostError"}
    assert found.told["WorkerLostError"] <= kills

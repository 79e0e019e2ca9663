"""Importing the library costs next to nothing: heavy libraries wait for their first use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.house.source import ROOT

HEAVY = {"PIL", "asyncio", "av", "fsspec", "numpy", "rich", "s3fs", "typer"}
CHILDREN = {"multiprocessing", "subprocess"}


def _loaded_by(statement: str) -> set[str]:
    """Return the top-level names that a statement loads into a fresh interpreter."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    child = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(child.stdout.split())


def test_import_loads_nothing_but_the_front_door() -> None:
    loaded = _loaded_by("import mediaflow")

    assert {name for name in loaded if name.startswith("mediaflow.")} == set()
    assert loaded & (HEAVY | CHILDREN) == set()


@pytest.mark.parametrize(
    "room",
    [
        "errors",
        "filters",
        "formats",
        "frames",
        "geometry",
        "models.job",
        "models.result",
        "models.serde",
        "planning",
        "recipes",
        "redact",
        "registry",
        "security.limits",
    ],
)
def test_pure_room_loads_no_heavy_library(room: str) -> None:
    assert _loaded_by(f"import mediaflow.{room}") & (HEAVY | CHILDREN) == set()


@pytest.mark.parametrize(
    "room", ["executors", "jobs.run", "probing", "processor", "report", "storage"]
)
def test_room_of_the_blocking_core_loads_no_codec_and_no_loop(room: str) -> None:
    assert _loaded_by(f"import mediaflow.{room}") & HEAVY == set()


def test_job_is_written_without_any_codec() -> None:
    statement = "import mediaflow as mf; mf.Job('a.jpg', mf.recipes.thumbnails(), to='out/')"

    assert _loaded_by(statement) & (HEAVY | CHILDREN) == set()
